/** How a member in an environment looks and reads. Pure. */
import type { CoordinatedCell, CoordinatedCellState, CoordinatedRow } from '$lib/api';
import { capital } from '$lib/api/words';
import type { Status } from '$lib/status';

interface CellLook {
  readonly status: Status;
  readonly word: string;
}

export const looks: Record<CoordinatedCellState, CellLook> = {
  skipped: { status: 'skipped', word: 'No such environment' },
  ready: { status: 'approved', word: 'May go' },
  blocked: { status: 'blocked', word: 'Blocked' },
  there: { status: 'verified', word: 'Is there' },
  waiting: { status: 'queued', word: 'Waits its turn' },
  under_way: { status: 'deploying', word: 'Under way' },
  asks: { status: 'waiting', word: 'Waits for a person' },
  left_out: { status: 'skipped', word: 'Left out' },
  waits_to_go_back: { status: 'queued', word: 'Waits to go back' },
  going_back: { status: 'running', word: 'Going back' },
  went_back: { status: 'rolled_back', word: 'Went back' },
  stays: { status: 'paused', word: 'Stays' },
};

/** The line under the word: what says no more than the word is left out. */
export const lineOf = (cell: CoordinatedCell): string => (cell.state === 'skipped' ? '' : capital(cell.told));

/** The stages that a member could have: those that there are, and the next. */
export const stagesOf = (row: Pick<CoordinatedRow, 'members'>): { value: string; label: string }[] => {
  const last = Math.max(0, ...row.members.map(({ stage }) => stage));
  return Array.from({ length: last + 1 }, (_, at) => ({ value: String(at + 1), label: `Stage ${at + 1}` }));
};

/** The members of a row in words: the first three, and how many more. */
export const membersLine = (row: Pick<CoordinatedRow, 'members'>): string => {
  const names = row.members.map(({ product, version }) => `${product} ${version}`);
  return names.length > 4 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ');
};
