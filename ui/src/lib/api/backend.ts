/**
 * The window's only way to the rest of Pilothouse. `Backend` is what screens may ask for; `backend` answers it.
 * Everything that speaks to Rust is in this folder.
 */
import { Failure } from './failure';
import type {
  AuditPage, AuditVerdict, CheckDetail, ConnectionModel, DataModel, HealthModel, HttpCheckDraft, Id, InboxDecision, InboxDetail,
  InboxItemModel, NewConnection, OverviewModel, PipelineBinding, ProductDraft, ProductOption, RefOption, ReleaseAction,
  ReleaseDraft, ReleaseModel, ReleasePreview, ReleaseRow, RepositoryOption, RollbackModel, ShellModel, StartupModel, StepCheck, WorkflowOption,
} from './model';

/** A stretch of a log. `next` is where to go on, null at the end of what there is so far. */
export interface LogChunk {
  readonly lines: readonly string[];
  readonly next: number | null;
  /** Nothing will be added any more. */
  readonly complete: boolean;
}

/** Its functions use no `this`, so that they can be handed on as they are. */
export interface Backend {
  /** How far the start has come: the data folder, the database, the keychain, the engine. */
  startup(): Promise<StartupModel>;
  /** Tries again after a failed start. */
  retryStartup(): Promise<StartupModel>;
  /** Calls `changed` when the start came through or failed. */
  onStartup(changed: () => void): () => void;
  /** Says that the first real list has been painted. */
  painted(): void;
  /** Calls `go` with the address that a notification, the tray or a link asks for, now and later. */
  onPlace(go: (href: string) => void): () => void;
  /** Calls `changed` after each committed change; returns the undo. */
  onChange(changed: () => void): () => void;
  /** Calls `raised` with a sentence for each new incident. */
  onIncident(raised: (text: string) => void): () => void;
  /** Opens a web page in the system's browser. */
  openExternal(url: string): Promise<void>;

  shell(signal: AbortSignal): Promise<ShellModel>;
  overview(signal: AbortSignal): Promise<OverviewModel>;
  releases(signal: AbortSignal): Promise<readonly ReleaseRow[]>;
  release(id: Id, signal: AbortSignal): Promise<ReleaseModel>;
  /** Takes an action on a release. `text` is the comment or reason that it was given. */
  act(id: Id, action: ReleaseAction, text?: string): Promise<void>;
  saveNotes(id: Id, notes: string): Promise<void>;
  retryRun(runId: Id): Promise<void>;
  cancelRun(runId: Id): Promise<void>;
  log(runId: Id, jobId: Id, from: number, signal: AbortSignal): Promise<LogChunk>;

  rollback(deploymentId: Id, signal: AbortSignal): Promise<RollbackModel>;
  startRollback(deploymentId: Id, toReleaseId: Id, reason: string): Promise<void>;

  health(signal: AbortSignal): Promise<HealthModel>;
  check(id: Id, signal: AbortSignal): Promise<CheckDetail>;
  acknowledge(incidentId: Id): Promise<void>;

  inbox(signal: AbortSignal): Promise<readonly InboxItemModel[]>;
  inboxItem(id: Id, signal: AbortSignal): Promise<InboxDetail>;
  decide(itemId: Id, decision: InboxDecision, comment: string): Promise<void>;

  /** Entries older than `before`, newest first; `filter` matches actor, action, subject and detail. */
  audit(before: number | null, filter: string, signal: AbortSignal): Promise<AuditPage>;
  verifyAudit(): Promise<AuditVerdict>;

  connections(signal: AbortSignal): Promise<readonly ConnectionModel[]>;
  addConnection(connection: NewConnection): Promise<ConnectionModel>;
  replaceToken(id: Id, token: string): Promise<ConnectionModel>;
  verifyConnection(id: Id): Promise<ConnectionModel>;
  removeConnection(id: Id): Promise<void>;
  data(signal: AbortSignal): Promise<DataModel>;

  repositories(connectionId: Id, query: string, signal: AbortSignal): Promise<readonly RepositoryOption[]>;
  workflows(connectionId: Id, repository: string, signal: AbortSignal): Promise<readonly WorkflowOption[]>;
  refs(connectionId: Id, repository: string, signal: AbortSignal): Promise<readonly RefOption[]>;
  checkRepository(draft: ProductDraft): Promise<StepCheck>;
  checkBinding(draft: ProductDraft, binding: PipelineBinding): Promise<StepCheck>;
  checkHttp(check: HttpCheckDraft): Promise<StepCheck>;
  checkProduct(draft: ProductDraft): Promise<StepCheck>;
  createProduct(draft: ProductDraft): Promise<Id>;

  products(signal: AbortSignal): Promise<readonly ProductOption[]>;
  releaseRefs(productId: Id, signal: AbortSignal): Promise<readonly RefOption[]>;
  previewRelease(draft: ReleaseDraft, signal: AbortSignal): Promise<ReleasePreview>;
  createRelease(draft: ReleaseDraft, plan: boolean): Promise<Id>;

  /** Starts the practice range and connects to it. */
  openPracticeRange(): Promise<void>;
}

const refuse = (): Promise<never> =>
  Promise.reject(
    new Failure({
      code: 'window.no_engine',
      message: 'This window is not connected to an engine.',
      nextStep: 'Open Pilothouse as an application. In a browser the window has nothing to talk to.',
    }),
  );

/** Answers where there is no engine: every question is refused with the way out. */
const disconnected: Backend = new Proxy({} as Backend, {
  get: (_, name) => (String(name).startsWith('on') ? () => () => undefined : name === 'painted' ? () => undefined : refuse),
});

export const backend: Backend = disconnected;
