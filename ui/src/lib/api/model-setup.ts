/** What the screens show of settings, connections, products, new releases and the practice range. Part of `model.ts`, from which it is imported. */
import type { Instant } from '$lib/format';
import type { Status } from '$lib/status';
import type { BindingDto, CapabilityView, CheckDto, ConnectionFieldView, EnvironmentDto, InputDto, InputValueDto, NetworkRequest, NetworkView, ProductDto } from './bindings';
import type { ChangeModel, Id, Point } from './model';

export type { CertificateRefusalView, CertificateView, NetworkRequest, NetworkView } from './bindings';

// ---- settings, connections, products

export interface ConnectionModel {
  readonly id: Id;
  readonly provider: string;
  readonly name: string;
  readonly baseUrl: string;
  /** Who signs in, where the provider asks for it. */
  readonly user: string | null;
  /** Where its keys are read from, in place of a token. */
  readonly profile: string | null;
  readonly network: NetworkView;
  readonly status: Status;
  readonly line: string;
  readonly usable: boolean;
  readonly account: string | null;
  readonly scopes: readonly string[];
  readonly missing: readonly string[];
  readonly expiresAt: Instant | null;
  readonly refusedSince: Instant | null;
  readonly products: readonly string[];
  /** What was left when the provider was last asked from this window. */
  readonly rate: { readonly remaining: number; readonly limit: number; readonly resetsAt: Instant } | null;
  /** Until when the provider takes no calls, where it said so. */
  readonly pausedUntil?: Instant | null;
  readonly checkedAt: Instant | null;
}

/** A provider that can be connected, and what it asks for. */
export interface ProviderOption {
  readonly kind: string;
  readonly name: string;
  /** What its secret is called there. */
  readonly secret: string;
  readonly fields: readonly ConnectionFieldView[];
  readonly needs: readonly string[];
  readonly capabilities: readonly CapabilityView[];
}

/** Another secret, with what belongs to it. */
export interface NewSecret {
  /** `null` for whoever signed in until now. */
  readonly user: string | null;
  readonly token: string;
  readonly sessionToken: string | null;
}

export interface NewConnection {
  readonly provider: string;
  readonly name: string;
  readonly baseUrl: string;
  readonly user: string | null;
  readonly region: string | null;
  readonly role: string | null;
  readonly profile: string | null;
  readonly token: string;
  readonly sessionToken: string | null;
  readonly network: NetworkRequest | null;
  /** The server's certificate that a person trusts. */
  readonly trustedFingerprint: string | null;
}

export interface DataModel {
  readonly store: string;
  readonly place: string;
  /** Null where no log is kept. */
  readonly logFolder: string | null;
  readonly version: string;
  readonly actor: string;
  readonly engine: Point;
  readonly keychain: Point;
  readonly keychainWayOut: string | null;
}

export interface RepositoryOption {
  readonly fullName: string;
  readonly defaultBranch: string;
  readonly description: string;
  readonly readOnly: boolean;
}

export interface PipelineInput {
  readonly name: string;
  readonly kind: 'text' | 'choice' | 'boolean' | 'number' | 'environment';
  readonly required: boolean;
  readonly description: string;
  readonly initial: string | null;
  readonly options: readonly string[];
  readonly shownInTitle: boolean;
  /** What is given must not be shown or kept. */
  readonly secret?: boolean;
}

export interface PipelineOption {
  readonly pipeline: string;
  readonly title: string;
  readonly active: boolean;
}

/** A pipeline as it is at a ref. */
export interface PipelineDescription {
  readonly gitRef: string;
  /** Why it can't be started: no `workflow_dispatch`. */
  readonly obstacle: string | null;
  readonly inputs: readonly PipelineInput[];
}

// Drafts of a product are edited in the wire's own shape: what is shown is what is sent.
export type ProductDraft = ProductDto;
export type EnvironmentDraft = EnvironmentDto;
export type BindingDraft = BindingDto;
export type InputDraft = InputDto;
export type InputSource = InputValueDto;
export type CheckDraft = CheckDto;

/** What differs: as it was, and as it is. */
export interface Difference {
  readonly what: string;
  readonly before: string | null;
  readonly after: string | null;
}

export type { RepositorySettingsView as RepositorySettings, SettingsLookView as SettingsLook, SettingsSourceView as SettingsSource } from './bindings';

/** A proposal for a product, and what a person should look at. */
export interface ProductProposal {
  readonly product: ProductDraft;
  readonly notes: readonly string[];
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
  readonly connectionId: Id;
  readonly lastVersion: string | null;
  readonly environments: readonly { readonly id: Id; readonly name: string }[];
}

export interface RefOption {
  readonly kind: 'tag' | 'branch' | 'commit';
  readonly name: string;
  readonly commit: string;
}

export interface VersionProposal {
  readonly kind: 'tag' | 'patch' | 'minor' | 'major';
  readonly version: string;
  readonly why: string;
  readonly recommended: boolean;
  /** A release of this version exists already. */
  readonly taken: boolean;
}

export interface ReleaseDraft {
  productId: Id;
  ref: RefOption | null;
  version: string;
  notes: string;
  /** Why it can’t wait; null: it is no hotfix. */
  hotfix: string | null;
}

export interface ReleasePreview {
  readonly source: RefOption;
  readonly since: string | null;
  readonly lastVersion: string | null;
  readonly changes: readonly ChangeModel[];
  /** How many commits there are; `changes` may hold fewer. */
  readonly ahead: number;
  readonly proposals: readonly VersionProposal[];
  readonly notes: string;
}

export interface NewLock {
  /** None stops the line: everything is locked. */
  readonly productId: Id | null;
  readonly environmentId: Id | null;
  readonly reason: string;
  readonly until: Instant | null;
  readonly warnOnly: boolean;
  readonly hotfixesPass?: boolean;
}

// ---- practice range

export interface RangeFault {
  readonly id: Id;
  readonly text: string;
  readonly note: string;
}

/** A provider of the practice range beside its GitHub. */
export interface PracticeProvider {
  readonly kind: string;
  readonly title: string;
  readonly address: string;
  readonly connectionId: Id | null;
  readonly productId: Id | null;
}

export interface RangeModel {
  readonly productId: Id | null;
  readonly connectionId: Id | null;
  readonly open: {
    readonly address: string;
    readonly repository: string;
    readonly controlUrl: string;
    readonly providers: readonly PracticeProvider[];
    readonly environments: readonly { readonly name: string; readonly url: string; readonly isProtected: boolean; readonly instances: readonly (Point & { readonly name: string })[] }[];
    readonly faults: readonly RangeFault[];
  } | null;
}
