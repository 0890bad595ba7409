/** Pipelines at a provider: browsing them, their runs with logs, runs by hand, holds. */
import { commands, type BrowsedRun, type HeldPipelineView, type HoldTargetDto, type InputView, type ManualRunView, type ProviderHolds, type ProviderHoldView, type RepositoryChoices, type RepositoryPipelines } from './bindings';
import type { JobLog } from './backend';
import { call } from './call';
import { runModel } from './deployments';
import type { Id } from './model';
import type { ManualRunDraft, ManualRunMeaning, PipelinePlace, RunDeed, RunDetail, RunList, RunRow } from './model-pipelines';
import type { PipelineInput } from './model-setup';
import { statusOfRun } from './words';

export interface PipelineBackend {
  /** Repositories in use here, and what the provider finds by part of the name. */
  browseRepositories(connectionId: Id, query: string): Promise<RepositoryChoices>;
  browsePipelines(place: PipelinePlace): Promise<RepositoryPipelines>;
  pipelineRuns(place: PipelinePlace, pipeline: string, days: number): Promise<RunList>;
  pipelineRun(place: PipelinePlace, runId: Id): Promise<RunDetail>;
  /** A reader of a job's log: each call reads on from where the one before ended, and gives all there is. */
  runLog(place: PipelinePlace, jobId: Id): () => Promise<JobLog>;
  manualRunMeaning(draft: ManualRunDraft): Promise<ManualRunMeaning>;
  startManualRun(draft: ManualRunDraft, reason: string): Promise<ManualRunView>;
  rerunRun(deed: RunDeed, failedOnly: boolean, reason: string): Promise<ManualRunView>;
  /** What came of it, in a sentence. */
  cancelRun(deed: RunDeed, force: boolean, reason: string): Promise<string>;
  manualRuns(place: PipelinePlace): Promise<readonly ManualRunView[]>;
  manualRun(id: Id): Promise<ManualRunView>;
  lookForManualRun(id: Id): Promise<ManualRunView>;
  /** The deploy pipelines of a product that are held at their provider. */
  heldPipelines(productId: Id): Promise<readonly HeldPipelineView[]>;
  holds(place: PipelinePlace): Promise<ProviderHolds>;
  setHold(place: PipelinePlace, target: HoldTargetDto, held: boolean, reason: string): Promise<ProviderHoldView>;
}

const over: ReadonlySet<string> = new Set(['succeeded', 'failed', 'cancelled', 'skipped']);
const at = ({ connectionId, repository }: PipelinePlace) => ({ connection_id: connectionId, repository });
const wanted = (draft: ManualRunDraft, reason: string) => ({ ...at(draft), pipeline: draft.pipeline, git_ref: draft.gitRef, inputs: [...draft.inputs], reason });
const deedOf = (deed: RunDeed, reason: string) => ({ ...at(deed), pipeline: deed.pipeline, run_id: deed.runId, reason });

export const runRow = ({ run, origin }: BrowsedRun): RunRow => ({
  id: run.external_id, title: run.title, status: statusOfRun(run.status), attempt: run.attempt, startedAt: run.created_at, beganAt: run.started_at ?? run.created_at, endedAt: run.ended_at, by: run.started_by, ref: run.git_ref, commit: run.commit, url: run.url || null, origin,
  isOver: over.has(run.status),
});

const input = (view: InputView): PipelineInput => ({
  name: view.name, kind: view.kind, required: view.required, description: view.description, initial: view.default_value, options: view.choices, shownInTitle: view.shown_in_title, secret: view.is_secret,
});

function reader(place: PipelinePlace, jobId: Id): () => Promise<JobLog> {
  let [text, next, cut] = ['', '', false];
  return async () => {
    const part = await call(commands.runLog({ ...at(place), job_id: jobId, from: next }));
    // A log that has become shorter is another log.
    if (part.text !== null) text = Number(part.next) < Number(next) ? part.text : text + part.text;
    cut ||= part.truncated;
    next = part.next;
    const lines = text.split(/\r?\n/);
    // A text ends with a line end: what follows it is no line.
    if (lines.at(-1) === '') lines.pop();
    return { lines, truncated: cut, complete: part.is_complete || part.elsewhere !== null, elsewhere: part.elsewhere };
  };
}

export const pipelines: PipelineBackend = {
  browseRepositories: (connectionId, query) => call(commands.browseRepositories({ connection_id: connectionId, query })),
  browsePipelines: (place) => call(commands.browsePipelines(at(place))),
  pipelineRuns: async (place, pipeline, days) => {
    const found = await call(commands.pipelineRuns({ ...at(place), pipeline, days }));
    return { runs: found.runs.map(runRow), days: found.days, isCut: found.is_cut };
  },
  pipelineRun: async (place, runId) => {
    const { cancel, force_cancel: forceCancel, rerun, rerun_failed: rerunFailed, log, ...seen } = await call(commands.pipelineRun({ ...at(place), run_id: runId }));
    return { ...runRow(seen), run: runModel(seen.run), cancel, forceCancel, rerun, rerunFailed, log };
  },
  runLog: reader,
  manualRunMeaning: async (draft) => {
    const seen = await call(commands.manualRunOutlook(wanted(draft, '')));
    return { gitRef: seen.git_ref, obstacle: seen.obstacle, inputs: seen.inputs.map(input), correlationInput: seen.correlation_input, faults: seen.faults, changes: seen.changes, blockers: seen.blockers };
  },
  startManualRun: (draft, reason) => call(commands.startManualRun(wanted(draft, reason))),
  rerunRun: (deed, failedOnly, reason) => call(commands.rerunRun({ run: deedOf(deed, reason), failed_only: failedOnly })),
  cancelRun: async (deed, force, reason) => (await call(commands.cancelRun({ run: deedOf(deed, reason), force }))).message,
  manualRuns: (place) => call(commands.manualRuns({ ...at(place), pipeline: null, after: null, limit: 20 })),
  manualRun: (id) => call(commands.getManualRun({ id })),
  lookForManualRun: (id) => call(commands.lookForManualRun({ id })),
  heldPipelines: (productId) => call(commands.heldPipelines({ id: productId })),
  holds: (place) => call(commands.listHolds(at(place))),
  setHold: (place, target, held, reason) => call(commands.setHold({ ...at(place), target, held, reason })),
};
