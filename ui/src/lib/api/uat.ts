/** Rounds of user acceptance testing, testers, and their feedback. */
import { commands } from './bindings';
import { call } from './call';
import type { Id } from './model';
import type { Feedback, FeedbackForm, FeedbackFormEdit, FeedbackImport, FeedbackSource, FeedbackStanding, Invitation, IssueDraft, NewFeedback, RoundEdit, Tracker, TrackerReading, TriageDecision, UatOutcome, UatRound } from './model-uat';

/** The rounds of a release, and where more can be begun. */
export interface ReleaseUat {
  readonly rounds: readonly UatRound[];
  /** Environments of the plan, in promotion order. */
  readonly environments: readonly { readonly id: Id; readonly name: string }[];
}

/** The connections that keep issues, and where a release's product has its source. */
export interface Trackers {
  readonly connections: readonly { readonly id: Id; readonly name: string }[];
  readonly connectionId: Id;
  readonly repository: string;
}

export interface UatBackend {
  uat(releaseId: Id, signal: AbortSignal): Promise<ReleaseUat>;
  beginRound(releaseId: Id, environmentId: Id): Promise<UatRound>;
  editRound(edit: RoundEdit): Promise<UatRound>;
  addTester(roundId: Id, name: string): Promise<UatRound>;
  removeTester(roundId: Id, testerId: Id): Promise<UatRound>;
  /** Makes a link for a tester, in place of the last; it is told this once. */
  inviteTester(roundId: Id, testerId: Id, hours: number): Promise<Invitation>;
  withdrawInvitation(roundId: Id, testerId: Id): Promise<UatRound>;
  /** The feedback form on this computer. */
  feedbackForm(): Promise<FeedbackForm>;
  setFeedbackForm(edit: FeedbackFormEdit): Promise<FeedbackForm>;
  recordOutcome(roundId: Id, scenarioId: Id, testerId: Id, outcome: UatOutcome | null, remark: string): Promise<UatRound>;
  signOff(roundId: Id, remark: string): Promise<UatRound>;
  withdrawSignOff(roundId: Id): Promise<UatRound>;
  giveUpRound(roundId: Id, reason: string): Promise<UatRound>;
  feedback(roundId: Id, standing: FeedbackStanding | null, signal: AbortSignal): Promise<readonly Feedback[]>;
  giveFeedback(feedback: NewFeedback): Promise<Feedback>;
  triage(ids: readonly Id[], decision: TriageDecision | null, duplicateOf: Id | null, reason: string): Promise<readonly Feedback[]>;
  solveFeedback(id: Id, note: string | null): Promise<Feedback>;
  answerFeedback(id: Id, text: string): Promise<Feedback>;
  /** Reads feedback from a file's content in Base64. */
  importFeedback(roundId: Id, source: FeedbackSource, content: string): Promise<FeedbackImport>;
  trackers(releaseId: Id): Promise<Trackers>;
  /** Says where testers of a round write issues. */
  setTracker(roundId: Id, tracker: Tracker | null): Promise<UatRound>;
  /** Reads what is new there. */
  readTracker(roundId: Id): Promise<TrackerReading>;
  draftIssue(feedbackId: Id): Promise<IssueDraft>;
  /** Has a feedback become an issue, once. */
  fileIssue(feedbackId: Id, issue: IssueDraft): Promise<Feedback>;
  /** Answers, labels or closes the issue of a feedback. */
  tellIssue(feedbackId: Id, text: string, labels: readonly string[], close: boolean): Promise<Feedback>;
  /** Looks once more for what may have been written, or is done with it. */
  settleErrand(feedbackId: Id, lookAgain: boolean): Promise<Feedback>;
}

/** So much feedback is shown at once. */
const SHOWN = 500;

export const uat: UatBackend = {
  uat: async (releaseId) => {
    const [rounds, detail] = await Promise.all([call(commands.releaseUatRounds({ id: releaseId })), call(commands.getRelease({ id: releaseId }))]);
    const environments = detail.environments.filter((environment) => environment.in_plan).map((environment) => ({ id: environment.environment_id, name: environment.name }));
    return { rounds, environments };
  },
  beginRound: (releaseId, environmentId) => call(commands.beginUatRound({ release_id: releaseId, environment_id: environmentId, changed_paths: null })),
  editRound: (edit) => call(commands.editUatRound(edit)),
  addTester: (roundId, name) => call(commands.addTester({ round_id: roundId, name })),
  removeTester: (roundId, testerId) => call(commands.removeTester({ round_id: roundId, tester_id: testerId })),
  inviteTester: (roundId, testerId, hours) => call(commands.inviteTester({ round_id: roundId, tester_id: testerId, hours })),
  withdrawInvitation: (roundId, testerId) => call(commands.withdrawInvitation({ round_id: roundId, tester_id: testerId })),
  feedbackForm: () => call(commands.feedbackForm()),
  setFeedbackForm: (edit) => call(commands.setFeedbackForm(edit)),
  recordOutcome: (roundId, scenarioId, testerId, outcome, remark) => call(commands.recordOutcome({ round_id: roundId, scenario_id: scenarioId, tester_id: testerId, outcome, remark })),
  signOff: (roundId, remark) => call(commands.signOffRound({ round_id: roundId, remark })),
  withdrawSignOff: (roundId) => call(commands.withdrawSignOff({ id: roundId })),
  giveUpRound: (roundId, reason) => call(commands.giveUpRound({ round_id: roundId, reason })),
  feedback: (roundId, standing) => call(commands.listFeedback({ round_id: roundId, standing, after: null, limit: SHOWN })),
  giveFeedback: (feedback) => call(commands.giveFeedback(feedback)),
  triage: (ids, decision, duplicateOf, reason) => call(commands.triageFeedback({ ids: [...ids], triage: decision, duplicate_of: duplicateOf, reason })),
  solveFeedback: (id, note) => call(commands.resolveFeedback({ id, note })),
  answerFeedback: (id, text) => call(commands.answerFeedback({ id, text })),
  importFeedback: (roundId, source, content) => call(commands.importFeedback({ round_id: roundId, source, content })),
  trackers: async (releaseId) => {
    const [all, kinds, detail] = await Promise.all([call(commands.listConnections()), call(commands.providerKinds()), call(commands.getRelease({ id: releaseId }))]);
    const product = await call(commands.getProduct({ id: detail.release.product_id }));
    const able = new Set(kinds.filter((kind) => kind.capabilities.some((known) => known.capability === 'issues' && known.support !== 'lacking')).map((kind) => kind.kind));
    const connections = all.filter((one) => able.has(one.kind)).map(({ id, name }) => ({ id, name }));
    return { connections, connectionId: product.connection_id, repository: product.repository };
  },
  setTracker: (roundId, tracker) => call(commands.setTracker({ round_id: roundId, tracker })),
  readTracker: (roundId) => call(commands.readTracker({ id: roundId })),
  draftIssue: (feedbackId) => call(commands.draftIssue({ id: feedbackId })),
  fileIssue: (feedbackId, issue) => call(commands.fileIssue({ id: feedbackId, issue })),
  tellIssue: (feedbackId, text, labels, close) => call(commands.tellIssue({ id: feedbackId, text, labels: [...labels], close })),
  settleErrand: (feedbackId, lookAgain) => call(commands.settleErrand({ id: feedbackId, look_again: lookAgain })),
};
