/** Commands of the palette and how a query finds them. Pure. */
import type { Component } from 'svelte';

export interface Command {
  readonly id: string;
  readonly group: string;
  readonly label: string;
  /** At the right: an age, a version. */
  readonly note?: string;
  readonly keys?: string;
  /** Why it can't be run. */
  readonly refused?: string;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- any icon component of the library
  readonly icon?: Component<any>;
  readonly run: () => void;
}

const MOST = 50;

/** The commands whose label holds every word of the query; a hit at a word's start ranks first. Order is kept among equals. */
export function matches(commands: readonly Command[], query: string): Command[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.length) return commands.slice(0, MOST);
  const ranked = commands.flatMap((command) => {
    const label = command.label.toLowerCase();
    const places = words.map((word) => label.indexOf(word));
    if (places.includes(-1)) return [];
    const starts = places.filter((place) => place === 0 || label[place - 1] === ' ').length;
    return [{ command, rank: words.length - starts }];
  });
  return ranked.sort((a, b) => a.rank - b.rank).slice(0, MOST).map(({ command }) => command);
}

/** `label` cut into pieces, those that the query's first word hits marked. */
export function marked(label: string, query: string): { text: string; hit: boolean }[] {
  const word = query.trim().toLowerCase().split(/\s+/)[0] ?? '';
  const at = word ? label.toLowerCase().indexOf(word) : -1;
  if (at < 0) return [{ text: label, hit: false }];
  return [
    { text: label.slice(0, at), hit: false },
    { text: label.slice(at, at + word.length), hit: true },
    { text: label.slice(at + word.length), hit: false },
  ].filter((piece) => piece.text !== '');
}
