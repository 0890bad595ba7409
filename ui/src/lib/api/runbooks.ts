/** Runbooks, their runs, and the rollback runbook of a release. */
import { commands } from './bindings';
import { call } from './call';
import type { Id } from './model';
import type { Evidence, NewEvidence } from './model-checklists';
import type { ReleaseRunbook, Runbook, RunbookBeginning, RunbookDeed, RunbookEdit, RunbookEnvironment, RunbookRun, RunbooksModel } from './model-runbooks';

export interface RunbookBackend {
  /** The runbooks of a product, their latest runs, and what their editor chooses from. */
  runbooks(productId: Id, signal: AbortSignal): Promise<RunbooksModel>;
  putRunbook(edit: RunbookEdit): Promise<Runbook>;
  publishRunbook(id: Id, note: string): Promise<Runbook>;
  removeRunbook(id: Id): Promise<void>;
  setRunbookRule(environmentId: Id, needsRollback: boolean, stakeholders: readonly string[]): Promise<RunbookEnvironment>;
  beginRunbook(beginning: RunbookBeginning): Promise<RunbookRun>;
  runbookRun(id: Id, signal: AbortSignal): Promise<RunbookRun>;
  /** Does something to the step whose turn it is. */
  actOnRunbook(runId: Id, stepId: Id | null, deed: RunbookDeed): Promise<RunbookRun>;
  attachStepEvidence(runId: Id, stepId: Id, evidence: NewEvidence): Promise<Evidence>;
  releaseRunbook(releaseId: Id, signal: AbortSignal): Promise<ReleaseRunbook>;
  attachRunbook(releaseId: Id, runbookId: Id): Promise<ReleaseRunbook>;
  detachRunbook(releaseId: Id): Promise<ReleaseRunbook>;
  acknowledgeRunbook(releaseId: Id, runbookId: Id, number: number, remark: string): Promise<ReleaseRunbook>;
  withdrawAcknowledgement(releaseId: Id): Promise<ReleaseRunbook>;
}

/** Rust leaves nothing out, whatever may be left out on the way to it. */
const whole = <Wire, Model extends Wire>(answer: Promise<Wire>): Promise<Model> => answer as Promise<Model>;

export const runbooks: RunbookBackend = {
  runbooks: (productId) => whole(call(commands.listRunbooks({ id: productId }))),
  putRunbook: (edit) => whole(call(commands.putRunbook(edit))),
  publishRunbook: (id, note) => whole(call(commands.publishRunbook({ id, note }))),
  removeRunbook: async (id) => void (await call(commands.removeRunbook({ id }))),
  setRunbookRule: (environmentId, needsRollback, stakeholders) => call(commands.setRunbookRule({ environment_id: environmentId, needs_rollback: needsRollback, stakeholders: [...stakeholders] })),
  beginRunbook: (beginning) => call(commands.beginRunbook(beginning)),
  runbookRun: (id) => call(commands.getRunbookRun({ id })),
  actOnRunbook: (runId, stepId, deed) => call(commands.actOnRunbook({ run_id: runId, step_id: stepId, deed })),
  attachStepEvidence: (runId, stepId, evidence) => call(commands.attachEvidence({ owner_kind: 'runbook_run', owner_id: runId, part_id: stepId, evidence })),
  releaseRunbook: (releaseId) => whole(call(commands.releaseRunbook({ id: releaseId }))),
  attachRunbook: (releaseId, runbookId) => whole(call(commands.attachRunbook({ release_id: releaseId, runbook_id: runbookId }))),
  detachRunbook: (releaseId) => whole(call(commands.detachRunbook({ id: releaseId }))),
  acknowledgeRunbook: (releaseId, runbookId, number, remark) => whole(call(commands.acknowledgeRunbook({ release_id: releaseId, runbook_id: runbookId, number, remark }))),
  withdrawAcknowledgement: (releaseId) => whole(call(commands.withdrawAcknowledgement({ id: releaseId }))),
};
