import { expect, test } from 'vitest';
import { dayOf, dueOf, notesOf } from './words';

test('notes are lines, without the dashes that people put before them', () => {
  expect(notesOf('- calm\n\n  * quick \nno dash - here')).toEqual(['calm', 'quick', 'no dash - here']);
});

test('a day is due at its end, and comes back as it was typed', () => {
  expect(dayOf(dueOf('2026-12-01'))).toBe('2026-12-01');
  expect(dueOf('2026-02-30')).toBeNull();
  expect(dueOf('tomorrow')).toBeNull();
  expect(dayOf(null)).toBe('');
});
