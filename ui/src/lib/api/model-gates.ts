/** What waits for a person at a provider, as the screens show it. */
import type { Instant } from '$lib/format';
import type { Status } from '$lib/status';
import type { Action, Id, Point } from './model';

export interface GateInput {
  readonly name: string;
  readonly description: string;
  readonly kind: 'text' | 'choice' | 'boolean' | 'number';
  readonly options: readonly string[];
  readonly required: boolean;
  readonly initial: string;
  /** Its value is not shown. */
  readonly hidden: boolean;
}

/** What the dialog of an answer needs to know. */
export interface GateAsk {
  readonly gateId: Id;
  /** `Let Checkout 1.4.0 go to production`. */
  readonly heading: string;
  readonly provider: string;
  /** Where it leads; null where nobody knows. */
  readonly environment: string | null;
  readonly inputs: readonly GateInput[];
  readonly keepsComment: boolean;
  /** To be confirmed with a tick. */
  readonly grave: boolean;
}

export interface GateModel {
  readonly id: Id;
  readonly deploymentId: Id | null;
  readonly status: Status;
  readonly heading: string;
  /** What its author says about it. */
  readonly message: string;
  readonly waits: boolean;
  /** How it stands, where it doesn't simply wait; and what to do about that. */
  readonly standing: string;
  /** Label and value of what one should know. */
  readonly facts: readonly { readonly label: string; readonly text: string }[];
  readonly since: Instant;
  readonly expiresAt: Instant | null;
  readonly inTheWay: readonly Point[];
  readonly approve: Action;
  readonly reject: Action;
  /** Its page at the provider. */
  readonly page: Action | null;
}
