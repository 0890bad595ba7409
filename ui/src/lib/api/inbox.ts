/** The inbox: what waits for this person, and each item with what answers it. */
import { routes } from '$lib/routes';
import type { Status } from '$lib/status';
import { commands, type InboxItem, type InboxKind, type ReleaseDetail } from './bindings';
import type { Backend } from './backend';
import { blockerPoints } from './blockers';
import { call } from './call';
import { shared } from './changes';
import { nameOf, questionModel } from './deployments';
import { wayBack } from './incidents';
import type { Action, InboxDetail, InboxItemModel } from './model';
import { planModel } from './plan';
import { helmModel } from './release';
import { sentence } from './words';

const askInbox = shared(() => call(commands.inbox()));

const looks: Record<InboxKind, { readonly status: Status; readonly kind: string }> = {
  incident: { status: 'failing', kind: 'An incident' },
  decision: { status: 'waiting', kind: 'A decision' },
  token: { status: 'blocked', kind: 'A token' },
  approval: { status: 'waiting', kind: 'Your approval' },
  deployment: { status: 'approved', kind: 'Ready to deploy' },
  completion: { status: 'verifying', kind: 'Ready to complete' },
  draft: { status: 'draft', kind: 'Your draft' },
};

/** Items have no id of their own: they are what they are about. */
export const inboxId = (item: InboxItem): string =>
  [item.kind, item.incident_id ?? item.connection_id ?? (item.kind === 'decision' ? item.deployment_id : item.release_id) ?? '', item.kind === 'deployment' ? (item.environment_id ?? '') : ''].filter(Boolean).join('.');

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
    draft: 'Nothing is deployed by it.',
  };
  const open: Action = { label: 'Open the release', deed: { do: 'go', href: routes.release(release.id) } };
  return {
    ...baseOf(item),
    text: `${sentence(item.context)} Drafted by ${release.drafted_by} from ${detail.source.name}.`,
    plan: detail.plan ? planModel(detail.plan).stages : [],
    inTheWay: item.kind === 'approval' ? blockerPoints(release.helm.blockers.filter((blocker) => blocker.gate !== 'approvals')) : blockerPoints(release.helm.blockers),
    consequence: consequences[item.kind] ?? '',
    actions: [...(helm.primary ? [helm.primary] : []), ...helm.side, open],
  };
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

export const inbox = {
  inbox: async () => (await askInbox()).map(inboxItem),
  inboxItem: async (id) => {
    const item = (await askInbox()).find((candidate) => inboxId(candidate) === id);
    return item ? detailOf(item) : null;
  },
} satisfies Partial<Backend>;
