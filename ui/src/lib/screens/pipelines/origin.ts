/** Where a run comes from, in words. Pure. */
import type { RunOrigin } from '$lib/api';

export function originOf(origin: RunOrigin): string {
  switch (origin.from) {
    case 'deployment':
      return `Deployment of ${origin.what}`;
    case 'by_hand':
      return `By hand, ${origin.by}`;
    case 'elsewhere':
      return 'Not from Pilothouse';
  }
}
