import { describe, expect, it } from 'vitest';
import type { PlannedPhaseDto } from '$lib/api/bindings';
import { gateWord, phaseWords, rolloutModel } from '$lib/api/rollout';
import { rolloutProblems, settledFirst } from '$lib/screens/product/rollout';
import { deployment } from '../wire';

const planned = (name: string, weight_percent: number, more: Partial<PlannedPhaseDto> = {}): PlannedPhaseDto => ({ name, weight_percent, ...more });
const NOW = Date.parse('2026-11-24T21:00:00Z');

describe('what comes of a rollout', () => {
  it('can be changed where it may, and says who did', () => {
    const phase = { id: 'ph', name: 'Canary', weight_percent: 10, target: null, instances: null, triggers: 1, state: 'baking', detail: '', since: null, run: null, gates: [], watch_seconds: 600, needs_person: false, found_bad: null, rolls_back_at: null, decided: null, retried: 0, can_skip: true, planned: planned('Canary', 10), is_to_come: false } as const;
    const findings = [{ rule: 'gate “Go live” at the provider', decides: true, outcome: 'waiting', detail: 'an answer', gate_id: 'g1' } as const];
    const watch = { watched_seconds: 0, passes: 0, in_a_row: 1, failures: 0, failures_allowed: 0, errors: 0, errors_allowed: 4, findings };
    const going = deployment({ is_phased: true, phases: [{ ...phase, gates: [], watch: { ...watch, findings: [...findings] } }], can: { pause: true, resume: false, promote_fully: false, hold_rollback: false, change_phases: true }, phase_changes: [{ by: 'Mira', reason: 'half is too much', at: '2026-11-24T20:30:00Z' }] });
    const model = rolloutModel(going, 'checkout 1.4.0', NOW);
    expect(model?.actions.map(({ label }) => label)).toContain('Change what comes…');
    expect(model?.changes).toEqual([{ why: 'Mira changed what comes: half is too much', at: '2026-11-24T20:30:00Z' }]);
    expect(model?.answers).toEqual([{ label: 'Answer the gate “Go live” at the provider', deed: { do: 'go', href: '/inbox?item=gate.g1' } }]);
    const still = rolloutModel({ ...going, can: { ...going.can, change_phases: false } }, 'checkout 1.4.0', NOW);
    expect(still?.actions.map(({ label }) => label)).not.toContain('Change what comes…');
  });
  it('begins after what has begun or is over', () => {
    const phases = [planned('Canary', 10), planned('Half', 50), planned('Everybody', 100)];
    expect(settledFirst(phases, (name) => (name === 'Canary' ? 'It has begun.' : ''))).toBe(1);
    expect(settledFirst(phases, () => '')).toBe(0);
    expect(settledFirst(phases, () => 'It is over.')).toBe(3);
  });
  it('names the gate at the provider that it waits for', () => {
    expect(gateWord({ gate: 'provider', name: 'Go live' })).toBe('the gate “Go live” at the provider');
    expect(phaseWords(planned('Canary', 10, { gates: [{ gate: 'provider', name: 'Go live' }] }))).toContain('asks for the gate “Go live” at the provider');
    expect(rolloutProblems({ phases: [planned('Everybody', 100, { gates: [{ gate: 'provider', name: ' ' }] })] }).map(({ field }) => field)).toEqual(['gate']);
  });
});
