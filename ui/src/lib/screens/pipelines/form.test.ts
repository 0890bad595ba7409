import { expect, test } from 'vitest';
import type { PipelineInput } from '$lib/api';
import { fault, givenInputs, startingValues } from './form';
import { withPlace } from './recent';

const input = (name: string, kind: PipelineInput['kind'], more: Partial<PipelineInput> = {}): PipelineInput => ({ name, kind, required: false, description: '', initial: null, options: [], shownInTitle: false, ...more });

test('what was typed stays where the input still takes it', () => {
  const inputs = [input('env', 'choice', { options: ['a', 'b'], initial: 'a' }), input('dry', 'boolean'), input('note', 'text')];
  expect(startingValues(inputs)).toEqual({ env: 'a', dry: 'false', note: '' });
  expect(startingValues(inputs, { env: 'b', note: 'hm' })).toEqual({ env: 'b', dry: 'false', note: 'hm' });
  expect(startingValues(inputs, { env: 'gone' }).env).toBe('a');
});

test('each kind says what it takes', () => {
  expect(fault(input('n', 'number'), '1,5')).toContain('no number');
  expect(fault(input('n', 'number'), '-1.5e3')).toBeUndefined();
  expect(fault(input('n', 'number'), '0x10')).toBeDefined();
  expect(fault(input('c', 'choice', { options: ['a'] }), 'b')).toContain('a');
  expect(fault(input('t', 'text', { required: true }), '')).toContain('required');
  expect(fault(input('t', 'text', { required: true, initial: 'x' }), '')).toBeUndefined();
  expect(fault(input('s', 'text', { secret: true }), 'hunter2')).toContain('secret');
});

test('what stays as the pipeline has it is left to the pipeline', () => {
  const inputs = [input('a', 'text', { initial: 'x' }), input('b', 'text'), input('c', 'boolean')];
  expect(givenInputs(inputs, { a: 'x', b: '', c: 'true' })).toEqual([{ name: 'c', value: 'true' }]);
});

test('the latest place stands first, once', () => {
  const one = { connection: '1', repository: 'a' };
  const two = { connection: '1', repository: 'b' };
  expect(withPlace([two, one], one)).toEqual([one, two]);
});
