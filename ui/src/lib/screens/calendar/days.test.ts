import { describe, expect, it } from 'vitest';
import type { CalendarEntry } from '$lib/api';
import { dayOf, daysShown, entriesOn, mondayOf, moved, spanWords, timeOn } from './days';

const entry = (begins: string, ends: string): CalendarEntry => ({ kind: 'freeze', id: '1', title: 'Year end', detail: '', begins, ends, product_id: null, is_off: false });

describe('days of a calendar', () => {
  it('shows whole weeks from Monday', () => {
    expect(daysShown('month', '2026-12-24')).toHaveLength(35);
    expect(daysShown('month', '2026-12-24').at(0)).toBe('2026-11-30');
    expect(daysShown('month', '2027-02-01')).toHaveLength(28);
    expect(daysShown('week', '2026-12-27')).toEqual(['2026-12-21', '2026-12-22', '2026-12-23', '2026-12-24', '2026-12-25', '2026-12-26', '2026-12-27']);
    expect(mondayOf('2026-12-21')).toBe('2026-12-21');
  });

  it('moves by what is shown, from the end of a month too', () => {
    expect(moved('month', '2027-01-31', 1)).toBe('2027-02-01');
    expect(moved('month', '2027-01-31', -1)).toBe('2026-12-01');
    expect(moved('week', '2026-12-31', 1)).toBe('2027-01-07');
    expect(spanWords('month', '2026-12-24')).toBe('December 2026');
  });

  it('counts days on the clocks of the zone', () => {
    const at = Date.parse('2026-12-24T23:30:00Z');
    expect(dayOf(at, 'UTC')).toBe('2026-12-24');
    expect(dayOf(at, 'Europe/Berlin')).toBe('2026-12-25');
    const night = entry('2026-12-24T22:00:00Z', '2026-12-25T23:00:00Z');
    expect(entriesOn('2026-12-24', [night], 'Europe/Berlin')).toHaveLength(1);
    expect(entriesOn('2026-12-26', [night], 'Europe/Berlin'), 'it ends at midnight').toHaveLength(0);
    expect(timeOn('2026-12-24', night, 'Europe/Berlin')).toBe('from 23:00');
    expect(timeOn('2026-12-25', night, 'Europe/Berlin')).toBe('all day');
    expect(timeOn('2026-12-25', entry('2026-12-25T09:00:00Z', '2026-12-25T10:00:00Z'), 'UTC')).toBe('09:00–10:00');
  });
});
