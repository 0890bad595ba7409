/** What buttons do, and whether they can be pressed. */
import type { Choice, Id, Instant } from './model';
import type { MemberAnswer } from './model-coordination';
import type { GateAsk } from './model-gates';
import type { ScheduledStart } from './model-scheduling';

/** What a button does. Everything that changes something is one of these; `go` and `open` only lead elsewhere. */
export type Deed =
  | { readonly do: 'go'; readonly href: string }
  | { readonly do: 'open'; readonly url: string }
  | { readonly do: 'plan'; readonly releaseId: Id }
  | { readonly do: 'request_approval' | 'complete' | 'unmark' | 'abort' | 'mark_bad' | 'review_hotfix'; readonly releaseId: Id; readonly of: string }
  | { readonly do: 'approve' | 'reject'; readonly releaseId: Id; readonly of: string; readonly contentHash: string }
  | { readonly do: 'edit_version'; readonly releaseId: Id; readonly of: string; readonly version: string }
  | { readonly do: 'deploy'; readonly releaseId: Id; readonly environmentId: Id; readonly of: string; readonly environment: string; readonly cautions?: readonly string[] }
  | { readonly do: 'cancel'; readonly deploymentId: Id; readonly of: string }
  | { readonly do: 'pause' | 'resume' | 'promote_fully' | 'hold_rollback' | 'take_question'; readonly deploymentId: Id; readonly of: string }
  | { readonly do: 'skip_phase'; readonly deploymentId: Id; readonly phaseId: Id; readonly phase: string; readonly watched: boolean; readonly of: string }
  | { readonly do: 'change_phases'; readonly deploymentId: Id; readonly of: string }
  | { readonly do: 'decide'; readonly deploymentId: Id; readonly of: string; readonly choice: Choice }
  | { readonly do: 'create_tag' | 'publish'; readonly releaseId: Id; readonly of: string }
  | { readonly do: 'compare'; readonly releaseId: Id; readonly environmentId: Id | null; readonly of: string }
  | { readonly do: 'rollback'; readonly environmentId: Id }
  | { readonly do: 'lock'; readonly productId: Id | null; readonly environmentId: Id | null; readonly place: string }
  | { readonly do: 'lift_lock'; readonly lockId: Id; readonly place: string; readonly reason: string }
  | { readonly do: 'override_freeze'; readonly releaseId: Id; readonly environmentId: Id; readonly of: string; readonly environment: string }
  | { readonly do: 'withdraw_override'; readonly overrideId: Id; readonly environment: string; readonly of: string }
  | { readonly do: 'withdraw_window'; readonly windowId: Id; readonly of: string; readonly isActive: boolean }
  | { readonly do: 'schedule'; readonly releaseId: Id; readonly environmentId: Id; readonly of: string; readonly environment: string; readonly start: ScheduledStart | null }
  | { readonly do: 'target_date'; readonly releaseId: Id; readonly of: string; readonly day: string; readonly zone: string }
  | { readonly do: 'rehearse'; readonly releaseId: Id; readonly of: string }
  | { readonly do: 'start_at_once' | 'withdraw_start'; readonly startId: Id; readonly of: string; readonly environment: string }
  | { readonly do: 'depart_now' | 'drop_departure' | 'withdraw_train'; readonly trainId: Id; readonly of: string }
  | { readonly do: 'skip_departure'; readonly trainId: Id; readonly at: Instant; readonly words: string; readonly isSkipped: boolean }
  | { readonly do: 'close_coordinated'; readonly id: Id; readonly of: string }
  | { readonly do: 'remove_member'; readonly id: Id; readonly releaseId: Id; readonly of: string; readonly from: string }
  | { readonly do: 'cancel_run'; readonly runId: Id; readonly of: string; readonly environment: string }
  | { readonly do: 'answer_member'; readonly runId: Id; readonly releaseId: Id; readonly of: string; readonly environment: string; readonly answer: MemberAnswer; readonly redeploy: boolean }
  | { readonly do: 'acknowledge'; readonly incidentId: Id }
  | { readonly do: 'answer_gate'; readonly verdict: 'approve' | 'reject'; readonly gate: GateAsk }
  | { readonly do: 'explain'; readonly runId: Id; readonly productId: Id; readonly of: string }
  | { readonly do: 'run_smoke'; readonly releaseId: Id; readonly environmentId: Id; readonly environment: string }
  | { readonly do: 'remove_smoke'; readonly scenarioId: Id; readonly of: string }
  | { readonly do: 'remove_product'; readonly productId: Id; readonly of: string }
  | { readonly do: 'measure_now'; readonly checkId: Id }
  | { readonly do: 'remove_check'; readonly checkId: Id; readonly of: string };

/** Something a person can do now, or the reason why not. */
export interface Action {
  readonly label: string;
  readonly deed: Deed;
  /** The reason why it can't be taken. Absent: it can. */
  readonly refused?: string | undefined;
}
