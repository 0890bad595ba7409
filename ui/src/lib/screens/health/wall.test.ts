import { describe, expect, it } from 'vitest';
import type { CheckModel, CheckState } from '$lib/api/model';
import { byTrouble, countOf, groupsOf, step } from './wall';

const check = (name: string, state: CheckState, product = 'A', since = '2026-11-24T21:00:00Z'): CheckModel => ({ id: name, name, product, environment: 'Staging', state, reason: '', since, recent: [] });

describe('the wall', () => {
  it('puts the worst first, and of equals the older', () => {
    const sorted = [check('ok', 'healthy'), check('new', 'failing', 'A', '2026-11-24T21:10:00Z'), check('old', 'failing'), check('slow', 'degraded'), check('dark', 'no_data')].toSorted(byTrouble);
    expect(sorted.map((c) => c.name)).toEqual(['old', 'new', 'slow', 'dark', 'ok']);
  });

  it('groups by product and environment, worst group first', () => {
    const groups = groupsOf([check('a', 'healthy', 'A'), check('b', 'failing', 'B'), check('c', 'healthy', 'B')]);
    expect(groups.map((g) => [g.product, g.healthy, g.checks.map((c) => c.name)])).toEqual([['B', 1, ['b', 'c']], ['A', 1, ['a']]]);
  });

  it('counts every state', () => expect(countOf([check('a', 'failing'), check('b', 'failing')])).toEqual({ failing: 2, degraded: 0, no_data: 0, paused: 0, healthy: 0 }));

  it.each([
    [0, 'ArrowRight', 1], [0, 'ArrowLeft', 0], [1, 'ArrowDown', 6], [8, 'ArrowDown', 8], [6, 'ArrowUp', 1], [3, 'End', 8], [3, 'Home', 0], [3, 'a', 3],
  ])('moves from %d by %s to %d of 9 in rows of 5', (at, key, to) => expect(step(at, key, 9, 5)).toBe(to));
});
