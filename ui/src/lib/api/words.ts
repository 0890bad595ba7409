/** Small matters of wording that all mappings share. Pure. */
import { asStatus, type Status } from '$lib/status';
import type { Glyph, HealthWord, RunWord } from './bindings';

/** `text` with a capital and a full stop, as a sentence of its own. Empty stays empty. */
export function sentence(text: string): string {
  const trimmed = text.trim();
  if (!trimmed) return '';
  const capital = trimmed.charAt(0).toUpperCase() + trimmed.slice(1);
  return /[.!?…:]$/.test(capital) ? capital : `${capital}.`;
}

/** `Title, detail` without an empty half. */
export const joined = (parts: readonly (string | null | undefined)[], between = ', '): string => parts.filter(Boolean).join(between);

/** `staging` as a heading: `Staging`. Names with a capital stay as they are. */
export const capital = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);

export const statusOfGlyph = (glyph: Glyph): Status => asStatus(glyph);
export const statusOfHealth = (health: HealthWord): Status => health;

/** How a run, job or step looks. */
export function statusOfRun(word: RunWord): Status {
  const known: Record<RunWord, Status> = {
    queued: 'queued', in_progress: 'running', waiting: 'waiting', succeeded: 'passed', failed: 'failed', cancelled: 'cancelled', skipped: 'skipped', unknown: 'unknown',
  };
  return known[word];
}
