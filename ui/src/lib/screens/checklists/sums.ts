/** What the panels of checklists say in words. */
import type { Checklist, ChecklistItem, EarlierState, Evidence, ItemChange } from '$lib/api';
import { bytes, duration, listed, plural } from '$lib/format';
import type { Status } from '$lib/status';

export function statusOfItem(item: ChecklistItem): Status {
  switch (item.state) {
    case 'done':
    case 'passed':
      return 'passed';
    case 'failed':
      return 'failed';
    case 'no_data':
      return 'no_data';
    case 'skipped':
      return 'skipped';
    case 'open':
      return item.waits_for.length > 0 ? 'blocked' : item.is_overdue ? 'degraded' : 'not_started';
  }
}

export const isSettled = (item: ChecklistItem): boolean => item.state === 'done' || item.state === 'passed' || item.state === 'skipped';
export const canTick = (item: ChecklistItem): boolean => !item.is_automatic && (item.state === 'open' || item.state === 'skipped');
export const lacksEvidence = (item: ChecklistItem): boolean => item.needs_evidence && item.evidence.length === 0;

/** "3 of 5 done, 1 skipped, 1 required open". */
export function progressWords({ progress }: Checklist): string {
  const parts = [`${progress.done} of ${progress.total} done`];
  if (progress.skipped > 0) parts.push(`${progress.skipped} skipped`);
  if (progress.required_open > 0) parts.push(`${progress.required_open} required open`);
  else if (progress.optional_open > 0) parts.push(`${progress.optional_open} optional open`);
  return parts.join(', ');
}

const minutes = (n: number): string => duration(n * 60_000);

/** "45 min planned; 38 min taken where 30 min were planned". Undefined where no time is known. */
export function timeWords({ progress }: Checklist): string | undefined {
  const { planned_minutes: planned, told_minutes: told, planned_for_told: compared } = progress;
  const parts: string[] = [];
  if (planned > 0) parts.push(`${minutes(planned)} planned`);
  if (told > 0) parts.push(compared > 0 ? `${minutes(told)} taken where ${minutes(compared)} were planned` : `${minutes(told)} taken`);
  return parts.length ? parts.join('; ') : undefined;
}

/** When it is gone through, and where. */
export const momentWords = ({ moment, environment }: Pick<Checklist, 'moment' | 'environment'>): string => (moment === 'before' ? `before ${environment}` : `after ${environment}`);

const changeWords: Record<ItemChange['change'], string> = { added: 'New', removed: 'Gone', changed: 'Changed', moved: 'Moved' };

/** "Changed: Back up the ledger (planned time)". */
export const changeText = ({ change, title, fields }: ItemChange): string => `${changeWords[change]}: ${title}${fields.length ? ` (${listed(fields)})` : ''}`;

/** "ticked by Mira Okafor under number 1: fine". */
export function earlierWords({ state, by, number, remark }: EarlierState): string {
  const what = state === 'done' ? 'ticked' : state === 'skipped' ? 'skipped' : 'open';
  return [what, by ? `by ${by}` : '', `under number ${number}`].filter(Boolean).join(' ') + (remark ? `: ${remark}` : '');
}

/** What a piece of evidence is, in a few words. */
export function evidenceNote(evidence: Evidence): string {
  switch (evidence.kind) {
    case 'file':
      return [bytes(evidence.bytes ?? 0), evidence.media_type].filter(Boolean).join(', ');
    case 'link':
      return evidence.url ?? '';
    case 'measured_time':
      return duration((evidence.seconds ?? 0) * 1_000);
    case 'note':
      return '';
  }
}

/** What came of ticking several: which were left, and why. */
export const refusedWords = (refused: readonly { readonly message: string }[]): string => `${plural(refused.length, 'item')} could not be ticked: ${refused.map(({ message }) => message).join('; ')}.`;
