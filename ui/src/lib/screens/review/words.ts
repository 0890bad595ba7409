/** The texts of a review's form. Pure. */

/** One note a line, as they are typed: without dashes before them and without empty lines. */
export function notesOf(text: string): string[] {
  return text.split('\n').map((line) => line.replace(/^\s*[-*•]\s+/, '').trim()).filter(Boolean);
}

/** The end of a day, in this computer's zone: `2026-12-01`. Null where it is no day, or none. */
export function dueOf(day: string): string | null {
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(day.trim());
  if (!parts) return null;
  const [year, month, date] = [Number(parts[1]), Number(parts[2]), Number(parts[3])];
  const at = new Date(year, month - 1, date, 23, 59, 59);
  return at.getMonth() === month - 1 && at.getDate() === date ? at.toISOString() : null;
}

/** The day of a moment, as `dueOf` reads it. */
export function dayOf(at: string | null): string {
  if (!at) return '';
  const day = new Date(at);
  return `${day.getFullYear()}-${String(day.getMonth() + 1).padStart(2, '0')}-${String(day.getDate()).padStart(2, '0')}`;
}
