/** Health: the checks, their measurements, their incidents. */
import { duration, number, plural } from '$lib/format';
import { commands, type CheckDto, type CheckView, type HealthView, type MeasurementView, type ProbeDto, type TriedCheckView } from './bindings';
import type { Backend } from './backend';
import { call } from './call';
import { shared } from './changes';
import { incidentModel } from './incidents';
import type { CheckDetail, CheckModel, CheckState, HealthModel, LatencyModel, Point, Sample, StepCheck, TimelineEntry } from './model';
import { sentence } from './words';

/** Measurements behind a chart. */
const HISTORY = 500;
const MOST_CHANGES = 40;

const askHealth = shared(() => call(commands.health()));

export const stateOf = (check: Pick<CheckView, 'enabled' | 'health'>): CheckState => (check.enabled ? check.health : 'paused');

/** A measurement as a point of a line: milliseconds with one digit below ten. */
export function sampleOf(measurement: MeasurementView): Sample {
  if (measurement.outcome === 'failed') return 'failed';
  if (measurement.outcome === 'no_data' || measurement.latency_us === null) return null;
  return milliseconds(measurement.latency_us);
}

const milliseconds = (microseconds: number): number => (microseconds < 10_000 ? Math.round(microseconds / 100) / 10 : Math.round(microseconds / 1000));

export function checkModel(check: CheckView): CheckModel {
  return {
    id: check.id,
    name: check.name,
    product: check.product,
    environment: check.environment,
    state: stateOf(check),
    reason: check.enabled ? check.reason : 'It is switched off',
    since: check.since,
    recent: check.recent.map(sampleOf).reverse(),
  };
}

export function healthModel(view: HealthView): HealthModel {
  return {
    checks: view.checks.map(checkModel),
    incidents: view.incidents.map(incidentModel),
  };
}

/** What a probe asks, and what must come back. */
export function probeFacts(probe: ProbeDto): [string, string][] {
  if (probe.kind === 'running_version') {
    return [['Asks', probe.urls.join(', ')], ['Reads', probe.pointer ? `the version at ${probe.pointer}` : 'the version as plain text']];
  }
  const status = probe.status_min === probe.status_max ? String(probe.status_min) : `${probe.status_min} to ${probe.status_max}`;
  return [
    ['Asks', probe.url],
    ['Expects', `status ${status}${probe.body_contains ? `, with “${probe.body_contains}” in the answer` : ''}`],
    ...(probe.slow_ms ? [['Slow', `above ${number(probe.slow_ms)} ms`] as [string, string]] : []),
  ];
}

/** Measurements (newest first) as a line over time; null where too few could be measured. */
export function latencyOf(history: readonly MeasurementView[], probe: ProbeDto): LatencyModel | null {
  const points = history.toReversed().map((measurement) => {
    const sample = sampleOf(measurement);
    return { at: measurement.at, value: typeof sample === 'number' ? sample : null };
  });
  if (points.filter((point) => point.value !== null).length < 2) return null;
  const slow = probe.kind === 'http' ? probe.slow_ms : null;
  return { title: 'Latency', unit: 'ms', series: [{ name: 'answer', points }], marks: [], limit: slow ? { value: slow, label: `slow above ${number(slow)} ms` } : undefined };
}

/** Where the outcome changed, newest first. The measurements come newest first. */
export function outcomeChanges(history: readonly MeasurementView[]): TimelineEntry[] {
  const words = { passed: 'Passes', degraded: 'Degraded', failed: 'Fails', no_data: 'No data' } as const;
  const status = { passed: 'healthy', degraded: 'degraded', failed: 'failing', no_data: 'no_data' } as const;
  const changes = history.filter((measurement, at) => history[at + 1]?.outcome !== measurement.outcome);
  return changes.slice(0, MOST_CHANGES).map((measurement) => ({
    id: measurement.at,
    at: measurement.at,
    status: status[measurement.outcome],
    text: measurement.reason ? `${words[measurement.outcome]}: ${measurement.reason}` : words[measurement.outcome],
  }));
}

/** A check as it is set. */
export function draftOf(check: CheckView): CheckDto {
  const { id, name, probe, interval_seconds, timeout_ms, failure_threshold, recovery_threshold, enabled } = check;
  return { id, name, probe, interval_seconds, timeout_ms, failure_threshold, recovery_threshold, enabled };
}

export function checkDetail(check: CheckView, history: readonly MeasurementView[]): CheckDetail {
  return {
    check: checkModel(check),
    environmentId: check.environment_id,
    facts: [
      ...probeFacts(check.probe),
      ['Every', `${duration(check.interval_seconds * 1000)}, waits ${duration(check.timeout_ms)} for the answer`],
      ['Fails after', `${plural(check.failure_threshold, 'failure')} in a row`],
      ['Well after', `${plural(check.recovery_threshold, 'success', 'successes')} in a row`],
    ],
    latency: latencyOf(history, check.probe),
    history: outcomeChanges(history),
    draft: draftOf(check),
  };
}

/** What trying a check found. */
export function triedPoints(tried: TriedCheckView): StepCheck {
  const { measurement, versions } = tried;
  const took = measurement.latency_us === null ? '' : ` in ${duration(measurement.latency_us / 1000)}`;
  const said: Record<MeasurementView['outcome'], Point> = {
    passed: { status: 'passed', text: `Passes${took}` },
    degraded: { status: 'degraded', text: sentence(`Degraded${took}: ${measurement.reason ?? ''}`) },
    failed: { status: 'failed', text: sentence(`Fails: ${measurement.reason ?? 'no reason was given'}`) },
    no_data: { status: 'no_data', text: sentence(`No data: ${measurement.reason ?? 'nothing could be measured'}`) },
  };
  const instances = versions.map((instance): Point =>
    instance.version ? { status: 'passed', text: `${instance.url} runs ${instance.version}` } : { status: 'failed', text: `${instance.url}: ${instance.reason ?? 'says no version'}` });
  return { ok: measurement.outcome === 'passed' || measurement.outcome === 'degraded', points: [said[measurement.outcome], ...instances] };
}

export const health = {
  health: async () => healthModel(await askHealth()),
  check: async (id) => {
    const [view, history] = await Promise.all([askHealth(), call(commands.checkHistory({ check_id: id, before: null, limit: HISTORY }))]);
    const check = view.checks.find((candidate) => candidate.id === id);
    // The history was found: it can only have been removed in between.
    if (!check) throw new Error('the check was removed meanwhile');
    return checkDetail(check, history);
  },
  putCheck: async (environmentId, check) => void (await call(commands.putCheck({ environment_id: environmentId, check }))),
  tryCheck: async (check) => triedPoints(await call(commands.tryCheck(check))),
} satisfies Partial<Backend>;
