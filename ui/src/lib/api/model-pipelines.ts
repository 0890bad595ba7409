/** What the pipeline browser shows. Mostly the wire's own words: what is shown is what is asked. */
import type { Instant } from '$lib/format';
import type { Status } from '$lib/status';
import type { BlockerView, ChangedEnvironmentView, GivenInput, InputFaultView, Offer, RunOrigin } from './bindings';
import type { Id, RunModel } from './model';
import type { PipelineInput } from './model-setup';

export type {
  BrowsedPipeline, ChangedEnvironmentView, GivenInput, HeldPipelineView, HoldTargetDto, InputFaultView, ManualRunView, Offer, ProviderHolds, ProviderHoldView, RepositoryChoices, RepositoryPipelines, RunOrigin,
} from './bindings';

/** A repository behind a connection. */
export interface PipelinePlace {
  readonly connectionId: Id;
  readonly repository: string;
}

/** A run in a list. */
export interface RunRow {
  readonly id: Id;
  readonly title: string;
  readonly status: Status;
  readonly attempt: number;
  readonly startedAt: Instant | null;
  /** When its last attempt began and ended, where the provider tells. */
  readonly beganAt: Instant | null;
  readonly endedAt: Instant | null;
  readonly by: string | null;
  readonly ref: string | null;
  readonly commit: string | null;
  readonly url: string | null;
  readonly origin: RunOrigin;
  readonly isOver: boolean;
}

export interface RunList {
  readonly runs: readonly RunRow[];
  readonly days: number;
  readonly isCut: boolean;
}

/** A run with its jobs, and what may be done to it. */
export interface RunDetail extends RunRow {
  readonly run: RunModel;
  readonly cancel: Offer;
  readonly forceCancel: Offer;
  readonly rerun: Offer;
  readonly rerunFailed: Offer;
  readonly log: Offer;
}

/** A run as it is filled in. */
export interface ManualRunDraft extends PipelinePlace {
  readonly pipeline: string;
  readonly gitRef: string;
  readonly inputs: readonly GivenInput[];
}

/** What a start would mean. */
export interface ManualRunMeaning {
  readonly gitRef: string;
  readonly obstacle: string | null;
  readonly inputs: readonly PipelineInput[];
  readonly correlationInput: string | null;
  readonly faults: readonly InputFaultView[];
  readonly changes: readonly ChangedEnvironmentView[];
  readonly blockers: readonly BlockerView[];
}

/** Something to do to a run. */
export interface RunDeed extends PipelinePlace {
  readonly pipeline: string;
  readonly runId: Id;
}
