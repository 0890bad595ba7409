/** How checks are ordered, counted and grouped. Pure. */
import type { CheckModel, CheckState } from '$lib/api/model';

/** Worst first. */
const rank: Record<CheckState, number> = { failing: 0, degraded: 1, no_data: 2, paused: 3, healthy: 4 };

export const states: readonly CheckState[] = ['failing', 'degraded', 'no_data', 'paused', 'healthy'];

export interface Group {
  readonly key: string;
  readonly product: string;
  readonly environment: string;
  readonly checks: readonly CheckModel[];
  readonly healthy: number;
}

/** Worst first, and among equals the longest in that state. */
export const byTrouble = (a: CheckModel, b: CheckModel): number =>
  rank[a.state] - rank[b.state] || (a.since ?? '').localeCompare(b.since ?? '') || a.name.localeCompare(b.name);

export function countOf(checks: readonly CheckModel[]): Record<CheckState, number> {
  const count: Record<CheckState, number> = { failing: 0, degraded: 0, no_data: 0, paused: 0, healthy: 0 };
  for (const check of checks) count[check.state] += 1;
  return count;
}

/** One group per product and environment; within it, and among groups, worst first. */
export function groupsOf(checks: readonly CheckModel[]): Group[] {
  const byKey = new Map<string, CheckModel[]>();
  for (const check of checks) {
    const key = `${check.product}\u0000${check.environment}`;
    const list = byKey.get(key);
    if (list) list.push(check);
    else byKey.set(key, [check]);
  }
  const groups = [...byKey].map(([key, list]): Group => {
    const sorted = list.toSorted(byTrouble);
    const [product = '', environment = ''] = key.split('\u0000');
    return { key, product, environment, checks: sorted, healthy: countOf(list).healthy };
  });
  const worst = (group: Group) => rank[group.checks[0]?.state ?? 'healthy'];
  return groups.sort((a, b) => worst(a) - worst(b) || a.product.localeCompare(b.product) || a.environment.localeCompare(b.environment));
}

/** Where the arrow keys lead in a wrapped row of tiles, `columns` wide. */
export function step(at: number, key: string, length: number, columns: number): number {
  const to = { ArrowRight: at + 1, ArrowLeft: at - 1, ArrowDown: at + columns, ArrowUp: at - columns, Home: 0, End: length - 1 }[key] ?? at;
  return to < 0 || to >= length ? at : to;
}
