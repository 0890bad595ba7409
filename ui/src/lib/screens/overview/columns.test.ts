import { describe, expect, it } from 'vitest';
import type { MatrixCellModel } from '$lib/api/model';
import { columnsOf } from './columns';

const row = (...names: string[]) => ({ cells: names.map((environment): MatrixCellModel => ({ environmentId: environment, environment, version: null, since: null, status: 'no_data', line: '' })) });

describe('the columns of the matrix', () => {
  it('keep the promotion order', () => expect(columnsOf([row('Staging', 'Production'), row('Staging', 'Pre', 'Production')])).toEqual(['Staging', 'Pre', 'Production']));
  it('keep every column before Production that comes before it somewhere', () => {
    const columns = columnsOf([row('Staging', 'Production'), row('Dev', 'Production')]);
    expect(columns.toSorted()).toEqual(['Dev', 'Production', 'Staging']);
    expect(columns.at(-1)).toBe('Production');
  });
  it('are none without products', () => expect(columnsOf([])).toEqual([]));
});
