/** Rollouts in words and as a track: the phases, what is measured of the one that is watched, and what a person may do. Pure. */
import { duration, listed, plural } from '$lib/format';
import { routes } from '$lib/routes';
import type { Status } from '$lib/status';
import type { DeploymentView, FindingView, PhaseGateDto, PhaseView, PlannedPhaseDto, RolloutDto } from './bindings';
import type { Action, PhaseModel, Point, RolloutModel } from './model';
import { sentence } from './words';

const SECOND = 1000;

/** What a phase asks, in a word. */
export function gateWord(gate: PhaseGateDto): string {
  switch (gate.gate) {
    case 'health':
      return 'health';
    case 'smoke':
      return 'smoke tests';
    case 'uat':
      return 'UAT';
    case 'external':
      return gate.url;
    case 'provider':
      return `the gate “${gate.name}” at the provider`;
  }
}

/** How a phase looks. What has ended without success looks as its deployment does. */
export function statusOfPhase(deployment: Pick<DeploymentView, 'state' | 'paused'>, phase: Pick<PhaseView, 'state'>): Status {
  switch (phase.state) {
    case 'pending':
      return 'not_started';
    case 'ready':
      return deployment.state === 'awaiting_decision' ? 'waiting' : deployment.paused ? 'paused' : 'queued';
    case 'passed':
      return 'passed';
    case 'left_out':
      return 'skipped';
    case 'failing':
      return 'failing';
    case 'ended':
      return deployment.state === 'failed' || deployment.state === 'errored' ? deployment.state : 'cancelled';
    default:
      if (deployment.state === 'awaiting_decision') return 'waiting';
      return phase.state === 'baking' || phase.state === 'verifying' ? phase.state : 'deploying';
  }
}

const isOver = (phase: PhaseView): boolean => ['passed', 'left_out', 'ended'].includes(phase.state);

/** "10 % to ring-0", and how much of it is real. */
function sharePoint(phase: PhaseView): Point {
  const to = phase.target ? ` to ${phase.target}` : '';
  const real = phase.instances ? `${phase.instances.with} of ${phase.instances.of} have it` : undefined;
  return { status: isOver(phase) && phase.state === 'passed' ? 'passed' : 'not_started', text: `${phase.weight_percent} %${to}`, ...(real ? { note: real } : {}) };
}

/** What is asked of a phase before the next one. */
function asksOf(phase: PhaseView): Point[] {
  const asks = [...phase.gates.map(gateWord), ...(phase.needs_person ? ['a person'] : [])];
  if (!phase.watch_seconds && asks.length === 0) return [];
  const span = phase.watch_seconds ? `Watched ${duration(phase.watch_seconds * SECOND)}` : 'Asks for';
  return [{ status: phase.state === 'passed' ? 'passed' : 'not_started', text: asks.length ? `${span}${phase.watch_seconds ? ': ' : ' '}${listed(asks)}` : span }];
}

function phaseModel(deployment: DeploymentView, phase: PhaseView, current: boolean, now: number): PhaseModel {
  const left = phase.watch ? phase.watch_seconds - phase.watch.watched_seconds : 0;
  const done = phase.watch && phase.watch_seconds > 0 ? phase.watch.watched_seconds / phase.watch_seconds : current ? 0.05 : undefined;
  const points = [sharePoint(phase), ...asksOf(phase)];
  if (phase.retried) points.push({ status: 'notice', text: `Tried again ${plural(phase.retried, 'time')}` });
  if (phase.decided) points.push({ status: 'skipped', text: `${phase.decided.by}: ${phase.decided.reason}` });
  return {
    title: phase.name || deployment.environment,
    status: statusOfPhase(deployment, phase),
    endsAt: deployment.state === 'in_progress' && left > 0 ? new Date(now + left * SECOND).toISOString() : undefined,
    done,
    current,
    gates: points,
  };
}

const findingStatus = { passed: 'passed', waiting: 'running', failed: 'failed', no_data: 'no_data' } as const;

const findingPoint = (finding: FindingView): Point => ({
  status: findingStatus[finding.outcome],
  text: `${sentence(finding.rule)}${finding.detail ? `: ${finding.outcome === 'waiting' ? `waits for ${finding.detail}` : finding.detail}` : ''}`,
  ...(finding.decides ? {} : { note: 'decides nothing' }),
});

/** Where what waits at the provider is answered. */
const answerOf = (finding: FindingView): Action[] =>
  finding.gate_id ? [{ label: `Answer the ${finding.rule}`, deed: { do: 'go', href: routes.inboxItem(`gate.${finding.gate_id}`) } }] : [];

/** "2 of 3 good in a row, 0 of 1 failures allowed". */
function tallyOf(phase: PhaseView): string {
  const { watch } = phase;
  if (!watch) return '';
  return `${watch.passes} of ${watch.in_a_row} good in a row, ${plural(watch.failures, 'failure')} of ${watch.failures_allowed} allowed, ${watch.errors} of ${watch.errors_allowed} without an answer`;
}

/** A deployment that goes out in phases; null for one that goes out at once. */
export function rolloutModel(deployment: DeploymentView, of: string, now: number): RolloutModel | null {
  const { phases, paused, can } = deployment;
  if (!deployment.is_phased || phases.length === 0) return null;
  const found = phases.findIndex((phase) => phase.state !== 'passed' && phase.state !== 'left_out');
  const at = found < 0 ? phases.length - 1 : found;
  const current = phases[at];
  const isUnderWay = deployment.ended_at === null;
  const skip = (phase: PhaseView): Action => {
    const watched = phase.state === 'baking';
    return { label: watched ? 'End the watch…' : `Skip ${phase.name}…`, deed: { do: 'skip_phase', deploymentId: deployment.id, phaseId: phase.id, phase: phase.name, watched, of } };
  };
  const steer = (what: 'pause' | 'resume' | 'promote_fully' | 'hold_rollback', label: string): Action => ({ label, deed: { do: what, deploymentId: deployment.id, of } });
  const skippable = phases.find((phase) => phase.can_skip);
  return {
    track: phases.map((phase, index) => phaseModel(deployment, phase, isUnderWay && index === at, now)),
    findings: (current?.watch?.findings ?? []).map(findingPoint),
    answers: (current?.watch?.findings ?? []).flatMap(answerOf),
    changes: (deployment.phase_changes ?? []).map((change) => ({ why: `${change.by} changed what comes: ${change.reason}`, at: change.at })),
    tally: current ? tallyOf(current) : '',
    failing: current?.rolls_back_at ? { why: sentence(current.found_bad ?? ''), at: current.rolls_back_at, hold: steer('hold_rollback', 'Stop the way back') } : null,
    paused: paused && isUnderWay ? { why: `${paused.by} has paused it${paused.reason ? `: ${paused.reason}` : ''}.`, since: paused.since, resume: steer('resume', 'Resume') } : null,
    actions: isUnderWay ? [...(can.pause ? [steer('pause', 'Pause…')] : []), ...(skippable ? [skip(skippable)] : []), ...(can.change_phases ? [{ label: 'Change what comes…', deed: { do: 'change_phases', deploymentId: deployment.id, of } } as const] : []), ...(can.promote_fully ? [steer('promote_fully', 'Promote fully…')] : [])] : [],
  };
}

/** A phase in a line: its share, its watch, what it asks for. */
export function phaseWords(phase: PlannedPhaseDto): string {
  const asks = [...(phase.gates ?? []).map(gateWord), ...(phase.needs_person ? ['a person'] : [])];
  const watched = phase.bake_seconds ? `watched ${duration(phase.bake_seconds * SECOND)}` : '';
  const more = [watched, asks.length ? `asks for ${listed(asks)}` : ''].filter(Boolean).join(', ');
  return `${phase.name} ${phase.weight_percent} %${more ? ` (${more})` : ''}`;
}

/** What a phase that is bad leads to. */
export function failureWords(rollout: RolloutDto): string {
  const { on_failure: then = { then: 'end' } } = rollout;
  if (then.then === 'ask') return 'a person is asked';
  if (then.then === 'end') return 'the deployment has failed';
  return then.countdown_seconds ? `it goes back by itself after ${duration(then.countdown_seconds * SECOND)}` : 'it goes back by itself at once';
}

/** A rollout as points of a plan; none where everything goes out at once. */
export function rolloutPoints(rollout: RolloutDto | undefined): Point[] {
  if (!rollout?.phases.length) return [];
  return [
    { status: 'baking', text: `${rollout.phases.length === 1 ? 'One phase' : `${rollout.phases.length} phases`}: ${rollout.phases.map(phaseWords).join(', then ')}` },
    { status: 'not_started', text: `A phase that is bad: ${failureWords(rollout)}` },
  ];
}
