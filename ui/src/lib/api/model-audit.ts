/** What the screens show of the audit chain. Part of `model.ts`, from which it is imported. */
import type { Instant } from '$lib/format';
import type { Status } from '$lib/status';
import type { Id } from './model';

export interface AuditEntry {
  readonly sequence: number;
  readonly at: Instant;
  readonly status: Status;
  readonly actor: string;
  readonly action: string;
  readonly subject: string;
  readonly subjectId: Id;
  readonly summary: string;
  readonly data: string;
  readonly hash: string;
  readonly previousHash: string;
}

export interface AuditFilter {
  /** Empty: all of them. */
  readonly productId: Id;
  readonly words: string;
}

export interface AuditPage {
  readonly entries: readonly AuditEntry[];
  /** Where to go on; null at the first entry of the chain. */
  readonly before: number | null;
}

/** The end of the chain, kept elsewhere to show later that nothing was cut off. */
export interface AuditHead {
  readonly seq: number;
  readonly hash: string;
}

export interface AuditVerdict {
  readonly ok: boolean;
  readonly verifiedTo: number;
  readonly at: Instant;
  /** It was compared with a head that was kept elsewhere. */
  readonly againstHead: boolean;
  readonly problem?: string | undefined;
  readonly brokenAt?: number | undefined;
  readonly approvals: ApprovalsVerdict;
}

/** How the stored approvals stand. */
export interface ApprovalsVerdict {
  /** How many have a signature that fits. */
  readonly signed: number;
  /** How many were looked at, in a sentence; may be empty. */
  readonly text: string;
  readonly faults: readonly ApprovalFault[];
}

/** An approval that doesn't fit what is stored or recorded. */
export interface ApprovalFault {
  readonly id: Id;
  readonly releaseId: Id;
  readonly version: string | null;
  readonly at: Instant;
  readonly text: string;
}
