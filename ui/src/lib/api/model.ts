/**
 * What the screens show: plain types, in the domain's words. The other files of this folder turn the answers of Rust into
 * these; the fixtures of tests/ are written in them. Nothing here decides: verdicts, blockers and words of reason arrive made.
 */
import type { Instant } from '$lib/format';
import type { Status } from '$lib/status';
import type { CheckDto, DecisionWord, PlanDifferenceView as PlanDifference, PlannedPhaseDto } from './bindings';
import type { Action } from './model-deeds';
import type { GateModel } from './model-gates';
import type { CoordinatedName } from './model-coordination';
import type { ScheduledStart } from './model-scheduling';
export * from './model-audit';
export * from './model-deeds';
export * from './model-gates';
export * from './model-setup';

export type { Instant, PlanDifference, Status };
export type Id = string;

/** A sentence with its state. */
export interface Point {
  readonly status: Status;
  readonly text: string;
  /** A short right-hand note: an age, a time, a count. */
  readonly note?: string | undefined;
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
  readonly deploymentId: Id;
  readonly releaseId: Id;
  readonly title: string;
  readonly note: string;
  readonly segments: readonly Segment[];
}

export interface ShellModel {
  readonly me: string;
  readonly counts: { readonly releasesOpen: number; readonly inboxWaiting: number; readonly incidentsOpen: number };
  readonly underWay: readonly UnderWay[];
  readonly engine: Point;
  /** What is wrong with the keychain; absent while it works. */
  readonly keychain?: Point | undefined;
  readonly connections: { readonly working: number; readonly total: number };
  readonly checks: { readonly total: number; readonly failing: number };
  readonly audit: { readonly length: number; /** Null until the chain was verified by this window. */ readonly verified: { readonly to: number; readonly broken: boolean; /** Approvals that don't fit. */ readonly faults: number } | null };
  readonly lastChangeAt: Instant | null;
}

// ---- overview

export interface MatrixCellModel {
  readonly environmentId: Id;
  /** The environment's name, which is also its column. */
  readonly environment: string;
  readonly version: string | null;
  /** The version that the one under way replaces. */
  readonly replaces?: string | undefined;
  readonly since: Instant | null;
  readonly status: Status;
  readonly line: string;
  /** A version from elsewhere that runs there, where `line` is about something else. */
  readonly drift?: string | undefined;
  /** Share done of a soak, 0 to 1. */
  readonly done?: number | undefined;
  readonly segments?: readonly Segment[] | undefined;
  readonly releaseId?: Id | undefined;
}

export interface ProductRow {
  readonly productId: Id;
  readonly name: string;
  /** Its newest open release: `4.18.0 in progress`. */
  readonly note: string;
  readonly releaseId?: Id | undefined;
  readonly cells: readonly MatrixCellModel[];
  /** What else can be done with it and its environments. */
  readonly actions: readonly Action[];
}

export interface IncidentCard {
  readonly id: Id;
  readonly number: number;
  readonly title: string;
  readonly text: string;
  readonly since: Instant;
  readonly acknowledgedBy?: string | undefined;
  readonly rollback: Action;
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
  /** Why it can’t wait, where it is a hotfix. */
  readonly hotfix?: string | undefined;
  /** Where it runs now; empty before its first deployment and after its last. */
  readonly environment: string;
  readonly line: string;
  readonly changedAt: Instant;
  readonly by: string;
}

export interface PhaseModel {
  /** What is read first: an environment's name, or a weight (`25 %`). */
  readonly title: string;
  readonly status: Status;
  /** After the status word. Empty: the word alone. */
  readonly note?: string | undefined;
  /** When the phase's wait ends; shown as a countdown. */
  readonly endsAt?: Instant | undefined;
  /** Share done, 0 to 1, of the current phase. */
  readonly done?: number | undefined;
  readonly current: boolean;
  readonly gates: readonly Point[];
}

/** That an environment is frozen, or outside its change window. */
export interface FrozenModel {
  readonly what: string;
  readonly why: string;
  /** The override, where one is possible. */
  readonly action?: Action | undefined;
}

export interface HotfixModel {
  readonly why: string;
  readonly path: string;
  /** What its review found; empty until it is recorded. */
  readonly review: string;
  /** The button that records it, while that is asked for. */
  readonly action?: Action | undefined;
}

export interface BlockerModel {
  readonly id: Id;
  readonly status: Status;
  readonly what: string;
  /** Why, with its evidence. */
  readonly why: string;
  /** Who or what can clear it. */
  readonly who?: string | undefined;
  /** When it clears by itself. */
  readonly clearsAt?: Instant | undefined;
  readonly action?: Action | undefined;
}

export interface HelmModel {
  readonly title: string;
  readonly note: string;
  /** The earliest start, shown as a countdown. */
  readonly startsAt?: Instant | undefined;
  readonly primary: Action | null;
  readonly rulesBroken: number;
  readonly rulesTotal: number;
  readonly side: readonly Action[];
}

export interface TimelineEntry {
  readonly id: Id;
  readonly at: Instant;
  readonly status: Status;
  readonly text: string;
  /** Actor or evidence, in a quieter colour. */
  readonly note?: string | undefined;
}

export interface JobModel {
  readonly id: Id;
  readonly name: string;
  /** Where the provider has stages. */
  readonly stage?: string | null;
  readonly status: Status;
  readonly startedAt: Instant | null;
  readonly finishedAt: Instant | null;
  readonly steps: readonly { readonly name: string; readonly status: Status }[];
}

export interface RunModel {
  readonly id: Id;
  readonly number: string;
  readonly title: string;
  readonly attempt: number;
  readonly status: Status;
  readonly url: string | null;
  readonly startedAt: Instant | null;
  readonly jobs: readonly JobModel[];
}

/** An answer to a deployment's question, with what it does. */
export interface Choice {
  readonly word: DecisionWord;
  readonly label: string;
  readonly consequence: string;
  /** A reason must be given. */
  readonly needsReason: boolean;
  readonly danger: boolean;
  /** For `adopt`: the run that is meant. */
  readonly runId?: string | undefined;
}

export interface QuestionModel {
  readonly message: string;
  readonly nextStep: string;
  readonly askedOf: string;
  /** That person has taken it on. */
  readonly taken: boolean;
  readonly since: Instant;
  readonly choices: readonly Choice[];
  /** Answers that the provider can't carry out, each with the reason. */
  readonly unavailable: readonly { readonly label: string; readonly why: string }[];
  readonly candidates: readonly { readonly id: string; readonly title: string; readonly url: string; readonly status: Status; readonly createdAt: Instant | null }[];
}

/** How a deployment goes out in phases. */
export interface RolloutModel {
  readonly track: readonly PhaseModel[];
  /** What was found of the phase that is watched. */
  readonly findings: readonly Point[];
  /** What waits at the provider for an answer that can be given from the inbox. */
  readonly answers: readonly Action[];
  /** By whose word, and why, what comes was changed on the way; in order. */
  readonly changes: readonly { readonly why: string; readonly at: Instant }[];
  /** How the measurements stand against their limits; empty while nothing is watched. */
  readonly tally: string;
  /** The version before comes back then, unless a person stops it. */
  readonly failing: { readonly why: string; readonly at: Instant; readonly hold: Action } | null;
  readonly paused: { readonly why: string; readonly since: Instant; readonly resume: Action } | null;
  readonly actions: readonly Action[];
}

/** The phases of a deployment under way, with those that have begun, or are over, as they are. */
export interface PhasesToChange {
  readonly environment: string;
  readonly phases: readonly PlannedPhaseDto[];
  /** Why a phase stays as it is, by its name. */
  readonly settled: Readonly<Record<string, string>>;
  /** How many changes are known. */
  readonly seen: number;
  /** Names of the environment's health checks. */
  readonly checks: readonly string[];
}

export interface DeploymentModel {
  readonly id: Id;
  readonly environment: string;
  /** `4.18.0`, or `back to 4.17.3`. */
  readonly what: string;
  /** Why there are no logs here, and why none while a job runs; empty where there are. */
  readonly logs: { readonly none: string; readonly later: string };
  readonly status: Status;
  readonly line: string;
  readonly pipeline: string;
  readonly requestedBy: string;
  readonly requestedAt: Instant;
  readonly endedAt: Instant | null;
  /** Why an environment was rolled back, what keeps us from seeing, that it is being cancelled. */
  readonly notes: readonly Point[];
  readonly verifyUntil?: Instant | undefined;
  readonly runs: readonly RunModel[];
  /** Its phases; null where it goes out at once. */
  readonly rollout: RolloutModel | null;
  readonly question: QuestionModel | null;
  /** What its run waits for at the provider. */
  readonly gates: readonly GateModel[];
  readonly cancel: Action | null;
}

export interface ChangeModel {
  readonly commit: string;
  readonly subject: string;
  readonly breaking: boolean;
  readonly author: string;
  readonly at: Instant | null;
}

export interface ApprovalModel {
  readonly id: Id;
  readonly person: string;
  readonly decision: 'approved' | 'rejected' | 'void';
  readonly at: Instant;
  readonly comment: string;
  /** It carries the voter's signature. Those from before approvals were signed don't. */
  readonly signed: boolean;
}

/** One environment of a plan: where it goes and how it comes back. */
export interface PlanStageModel {
  readonly environment: string;
  readonly points: readonly Point[];
}

/** How risky a release is, 0 to 100, and what that is made of. */
export interface RiskModel {
  readonly score: number;
  readonly level: 'low' | 'medium' | 'high' | 'very_high';
  readonly parts: readonly { readonly title: string; readonly points: number; readonly most: number; readonly detail: string }[];
}

/** The day by which a release is meant to be out, in words. */
export interface TargetDateModel {
  readonly words: string;
  readonly overdue: boolean;
  /** Sets, changes or clears it; absent once the release is over. */
  readonly change?: Action | undefined;
}

export interface ReleaseModel {
  readonly id: Id;
  readonly productId: Id;
  readonly product: string;
  readonly version: string;
  readonly status: Status;
  readonly markedBad?: string | undefined;
  /** What of its plan differs from what was agreed to before. */
  readonly planDifference?: PlanDifference | undefined;
  /** The coordinated release that it goes with. */
  readonly goesWith?: CoordinatedName | undefined;
  /** Its starts that are set for a time, or did not start. */
  readonly scheduled?: readonly ScheduledStart[] | undefined;
  /** Set where it is a hotfix: why, who reviewed it, and which path it is judged on. */
  readonly hotfix?: HotfixModel | undefined;
  /** Environments of the plan that are frozen, or outside their change window. */
  readonly frozen?: readonly FrozenModel[];
  readonly runsIn: readonly string[];
  readonly track: readonly PhaseModel[];
  readonly helm: HelmModel;
  readonly blockers: readonly BlockerModel[];
  /** Where the blockers and holds are about: `Production`. Empty: the release itself. */
  readonly place: string;
  readonly holds: readonly Point[];
  readonly checkedAt: Instant;
  /** Null once it is over. */
  readonly risk: RiskModel | null;
  readonly timeline: readonly TimelineEntry[];
  readonly deployments: readonly DeploymentModel[];
  readonly approvals: readonly ApprovalModel[];
  readonly changes: readonly ChangeModel[];
  /** The ref that `changes` is counted from. */
  readonly changesSince: string | null;
  readonly notes: string;
  readonly canEditNotes: boolean;
  readonly plan: { readonly stages: readonly PlanStageModel[]; readonly remarks: string } | null;
  /** The day by which it is meant to be out. */
  readonly target: TargetDateModel | null;
  readonly facts: { readonly source: string; readonly commit: string; readonly tag: string; readonly draftedBy: string; readonly draftedAt: Instant };
  readonly actions: readonly Action[];
  readonly rollback: Action | null;
}

/** What a plan can name. */
export interface PlanOptions {
  readonly of: string;
  readonly environments: readonly { readonly id: Id; readonly name: string; readonly planned: boolean; readonly points: readonly Point[] }[];
  readonly remarks: string;
  /** Votes given so far become void if the plan changes. */
  readonly hasVotes: boolean;
}

// ---- rollback

export interface RollbackOption {
  readonly releaseId: Id;
  readonly version: string;
  readonly verdict: 'verified' | 'notice' | 'impossible';
  readonly word: string;
  readonly detail: string;
  readonly points: readonly Point[];
  readonly steps: readonly string[];
  /** What happens where the pipeline is started in place of the provider's own way; empty where that isn't set. */
  readonly stepsInstead: readonly string[];
}

/** The provider's own way back to one version, as it was when it was asked. */
export interface NativeWayModel {
  readonly provider: string;
  /** The pipeline that can be started instead. */
  readonly pipeline: string;
  readonly open: boolean;
  readonly point: Point;
  readonly limit: string;
}

export interface RollbackModel {
  readonly environmentId: Id;
  readonly product: string;
  readonly environment: string;
  readonly fromVersion: string | null;
  readonly situation: string;
  /** True where the environment goes back in the provider's own way. */
  readonly native: boolean;
  readonly options: readonly RollbackOption[];
  readonly lockNote: string;
  readonly reason: string;
  readonly recordedAs: string;
}

// ---- health

export type CheckState = 'healthy' | 'degraded' | 'failing' | 'no_data' | 'paused';

export interface CheckModel {
  readonly id: Id;
  readonly name: string;
  readonly product: string;
  readonly environment: string;
  readonly state: CheckState;
  readonly reason: string;
  readonly since: Instant | null;
  /** The last measurements, oldest first: milliseconds, `failed` for a failure, null for no data. */
  readonly recent: readonly Sample[];
}

/** One measurement: milliseconds of an answer, a failure, or nothing measured. */
export type Sample = number | 'failed' | null;

export interface IncidentModel extends IncidentCard {
  readonly status: Status;
  readonly timeline: readonly TimelineEntry[];
}

export interface LatencyModel {
  readonly title: string;
  readonly unit: string;
  readonly series: readonly { readonly name: string; readonly points: readonly { readonly at: Instant; readonly value: number | null }[] }[];
  readonly marks: readonly { readonly at: Instant; readonly label: string }[];
  readonly limit?: { readonly value: number; readonly label: string } | undefined;
}

export interface HealthModel {
  readonly checks: readonly CheckModel[];
  readonly incidents: readonly IncidentModel[];
}

export interface CheckDetail {
  readonly check: CheckModel;
  readonly environmentId: Id;
  readonly facts: readonly (readonly [string, string])[];
  readonly latency: LatencyModel | null;
  readonly history: readonly TimelineEntry[];
  /** As it is set, to be edited. */
  readonly draft: CheckDto;
}

// ---- inbox

export interface InboxItemModel {
  readonly id: Id;
  readonly status: Status;
  readonly title: string;
  readonly context: string;
  readonly since: Instant | null;
  readonly due: 'now' | 'today' | 'later';
}

export interface InboxDetail {
  readonly id: Id;
  readonly status: Status;
  readonly kind: string;
  readonly title: string;
  readonly text: string;
  /** What of the plan differs from what was agreed to before. */
  readonly planDifference?: PlanDifference | undefined;
  readonly plan: readonly PlanStageModel[];
  readonly inTheWay: readonly Point[];
  readonly consequence: string;
  readonly question: { readonly deploymentId: Id; readonly of: string; readonly model: QuestionModel } | null;
  /** What waits at a provider; its actions are its own. */
  readonly gate?: GateModel | undefined;
  readonly actions: readonly Action[];
}
