/** The frame's facts: counts, what is under way, and whether the instruments themselves can be trusted. */
import { commands, type DeploymentView, type EngineView, type KeychainView, type OverviewView, type StatusView } from './bindings';
import type { Backend } from './backend';
import { call } from './call';
import { shared } from './changes';
import { lastVerdict } from './audit';
import { segmentsOf, statusOfDeployment, whatOf } from './deployments';
import type { AuditVerdict, Point, ShellModel, UnderWay } from './model';
import { look } from '$lib/status';
import { sentence } from './words';

/** Asked by the frame and by screens at the same time: one answer for both. */
export const askOverview = shared(() => call(commands.overview()));
export const askStatus = shared(() => call(commands.status()));

export function enginePoint(engine: EngineView): Point {
  switch (engine.role) {
    case 'this_host':
      return { status: 'healthy', text: 'Engine on this desktop' };
    case 'other_host':
      return { status: 'healthy', text: engine.who ? `Engine on ${engine.who}` : 'Engine on another computer' };
    case 'stopped':
      return { status: 'errored', text: 'The engine has stopped' };
  }
}

export function keychainPoint(keychain: KeychainView): Point {
  return keychain.ok ? { status: 'healthy', text: 'The keychain of this computer answers' } : { status: 'failed', text: sentence(keychain.message ?? 'The keychain can’t be used') };
}

export function underWay(deployment: DeploymentView): UnderWay {
  const status = statusOfDeployment(deployment);
  return {
    deploymentId: deployment.id,
    releaseId: deployment.release_id,
    title: `${deployment.product} ${whatOf(deployment)} · ${deployment.environment}`,
    note: status === 'waiting' ? 'asks you' : look(status).word.toLowerCase(),
    segments: segmentsOf(deployment),
  };
}

export function shellModel(status: StatusView, overview: OverviewView, verdict: AuditVerdict | null): ShellModel {
  const { counts } = overview;
  return {
    me: status.actor,
    counts: { releasesOpen: counts.releases_open, inboxWaiting: counts.waiting, incidentsOpen: counts.incidents_open },
    underWay: overview.under_way.map(underWay),
    engine: enginePoint(status.engine),
    keychain: status.keychain.ok ? undefined : keychainPoint(status.keychain),
    connections: { working: status.connections_ok, total: status.connections_total },
    checks: { total: status.checks_total, failing: status.checks_failing },
    audit: { length: status.audit_seq, verified: verdict && { to: verdict.ok ? verdict.verifiedTo : (verdict.brokenAt ?? verdict.verifiedTo), broken: !verdict.ok, faults: verdict.approvals.faults.length } },
    lastChangeAt: status.last_change_at,
  };
}

export const shell = {
  shell: async () => {
    const [status, overview] = await Promise.all([askStatus(), askOverview()]);
    return shellModel(status, overview, lastVerdict());
  },
} satisfies Partial<Backend>;
