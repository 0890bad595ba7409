import { describe, expect, it } from 'vitest';
import type { ReleaseRow } from '$lib/api/model';
import { filterReleases, sortReleases } from './filter';

const row = (product: string, version: string, status: ReleaseRow['status']): ReleaseRow => ({ id: product + version, productId: product, product, version, status, environment: 'Staging', line: '', changedAt: '2026-11-24T21:00:00Z', by: 'Ana' });
const rows = [row('a', '4.10.0', 'in_progress'), row('a', '4.9.0', 'completed'), row('b', '1.0.0', 'aborted'), row('b', '1.1.0', 'draft')];
const versions = (list: ReleaseRow[]) => list.map((r) => r.version);

describe('the list of releases', () => {
  it('tells open from done', () => {
    expect(versions(filterReleases(rows, 'open', '', ''))).toEqual(['4.10.0', '1.1.0']);
    expect(versions(filterReleases(rows, 'done', '', ''))).toEqual(['4.9.0', '1.0.0']);
  });
  it('needs every word, of one product', () => {
    expect(versions(filterReleases(rows, 'all', 'a', 'ana 4.9'))).toEqual(['4.9.0']);
    expect(versions(filterReleases(rows, 'all', 'b', '4.9'))).toEqual([]);
  });
  it('sorts versions by their numbers', () => {
    expect(versions(sortReleases(rows, 'version', false))).toEqual(['1.0.0', '1.1.0', '4.9.0', '4.10.0']);
    expect(versions(sortReleases(rows, 'version', true))[0]).toBe('4.10.0');
  });
});
