import { describe, expect, it } from 'vitest';
import { marked, matches, type Command } from './palette';

const command = (label: string): Command => ({ id: label, group: 'Actions', label, run: () => undefined });
const labels = (query: string, ...all: string[]) => matches(all.map(command), query).map((found) => found.label);

describe('the palette', () => {
  it('needs every word, in any order', () => expect(labels('notifier roll', 'Roll back Notifier', 'Roll back Ledger')).toEqual(['Roll back Notifier']));
  it('puts hits at the start of a word first', () => expect(labels('roll', 'Scroll up', 'Roll back')).toEqual(['Roll back', 'Scroll up']));
  it('shows everything for nothing', () => expect(labels(' ', 'b', 'a')).toEqual(['b', 'a']));
  it('marks the hit', () => expect(marked('Mobile BFF, rolled back', 'ROLL')).toEqual([{ text: 'Mobile BFF, ', hit: false }, { text: 'roll', hit: true }, { text: 'ed back', hit: false }]));
});
