/**
 * The status vocabulary: one table from a state's name to its shape, colour family and word.
 * Shape and word carry the meaning; colour is the third signal. No other file decides how a state looks.
 */

/** Outline of a glyph. It tells the family without colour. */
export type Shape =
  | 'ok' | 'fail' | 'warn' | 'block' | 'lock' | 'error' | 'ask' | 'run' | 'bake'
  | 'pause' | 'skip' | 'stop' | 'back' | 'todo' | 'nodata';

/** Colour family: a token pair `--<tone>` and `--<tone>-soft`. */
export type Tone = 'good' | 'bad' | 'warn' | 'run' | 'ask' | 'none';

interface Look {
  readonly shape: Shape;
  readonly tone: Tone;
  readonly word: string;
}

const table = {
  // health, gates, phases, runs
  healthy: { shape: 'ok', tone: 'good', word: 'Healthy' },
  passed: { shape: 'ok', tone: 'good', word: 'Passed' },
  verified: { shape: 'ok', tone: 'good', word: 'Verified' },
  completed: { shape: 'ok', tone: 'good', word: 'Completed' },
  failing: { shape: 'fail', tone: 'bad', word: 'Failing' },
  failed: { shape: 'fail', tone: 'bad', word: 'Failed' },
  degraded: { shape: 'warn', tone: 'warn', word: 'Degraded' },
  notice: { shape: 'warn', tone: 'warn', word: 'Notice' },
  blocked: { shape: 'block', tone: 'warn', word: 'Blocked' },
  locked: { shape: 'lock', tone: 'warn', word: 'Locked' },
  errored: { shape: 'error', tone: 'warn', word: 'Errored' },
  drift: { shape: 'error', tone: 'warn', word: 'Drift' },
  waiting: { shape: 'ask', tone: 'ask', word: 'Waits for a person' },
  inconclusive: { shape: 'ask', tone: 'ask', word: 'Inconclusive' },
  not_enough_data: { shape: 'ask', tone: 'ask', word: 'Not enough data' },
  running: { shape: 'run', tone: 'run', word: 'Running' },
  deploying: { shape: 'run', tone: 'run', word: 'Deploying' },
  migrating: { shape: 'run', tone: 'run', word: 'Migrating' },
  baking: { shape: 'bake', tone: 'run', word: 'Baking' },
  soaking: { shape: 'bake', tone: 'run', word: 'Soaking' },
  scheduled: { shape: 'bake', tone: 'none', word: 'Scheduled' },
  paused: { shape: 'pause', tone: 'none', word: 'Paused' },
  maintenance: { shape: 'pause', tone: 'none', word: 'In maintenance' },
  skipped: { shape: 'skip', tone: 'none', word: 'Skipped' },
  aborted: { shape: 'stop', tone: 'none', word: 'Aborted' },
  cancelled: { shape: 'stop', tone: 'none', word: 'Cancelled' },
  marked_bad: { shape: 'stop', tone: 'none', word: 'Marked bad' },
  rolled_back: { shape: 'back', tone: 'none', word: 'Rolled back' },
  not_started: { shape: 'todo', tone: 'none', word: 'Not started' },
  queued: { shape: 'todo', tone: 'none', word: 'Queued' },
  no_data: { shape: 'nodata', tone: 'none', word: 'No data' },
  unknown: { shape: 'nodata', tone: 'none', word: 'Unknown' },
  // releases
  draft: { shape: 'todo', tone: 'none', word: 'Draft' },
  planned: { shape: 'todo', tone: 'none', word: 'Planned' },
  in_approval: { shape: 'ask', tone: 'ask', word: 'In approval' },
  approved: { shape: 'ok', tone: 'good', word: 'Approved' },
  in_progress: { shape: 'run', tone: 'run', word: 'In progress' },
  verifying: { shape: 'bake', tone: 'run', word: 'Verifying' },
} as const satisfies Record<string, Look>;

/** The name of a state, as the wire contract spells it. */
export type Status = keyof typeof table;

/** How `status` looks and what it is called. */
export function look(status: Status): Look {
  return table[status];
}

/** All states, for filters and tests. */
export const statuses = Object.keys(table) as Status[];

/** `name` as a Status; a state this window does not know is shown as Unknown, never as good or bad. */
export function asStatus(name: string): Status {
  return Object.hasOwn(table, name) ? (name as Status) : 'unknown';
}
