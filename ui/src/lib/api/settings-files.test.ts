import { expect, test } from 'vitest';
import { settingsDifference, settingsParts } from './settings-files';

test('a difference is told in the words of the form, without the names of its lists', () => {
  expect(settingsDifference({ path: ['environments', 'production', 'rules', 'required_approvals'], before: '1', after: '2' })).toEqual({ what: 'Production, required approvals', before: '1', after: '2' });
  expect(settingsDifference({ path: ['product', 'tag_prefix'], before: null, after: 'v' }).what).toBe('Tag prefix');
  expect(settingsDifference({ path: ['environments', 'order'], before: 'a, b', after: 'b, a' }).what).toBe('Order');
  expect(settingsDifference({ path: ['environments', 'staging', 'checks'], before: 'x', after: null })).toEqual({ what: 'Staging, checks', before: 'x', after: null });
});

test('each part has its words', () => {
  expect(settingsParts(['product', 'windows'])).toEqual(['environments, pipelines, rules and rollouts', 'calendar windows']);
});
