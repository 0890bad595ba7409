/** What is asked before an action on a release is carried out. Actions that are not here run at once. */
import type { ReleaseAction } from '$lib/api/model';

export interface Ask {
  readonly action: ReleaseAction;
  readonly title: string;
  readonly consequence: string;
  readonly field: 'Comment' | 'Reason';
  readonly required: boolean;
  readonly danger: boolean;
  readonly button: string;
}

/** The question before `action` on the release `name` ("Checkout API 4.18.0"), or null if there is none. */
export function askFor(action: ReleaseAction, name: string, label: string): Ask | null {
  const verb = label.replace(/…$/, '');
  switch (action) {
    case 'approve':
      return { action, title: `Approve ${name}`, consequence: 'You approve this plan with this content. If it changes, your approval no longer counts.', field: 'Comment', required: false, danger: false, button: `Approve ${name}` };
    case 'reject':
      return { action, title: `Reject ${name}`, consequence: 'The release goes back to planning. The person who asked sees your reason.', field: 'Reason', required: true, danger: true, button: `Reject ${name}` };
    case 'abort':
      return { action, title: `Abort ${name}`, consequence: 'The release ends here. What is deployed stays where it is. An aborted release can’t be continued.', field: 'Reason', required: true, danger: true, button: `Abort ${name}` };
    case 'cancel':
      return { action, title: `Cancel the deployment of ${name}`, consequence: 'The run is cancelled at the provider. What it has done until then stays.', field: 'Reason', required: true, danger: true, button: 'Cancel the deployment' };
    case 'deploy':
    case 'promote':
      return { action, title: `${verb}: ${name}`, consequence: 'All rules are asked once more right before the run is started.', field: 'Comment', required: false, danger: false, button: verb };
    case 'clear_lock':
      return { action, title: `Lift the lock`, consequence: 'Deployments to this environment are possible again.', field: 'Reason', required: true, danger: false, button: 'Lift the lock' };
    default:
      return null;
  }
}
