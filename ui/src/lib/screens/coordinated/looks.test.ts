import { expect, test } from 'vitest';
import { membersLine, stagesOf } from './looks';

const member = (product: string, stage: number) => ({ product_id: product, product, release_id: product, version: '1.2.0', release_state: 'planned', stage });

test('a member may go in each stage that there is, or in one of its own after them', () => {
  expect(stagesOf({ members: [] }).map(({ value }) => value)).toEqual(['1']);
  expect(stagesOf({ members: [member('shop', 2), member('ledger', 1)] }).map(({ label }) => label)).toEqual(['Stage 1', 'Stage 2', 'Stage 3']);
});

test('many members are told by the first of them', () => {
  expect(membersLine({ members: ['a', 'b'].map((name) => member(name, 1)) })).toBe('a 1.2.0, b 1.2.0');
  expect(membersLine({ members: ['a', 'b', 'c', 'd', 'e'].map((name) => member(name, 1)) })).toBe('a 1.2.0, b 1.2.0, c 1.2.0 and 2 more');
});
