/** What is asked before a deed, and what is said after it. Deeds that ask nothing run at once. Pure. */
import type { Deed } from '$lib/api/model';

export interface Ask {
  readonly deed: Deed;
  readonly title: string;
  readonly consequence: string;
  /** The text that goes with it; null: it is only confirmed. */
  readonly field: { readonly label: 'Comment' | 'Reason' | 'Version' | 'Findings'; readonly required: boolean; readonly initial: string; readonly hint: string } | null;
  readonly danger: boolean;
  readonly button: string;
}

const KEPT = 'It is kept in the audit log.';
const comment = { label: 'Comment', required: false, initial: '', hint: KEPT } as const;
const reason = { label: 'Reason', required: true, initial: '', hint: KEPT } as const;

/** The question before a deed, or null if there is none. */
export function askFor(deed: Deed): Ask | null {
  switch (deed.do) {
    case 'approve':
      return { deed, title: `Approve ${deed.of}`, consequence: 'You agree to this plan with this content. If it changes, your vote no longer counts.', field: comment, danger: false, button: `Approve ${deed.of}` };
    case 'reject':
      return { deed, title: `Reject ${deed.of}`, consequence: 'It can’t go on with this plan. Whoever drafted it sees your reason, changes the plan and asks again.', field: reason, danger: true, button: `Reject ${deed.of}` };
    case 'edit_version':
      return { deed, title: `Change the version of ${deed.of}`, consequence: 'The release goes back to a draft: its plan and its votes are void.', field: { label: 'Version', required: true, initial: deed.version, hint: 'SemVer: MAJOR.MINOR.PATCH, such as 4.18.0 or 5.0.0-rc.1.' }, danger: false, button: 'Change the version' };
    case 'deploy':
      return { deed, title: `Deploy ${deed.of} to ${deed.environment}`, consequence: [...(deed.cautions ?? []).map((caution) => `${caution}.`), 'All rules are asked once more, then the pipeline is started. The version that really runs is read back afterwards.'].join(' '), field: null, danger: false, button: `Deploy to ${deed.environment}` };
    case 'cancel':
      return { deed, title: `Cancel ${deed.of}`, consequence: 'The run is cancelled at the provider. What it has done until then stays.', field: reason, danger: true, button: 'Cancel the deployment' };
    case 'pause':
      return { deed, title: `Pause ${deed.of}`, consequence: 'No further phase begins until somebody resumes it. What runs at the provider goes on, and what is watched is watched on.', field: { ...reason, required: false }, danger: false, button: 'Pause' };
    case 'skip_phase':
      return { deed, title: deed.watched ? `End the watch of ${deed.phase}` : `Skip ${deed.phase}`, consequence: deed.watched ? 'The phase counts as passed because you say so, and the next one begins.' : 'Nothing is deployed for this phase; the next one takes its turn.', field: reason, danger: false, button: deed.watched ? 'End the watch' : `Skip ${deed.phase}` };
    case 'promote_fully':
      return { deed, title: `Promote ${deed.of} fully`, consequence: 'The phases in between are left out: the last one, which brings it to everybody, is next.', field: reason, danger: true, button: 'Promote fully' };
    case 'decide': {
      const { choice } = deed;
      if (!choice.danger && !choice.needsReason) return null;
      return { deed, title: `${choice.label}: ${deed.of}`, consequence: choice.consequence, field: choice.needsReason ? reason : null, danger: choice.danger, button: choice.label };
    }
    case 'complete':
      return { deed, title: `Complete ${deed.of}`, consequence: 'The release is closed. What is deployed stays where it is.', field: null, danger: false, button: `Complete ${deed.of}` };
    case 'abort':
      return { deed, title: `Abort ${deed.of}`, consequence: 'The release ends here. What is deployed stays where it is. An aborted release can’t be continued.', field: reason, danger: true, button: `Abort ${deed.of}` };
    case 'mark_bad':
      return { deed, title: `Mark ${deed.of} bad`, consequence: 'It can’t be deployed anywhere any more until the mark is taken back. What runs now stays.', field: reason, danger: true, button: 'Mark it bad' };
    case 'review_hotfix':
      return { deed, title: `Record the review of ${deed.of}`, consequence: 'What broke, what the shorter path left out, and what follows from it. The hotfix can be completed then.', field: { ...reason, label: 'Findings' }, danger: false, button: 'Record the review' };
    case 'unmark':
      return { deed, title: `Take back the bad mark of ${deed.of}`, consequence: 'It can be deployed again, as far as the other rules hold.', field: null, danger: false, button: 'Take the mark back' };
    case 'lift_lock':
      return { deed, title: deed.place ? `Lift the lock of ${deed.place}` : 'Lift the lock', consequence: `${deed.reason ? `It was set because: ${deed.reason}. ` : ''}Deployments are possible again.`, field: reason, danger: false, button: 'Lift the lock' };
    case 'withdraw_override':
      return { deed, title: `Take back the override for ${deed.of} in ${deed.environment}`, consequence: 'What is closed there holds it again. What has started stays started, and stays marked.', field: { ...reason, required: false }, danger: false, button: 'Take it back' };
    case 'withdraw_window':
      return { deed, title: `Withdraw “${deed.of}”`, consequence: deed.isActive ? 'It is on now: deployments that it holds are possible at once. To let one release through, override it there instead.' : 'It is taken off the calendar.', field: { ...reason, required: deed.isActive }, danger: deed.isActive, button: 'Withdraw' };
    case 'start_at_once':
      return { deed, title: `Start ${deed.of} in ${deed.environment} now`, consequence: 'All rules are asked once more, then the pipeline is started, in your name. The scheduled start is settled by it.', field: null, danger: false, button: 'Start now' };
    case 'withdraw_start':
      return { deed, title: `Take back the start of ${deed.of} in ${deed.environment}`, consequence: 'It doesn’t start by itself any more. It can be deployed or scheduled again at any time.', field: { ...reason, required: false }, danger: false, button: 'Take it back' };
    case 'drop_departure':
      return { deed, title: `Let the train “${deed.of}” stay`, consequence: 'This departure doesn’t take place. The next one takes along what it would have brought.', field: { ...reason, required: false }, danger: false, button: 'Let it stay' };
    case 'withdraw_train':
      return { deed, title: `Withdraw the train “${deed.of}”`, consequence: 'It leaves no more. What it has set on its way stays: releases and scheduled starts.', field: { ...reason, required: false }, danger: true, button: 'Withdraw the train' };
    case 'close_coordinated':
      return { deed, title: `Close “${deed.of}”`, consequence: 'It goes nowhere any more. Its releases go on by themselves, and may join another.', field: reason, danger: false, button: 'Close it' };
    case 'remove_member':
      return { deed, title: `Take ${deed.of} out of “${deed.from}”`, consequence: 'It doesn’t go with the others any more. The release itself stays as it is.', field: null, danger: false, button: 'Take it out' };
    case 'cancel_run':
      return { deed, title: `Start nothing further of “${deed.of}” in ${deed.environment}`, consequence: 'What is deployed stays, and what is under way goes on by itself. It can still be rolled back together.', field: reason, danger: true, button: 'Start nothing further' };
    case 'answer_member':
      switch (deed.answer) {
        case 'go_on_without':
          return { deed, title: `Go on without ${deed.of} in ${deed.environment}`, consequence: 'The others go on as if it were not there. What of it is deployed stays.', field: reason, danger: true, button: `Go on without ${deed.of}` };
        case 'stays':
          return { deed, title: `Let ${deed.of} stay in ${deed.environment}`, consequence: 'It doesn’t go back with the others. The next ones go back.', field: reason, danger: true, button: 'Let it stay' };
        case 'try_back_again':
          return { deed, title: `Take ${deed.of} back again in ${deed.environment}`, consequence: deed.redeploy ? 'The deploy pipeline is started with the earlier version, in place of the provider’s own way back.' : 'The rules for a rollback are asked again, then it starts once more.', field: null, danger: false, button: 'Try again' };
        default:
          return { deed, title: `Try ${deed.of} in ${deed.environment} again`, consequence: 'All rules are asked again, then a new deployment starts.', field: null, danger: false, button: 'Try again' };
      }
    case 'remove_smoke':
      return { deed, title: `Remove the smoke test ${deed.of}`, consequence: 'It runs no longer, and releases aren’t held by it. What its runs said stays in the history. This can’t be undone.', field: null, danger: true, button: 'Remove the smoke test' };
    case 'remove_product':
      return { deed, title: `Remove ${deed.of}`, consequence: 'Its environments and checks leave Pilothouse. What is deployed stays, and so does the audit log. A product that has releases is kept: history is not deleted. This can’t be undone.', field: null, danger: true, button: `Remove ${deed.of}` };
    case 'remove_check':
      return { deed, title: `Remove the check ${deed.of}`, consequence: 'It is no longer watched, and its measurements are deleted. This can’t be undone.', field: null, danger: true, button: 'Remove the check' };
    default:
      return null;
  }
}

/** What is said once a deed is done. */
export function doneWords(deed: Deed): string {
  switch (deed.do) {
    case 'request_approval':
      return `Approval of ${deed.of} is asked for`;
    case 'approve':
      return `${deed.of} approved`;
    case 'reject':
      return `${deed.of} rejected`;
    case 'edit_version':
      return 'Version changed';
    case 'deploy':
      return `Deploying ${deed.of} to ${deed.environment}`;
    case 'cancel':
      return `Cancelling ${deed.of}`;
    case 'pause':
      return `${deed.of} is paused`;
    case 'resume':
      return `${deed.of} goes on`;
    case 'skip_phase':
      return deed.watched ? `The watch of ${deed.phase} has ended` : `${deed.phase} is skipped`;
    case 'promote_fully':
      return `${deed.of} goes to everybody next`;
    case 'hold_rollback':
      return 'It doesn’t go back by itself';
    case 'take_question':
      return 'You have taken it on';
    case 'decide':
      return `${deed.of}: ${deed.choice.label.charAt(0).toLowerCase()}${deed.choice.label.slice(1)}`;
    case 'complete':
      return `${deed.of} completed`;
    case 'abort':
      return `${deed.of} aborted`;
    case 'mark_bad':
      return `${deed.of} marked bad`;
    case 'review_hotfix':
      return `The review of ${deed.of} is recorded`;
    case 'unmark':
      return `The bad mark of ${deed.of} is taken back`;
    case 'lift_lock':
      return 'Lock lifted';
    case 'withdraw_override':
      return `The override for ${deed.of} in ${deed.environment} is taken back`;
    case 'withdraw_window':
      return `“${deed.of}” is withdrawn`;
    case 'start_at_once':
      return `${deed.of} is starting in ${deed.environment}`;
    case 'withdraw_start':
      return `The start of ${deed.of} in ${deed.environment} is taken back`;
    case 'depart_now':
      return `“${deed.of}” leaves`;
    case 'drop_departure':
      return `“${deed.of}” stays`;
    case 'withdraw_train':
      return `“${deed.of}” is withdrawn`;
    case 'skip_departure':
      return deed.isSkipped ? `The departure of ${deed.words} is skipped` : `The departure of ${deed.words} takes place`;
    case 'close_coordinated':
      return `“${deed.of}” is closed`;
    case 'remove_member':
      return `${deed.of} is taken out`;
    case 'cancel_run':
      return `Nothing further of “${deed.of}” starts in ${deed.environment}`;
    case 'answer_member':
      return deed.answer === 'go_on_without' ? `It goes on without ${deed.of}` : deed.answer === 'stays' ? `${deed.of} stays` : `${deed.of} is tried again`;
    case 'acknowledge':
      return 'Incident acknowledged';
    case 'run_smoke':
      return `Smoke tests are running in ${deed.environment}`;
    case 'remove_smoke':
      return 'Smoke test removed';
    case 'remove_product':
      return `${deed.of} removed`;
    case 'remove_check':
      return 'Check removed';
    case 'measure_now':
      return 'Measured';
    default:
      return '';
  }
}
