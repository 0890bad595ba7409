/** What a window covers, as a list offers it. Pure. */
import type { WindowScope } from '$lib/api';

/** A product with its environments. */
export interface Place {
  readonly id: string;
  readonly name: string;
  readonly environments: readonly { readonly id: string; readonly name: string }[];
}

/** A scope as the value of a choice. */
export function scopeKey(scope: WindowScope): string {
  switch (scope.kind) {
    case 'everything':
      return 'everything';
    case 'product':
      return `product ${scope.product_id}`;
    case 'named':
      return `named ${scope.environment.toLowerCase()}`;
    case 'environments':
      return `in ${[...scope.environment_ids].sort().join(' ')}`;
  }
}

/** Everything, each name of an environment, each product, each environment; and what is known where it is none of them. */
export function scopeChoices(places: readonly Place[], known: WindowScope | undefined): { readonly value: string; readonly label: string }[] {
  const names = [...new Set(places.flatMap(({ environments }) => environments.map(({ name }) => name.toLowerCase())))].sort();
  const choices = [
    { value: 'everything', label: 'Everything' },
    ...names.map((name) => ({ value: `named ${name}`, label: `${name} of every product` })),
    ...places.map((place) => ({ value: `product ${place.id}`, label: place.name })),
    ...places.flatMap((place) => place.environments.map((environment) => ({ value: `in ${environment.id}`, label: `${environment.name} of ${place.name}` }))),
  ];
  const key = known && scopeKey(known);
  return key && choices.every(({ value }) => value !== key) ? [...choices, { value: key, label: 'As it is' }] : choices;
}

/** The scope of a choice. */
export function scopeOf(key: string, places: readonly Place[], known: WindowScope | undefined): WindowScope | undefined {
  if (known && scopeKey(known) === key) return known;
  if (key === 'everything') return { kind: 'everything' };
  const [kind, ...rest] = key.split(' ');
  const of = rest.join(' ');
  if (kind === 'named') return { kind: 'named', environment: of };
  if (kind === 'product') return { kind: 'product', product_id: of };
  const place = places.find(({ environments }) => environments.some(({ id }) => id === of));
  return place && { kind: 'environments', product_id: place.id, environment_ids: [of] };
}
