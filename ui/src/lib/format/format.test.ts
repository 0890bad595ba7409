import { describe, expect, it } from 'vitest';
import {
  age, ago, bytes, clockTime, countdown, date, duration, exact, initials, interval, listed, moment, number, percent,
  localTime, plural, signed, spokenCountdown, zoneName,
} from '.';

const now = Date.parse('2026-11-24T21:29:07Z');
const zone = 'Europe/Berlin';
const before = (seconds: number) => now - seconds * 1000;
const plain = (text: string) => text.replaceAll('\u00a0', ' ');

describe('ages', () => {
  it.each([
    [0, 'now'], [-5, 'now'], [3, '3 s'], [59.9, '59 s'], [60, '1 min'], [3599, '59 min'], [3600, '1 h'], [86399, '23 h'], [86400, '1 d'], [13 * 86400, '13 d'],
  ])('%d s ago is %s', (seconds, text) => expect(plain(age(before(seconds), now))).toBe(text));

  it('says that it does not know', () => expect(age('nonsense', now)).toBe('unknown'));
  it('reads in a sentence', () => {
    expect(plain(ago(before(3), now))).toBe('3 s ago');
    expect(ago(now, now)).toBe('just now');
  });
});

describe('spans', () => {
  it.each([
    [31, '31 ms'], [1800, '1.8 s'], [2000, '2 s'], [42_000, '42 s'], [252_000, '4 min 12 s'], [900_000, '15 min'], [11_520_000, '3 h 12 min'], [597_600_000, '6 d 22 h'],
  ])('%d ms is %s', (ms, text) => expect(plain(duration(ms))).toBe(text));

  it('counts down in minutes and seconds under an hour', () => {
    expect(countdown(now + 684_000, now)).toBe('11:24');
    expect(countdown(now + 900, now)).toBe('00:01');
    expect(countdown(now - 900, now)).toBe('00:00');
    expect(plain(countdown(now + 3_599_500, now))).toBe('1 h');
    expect(plain(countdown(now + 11_520_000, now))).toBe('3 h 12 min');
  });

  it('says a countdown in words', () => {
    expect(spokenCountdown(now + 684_000, now)).toBe('11 minutes 24 seconds');
    expect(spokenCountdown(now + 3_661_000, now)).toBe('1 hour 1 minute');
    expect(spokenCountdown(now, now)).toBe('0 seconds');
  });
});

describe('moments', () => {
  it('is in 24 hours, in the zone', () => {
    expect(clockTime(now, zone)).toBe('22:29');
    expect(clockTime('2026-11-24T23:05:00Z', zone)).toBe('00:05');
    expect(clockTime(now, 'UTC', true)).toBe('21:29:07');
  });

  it('names the day, and the year only if it is another', () => {
    expect(date('2026-12-01T03:00:00Z', zone, now)).toBe('Tue 1 Dec');
    expect(date('2027-01-05T03:00:00Z', zone, now)).toBe('Tue 5 Jan 2027');
  });

  it('drops what is clear from today', () => {
    expect(moment('2026-11-24T21:41:00Z', zone, now)).toBe('22:41');
    expect(moment('2026-11-25T07:00:00Z', zone, now)).toBe('Wed 08:00');
    expect(moment('2026-12-24T07:00:00Z', zone, now)).toBe('Thu 24 Dec 08:00');
  });

  it('is exact in both zones', () =>
    expect(exact(now, zone)).toBe('Tue 24 Nov 2026, 22:29:07 Berlin · 21:29:07 UTC'));

  it('fills a field on the clocks of a zone', () => expect(localTime(Date.parse('2026-11-25T23:30:00Z'), 'Europe/Berlin')).toBe('2026-11-26T00:30'));

  it('says zones as people do', () => expect(zoneName('America/New_York')).toBe('New York'));
});

describe('numbers', () => {
  it('groups, signs and spaces', () => {
    expect(number(41208)).toBe('41,208');
    expect(signed(-4)).toBe('−4');
    expect(signed(0)).toBe('0');
    expect(interval(9, 15)).toBe('+9 to +15');
    expect(plain(percent(0.246, 1))).toBe('24.6 %');
    expect(plain(bytes(18_240_000_000))).toBe('18.2 GB');
    expect(plain(bytes(812))).toBe('812 B');
  });

  it('counts words', () => {
    expect(plural(1, 'check')).toBe('1 check');
    expect(plural(0, 'check')).toBe('0 checks');
    expect(plural(2, 'entry', 'entries')).toBe('2 entries');
    expect(listed(['Ana', 'Jonas', 'Lea'], 'or')).toBe('Ana, Jonas or Lea');
    expect(initials('Mira Okafor')).toBe('MO');
    expect(initials('  ')).toBe('?');
  });
});
