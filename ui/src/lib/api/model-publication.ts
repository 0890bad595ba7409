/** What the screens know of a release's tag, its release at the provider, generated notes, comparisons and clones. */
import type { Status } from '$lib/status';
import type { Id, Instant } from './model';

export interface SignatureModel {
  readonly status: Status;
  readonly line: string;
  readonly nextStep: string | null;
}

export interface PublicationModel {
  readonly provider: string;
  readonly tag: {
    readonly name: string;
    readonly status: Status;
    readonly line: string;
    readonly proposedName: string;
    readonly proposedMessage: string;
    readonly commit: string;
    /** Why it can't be created; null: it can. */
    readonly refused: string | null;
    readonly isThere: boolean;
    readonly signature: SignatureModel | null;
  };
  readonly published: {
    readonly status: Status;
    readonly isThere: boolean;
    readonly line: string;
    readonly url: string | null;
    readonly at: Instant | null;
    readonly title: string | null;
    readonly assets: readonly { readonly name: string; readonly url: string; readonly size: string }[];
    readonly notesDiffer: boolean;
    readonly proposedTitle: string;
    readonly proposedPrerelease: boolean;
    readonly limit: string | null;
    readonly refused: string | null;
  };
  /** Why the provider writes no notes. */
  readonly notesRefused: string | null;
  readonly trouble: string | null;
}

export interface NotesProposal {
  readonly notes: string;
  readonly byProvider: boolean;
  readonly instead: string | null;
}

export interface ComparedChange {
  readonly commit: string;
  readonly subject: string;
  /** Its conventional type, as people read it; empty for others. */
  readonly kind: string;
  readonly breaking: boolean;
  readonly author: string;
  readonly at: Instant | null;
  readonly url: string | null;
}

export interface EnvironmentComparison {
  readonly id: Id;
  readonly name: string;
  readonly status: Status;
  readonly line: string;
  readonly unverified: string | null;
  readonly brings: readonly ComparedChange[];
  readonly ahead: number;
  readonly takesAway: readonly ComparedChange[];
  readonly behind: number;
  readonly authors: readonly string[];
  readonly url: string | null;
  readonly trouble: string | null;
}

export interface ComparisonModel {
  readonly of: string;
  readonly environments: readonly EnvironmentComparison[];
  /** Set where the clone on this computer told it. */
  readonly toldByClone: string | null;
}

export interface CloneModel {
  readonly path: string;
  readonly status: Status;
  readonly line: string;
  readonly nextStep: string | null;
}
