/**
 * The window's only way to the rest of Pilothouse. `Backend` is what screens may ask for; `backend` answers it.
 * Everything that speaks to Rust is in this folder.
 */
import { isTauri } from '@tauri-apps/api/core';
import { desktop } from './desktop';
import { Failure } from './failure';
import type { Topic } from './changes';
import type {
  AuditFilter, AuditHead, AuditPage, AuditVerdict, BindingDraft, CheckDetail, CheckDraft, ConnectionModel, DataModel, Deed, HealthModel, Id, InboxDetail,
  InboxItemModel, NativeWayModel, NetworkRequest, NewConnection, NewLock, NewSecret, OverviewModel, PipelineDescription, PhasesToChange, PipelineOption, PlanOptions, ProductDraft, ProductOption, ProductProposal, ProviderOption,
  RangeModel, RefOption, ReleaseDraft, ReleaseModel, ReleasePreview, ReleaseRow, RepositoryOption, RollbackModel, ShellModel, StartupModel, StepCheck,
} from './model';
import type { CloneModel, ComparisonModel, NotesProposal, PublicationModel } from './model-publication';
import type { CheckedSmoke, SmokePanelModel, SmokeRunModel, SmokeRunSummary, SmokeScenario, SmokeScenariosModel, SmokeStep } from './model-smoke';
import type { PhasesOutlookView, PlannedPhaseDto, PracticeFault, RolloutTemplateView } from './bindings';
import type { ChecklistBackend } from './checklists';
import type { CalendarBackend } from './calendar';
import type { SchedulingBackend } from './scheduling';
import type { CoordinationBackend } from './coordination';
import type { DocumentBackend } from './documents';
import type { RunbookBackend } from './runbooks';
import type { RecordBackend } from './record';
import type { SettingsFileBackend } from './settings-files';
import type { UatBackend } from './uat';
import type { PipelineBackend } from './pipelines';

/** The log of a job as far as it can be had. */
export interface JobLog {
  readonly lines: readonly string[];
  /** Only its end: the beginning stays with the provider. */
  readonly truncated: boolean;
  /** Nothing will be added any more. */
  readonly complete: boolean;
  /** Where it is to be read instead, where the provider doesn't hand it out. */
  readonly elsewhere?: string | null;
}

/** Its functions use no `this`, so that they can be handed on as they are. */
export interface Backend extends PipelineBackend, ChecklistBackend, UatBackend, DocumentBackend, CalendarBackend, SchedulingBackend, CoordinationBackend, RunbookBackend, RecordBackend, SettingsFileBackend {
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
  /** A subscription to committed changes of these kinds; of every kind but measurements where none is named. */
  onChangeOf(...topics: Topic[]): (changed: () => void) => () => void;
  /** Calls `raised` with a sentence for each new incident. */
  onIncident(raised: (text: string) => void): () => void;
  /** Opens a web page of a connected provider in the system's browser. */
  openExternal(url: string): Promise<void>;
  /** Does what a button does. `text` is the comment or reason that it was given. Not for `go`, `plan`, `rollback`, `lock` and `explain`. */
  perform(deed: Deed, text: string): Promise<void>;

  shell(signal: AbortSignal): Promise<ShellModel>;
  overview(signal: AbortSignal): Promise<OverviewModel>;
  releases(signal: AbortSignal): Promise<readonly ReleaseRow[]>;
  release(id: Id, signal: AbortSignal): Promise<ReleaseModel>;
  saveNotes(id: Id, notes: string): Promise<void>;
  /** How its tag and its release at the provider stand: looked at now. */
  publication(releaseId: Id, signal: AbortSignal): Promise<PublicationModel>;
  /** Creates its tag; an empty message makes it a lightweight one. */
  createTag(releaseId: Id, name: string, message: string): Promise<PublicationModel>;
  publish(releaseId: Id, title: string, prerelease: boolean): Promise<PublicationModel>;
  /** Notes that the provider writes, or that are made from the commits. Nothing is kept. */
  generateNotes(releaseId: Id, byProvider: boolean): Promise<NotesProposal>;
  /** What a release would change in an environment, or in each of its plan. */
  compare(releaseId: Id, environmentId: Id | null, signal: AbortSignal): Promise<ComparisonModel>;
  planOptions(releaseId: Id, signal: AbortSignal): Promise<PlanOptions>;
  /** Sets the day by which it is meant to be out; null takes it off. */
  setTargetDate(releaseId: Id, day: string | null, zone: string): Promise<void>;
  plan(releaseId: Id, environmentIds: readonly Id[], remarks: string): Promise<void>;
  /** The phases of a deployment under way, as they can be changed. */
  phasesToChange(deploymentId: Id, signal: AbortSignal): Promise<PhasesToChange>;
  /** What other phases would come to. Changes nothing. */
  previewPhases(deploymentId: Id, phases: readonly PlannedPhaseDto[], seen: number): Promise<PhasesOutlookView>;
  changePhases(deploymentId: Id, phases: readonly PlannedPhaseDto[], seen: number, reason: string): Promise<void>;
  /** The release whose screen shows the deployment. */
  releaseOf(deploymentId: Id): Promise<Id>;
  log(deploymentId: Id, jobId: Id, signal: AbortSignal): Promise<JobLog>;

  rollback(environmentId: Id, signal: AbortSignal): Promise<RollbackModel>;
  /** Asks the provider whether its own way back to a version is open. */
  nativeWay(environmentId: Id, toReleaseId: Id): Promise<NativeWayModel>;
  startRollback(environmentId: Id, toReleaseId: Id, reason: string, way: 'as_set' | 'redeploy'): Promise<void>;
  setLock(lock: NewLock): Promise<void>;
  /** Says why a run was started elsewhere, and which release it brought, where it was one. */
  explainRun(why: { readonly runId: Id; readonly reason: string; readonly releaseId: Id | null }): Promise<void>;
  /** A product's releases, last drafted first. */
  releasesOf(productId: Id): Promise<readonly { readonly id: Id; readonly version: string }[]>;

  /** How the smoke tests stand for a release. */
  smokePanel(releaseId: Id, signal: AbortSignal): Promise<SmokePanelModel>;
  smokeRun(id: Id, signal: AbortSignal): Promise<SmokeRunModel>;
  /** Runs scenarios on a release; all that are for the environment, where none is named. */
  runSmoke(releaseId: Id, environmentId: Id, scenarioIds: readonly Id[]): Promise<readonly SmokeRunSummary[]>;
  cancelSmokeRun(id: Id): Promise<void>;
  importReport(report: { readonly releaseId: Id; readonly environmentId: Id; readonly name: string; readonly source: string; readonly text: string; readonly required: boolean }): Promise<SmokeRunModel>;
  /** Imports what the run of the release's last deployment there left behind. */
  collectReports(releaseId: Id, environmentId: Id): Promise<SmokeRunSummary>;
  /** Says which files of an environment's runs are reports, and what depends on them. */
  setReportRule(rule: { readonly environmentId: Id; readonly patterns: readonly string[]; readonly automatic: boolean; readonly required: boolean }): Promise<void>;
  smokeScenarios(productId: Id, signal: AbortSignal): Promise<SmokeScenariosModel>;
  /** Adds a scenario, or changes the one whose id it has. */
  putSmokeScenario(productId: Id, scenario: SmokeScenario): Promise<SmokeScenario>;
  removeSmokeScenario(id: Id): Promise<void>;
  /** What is wrong with a scenario's text. */
  checkSmoke(text: string): Promise<CheckedSmoke>;
  /** Sends a text's steps up to one of them, or all, and keeps nothing. */
  trySmoke(environmentId: Id, text: string, upTo: number | null): Promise<readonly SmokeStep[]>;
  /** Says where smoke tests reach an environment. */
  setSmokeTarget(environmentId: Id, baseUrl: string): Promise<void>;
  /** Keeps a secret in the keychain; null forgets it. */
  setSmokeSecret(productId: Id, name: string, secret: string | null): Promise<void>;

  health(signal: AbortSignal): Promise<HealthModel>;
  check(id: Id, signal: AbortSignal): Promise<CheckDetail>;
  putCheck(environmentId: Id, check: CheckDraft): Promise<void>;
  /** Measures a check as it is given and keeps nothing. */
  tryCheck(check: CheckDraft): Promise<StepCheck>;

  inbox(signal: AbortSignal): Promise<readonly InboxItemModel[]>;
  inboxItem(id: Id, signal: AbortSignal): Promise<InboxDetail | null>;
  /** Answers what waits at a provider; what came of it. */
  answerGate(gateId: Id, verdict: 'approve' | 'reject', comment: string, inputs: readonly { readonly name: string; readonly value: string }[]): Promise<{ readonly text: string; readonly taken: boolean }>;
  /** Asks every provider what waits there now; what could not be asked. */
  lookAtGates(): Promise<readonly string[]>;

  /** Entries older than `before`, newest first. */
  audit(before: number | null, filter: AuditFilter, signal: AbortSignal): Promise<AuditPage>;
  verifyAudit(kept: AuditHead | null): Promise<AuditVerdict>;
  auditHead(): Promise<AuditHead>;

  /** The providers that can be connected, with what each asks for. */
  providerKinds(): Promise<readonly ProviderOption[]>;
  /** Rollouts to begin with, the plainest first. */
  rolloutTemplates(): Promise<readonly RolloutTemplateView[]>;
  connections(signal: AbortSignal): Promise<readonly ConnectionModel[]>;
  addConnection(connection: NewConnection): Promise<ConnectionModel>;
  replaceToken(id: Id, secret: NewSecret): Promise<ConnectionModel>;
  /** Changes how the server is reached; `trust` is the fingerprint of a certificate to trust, `forget` trusts none any more. */
  editNetwork(id: Id, network: NetworkRequest, trust: string | null, forget: boolean): Promise<ConnectionModel>;
  verifyConnection(id: Id): Promise<ConnectionModel>;
  removeConnection(id: Id): Promise<void>;
  data(signal: AbortSignal): Promise<DataModel>;

  repositories(connectionId: Id, query: string, signal: AbortSignal): Promise<readonly RepositoryOption[]>;
  pipelines(connectionId: Id, repository: string, signal: AbortSignal): Promise<readonly PipelineOption[]>;
  /** A pipeline's inputs at a ref; at the default branch where the ref is empty. */
  describePipeline(connectionId: Id, repository: string, pipeline: string, gitRef: string): Promise<PipelineDescription>;
  refs(connectionId: Id, repository: string, signal: AbortSignal): Promise<readonly RefOption[]>;
  suggestProduct(connectionId: Id, repository: string): Promise<ProductProposal>;
  checkRepository(draft: ProductDraft): Promise<StepCheck>;
  checkBinding(draft: ProductDraft, binding: BindingDraft, where: string): Promise<StepCheck>;
  checkProduct(draft: ProductDraft): Promise<StepCheck>;
  product(id: Id, signal: AbortSignal): Promise<ProductDraft>;
  /** Whether a folder is a clone that can be read. */
  inspectClone(path: string): Promise<CloneModel>;
  /** Has a person choose a folder in the system's own dialog, which begins at this one; null where none was chosen. */
  chooseFolder(from: string): Promise<string | null>;
  /** The clone of a product on this computer. */
  productClone(productId: Id): Promise<CloneModel | null>;
  /** Names it; an empty path forgets it. */
  setClone(productId: Id, path: string): Promise<void>;
  /** Adds the product, or changes the one whose id it has. */
  saveProduct(draft: ProductDraft): Promise<Id>;

  products(signal: AbortSignal): Promise<readonly ProductOption[]>;
  releaseRefs(productId: Id, signal: AbortSignal): Promise<readonly RefOption[]>;
  previewRelease(productId: Id, ref: RefOption, signal: AbortSignal): Promise<ReleasePreview>;
  /** Drafts a release; its id. */
  createRelease(draft: ReleaseDraft): Promise<Id>;

  range(signal: AbortSignal): Promise<RangeModel>;
  /** Starts the practice range and connects to it. */
  openPracticeRange(): Promise<RangeModel>;
  closePracticeRange(): Promise<RangeModel>;
  /** Connects another provider of the practice range, with a product that it deploys. */
  practiseOver(kind: string): Promise<RangeModel>;
  /** Has deployments to an environment of the practice range wait for a person at the provider, or lets them pass. */
  protectEnvironment(environment: string, isProtected: boolean): Promise<RangeModel>;
  orderFault(fault: PracticeFault, times: number | null, onlyDispatch: boolean): Promise<RangeModel>;
  /** Ends a fault, or all of them. */
  clearFault(id: Id | null): Promise<RangeModel>;
  /** Adds a commit to the range's repository; its hash. */
  pushCommit(message: string, tag: string): Promise<string>;
}

const refuse = (): Promise<never> =>
  Promise.reject(
    new Failure({
      code: 'window.no_engine',
      message: 'This window is not connected to an engine.',
      nextStep: 'Open Pilothouse as an application. In a browser the window has nothing to talk to.',
    }),
  );

const quiet = () => () => undefined;

/** Answers where there is no engine: every question is refused with the way out. */
const disconnected: Backend = new Proxy({} as Backend, {
  get: (_, name) => (name === 'onChangeOf' ? () => quiet : String(name).startsWith('on') ? quiet : name === 'painted' ? () => undefined : refuse),
});

export const backend: Backend = isTauri() ? desktop : disconnected;
