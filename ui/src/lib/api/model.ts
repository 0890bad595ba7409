/**
 * What the screens show: plain types, in the domain's words. src/lib/api turns the answers of Rust into these;
 * the fixtures of tests/ are written in them. Nothing here decides: verdicts, blockers and words of reason arrive made.
 */
import type { Instant } from '$lib/format';
import type { Status } from '$lib/status';

export type { Instant, Status };
export type Id = string;

/** Something a person can do now, or the reason why not. */
export interface Action<Name extends string = string> {
  readonly name: Name;
  readonly label: string;
  /** The reason why it can't be taken. Absent: it can. */
  readonly refused?: string;
}

/** A sentence with its state. */
export interface Point {
  readonly status: Status;
  readonly text: string;
  /** A short right-hand note: an age, a time, a count. */
  readonly note?: string;
}

/** A stretch of a rollout bar. `share` is its part of the width, 0 to 1; `done` how much of an active one is over. */
export interface Segment {
  readonly share: number;
  readonly state: 'done' | 'active' | 'todo' | 'failed';
  readonly done?: number;
}

// ---- start

export type StartupModel =
  | { readonly state: 'starting' | 'ready' }
  | { readonly state: 'failed'; readonly failure: { readonly code: string; readonly message: string; readonly nextStep?: string } };

// ---- shell

export interface UnderWay {
  readonly releaseId: Id;
  readonly title: string;
  readonly note: string;
  readonly segments: readonly Segment[];
}

export interface ShellModel {
  /** The workspace that the breadcrumb starts with. */
  readonly workspace: string;
  readonly me: { readonly name: string; readonly note?: string };
  readonly counts: { readonly releasesOpen: number; readonly inboxWaiting: number; readonly incidentsOpen: number };
  readonly underWay: readonly UnderWay[];
  readonly engine: Point;
  readonly connections: { readonly working: number; readonly total: number };
  readonly checks: { readonly total: number; readonly failing: number };
  /** Null until the chain was verified once. */
  readonly audit: { readonly verifiedTo: number; readonly broken: boolean } | null;
  readonly lastChangeAt: Instant | null;
}

// ---- overview

export interface MatrixCellModel {
  readonly environmentId: Id;
  /** The environment's name, which is also its column. */
  readonly environment: string;
  readonly version: string | null;
  /** The version that the one under way replaces. */
  readonly replaces?: string;
  readonly since: Instant | null;
  readonly status: Status;
  readonly line: string;
  /** Share done of a bake or soak, 0 to 1. */
  readonly done?: number;
  readonly segments?: readonly Segment[];
  readonly releaseId?: Id;
}

export interface ProductRow {
  readonly productId: Id;
  readonly name: string;
  /** Its newest release: `4.18.0 in progress`. */
  readonly note: string;
  readonly releaseId?: Id;
  readonly cells: readonly MatrixCellModel[];
}

export interface IncidentCard {
  readonly id: Id;
  readonly number: number;
  readonly title: string;
  readonly text: string;
  readonly since: Instant;
  readonly acknowledgedBy?: string;
  readonly rollback?: { readonly deploymentId: Id; readonly toVersion: string | null; readonly refused?: string };
}

export interface OverviewModel {
  /** Neither a connection nor a product yet. */
  readonly firstRun: boolean;
  readonly products: readonly ProductRow[];
  readonly incidents: readonly IncidentCard[];
  readonly inbox: readonly InboxItemModel[];
  readonly inboxTotal: number;
  readonly underWay: number;
}

// ---- releases

export interface ReleaseRow {
  readonly id: Id;
  readonly productId: Id;
  readonly product: string;
  readonly version: string;
  readonly status: Status;
  /** Where it is now: `Production EU`, or empty before its first deployment. */
  readonly environment: string;
  readonly line: string;
  readonly changedAt: Instant;
  readonly by: string;
}

export interface PhaseModel {
  /** What is read first: a weight (`25 %`) or an environment's name. */
  readonly title: string;
  readonly status: Status;
  /** After the status word: `11:24 left`, `Passed`. Empty: the word alone. */
  readonly note?: string;
  /** When the phase's wait ends; shown as a countdown. */
  readonly endsAt?: Instant;
  /** Share done, 0 to 1, of the current phase. */
  readonly done?: number;
  readonly current: boolean;
  readonly gates: readonly Point[];
}

export interface BlockerModel {
  readonly id: Id;
  readonly status: Status;
  readonly what: string;
  /** Why, with its evidence, and who can clear it. */
  readonly why: string;
  /** When it clears by itself. */
  readonly clearsAt?: Instant;
  readonly action?: Action;
}

export interface HelmModel {
  readonly title: string;
  readonly note: string;
  /** The earliest start, shown as a countdown. */
  readonly startsAt?: Instant;
  readonly primary: Action<ReleaseAction> | null;
  readonly rulesBroken: number;
  readonly rulesTotal: number;
  readonly side: readonly Action<ReleaseAction>[];
}

export type ReleaseAction =
  | 'plan' | 'ask_approval' | 'approve' | 'reject' | 'deploy' | 'promote' | 'pause' | 'resume' | 'retry' | 'cancel'
  | 'rollback' | 'abort' | 'complete' | 'edit_notes' | 'remind' | 'clear_lock' | 'open_provider';

export interface TimelineEntry {
  readonly id: Id;
  readonly at: Instant;
  readonly status: Status;
  readonly text: string;
  /** Actor or evidence, in a quieter colour. */
  readonly note?: string;
}

export interface JobModel {
  readonly id: Id;
  readonly name: string;
  readonly status: Status;
  readonly startedAt: Instant | null;
  readonly finishedAt: Instant | null;
  readonly steps: readonly { readonly name: string; readonly status: Status }[];
}

export interface RunModel {
  readonly id: Id;
  readonly number: string;
  readonly provider: string;
  readonly environment: string;
  readonly status: Status;
  readonly url: string | null;
  readonly startedAt: Instant | null;
  readonly finishedAt: Instant | null;
  readonly jobs: readonly JobModel[];
  readonly retry?: Action<'retry'>;
  readonly cancel?: Action<'cancel'>;
}

export interface ChangeModel {
  readonly commit: string;
  readonly subject: string;
  readonly author: string;
  readonly at: Instant;
  readonly url: string | null;
}

export interface ApprovalModel {
  readonly person: string;
  readonly decision: 'approved' | 'rejected' | 'pending' | 'void';
  readonly at: Instant | null;
  readonly comment: string;
}

export interface ReleaseModel {
  readonly id: Id;
  readonly productId: Id;
  readonly product: string;
  readonly version: string;
  readonly status: Status;
  readonly environment: string;
  readonly track: { readonly title: string; readonly note: string; readonly runUrl: string | null; readonly phases: readonly PhaseModel[] };
  readonly helm: HelmModel;
  readonly blockers: readonly BlockerModel[];
  readonly holds: readonly Point[];
  readonly checkedAt: Instant;
  readonly timeline: readonly TimelineEntry[];
  readonly runs: readonly RunModel[];
  readonly approvals: readonly ApprovalModel[];
  readonly changes: readonly ChangeModel[];
  /** The version that `changes` is counted from. */
  readonly changesSince: string | null;
  readonly notes: string;
  readonly facts: { readonly commit: string; readonly tag: string | null; readonly backTo: string | null };
  readonly actions: readonly Action<ReleaseAction>[];
  /** The deployment that a rollback would start from. */
  readonly rollback: { readonly deploymentId: Id; readonly refused?: string } | null;
}

// ---- rollback

export interface RollbackOption {
  readonly releaseId: Id;
  readonly version: string;
  readonly verdict: 'safe' | 'slower' | 'impossible';
  readonly word: string;
  readonly detail: string;
  readonly points: readonly Point[];
  readonly steps: readonly string[];
}

export interface RollbackModel {
  readonly deploymentId: Id;
  readonly product: string;
  readonly environment: string;
  readonly fromVersion: string;
  readonly situation: string;
  readonly options: readonly RollbackOption[];
  readonly lockNote: string;
  readonly reason: string;
  readonly recordedAs: string;
}

// ---- health

export type CheckState = 'healthy' | 'degraded' | 'failing' | 'no_data' | 'maintenance';

export interface CheckModel {
  readonly id: Id;
  readonly name: string;
  readonly product: string;
  readonly environment: string;
  readonly state: CheckState;
  readonly reason: string;
  readonly since: Instant | null;
  /** The last hour, oldest first: milliseconds, `failed` for a failure, null for no data. */
  readonly recent: readonly Sample[];
}

/** One measurement: milliseconds of a success, a failure, or nothing measured. */
export type Sample = number | 'failed' | null;

export interface IncidentModel extends IncidentCard {
  readonly status: Status;
  readonly summary: string;
  readonly timeline: readonly TimelineEntry[];
  readonly acknowledge: Action<'acknowledge'>;
}

export interface LatencyModel {
  readonly title: string;
  readonly unit: string;
  readonly series: readonly { readonly name: string; readonly points: readonly { readonly at: Instant; readonly value: number | null }[] }[];
  readonly marks: readonly { readonly at: Instant; readonly label: string }[];
  readonly limit?: { readonly value: number; readonly label: string };
}

export interface HealthModel {
  readonly checks: readonly CheckModel[];
  readonly incidents: readonly IncidentModel[];
}

export interface CheckDetail {
  readonly check: CheckModel;
  readonly target: string;
  readonly everyMs: number;
  readonly threshold: number;
  readonly latency: LatencyModel | null;
  readonly history: readonly TimelineEntry[];
}

// ---- inbox

export type InboxDecision = 'approve' | 'reject' | 'acknowledge' | 'open';

export interface InboxItemModel {
  readonly id: Id;
  readonly status: Status;
  readonly title: string;
  readonly context: string;
  readonly provider: string;
  readonly since: Instant;
  readonly due: 'hour' | 'today' | 'later';
  readonly href: string;
}

export interface InboxDetail {
  readonly id: Id;
  readonly status: Status;
  readonly kind: string;
  readonly quorum?: string;
  readonly provider: string;
  readonly title: string;
  readonly text: string;
  readonly plan: readonly { readonly kind: 'same' | 'added' | 'removed'; readonly text: string }[];
  readonly inTheWay: readonly Point[];
  readonly consequence: string;
  readonly actions: readonly Action<InboxDecision>[];
  readonly href: string;
}

// ---- audit

export interface AuditEntry {
  readonly sequence: number;
  readonly at: Instant;
  readonly actor: string;
  readonly action: string;
  readonly subject: string;
  readonly detail: string;
  readonly hash: string;
}

export interface AuditPage {
  readonly entries: readonly AuditEntry[];
  readonly total: number;
  /** Where to go on; null at the first entry of the chain. */
  readonly before: number | null;
}

export interface AuditVerdict {
  readonly ok: boolean;
  readonly verifiedTo: number;
  readonly at: Instant;
  readonly problem?: string;
  readonly brokenAt?: number;
}

// ---- settings, connections, products

export interface ConnectionModel {
  readonly id: Id;
  readonly provider: string;
  readonly name: string;
  readonly baseUrl: string;
  readonly status: Status;
  readonly line: string;
  readonly account: string | null;
  readonly scopes: readonly string[];
  readonly missing: readonly string[];
  readonly rate: { readonly remaining: number; readonly limit: number; readonly resetsAt: Instant } | null;
  readonly checkedAt: Instant | null;
}

export interface NewConnection {
  readonly provider: string;
  readonly name: string;
  readonly baseUrl: string;
  readonly token: string;
}

export interface DataModel {
  readonly store: string;
  readonly path: string;
  readonly size: number;
  readonly version: string;
  readonly logPath: string;
  readonly keychain: Point;
}

export interface RepositoryOption {
  readonly fullName: string;
  readonly defaultBranch: string;
  readonly description: string;
  readonly private: boolean;
}

export interface WorkflowInput {
  readonly name: string;
  readonly kind: 'text' | 'choice' | 'boolean' | 'number' | 'environment';
  readonly required: boolean;
  readonly description: string;
  readonly initial: string;
  readonly options: readonly string[];
}

export interface WorkflowOption {
  readonly id: string;
  readonly name: string;
  readonly path: string;
  /** Why it can't be used: no `workflow_dispatch`, disabled. */
  readonly refused?: string;
  readonly inputs: readonly WorkflowInput[];
}

export interface PipelineBinding {
  workflowId: string;
  ref: string;
  /** The input that carries the version. */
  versionInput: string;
  inputs: Record<string, string>;
}

export interface HttpCheckDraft {
  name: string;
  url: string;
  expectStatus: number;
  everySeconds: number;
  threshold: number;
  timeoutSeconds: number;
}

export interface EnvironmentDraft {
  name: string;
  production: boolean;
  deploy: PipelineBinding;
  rollback: { kind: 'same' } | { kind: 'other'; binding: PipelineBinding };
  versionUrl: string;
  versionPath: string;
  checks: HttpCheckDraft[];
}

export interface ProductDraft {
  connectionId: Id;
  repository: string;
  name: string;
  tagPrefix: string;
  environments: EnvironmentDraft[];
}

/** The answer of the provider, or of a service, to one step of a wizard. */
export interface StepCheck {
  readonly ok: boolean;
  readonly points: readonly Point[];
}

export interface ProductOption {
  readonly id: Id;
  readonly name: string;
  readonly repository: string;
  readonly lastVersion: string | null;
}

export interface RefOption {
  readonly kind: 'tag' | 'branch' | 'commit';
  readonly name: string;
  readonly commit: string;
  readonly subject: string;
  readonly at: Instant | null;
}

export interface VersionProposal {
  readonly bump: 'patch' | 'minor' | 'major';
  readonly version: string;
  readonly why: string;
}

export interface ReleaseDraft {
  productId: Id;
  ref: RefOption | null;
  version: string;
  notes: string;
  approvers: string;
}

export interface ReleasePreview {
  readonly since: string | null;
  readonly changes: readonly ChangeModel[];
  readonly proposals: readonly VersionProposal[];
  readonly notes: string;
  readonly plan: readonly { readonly environment: string; readonly points: readonly Point[] }[];
  readonly versionProblem?: string;
}
