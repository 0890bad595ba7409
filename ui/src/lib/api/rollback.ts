/** The way back: the versions that an environment can go to, and what stands against each. */
import { clockTime, date, moment, systemZone } from '$lib/format';
import { commands, type RollbackOptionsView, type RollbackTargetView } from './bindings';
import type { Backend } from './backend';
import { blockerPoints } from './blockers';
import { call } from './call';
import type { Point, RollbackModel, RollbackOption } from './model';
import { askStatus } from './shell';
import { joined, sentence } from './words';

export function rollbackOption(target: RollbackTargetView, view: RollbackOptionsView, now: number, zone: string): RollbackOption {
  const at = target.verified_at;
  const verified = at ? `Verified here ${date(at, zone, now)} ${clockTime(at, zone)}` : 'Never verified here';
  const base = { releaseId: target.release_id, version: target.version, steps: view.steps.map((step) => step.replaceAll('{version}', target.version)) };
  if (target.blockers.length > 0) {
    return { ...base, steps: [], verdict: 'impossible', word: 'Can’t', detail: target.blockers.map((blocker) => sentence(joined([blocker.title, blocker.detail], '. '))).join(' '), points: blockerPoints(target.blockers) };
  }
  const points: Point[] = [{ status: at ? 'passed' : 'notice', text: verified }, ...(target.notice ? [{ status: 'notice', text: target.notice } as const] : [])];
  return { ...base, verdict: target.notice ? 'notice' : 'verified', word: target.notice ? 'Verified, older' : 'Verified', detail: [sentence(verified), sentence(target.notice)].filter(Boolean).join(' '), points };
}

export function rollbackModel(view: RollbackOptionsView, actor: string, now: number, zone: string): RollbackModel {
  const { from } = view;
  return {
    environmentId: view.environment_id,
    product: view.product,
    environment: view.environment,
    fromVersion: from?.version ?? null,
    situation: !from ? '' : from.under_way ? `under way since ${clockTime(from.since, zone)}. It is stopped first.` : `there since ${moment(from.since, zone, now)}.`,
    options: view.targets.map((target) => rollbackOption(target, view, now, zone)),
    lockNote: `Nothing is deployed to ${view.environment} until someone lifts the lock.`,
    reason: view.lock_reason_proposal.trim().replace(/:$/, ''),
    recordedAs: `Recorded as ${actor}`,
  };
}

export const rollback = {
  rollback: async (environmentId) => {
    const [view, { actor }] = await Promise.all([call(commands.rollbackOptions({ id: environmentId })), askStatus()]);
    return rollbackModel(view, actor, Date.now(), systemZone());
  },
  startRollback: async (environmentId, toReleaseId, reason) => void (await call(commands.startRollback({ environment_id: environmentId, release_id: toReleaseId, reason }))),
  setLock: async ({ productId, environmentId, reason, until, warnOnly }) =>
    void (await call(commands.setLock({ product_id: productId, environment_id: environmentId, reason, until, strength: warnOnly ? 'warns' : 'stops' }))),
} satisfies Partial<Backend>;
