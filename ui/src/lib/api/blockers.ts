/** "Why blocked" as the screens show it: a card per rule, with the button that clears it. */
import { routes } from '$lib/routes';
import type { Status } from '$lib/status';
import type { BlockerView, HoldView, LockView } from './bindings';
import { age } from '$lib/format';
import type { Action, BlockerModel, Point } from './model';
import { joined, sentence } from './words';

/** What a blocker looks like: who it waits for tells its shape. */
export function statusOfBlocker(blocker: Pick<BlockerView, 'gate' | 'cleared_by'>): Status {
  switch (blocker.cleared_by) {
    case 'time':
      return 'soaking';
    case 'vote':
    case 'planning':
    case 'explaining':
    case 'ticking':
    case 'accepting':
    case 'documenting':
    case 'training':
    case 'acknowledging':
    case 'creating_tag':
    case 'reviewing':
      return 'waiting';
    case 'lifting_lock':
    case 'opening':
    case 'opening_alone':
      return 'locked';
    case 'end_of_deployment':
      return 'deploying';
    case 'incident':
      return 'failing';
    default:
      return blocker.gate === 'marked_bad' ? 'marked_bad' : 'blocked';
  }
}

/** What the surroundings of a blocker allow: filled in by the screen that shows it. */
export interface Ways {
  readonly productId: string;
  readonly release?: { readonly id: string; readonly of: string; readonly contentHash: string; readonly canApprove: boolean; readonly canPlan: boolean; readonly canUnmark: boolean };
  /** The release's environments, for deploying to one of them first. */
  readonly environments?: readonly { readonly id: string; readonly name: string; readonly refused: string | undefined }[];
  readonly locks?: readonly Pick<LockView, 'id' | 'reason' | 'product' | 'environment'>[];
}

/** The button that clears a blocker, where there is one. */
export function wayOut(blocker: BlockerView, ways: Ways): Action | undefined {
  const { release } = ways;
  if (blocker.gate === 'marked_bad' && release?.canUnmark) return { label: 'Take the mark back…', deed: { do: 'unmark', releaseId: release.id, of: release.of } };
  switch (blocker.cleared_by) {
    case 'vote':
      return release?.canApprove ? { label: 'Approve…', deed: { do: 'approve', releaseId: release.id, of: release.of, contentHash: release.contentHash } } : undefined;
    case 'planning':
      return release?.canPlan ? { label: 'Plan…', deed: { do: 'plan', releaseId: release.id } } : undefined;
    case 'deploying': {
      const first = ways.environments?.find((environment) => environment.id === blocker.environment_id);
      return first && release ? { label: `Deploy to ${first.name}…`, refused: first.refused, deed: { do: 'deploy', releaseId: release.id, environmentId: first.id, of: release.of, environment: first.name } } : undefined;
    }
    case 'lifting_lock': {
      const lock = ways.locks?.find((candidate) => candidate.id === blocker.lock_id);
      return blocker.lock_id ? { label: 'Lift the lock…', deed: { do: 'lift_lock', lockId: blocker.lock_id, place: lock ? joined([lock.product, lock.environment], ' in ') : '', reason: lock?.reason ?? '' } } : undefined;
    }
    case 'opening': {
      const closed = ways.environments?.find((environment) => environment.id === blocker.environment_id);
      return closed && release ? { label: 'Override…', deed: { do: 'override_freeze', releaseId: release.id, environmentId: closed.id, of: release.of, environment: closed.name } } : undefined;
    }
    case 'opening_alone':
      return { label: 'Open the calendar', deed: { do: 'go', href: routes.calendar } };
    case 'end_of_deployment':
      return blocker.deployment_id ? { label: 'Open the deployment', deed: { do: 'go', href: routes.deployment(blocker.deployment_id) } } : undefined;
    case 'releasing':
      return { label: 'Open the pipelines', deed: { do: 'go', href: routes.pipelines } };
    case 'creating_tag':
      return release && { label: 'Create the tag…', deed: { do: 'create_tag', releaseId: release.id, of: release.of } };
    case 'reviewing':
      return release && { label: 'Record the review…', deed: { do: 'review_hotfix', releaseId: release.id, of: release.of } };
    case 'token':
      return { label: 'Replace the token', deed: { do: 'go', href: routes.connections } };
    case 'incident':
      return blocker.incident_id ? { label: 'Open the incident', deed: { do: 'go', href: routes.incident(blocker.incident_id) } } : undefined;
    case 'explaining':
      return blocker.unplanned_run_id ? { label: 'Give the reason…', deed: { do: 'explain', runId: blocker.unplanned_run_id, productId: ways.productId, of: '' } } : undefined;
    case 'ticking':
      return release && blocker.checklist_template_id ? { label: 'Open the checklist', deed: { do: 'go', href: routes.checklist(release.id, blocker.checklist_template_id) } } : undefined;
    case 'accepting':
      return release && blocker.environment_id ? { label: 'Open the UAT round', deed: { do: 'go', href: routes.uat(release.id, blocker.environment_id) } } : undefined;
    case 'documenting':
      return release ? { label: 'See what is to be documented', deed: { do: 'go', href: routes.releaseDocuments(release.id) } } : undefined;
    case 'training':
      return release ? { label: 'See who is to be trained', deed: { do: 'go', href: routes.releaseTraining(release.id) } } : undefined;
    case 'acknowledging':
      return release && { label: 'Open the rollback runbook', deed: { do: 'go', href: routes.releaseRunbook(release.id) } };
    case 'another_release':
      return { label: 'Plan another release', deed: { do: 'go', href: routes.newRelease(ways.productId) } };
    case 'time':
      return undefined;
    case 'smoke_test': {
      const place = ways.environments?.find((environment) => environment.id === blocker.environment_id);
      return place && release ? { label: `Run in ${place.name}`, deed: { do: 'run_smoke', releaseId: release.id, environmentId: place.id, environment: place.name } } : undefined;
    }
    // Chosen in the dialog, beside the way that is closed.
    case 'redeploying':
      return undefined;
  }
}

/** Blockers as cards: those that this person can clear first, those that clear by themselves last. */
export function blockerModels(blockers: readonly BlockerView[], ways: Ways): BlockerModel[] {
  const models = blockers.map((blocker, at): BlockerModel => ({
    id: `${blocker.gate}-${at}`,
    status: statusOfBlocker(blocker),
    what: blocker.title,
    why: sentence(blocker.detail),
    who: blocker.who || undefined,
    clearsAt: blocker.clears_at ?? undefined,
    action: wayOut(blocker, ways),
  }));
  const order = (model: BlockerModel) => (model.action && !model.action.refused ? 0 : model.clearsAt ? 2 : 1);
  return models.sort((a, b) => order(a) - order(b));
}

/** Blockers as points: for where there is no room for cards. */
export const blockerPoints = (blockers: readonly BlockerView[]): Point[] =>
  blockers.map((blocker) => ({ status: statusOfBlocker(blocker), text: joined([blocker.title, blocker.detail], '. ') }));

/** What holds, with its evidence. */
export const holdPoints = (holds: readonly HoldView[], now: number): Point[] =>
  holds.map((hold) => ({ status: 'passed', text: joined([hold.title, hold.detail.replace(/^(It|As) /, (word) => word.toLowerCase())]), ...(hold.since ? { note: age(hold.since, now) } : {}) }));
