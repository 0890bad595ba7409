import { describe, expect, it } from 'vitest';
import type { Checklist, ChecklistItem } from '$lib/api';
import { NBSP } from '$lib/format';
import { canTick, changeText, progressWords, statusOfItem, timeWords } from './sums';

const progress = { total: 5, done: 3, skipped: 0, required_open: 0, optional_open: 0, planned_minutes: 0, planned_for_told: 0, told_minutes: 0 };
const list = (sums: Partial<typeof progress>) => ({ progress: { ...progress, ...sums } }) as Checklist;
const item = (of: Partial<ChecklistItem>) => ({ state: 'open', waits_for: [], is_overdue: false, is_automatic: false, ...of }) as ChecklistItem;

describe('checklists in words', () => {
  it('names what is required before what is optional', () => {
    expect(progressWords(list({ required_open: 1, optional_open: 1 }))).toBe('3 of 5 done, 1 required open');
    expect(progressWords(list({ skipped: 1, optional_open: 1 }))).toBe('3 of 5 done, 1 skipped, 1 optional open');
  });

  it('compares minutes with what was planned for them only', () => {
    expect(timeWords(list({}))).toBeUndefined();
    const said = (sums: Partial<typeof progress>) => timeWords(list(sums))?.replaceAll(NBSP, ' ');
    expect(said({ planned_minutes: 45 })).toBe('45 min planned');
    expect(said({ planned_minutes: 45, told_minutes: 38, planned_for_told: 30 })).toBe('45 min planned; 38 min taken where 30 min were planned');
  });

  it('shows no data as neither good nor bad', () => {
    expect(statusOfItem(item({ state: 'no_data', is_automatic: true }))).toBe('no_data');
    expect(statusOfItem(item({ waits_for: ['Back up'] }))).toBe('blocked');
    expect(canTick(item({ is_automatic: true }))).toBe(false);
    expect(canTick(item({ state: 'done' }))).toBe(false);
  });

  it('tells what the template has changed', () => expect(changeText({ change: 'changed', title: 'Back up', fields: ['title', 'due'] })).toBe('Changed: Back up (title and due)'));
});
