/** Days of a calendar: which are shown, and what is on in them. Days are texts like 2026-12-24, on the clocks of a zone. Pure. */
import type { CalendarEntry } from '$lib/api';
import { clockTime, localTime } from '$lib/format';

export { dayWords } from '$lib/format';

export type Span = 'month' | 'week' | 'agenda';

const DAY_MS = 86_400_000;

/** A moment's day on the clocks of a zone. */
export const dayOf = (at: number, zone: string): string => localTime(at, zone).slice(0, 10);

const utc = (day: string): number => Date.parse(`${day}T00:00:00Z`);

export const plusDays = (day: string, days: number): string => new Date(utc(day) + days * DAY_MS).toISOString().slice(0, 10);

/** The Monday of a day's week. */
export const mondayOf = (day: string): string => plusDays(day, -((new Date(utc(day)).getUTCDay() + 6) % 7));

/** The days that are shown: whole weeks from Monday for a month or a week, sixty days from the day for the agenda. */
export function daysShown(span: Span, day: string): string[] {
  if (span === 'agenda') return Array.from({ length: 60 }, (_, at) => plusDays(day, at));
  if (span === 'week') return Array.from({ length: 7 }, (_, at) => plusDays(mondayOf(day), at));
  const first = mondayOf(`${day.slice(0, 7)}-01`);
  const days = [];
  for (let week = 0; week < 6; week += 1) {
    const monday = plusDays(first, week * 7);
    if (week > 0 && monday.slice(0, 7) !== day.slice(0, 7)) break;
    for (let at = 0; at < 7; at += 1) days.push(plusDays(monday, at));
  }
  return days;
}

/** The day that the next or the one before is shown from. */
export function moved(span: Span, day: string, by: 1 | -1): string {
  if (span === 'week') return plusDays(day, 7 * by);
  if (span === 'agenda') return plusDays(day, 60 * by);
  const [year = 0, month = 1] = day.split('-').map(Number);
  return new Date(Date.UTC(year, month - 1 + by, 1)).toISOString().slice(0, 10);
}

/** What the days are called: `December 2026`. */
export function spanWords(span: Span, day: string): string {
  const words = (at: string, options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', ...options }).format(utc(at));
  if (span === 'month') return words(day, { month: 'long', year: 'numeric' });
  const days = daysShown(span, day);
  return `${words(days[0] ?? day, { day: 'numeric', month: 'short' })} – ${words(days.at(-1) ?? day, { day: 'numeric', month: 'short', year: 'numeric' })}`;
}

/** What is on in a day: what begins before its end and ends after its begin. */
export function entriesOn(day: string, entries: readonly CalendarEntry[], zone: string): CalendarEntry[] {
  return entries.filter((entry) => dayOf(Date.parse(entry.begins), zone) <= day && day <= dayOf(Date.parse(entry.ends) - 1, zone) || isOnceOn(day, entry, zone));
}

/** True for what takes no time and is on this day. */
const isOnceOn = (day: string, { begins, ends }: CalendarEntry, zone: string): boolean => begins === ends && dayOf(Date.parse(begins), zone) === day;

/** When an entry is on in a day: `16:00`, `until 08:00`, `all day`. */
export function timeOn(day: string, entry: CalendarEntry, zone: string): string {
  if (entry.begins === entry.ends) return clockTime(entry.begins, zone);
  const begins = dayOf(Date.parse(entry.begins), zone) === day && clockTime(entry.begins, zone) !== '00:00';
  const last = dayOf(Date.parse(entry.ends) - 1, zone) === day;
  const ends = last && clockTime(entry.ends, zone) !== '00:00';
  if (begins && last) return `${clockTime(entry.begins, zone)}–${clockTime(entry.ends, zone)}`;
  if (begins) return `from ${clockTime(entry.begins, zone)}`;
  return ends ? `until ${clockTime(entry.ends, zone)}` : 'all day';
}

/** Rules that a list offers; what is written by hand is any other. */
export const REPEATS = [
  { value: '', label: 'Once' },
  { value: 'FREQ=DAILY', label: 'Every day' },
  { value: 'FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR', label: 'Every working day' },
  { value: 'FREQ=WEEKLY', label: 'Every week' },
  { value: 'FREQ=MONTHLY', label: 'Every month' },
  { value: 'FREQ=YEARLY', label: 'Every year' },
  { value: 'own', label: 'By a rule of its own' },
] as const;
