/** The inbox: what waits for this person, and each item with what answers it. */
import { routes } from '$lib/routes';
import type { Status } from '$lib/status';
import { commands, type GateView, type InboxItem, type InboxKind, type ReleaseDetail } from './bindings';
import type { Backend } from './backend';
import { blockerPoints } from './blockers';
import { call } from './call';
import { shared } from './changes';
import { nameOf, questionModel } from './deployments';
import { memberActions } from './coordination';
import { departureActions, startActions } from './scheduling';
import { gateModel } from './gates';
import { wayBack } from './incidents';
import type { Action, InboxDetail, InboxItemModel } from './model';
import type { ScheduledStart, Train } from './model-scheduling';
import { planModel } from './plan';
import { helmModel } from './release';
import { unplannedDetail } from './unplanned';
import { capital, sentence } from './words';

const askInbox = shared(() => call(commands.inbox()));

const looks: Record<InboxKind, { readonly status: Status; readonly kind: string }> = {
  incident: { status: 'failing', kind: 'An incident' },
  decision: { status: 'waiting', kind: 'A decision' },
  gate: { status: 'waiting', kind: 'At a provider' },
  unplanned_run: { status: 'drift', kind: 'A run from elsewhere' },
  start: { status: 'blocked', kind: 'A scheduled start' },
  departure: { status: 'blocked', kind: 'A release train' },
  coordinated_release: { status: 'waiting', kind: 'A coordinated release' },
  token: { status: 'blocked', kind: 'A token' },
  approval: { status: 'waiting', kind: 'Your approval' },
  deployment: { status: 'approved', kind: 'Ready to deploy' },
  completion: { status: 'verifying', kind: 'Ready to complete' },
  hotfix_review: { status: 'waiting', kind: 'A review' },
  draft: { status: 'draft', kind: 'Your draft' },
};

/** Items have no id of their own: they are what they are about. */
export const inboxId = (item: InboxItem): string =>
  [item.kind, item.gate_id ?? item.start_id ?? item.train_id ?? item.incident_id ?? item.unplanned_run_id ?? item.connection_id ?? (item.kind === 'decision' ? item.deployment_id : item.release_id) ?? '', item.kind === 'deployment' || item.kind === 'coordinated_release' ? (item.environment_id ?? '') : ''].filter(Boolean).join('.');

export function inboxItem(item: InboxItem): InboxItemModel {
  return { id: inboxId(item), status: looks[item.kind].status, title: item.title, context: item.context, since: item.since, due: item.due };
}

type Base = Pick<InboxDetail, 'id' | 'status' | 'kind' | 'title' | 'plan' | 'inTheWay' | 'question'>;

const baseOf = (item: InboxItem): Base => ({ id: inboxId(item), ...looks[item.kind], title: item.title, plan: [], inTheWay: [], question: null });

/** An item about a release: its helm is what answers it. */
export function releaseItem(item: InboxItem, detail: ReleaseDetail): InboxDetail {
  const { release } = detail;
  const helm = helmModel(detail);
  const consequences: Partial<Record<InboxKind, string>> = {
    approval: 'You agree to this plan with this content. If it changes, your vote no longer counts. Nothing is deployed by it.',
    deployment: 'The pipeline is started. All rules are asked once more right before.',
    completion: 'The release is closed. What is deployed stays where it is.',
    hotfix_review: 'What you record stays with the release. It can be completed then.',
    draft: 'Nothing is deployed by it.',
  };
  const open: Action = { label: 'Open the release', deed: { do: 'go', href: routes.release(release.id) } };
  return {
    ...baseOf(item),
    text: `${item.context.startsWith('Drafted by') ? '' : `${sentence(item.context)} `}Drafted by ${release.drafted_by} from ${detail.source.name}.`,
    plan: detail.plan ? planModel(detail.plan).stages : [],
    planDifference: item.kind === 'approval' ? (detail.plan_difference ?? undefined) : undefined,
    inTheWay: item.kind === 'approval' ? blockerPoints(release.helm.blockers.filter((blocker) => blocker.gate !== 'approvals')) : blockerPoints(release.helm.blockers),
    consequence: consequences[item.kind] ?? '',
    actions: [...(item.kind === 'hotfix_review' ? [{ label: 'Record the review…', deed: { do: 'review_hotfix', releaseId: release.id, of: `${release.product} ${release.version}` } } as const] : []), ...(helm.primary ? [helm.primary] : []), ...helm.side, open],
  };
}

/** An item about something that waits at a provider. */
export function gateItem(item: InboxItem, view: GateView): InboxDetail {
  const gate = gateModel(view);
  const open: Action[] = view.release_id ? [{ label: 'Open the release', deed: { do: 'go', href: view.deployment_id ? routes.deploymentOf(view.release_id, view.deployment_id) : routes.release(view.release_id) } }] : [];
  return {
    ...baseOf(item),
    status: gate.status,
    title: gate.heading,
    text: '',
    inTheWay: gate.inTheWay,
    consequence: gate.waits ? `The answer goes to ${view.provider} under the account of ${view.connection}, and can’t be taken back.${view.takes_comment ? '' : ` ${view.provider} keeps no comment: yours stays in the audit log.`}` : '',
    gate,
    actions: [gate.approve, gate.reject, ...(gate.page ? [gate.page] : []), ...open],
  };
}

/** A start that did not start, or one that a notification was about. */
const startDetail = (base: Base, start: ScheduledStart): InboxDetail => ({
  ...base,
  text: `It was set for ${start.words} by ${start.by}. ${sentence(capital(start.held_because))}`,
  inTheWay: blockerPoints(start.blockers),
  consequence: 'All rules are asked again, whenever it starts.',
  actions: [...(start.state === 'held' || start.state === 'waiting' ? startActions(start) : []), { label: 'Open the release', deed: { do: 'go', href: routes.release(start.release_id) } }],
});

/** A train that leaves soon: a notification was about it. */
function trainDetail(base: Base, train: Train): InboxDetail {
  const next = train.next.find(({ is_skipped }) => !is_skipped);
  const skip: Action[] = next ? [{ label: 'Skip this departure', deed: { do: 'skip_departure', trainId: train.id, at: next.at, words: next.words, isSkipped: true } }] : [];
  return { ...base, text: next ? `It leaves at ${next.words}, with the newest commit of ${train.branch}.` : 'It leaves no more.', consequence: '', actions: [...skip, { label: 'Open the calendar', deed: { do: 'go', href: routes.calendar } }] };
}

async function detailOf(item: InboxItem): Promise<InboxDetail | null> {
  const base = baseOf(item);
  switch (item.kind) {
    case 'token': {
      const href = item.connection_id ? routes.replaceToken(item.connection_id) : routes.connections;
      return { ...base, text: sentence(item.context), consequence: 'Until then, whatever needs more than this token may stands still.', actions: [{ label: 'Replace the token…', deed: { do: 'go', href } }, { label: 'Open the connections', deed: { do: 'go', href: routes.connections } }] };
    }
    case 'incident': {
      if (!item.incident_id) return null;
      const open = await call(commands.listIncidents({ product_id: null, environment_id: item.environment_id, open_only: true, limit: 10 }));
      const incident = open.find((candidate) => candidate.id === item.incident_id);
      if (!incident) return null;
      return {
        ...base,
        text: `${sentence(incident.summary)}${incident.version ? ` It runs ${incident.version}.` : ''} Nobody has taken it yet.`,
        consequence: 'Acknowledging says that you take care of it. The check goes on, and so does the incident until it is well again.',
        actions: [{ label: 'Acknowledge', deed: { do: 'acknowledge', incidentId: incident.id } }, wayBack(incident), { label: 'Open the incident', deed: { do: 'go', href: routes.incident(incident.id) } }],
      };
    }
    case 'gate': {
      if (!item.gate_id) return null;
      return gateItem(item, await call(commands.getGate({ id: item.gate_id })));
    }
    case 'unplanned_run':
      return item.unplanned_run_id ? { ...base, ...unplannedDetail(await call(commands.getUnplannedRun({ id: item.unplanned_run_id }))) } : null;
    case 'start': {
      if (!item.start_id) return null;
      return startDetail(base, await call(commands.getStart({ id: item.start_id })));
    }
    case 'departure': {
      const train = (await call(commands.listTrains({ product_id: null }))).find(({ id }) => id === item.train_id);
      return train ? { ...base, text: sentence(item.context), consequence: 'If it leaves now, a release is drafted from the newest commit and set on its way, in your name.', actions: departureActions(train) } : null;
    }
    case 'coordinated_release': {
      if (!item.coordinated_release_id) return null;
      const { release, runs } = await call(commands.getCoordinatedRelease({ id: item.coordinated_release_id }));
      const found = runs.flatMap((run) => run.members.map((member) => ({ run, member }))).find(({ member }) => member.answers.length > 0 && member.cell.release_id === item.release_id && member.cell.environment_id === item.environment_id);
      return {
        ...base,
        text: sentence(item.context),
        inTheWay: blockerPoints(found?.member.cell.blockers ?? []),
        consequence: 'Nothing further of it starts until somebody says what becomes of this one.',
        actions: [...(found ? memberActions(found.run, found.member) : []), { label: `Open “${release.name}”`, deed: { do: 'go', href: routes.coordinatedRelease(release.id) } }],
      };
    }
    case 'decision': {
      if (!item.deployment_id) return null;
      const deployment = await call(commands.getDeployment({ id: item.deployment_id }));
      return {
        ...base,
        text: `Requested by ${deployment.requested_by}, with ${deployment.pipeline}.`,
        consequence: '',
        question: deployment.question && { deploymentId: deployment.id, of: nameOf(deployment), model: questionModel(deployment.question) },
        actions: [{ label: 'Open the deployment', deed: { do: 'go', href: routes.deployment(deployment.id) } }],
      };
    }
    default:
      return item.release_id ? releaseItem(item, await call(commands.getRelease({ id: item.release_id }))) : null;
  }
}

/** What waits no more is shown to whoever comes for it: by a notification, or because it went while it was looked at. */
async function settled(id: string): Promise<InboxDetail | null> {
  const [kind, gateId] = id.split('.');
  if (kind === 'start' && gateId) {
    const start = await call(commands.getStart({ id: gateId }));
    return startDetail({ id, ...looks.start, title: `${start.version} in ${start.environment}`, plan: [], inTheWay: [], question: null }, start);
  }
  if (kind === 'departure' && gateId) {
    const train = (await call(commands.listTrains({ product_id: null }))).find((candidate) => candidate.id === gateId);
    return train ? trainDetail({ id, ...looks.departure, status: 'waiting', title: `The train “${train.name}” of ${train.product}`, plan: [], inTheWay: [], question: null }, train) : null;
  }
  if (kind !== 'gate' || !gateId) return null;
  const view = await call(commands.getGate({ id: gateId }));
  const item: InboxItem = { kind: 'gate', due: 'later', title: view.heading, context: '', since: view.since, release_id: view.release_id, deployment_id: view.deployment_id, environment_id: view.environment_id, incident_id: null, connection_id: view.connection_id, gate_id: view.id, expires_at: view.expires_at };
  return gateItem(item, view);
}

export const inbox = {
  inbox: async () => (await askInbox()).map(inboxItem),
  inboxItem: async (id) => {
    const item = (await askInbox()).find((candidate) => inboxId(candidate) === id);
    return item ? detailOf(item) : settled(id);
  },
} satisfies Partial<Backend>;
