import { expect, test } from 'vitest';
import { listOf, stepsOf, stepsText } from './words';

test('steps are read as people write them, and come back as they were', () => {
  const steps = stepsOf('1. Put a thing into the basket -> The sum is right\n\n- Pay → A receipt comes\nLog out');
  expect(steps).toEqual([
    { does: 'Put a thing into the basket', expects: 'The sum is right' },
    { does: 'Pay', expects: 'A receipt comes' },
    { does: 'Log out', expects: '' },
  ]);
  expect(stepsOf(stepsText(steps))).toEqual(steps);
});

test('lists are parted by commas and line ends', () => {
  expect(listOf('basket, search,\n pay')).toEqual(['basket', 'search', 'pay']);
  expect(listOf(' ')).toEqual([]);
});
