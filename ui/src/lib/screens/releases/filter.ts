/** Which releases a list shows, and in what order. Pure. */
import type { ReleaseRow } from '$lib/api/model';

export type Scope = 'open' | 'done' | 'all';
export type SortKey = 'product' | 'version' | 'status' | 'environment' | 'changedAt';

const ended = new Set(['completed', 'rolled_back', 'aborted']);

export const isOpen = (row: Pick<ReleaseRow, 'status'>): boolean => !ended.has(row.status);

export function filterReleases(rows: readonly ReleaseRow[], scope: Scope, product: string, query: string): ReleaseRow[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  return rows.filter((row) => {
    if (scope !== 'all' && isOpen(row) !== (scope === 'open')) return false;
    if (product && row.productId !== product) return false;
    const text = `${row.product} ${row.version} ${row.environment} ${row.line} ${row.by}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

/** Sorted copy; versions by their numbers, so that 4.9 stands before 4.10. */
export function sortReleases(rows: readonly ReleaseRow[], key: SortKey, down: boolean): ReleaseRow[] {
  const compare = (a: ReleaseRow, b: ReleaseRow) => a[key].localeCompare(b[key], 'en', { numeric: true });
  return rows.toSorted((a, b) => (down ? compare(b, a) : compare(a, b)) || b.changedAt.localeCompare(a.changedAt));
}
