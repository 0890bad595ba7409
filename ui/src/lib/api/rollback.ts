/** The way back: the versions that an environment can go to, and what stands against each. */
import { clockTime, date, moment, systemZone } from '$lib/format';
import { commands, type RollbackOptionsView, type RollbackTargetView, type RollbackWayView } from './bindings';
import type { Backend } from './backend';
import { blockerPoints } from './blockers';
import { call } from './call';
import type { NativeWayModel, Point, RollbackModel, RollbackOption } from './model';
import { askStatus } from './shell';
import { joined, sentence } from './words';

export function rollbackOption(target: RollbackTargetView, view: RollbackOptionsView, now: number, zone: string): RollbackOption {
  const at = target.verified_at;
  const named = (steps: readonly string[]) => steps.map((step) => step.replaceAll('{version}', target.version));
  const verified = at ? `Verified here ${date(at, zone, now)} ${clockTime(at, zone)}` : 'Never verified here';
  const base = { releaseId: target.release_id, version: target.version, steps: named(view.steps), stepsInstead: named(view.steps_redeploying) };
  if (target.blockers.length > 0) {
    return { ...base, steps: [], stepsInstead: [], verdict: 'impossible', word: 'Can’t', detail: target.blockers.map((blocker) => sentence(joined([blocker.title, blocker.detail], '. '))).join(' '), points: blockerPoints(target.blockers) };
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
    native: view.way === 'native',
    options: view.targets.map((target) => rollbackOption(target, view, now, zone)),
    lockNote: `Nothing is deployed to ${view.environment} until someone lifts the lock.`,
    reason: view.lock_reason_proposal.trim().replace(/:$/, ''),
    recordedAs: `Recorded as ${actor}`,
  };
}

const standings = { open: 'passed', not_yet: 'waiting', closed: 'blocked', unknown: 'notice' } as const;

/** What the provider says to its own way back, as a point of the verdict. */
export function nativeWay({ provider, pipeline, standing, words, limit }: RollbackWayView): NativeWayModel {
  const name = provider ?? 'The provider';
  const said = sentence(words);
  const text = { open: `${name}’s own way: ${said}`, not_yet: `${name}’s own way opens once this has ended: ${said}`, closed: `${name}’s own way is closed: ${said}`, unknown: `${name} could not be asked whether its own way is open; it is asked again before anything happens: ${said}` }[standing];
  return { provider: name, pipeline, open: standing !== 'closed', point: { status: standings[standing], text }, limit: limit ? sentence(limit) : '' };
}

export const rollback = {
  nativeWay: async (environmentId, toReleaseId) => nativeWay(await call(commands.rollbackWay({ environment_id: environmentId, release_id: toReleaseId }))),
  rollback: async (environmentId) => {
    const [view, { actor }] = await Promise.all([call(commands.rollbackOptions({ id: environmentId })), askStatus()]);
    return rollbackModel(view, actor, Date.now(), systemZone());
  },
  startRollback: async (environmentId, toReleaseId, reason, way) => void (await call(commands.startRollback({ environment_id: environmentId, release_id: toReleaseId, reason, way }))),
  setLock: async ({ productId, environmentId, reason, until, warnOnly, hotfixesPass }) =>
    void (await call(commands.setLock({ product_id: productId, environment_id: environmentId, reason, until, strength: warnOnly ? 'warns' : 'stops', hotfixes_pass: hotfixesPass ?? false }))),
} satisfies Partial<Backend>;
