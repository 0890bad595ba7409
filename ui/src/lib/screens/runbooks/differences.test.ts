import { expect, it } from 'vitest';
import { runbook } from '../../../../tests/fixtures/runbooks';
import { differences } from './differences';
import { newParameter, newStep } from './edit';

const old = runbook.content;
const [first, ...others] = old.steps;
if (!first) throw new Error('the sample has no steps');

it('tells nothing of what is the same', () => {
  expect(differences(old, structuredClone(old))).toEqual([]);
});

it('tells what is new, changed and gone', () => {
  const step = { ...newStep(), title: 'Call the bank' };
  const parameter = { ...newParameter(), name: 'window' };
  const now = { ...old, purpose: 'Something else', parameters: [...old.parameters, parameter], steps: [step, { ...first, title: 'Stop it', owner: 'Ana' }] };
  const gone = others.map(({ title }) => `Step gone: ${title}`);
  expect(differences(old, now)).toEqual(['Changed: when it is taken up', 'New parameter: window', 'New step: Call the bank', 'Changed step: Stop it (title and owner)', ...gone]);
  expect(differences(now, old)).toContain('Parameter gone: window');
});

it('tells another order', () => {
  const two = { ...old, steps: [first, { ...first, id: 'other' }] };
  expect(differences(two, { ...two, steps: two.steps.toReversed() })).toEqual(['The steps are in another order']);
});
