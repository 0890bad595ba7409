/** Runbooks as the screens show them: the views of Rust, by their names. */
import type {
  AttachedRunbookView, ParameterKindWord, PutRunbookRequest, ReleaseRunbookView, RunbookContentBody, RunbookParameterBody, RunbooksView, RunbookStepBody, RunbookView, StepActionBody,
} from './bindings';

/** What may be left out on the way to Rust is always there on the way back. */
type Whole<T> = T extends readonly (infer Item)[] ? Whole<Item>[] : T extends object ? { [Key in keyof T]-?: Whole<Exclude<T[Key], undefined>> } : T;

export type AttachedRunbook = Whole<AttachedRunbookView>;
export type ParameterKind = ParameterKindWord;
export type ReleaseRunbook = Whole<ReleaseRunbookView>;
export type Runbook = Whole<RunbookView>;
export type RunbookContent = Whole<RunbookContentBody>;
export type RunbookEdit = PutRunbookRequest;
export type RunbookParameter = Whole<RunbookParameterBody>;
export type RunbooksModel = Whole<RunbooksView>;
export type RunbookStep = Whole<RunbookStepBody>;
export type StepAction = Whole<StepActionBody>;
export type {
  BeginRunbookRequest as RunbookBeginning,
  RunbookDeedBody as RunbookDeed,
  RunbookEnvironmentView as RunbookEnvironment,
  RunbookKindWord as RunbookKind,
  RunbookRunSummary,
  RunbookRunView as RunbookRun,
  RunbookStateWord as RunbookState,
  RunStepStateWord as RunStepState,
  RunStepView as RunStep,
} from './bindings';
