/** Coordinated releases: releases of several products that go out as one, and come back together. */
import { commands } from './bindings';
import { blockerModels } from './blockers';
import { call } from './call';
import type { Action, BlockerModel, Id } from './model';
import type { BackChoice, CoordinatedMember, CoordinatedRelease, CoordinatedRow, CoordinatedRun, CoordinatedRunMember, LeftOut, MemberAnswer, MemberOutlook, MemberWayBack, CoordinatedCell } from './model-coordination';

export interface CoordinationBackend {
  coordinatedReleases(closedToo: boolean, signal: AbortSignal): Promise<readonly CoordinatedRow[]>;
  coordinatedRelease(id: Id, signal: AbortSignal): Promise<CoordinatedRelease>;
  /** Makes an empty one; its id. */
  createCoordinated(name: string): Promise<Id>;
  renameCoordinated(id: Id, name: string): Promise<CoordinatedRelease>;
  /** Takes a release in, or gives a member another stage. */
  putMember(id: Id, releaseId: Id, stage: number): Promise<CoordinatedRelease>;
  /** How each member stands before it goes to an environment. */
  previewRun(id: Id, environment: string): Promise<readonly MemberOutlook[]>;
  startRun(id: Id, environment: string, leftOut: readonly LeftOut[]): Promise<CoordinatedRun>;
  /** What a joint rollback would do to each member. */
  previewJointRollback(runId: Id): Promise<readonly MemberWayBack[]>;
  startJointRollback(runId: Id, reason: string, members: readonly BackChoice[]): Promise<CoordinatedRun>;
}

export const coordination: CoordinationBackend = {
  coordinatedReleases: (include_closed) => call(commands.listCoordinatedReleases({ include_closed })),
  coordinatedRelease: (id) => call(commands.getCoordinatedRelease({ id })),
  createCoordinated: async (name) => (await call(commands.createCoordinatedRelease({ name, members: [] }))).release.id,
  renameCoordinated: (id, name) => call(commands.renameCoordinatedRelease({ id, name })),
  putMember: (id, release_id, stage) => call(commands.putCoordinatedMember({ id, member: { release_id, stage } })),
  previewRun: (id, environment) => call(commands.previewCoordinatedRun({ id, environment })),
  startRun: (id, environment, leftOut) => call(commands.startCoordinatedRun({ id, environment, left_out: [...leftOut] })),
  previewJointRollback: (id) => call(commands.previewJointRollback({ id })),
  startJointRollback: (run_id, reason, members) => call(commands.startJointRollback({ run_id, reason, members: [...members] })),
};

const LABELS: Record<MemberAnswer, string> = { try_again: 'Try again', go_on_without: 'Go on without it…', try_back_again: 'Try again', stays: 'Let it stay…' };

/** What a person can say about a member that waits for one. A way back that is closed may be gone with the deploy pipeline. */
export function memberActions(run: Pick<CoordinatedRun, 'id' | 'environment'>, member: CoordinatedRunMember): Action[] {
  const named = { runId: run.id, releaseId: member.cell.release_id, of: `${member.product} ${member.version}`, environment: run.environment };
  const answers = member.answers.map((answer): Action => ({ label: LABELS[answer], deed: { do: 'answer_member', ...named, answer, redeploy: false } }));
  const pipeline: Action[] = member.answers.includes('try_back_again') ? [{ label: 'Start the deploy pipeline instead…', deed: { do: 'answer_member', ...named, answer: 'try_back_again', redeploy: true } }] : [];
  return [...answers, ...pipeline];
}

/** What stands in a member's way, with what can be done about it from here. */
export const memberBlockers = (member: CoordinatedMember, cell: CoordinatedCell): BlockerModel[] => blockerModels(cell.blockers, {
  productId: member.product_id,
  // What needs more of the release than is known here is done on its own page.
  release: { id: member.release_id, of: `${member.product} ${member.version}`, contentHash: '', canApprove: false, canPlan: true, canUnmark: false },
});
