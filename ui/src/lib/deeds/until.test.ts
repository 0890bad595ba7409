import { describe, expect, it } from 'vitest';
import { inHours, untilProblem } from './until';

const NOW = new Date(2026, 9, 24, 12, 30, 20).getTime();
const DAY = 24 * 3_600_000;

describe('the end of an override', () => {
  it('is proposed by the clock, also over a change of it', () => {
    expect(new Date(inHours(24, NOW)).getTime()).toBe(NOW + DAY - 20_000);
    expect(inHours(24, new Date(2026, 11, 31, 9, 5).getTime())).toBe('2027-01-01T09:05');
  });
  it('lies ahead, and within a week', () => {
    expect(untilProblem(inHours(24, NOW), NOW)).toBeUndefined();
    expect(untilProblem(inHours(7 * 24, NOW), NOW)).toBeUndefined();
    expect(untilProblem('', NOW)).toMatch('Say when');
    expect(untilProblem(inHours(0, NOW), NOW)).toMatch('is over');
    expect(untilProblem(inHours(8 * 24, NOW), NOW)).toMatch('a week');
  });
});
