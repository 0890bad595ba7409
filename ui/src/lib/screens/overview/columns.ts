/** The matrix's columns. Pure. */
import type { ProductRow } from '$lib/api/model';

/**
 * Environment names of all products in one promotion order: each product's own order holds wherever the products
 * agree; names that only some have are put where those have them.
 */
export function columnsOf(products: readonly Pick<ProductRow, 'cells'>[]): string[] {
  const columns: string[] = [];
  const longestFirst = [...products].sort((a, b) => b.cells.length - a.cells.length);
  for (const { cells } of longestFirst) {
    let after = -1;
    for (const { environment } of cells) {
      const at = columns.indexOf(environment);
      if (at >= 0) after = at;
      else columns.splice(++after, 0, environment);
    }
  }
  return columns;
}
