/** What the parts of runbooks look like and say. */
import type { RunbookKind, RunbookRun, RunbookRunSummary, RunbookState, RunStep, RunStepState } from '$lib/api';
import { duration, plural } from '$lib/format';
import type { Status } from '$lib/status';

export const runLook: Record<RunbookState, { readonly status: Status; readonly text: string }> = {
  running: { status: 'running', text: 'Running' },
  waiting: { status: 'waiting', text: 'Waits for a person' },
  failed: { status: 'failed', text: 'A step failed' },
  completed: { status: 'completed', text: 'Completed' },
  stopped: { status: 'cancelled', text: 'Stopped' },
};

export const stepLook: Record<RunStepState, { readonly status: Status; readonly text: string }> = {
  pending: { status: 'not_started', text: 'Not its turn yet' },
  ready: { status: 'waiting', text: 'Waits to be started' },
  to_do: { status: 'waiting', text: 'Waits for a person' },
  running: { status: 'running', text: 'Under way' },
  done: { status: 'passed', text: 'Done' },
  failed: { status: 'failed', text: 'Failed' },
  skipped: { status: 'skipped', text: 'Skipped' },
};

export const kindWords: Record<RunbookKind, string> = { rollback: 'Rollback', deployment: 'Deployment', recovery: 'Recovery', other: 'Other' };

/** Where a run is, in a sentence. */
export function runWords(run: RunbookRunSummary): string {
  const where = `${run.environment}${run.version ? `, for ${run.version}` : ''}`;
  return `${where}: ${run.settled} of ${plural(run.steps, 'step')}${run.current ? `, at “${run.current}”` : ''}`;
}

/** Planned against actual time. */
export function timeWords(run: RunbookRun, now: number): string {
  const ended = run.summary.ended_at;
  const elapsed = (ended ? Date.parse(ended) : now) - Date.parse(run.summary.begun_at);
  const planned = run.planned_minutes > 0 ? `, ${duration(run.planned_minutes * 60_000)} planned` : '';
  return `${duration(whole(elapsed))}${ended ? '' : ' so far'}${planned}`;
}

/** How long a step took, or takes, against what was planned for it. */
export function stepTime(step: RunStep, now: number): { readonly text: string; readonly isOver: boolean } {
  const planned = step.planned_minutes === null ? null : step.planned_minutes * 60_000;
  const isOpen = step.state === 'to_do' || step.state === 'running';
  const took = step.since === null || step.seconds === null ? null : isOpen ? Math.max(0, now - Date.parse(step.since)) : step.seconds * 1_000;
  if (took === null) return { text: planned === null ? '' : `${duration(planned)} planned`, isOver: false };
  return { text: planned === null ? duration(whole(took)) : `${duration(whole(took))} of ${duration(planned)}`, isOver: planned !== null && took > planned };
}

/** The step whose turn it is, while the run is under way. */
export const currentOf = (run: RunbookRun): RunStep | undefined =>
  run.summary.state === 'completed' || run.summary.state === 'stopped' ? undefined : run.steps.find((step) => step.state !== 'done' && step.state !== 'skipped');

/** In whole seconds: people don't work in milliseconds. */
function whole(span: number): number {
  return Math.max(1, Math.round(span / 1_000)) * 1_000;
}
