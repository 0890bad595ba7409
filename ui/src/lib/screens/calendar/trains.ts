/** Release trains in words and numbers. Pure. */
import { duration } from '$lib/format';

/** `staging at once, production after 2 d`. */
export const stopWords = (stops: readonly { readonly environment: string; readonly after_minutes: number }[]): string =>
  stops.map(({ environment, after_minutes }) => `${environment} ${after_minutes === 0 ? 'at once' : `after ${duration(after_minutes * 60_000)}`}`).join(', ');

const UNITS = { minutes: 1, hours: 60, days: 1_440 } as const;
export type Unit = keyof typeof UNITS;

/** Minutes in the largest unit that tells them whole. */
export function spanOf(minutes: number): { count: number; unit: Unit } {
  const unit = minutes > 0 && minutes % 1_440 === 0 ? 'days' : minutes > 0 && minutes % 60 === 0 ? 'hours' : 'minutes';
  return { count: minutes / UNITS[unit], unit };
}

export const minutesOf = ({ count, unit }: { count: number; unit: Unit }): number => Math.max(0, Math.round(count)) * UNITS[unit];
