/** The end of an override, as its field gives it: local time without a zone. Pure. */

const HOUR = 3_600_000;
const LONGEST = 7 * 24 * HOUR;
const two = (n: number) => String(n).padStart(2, '0');

/** The moment in so many hours, as a field for date and time takes it. */
export function inHours(hours: number, now: number): string {
  const at = new Date(now + hours * HOUR);
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** What is wrong with an end, or undefined. */
export function untilProblem(until: string, now: number): string | undefined {
  const at = until ? new Date(until).getTime() : Number.NaN;
  if (Number.isNaN(at)) return 'Say when it ends.';
  if (at <= now) return 'This moment is over. Choose a later one.';
  return at - now > LONGEST ? 'An override holds for a week at most.' : undefined;
}
