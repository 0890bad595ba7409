/** Doing what a button does. */
import { commands, type DecisionDto } from './bindings';
import type { Backend } from './backend';
import { call } from './call';
import type { Choice, Deed } from './model';

/** An answer with what goes with it. */
export function decisionOf(choice: Choice, text: string): DecisionDto {
  switch (choice.word) {
    case 'adopt':
      return { decision: 'adopt', external_id: choice.runId ?? '' };
    case 'accept':
    case 'leave_out':
      return { decision: choice.word, reason: text };
    default:
      return { decision: choice.word };
  }
}

async function perform(deed: Deed, text: string): Promise<unknown> {
  switch (deed.do) {
    case 'request_approval':
      return call(commands.requestApproval({ id: deed.releaseId }));
    case 'approve':
    case 'reject':
      return call(commands.vote({ id: deed.releaseId, verdict: deed.do === 'approve' ? 'approved' : 'rejected', comment: text, content_hash: deed.contentHash }));
    case 'edit_version':
      return call(commands.editRelease({ id: deed.releaseId, notes: null, version: text }));
    case 'deploy':
      return call(commands.startDeployment({ release_id: deed.releaseId, environment_id: deed.environmentId }));
    case 'cancel':
      return call(commands.cancelDeployment({ id: deed.deploymentId, reason: text }));
    case 'pause':
      return call(commands.pauseDeployment({ id: deed.deploymentId, reason: text }));
    case 'resume':
      return call(commands.resumeDeployment({ id: deed.deploymentId }));
    case 'skip_phase':
      return call(commands.skipPhase({ id: deed.deploymentId, phase_id: deed.phaseId, reason: text }));
    case 'promote_fully':
      return call(commands.promoteFully({ id: deed.deploymentId, reason: text }));
    case 'hold_rollback':
      return call(commands.holdRollback({ id: deed.deploymentId }));
    case 'take_question':
      return call(commands.takeQuestion({ id: deed.deploymentId }));
    case 'decide':
      return call(commands.decide({ id: deed.deploymentId, decision: decisionOf(deed.choice, text) }));
    case 'complete':
      return call(commands.completeRelease({ id: deed.releaseId }));
    case 'abort':
      return call(commands.abortRelease({ id: deed.releaseId, reason: text }));
    case 'mark_bad':
      return call(commands.markReleaseBad({ id: deed.releaseId, reason: text }));
    case 'review_hotfix':
      return call(commands.reviewHotfix({ id: deed.releaseId, findings: text }));
    case 'unmark':
      return call(commands.unmarkRelease({ id: deed.releaseId }));
    case 'lift_lock':
      return call(commands.liftLock({ id: deed.lockId, reason: text }));
    case 'withdraw_override':
      return call(commands.withdrawFreezeOverride({ id: deed.overrideId, reason: text }));
    case 'withdraw_window':
      return call(commands.withdrawCalendarWindow({ id: deed.windowId, reason: text }));
    case 'start_at_once':
      return call(commands.startAtOnce({ id: deed.startId }));
    case 'withdraw_start':
      return call(commands.withdrawStart({ id: deed.startId, reason: text }));
    case 'depart_now':
      return call(commands.departNow({ id: deed.trainId }));
    case 'drop_departure':
      return call(commands.dropDeparture({ id: deed.trainId, reason: text }));
    case 'withdraw_train':
      return call(commands.withdrawTrain({ id: deed.trainId, reason: text }));
    case 'skip_departure':
      return call(commands.skipDeparture({ id: deed.trainId, at: deed.at, is_skipped: deed.isSkipped }));
    case 'close_coordinated':
      return call(commands.closeCoordinatedRelease({ id: deed.id, reason: text }));
    case 'remove_member':
      return call(commands.removeCoordinatedMember({ id: deed.id, release_id: deed.releaseId }));
    case 'cancel_run':
      return call(commands.cancelCoordinatedRun({ id: deed.runId, reason: text }));
    case 'answer_member':
      return call(commands.answerCoordinatedRun({ run_id: deed.runId, release_id: deed.releaseId, answer: deed.answer, reason: text, to_release_id: null, redeploy: deed.redeploy }));
    case 'acknowledge':
      return call(commands.acknowledgeIncident({ id: deed.incidentId }));
    case 'run_smoke':
      return call(commands.runSmoke({ release_id: deed.releaseId, environment_id: deed.environmentId, scenario_ids: [] }));
    case 'remove_smoke':
      return call(commands.removeSmokeScenario({ id: deed.scenarioId }));
    case 'remove_product':
      return call(commands.removeProduct({ id: deed.productId }));
    case 'measure_now':
      return call(commands.measureNow({ id: deed.checkId }));
    case 'remove_check':
      return call(commands.removeCheck({ id: deed.checkId }));
    case 'open':
      return call(commands.openLink(deed.url));
    case 'go':
    case 'target_date':
    case 'change_phases':
    case 'schedule':
    case 'rehearse':
    case 'plan':
    case 'create_tag':
    case 'publish':
    case 'compare':
    case 'rollback':
    case 'lock':
    case 'override_freeze':
    case 'answer_gate':
    case 'explain':
      throw new Error(`${deed.do} has a screen or a dialog of its own`);
  }
}

export const performing = {
  perform: async (deed, text) => void (await perform(deed, text)),
} satisfies Partial<Backend>;
