/** Numbers, shares, sizes and counted words, in one spelling for the whole window. */
import { NBSP } from './time';

const MINUS = '\u2212';
const grouped = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 2 });

/** `41,208`; a real minus sign below zero. */
export const number = (n: number): string => grouped.format(n).replace('-', MINUS);

/** `25 %` of 0.25. `digits` after the point, none by default. */
export const percent = (share: number, digits = 0): string =>
  `${(share * 100).toFixed(digits).replace('-', MINUS)}${NBSP}%`;

/** `+15`, `−4`, `0`. */
export const signed = (n: number): string => (n > 0 ? `+${number(n)}` : number(n));

/** `+9 to +15`. */
export const interval = (low: number, high: number): string => `${signed(low)} to ${signed(high)}`;

/** `18.2 GB`, in steps of 1000. */
export function bytes(n: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = n;
  let at = 0;
  while (value >= 1000 && at < units.length - 1) {
    value /= 1000;
    at += 1;
  }
  return `${at === 0 ? value : value.toFixed(value < 100 ? 1 : 0).replace(/\.0$/, '')}${NBSP}${units[at]}`;
}

/** `1 check`, `3 checks`; `many` where an s isn't enough. */
export const plural = (n: number, one: string, many = `${one}s`): string => `${number(n)} ${n === 1 ? one : many}`;

/** `Ana`, `Ana or Jonas`, `Ana, Jonas or Lea`. */
export function listed(words: readonly string[], joiner: 'and' | 'or' = 'and'): string {
  if (words.length < 2) return words.join('');
  return `${words.slice(0, -1).join(', ')} ${joiner} ${words.at(-1)}`;
}

/** The first seven characters of a commit, as Git shows it. */
export const shortCommit = (sha: string): string => sha.slice(0, 7);

/** `MO` of `Mira Okafor`. */
export const initials = (name: string): string => {
  const words = name.trim().split(/\s+/).filter(Boolean);
  const first = words.at(0)?.at(0) ?? '';
  const last = words.length > 1 ? (words.at(-1)?.at(0) ?? '') : '';
  return (first + last).toUpperCase() || '?';
};
