/** Incidents as the screens show them, and saying new ones aloud. */
import { commands, type IncidentView } from './bindings';
import type { Backend } from './backend';
import { call } from './call';
import { changesOf } from './changes';
import type { Action, IncidentCard, IncidentModel, TimelineEntry } from './model';
import { sentence } from './words';

/** The way back from an incident: to the last version that was verified there, if there is one. */
export function wayBack(incident: Pick<IncidentView, 'environment_id' | 'environment' | 'rollback_target' | 'closed_at'>): Action {
  const deed = { do: 'rollback', environmentId: incident.environment_id } as const;
  if (incident.rollback_target) return { label: `Roll back to ${incident.rollback_target}…`, deed };
  // Nobody has looked for one where the incident is over.
  if (incident.closed_at) return { label: 'Roll back…', deed };
  return { label: 'Roll back…', deed, refused: `No earlier version was verified in ${incident.environment}, or all that were are marked bad.` };
}

export function incidentCard(incident: IncidentView): IncidentCard {
  const version = incident.version ? ` It runs ${incident.version}.` : '';
  return {
    id: incident.id,
    number: incident.number,
    title: `${incident.product} in ${incident.environment}`,
    text: `${sentence(incident.summary)}${version}`,
    since: incident.opened_at,
    acknowledgedBy: incident.acknowledged_by ?? undefined,
    rollback: wayBack(incident),
  };
}

/** What is known to have happened in it, newest first. */
export function incidentTimeline(incident: IncidentView): TimelineEntry[] {
  const entries: TimelineEntry[] = incident.checks.flatMap((check): TimelineEntry[] => [
    { id: `${check.check_id}-fails`, at: check.since, status: 'failing', text: `${check.name} fails: ${check.reason}` },
    ...(check.recovered_at ? [{ id: `${check.check_id}-well`, at: check.recovered_at, status: 'healthy' as const, text: `${check.name} is well again` }] : []),
  ]);
  if (incident.acknowledged_at) entries.push({ id: 'acknowledged', at: incident.acknowledged_at, status: 'notice', text: 'Acknowledged', note: incident.acknowledged_by ?? undefined });
  if (incident.closed_at) entries.push({ id: 'closed', at: incident.closed_at, status: 'completed', text: 'Closed: every check is well again' });
  return entries.sort((a, b) => b.at.localeCompare(a.at));
}

export function incidentModel(incident: IncidentView): IncidentModel {
  return { ...incidentCard(incident), status: incident.closed_at ? 'completed' : 'failing', timeline: incidentTimeline(incident) };
}

/** `Incident 7: checkout in production. Health: 503.` */
export const incidentSentence = (incident: IncidentView): string => `Incident ${incident.number}: ${incident.product} in ${incident.environment}. ${sentence(incident.summary)}`;

export const incidents = {
  onIncident: (raised) => {
    let known: Set<string> | undefined;
    let over = false;
    const look = async () => {
      const open = await call(commands.listIncidents({ product_id: null, environment_id: null, open_only: true, limit: 50 })).catch(() => undefined);
      if (!open || over) return;
      const before = known;
      known = new Set(open.map((incident) => incident.id));
      if (!before) return;
      for (const incident of open) if (!before.has(incident.id)) raised(incidentSentence(incident));
    };
    const stop = changesOf('incident')(() => void look());
    void look();
    return () => {
      over = true;
      stop();
    };
  },
} satisfies Partial<Backend>;
