import { expect, test } from 'vitest';
import type { FeedbackForm } from '$lib/api';
import { formWords, invitedWords, listOf, stepsOf, stepsText } from './words';

test('steps are read as people write them, and come back as they were', () => {
  const steps = stepsOf('1. Put a thing into the basket -> The sum is right\n\n- Pay → A receipt comes\nLog out');
  expect(steps).toEqual([
    { does: 'Put a thing into the basket', expects: 'The sum is right' },
    { does: 'Pay', expects: 'A receipt comes' },
    { does: 'Log out', expects: '' },
  ]);
  expect(stepsOf(stepsText(steps))).toEqual(steps);
});

test('lists are parted by commas and line ends', () => {
  expect(listOf('basket, search,\n pay')).toEqual(['basket', 'search', 'pay']);
  expect(listOf(' ')).toEqual([]);
});

const form: FeedbackForm = { is_on: true, address: '127.0.0.1', port: 8417, public_url: 'https://uat.example.com', trusted_proxy: null, base_url: 'https://uat.example.com', state: 'listening', problem: null, is_reachable: false, network_address: null };

test('the form says where it answers, and whom it does not reach', () => {
  expect(formWords(form)).toBe('The feedback form answers at https://uat.example.com.');
  const local = { ...form, public_url: null, base_url: 'http://127.0.0.1:8417' };
  expect(formWords(local)).toBe('The feedback form answers at http://127.0.0.1:8417. Only this computer reaches it.');
  expect(formWords({ ...local, is_on: false, state: 'off' })).toContain('is off');
  expect(formWords({ ...local, state: 'failed', problem: 'Another program has port 8417.' })).toBe('Another program has port 8417.');
});

test('an invitation is open, over, or not there', () => {
  const tester = { id: 't', name: 'Aiko', said: 0, invited_until: '2026-12-01T12:00:00Z', is_expired: false };
  const now = Date.parse('2026-11-20T12:00:00Z');
  expect(invitedWords(tester, 'UTC', now)).toBe('Invited until Tue 1 Dec 12:00.');
  expect(invitedWords({ ...tester, is_expired: true }, 'UTC', now)).toBe('The invitation is over.');
  expect(invitedWords({ ...tester, invited_until: null }, 'UTC', now)).toBe('Not invited to the feedback form.');
});
