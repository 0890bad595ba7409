import { expect, test } from 'vitest';
import { minutesOf, spanOf, stopWords } from './trains';

test('stops are told in the order of the train', () => {
  expect(stopWords([{ environment: 'staging', after_minutes: 0 }, { environment: 'production', after_minutes: 2880 }])).toBe('staging at once, production after 2\u00a0d');
});

test('a span keeps its length in the unit that tells it best', () => {
  for (const minutes of [0, 1, 59, 60, 90, 180, 1440, 2880, 4321]) expect(minutesOf(spanOf(minutes))).toBe(minutes);
  expect(spanOf(2880)).toEqual({ count: 2, unit: 'days' });
  expect(spanOf(180)).toEqual({ count: 3, unit: 'hours' });
  expect(minutesOf({ count: -3, unit: 'days' })).toBe(0);
});
