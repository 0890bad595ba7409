/**
 * Times and spans as people read them: 24 hours, the zone named, ages short, countdowns steady.
 * Nothing here reads the clock: the caller passes `now`, so that live text ticks together and tests are exact.
 */

/** A moment on the wire: RFC 3339, UTC. */
export type Instant = string;

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** No-break space, between a number and its unit. */
export const NBSP = '\u00a0';

/** Milliseconds since the epoch of an instant. NaN if it can't be read. */
export const millis = (at: Instant | number): number => (typeof at === 'number' ? at : Date.parse(at));

/** The system's time zone, such as `Europe/Berlin`. */
export const systemZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';

/** The part of a zone's name that people say: `Berlin` of `Europe/Berlin`. */
export const zoneName = (zone: string): string => (zone.split('/').at(-1) ?? zone).replaceAll('_', ' ');

/** How long ago, in one unit: `3 s`, `12 min`, `5 h`, `13 d`. The future and now are `now`. */
export function age(at: Instant | number, now: number): string {
  const span = now - millis(at);
  if (!Number.isFinite(span)) return 'unknown';
  if (span < SECOND) return 'now';
  if (span < MINUTE) return `${Math.floor(span / SECOND)}${NBSP}s`;
  if (span < HOUR) return `${Math.floor(span / MINUTE)}${NBSP}min`;
  if (span < DAY) return `${Math.floor(span / HOUR)}${NBSP}h`;
  return `${Math.floor(span / DAY)}${NBSP}d`;
}

/** `age` in a sentence: `3 s ago`, `just now`. */
export function ago(at: Instant | number, now: number): string {
  const text = age(at, now);
  return text === 'now' ? 'just now' : text === 'unknown' ? text : `${text} ago`;
}

/** A span in at most two units: `31 ms`, `1.8 s`, `4 min 12 s`, `3 h 12 min`, `6 d 22 h`. */
export function duration(span: number): string {
  if (!Number.isFinite(span)) return 'unknown';
  const ms = Math.max(0, span);
  if (ms < SECOND) return `${Math.round(ms)}${NBSP}ms`;
  if (ms < 10 * SECOND) return `${trimZero((ms / SECOND).toFixed(1))}${NBSP}s`;
  const [big, small, unit, sub] =
    ms < MINUTE ? [Math.floor(ms / SECOND), 0, 's', '']
    : ms < HOUR ? [Math.floor(ms / MINUTE), Math.floor((ms % MINUTE) / SECOND), 'min', 's']
    : ms < DAY ? [Math.floor(ms / HOUR), Math.floor((ms % HOUR) / MINUTE), 'h', 'min']
    : [Math.floor(ms / DAY), Math.floor((ms % DAY) / HOUR), 'd', 'h'];
  return small ? `${big}${NBSP}${unit} ${small}${NBSP}${sub}` : `${big}${NBSP}${unit}`;
}

/** Time left: `11:24` under an hour, else `3 h 12 min`. Never below zero. */
export function countdown(until: Instant | number, now: number): string {
  const left = Math.max(0, millis(until) - now);
  if (left >= HOUR) return duration(left);
  const seconds = Math.ceil(left / SECOND);
  if (seconds === 3600) return duration(HOUR);
  return `${String(Math.floor(seconds / 60)).padStart(2, '0')}:${String(seconds % 60).padStart(2, '0')}`;
}

/** Time left in words for a screen reader: `11 minutes 24 seconds`. */
export function spokenCountdown(until: Instant | number, now: number): string {
  const seconds = Math.max(0, Math.ceil((millis(until) - now) / SECOND));
  const parts: [number, string][] = [
    [Math.floor(seconds / 3600), 'hour'],
    [Math.floor((seconds % 3600) / 60), 'minute'],
    [seconds % 60, 'second'],
  ];
  const said = parts.filter(([n]) => n > 0).map(([n, unit]) => `${n} ${unit}${n === 1 ? '' : 's'}`);
  return said.length ? said.slice(0, 2).join(' ') : '0 seconds';
}

/** `22:41`, or `22:41:07` with seconds. */
export function clockTime(at: Instant | number, zone: string, seconds = false): string {
  return part(at, zone, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', ...(seconds ? { second: '2-digit' } : {}) });
}

/** `Tue 1 Dec`; the year only if it isn't this one. */
export function date(at: Instant | number, zone: string, now: number): string {
  const same = part(at, zone, { year: 'numeric' }) === part(now, zone, { year: 'numeric' });
  return [
    part(at, zone, { weekday: 'short' }),
    part(at, zone, { day: 'numeric' }),
    part(at, zone, { month: 'short' }),
    ...(same ? [] : [part(at, zone, { year: 'numeric' })]),
  ].join(' ');
}

/** `22:41` today, `Wed 22:41` within six days ahead or behind, else `Tue 1 Dec 22:41`. */
export function moment(at: Instant | number, zone: string, now: number): string {
  const time = clockTime(at, zone);
  if (dayKey(at, zone) === dayKey(now, zone)) return time;
  const near = Math.abs(millis(at) - now) < 6 * DAY;
  return near ? `${part(at, zone, { weekday: 'short' })} ${time}` : `${date(at, zone, now)} ${time}`;
}

/** The whole truth for a tooltip: `Tue 24 Nov 2026, 22:29:07 Berlin · 21:29:07 UTC`. */
export function exact(at: Instant | number, zone: string): string {
  if (!Number.isFinite(millis(at))) return 'unknown';
  const day = `${part(at, zone, { weekday: 'short' })} ${part(at, zone, { day: 'numeric' })} ${part(at, zone, { month: 'short' })} ${part(at, zone, { year: 'numeric' })}`;
  return `${day}, ${clockTime(at, zone, true)} ${zoneName(zone)} · ${clockTime(at, 'UTC', true)} UTC`;
}

const dayKey = (at: Instant | number, zone: string) => part(at, zone, { year: 'numeric', month: '2-digit', day: '2-digit' });

const formats = new Map<string, Intl.DateTimeFormat>();

function part(at: Instant | number, zone: string, options: Intl.DateTimeFormatOptions): string {
  const key = zone + JSON.stringify(options);
  let format = formats.get(key);
  if (!format) formats.set(key, (format = new Intl.DateTimeFormat('en-GB', { ...options, timeZone: zone })));
  const ms = millis(at);
  return Number.isFinite(ms) ? format.format(ms) : 'unknown';
}

const trimZero = (text: string) => text.replace(/\.0$/, '');

/** The time zones that this machine knows, by their names. */
export const ZONES: readonly string[] = typeof Intl.supportedValuesOf === 'function' ? [...new Set(['UTC', ...Intl.supportedValuesOf('timeZone')])] : [];

/** A moment on the clocks of a zone, as a field for date and time takes it: 2026-11-25T22:00. By its parts: no locale writes it so everywhere. */
export function localTime(at: number, zone: string): string {
  const options = { year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
  const parts = new Intl.DateTimeFormat('en-GB', { timeZone: zone, ...options }).formatToParts(at);
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.find((found) => found.type === type)?.value ?? '';
  return `${part('year')}-${part('month')}-${part('day')}T${part('hour')}:${part('minute')}`;
}

/** A day as a reader hears it: `Thursday 24 December 2026`. */
export const dayWords = (day: string): string => new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' }).format(Date.parse(`${day}T00:00:00Z`));
