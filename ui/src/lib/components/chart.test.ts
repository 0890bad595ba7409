import { describe, expect, it } from 'vitest';
import { nice, pathOf, ticksOf } from './chart';

describe('a chart', () => {
  it('has round steps from zero up to above the highest value', () => {
    expect(ticksOf(1480)).toEqual([0, 500, 1000, 1500]);
    expect(ticksOf(96)).toEqual([0, 50, 100]);
    expect(ticksOf(0.9)).toEqual([0, 0.5, 1]);
    expect(ticksOf(0)).toEqual([0, 1]);
  });
  it.each([[0, 1], [3, 5], [26, 50], [0.013, 0.02], [100, 100]])('rounds %d up to %d', (value, to) => expect(nice(value)).toBeCloseTo(to));
  it('leaves a gap where there is no data', () => {
    const points = [1, 2, null, 4].map((value, at) => ({ at: String(at), value }));
    expect(pathOf(points, Number, (value) => value)).toBe('M0.0 1.0L1.0 2.0M3.0 4.0');
  });
});
