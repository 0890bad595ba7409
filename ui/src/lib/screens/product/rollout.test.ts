import { describe, expect, it } from 'vitest';
import { newPhase, plainRollout, rolloutProblems, untold } from './rollout';
import type { PlannedPhaseDto, RolloutDto } from '$lib/api/bindings';

const phase = (name: string, weight_percent: number, more: Partial<PlannedPhaseDto> = {}): PlannedPhaseDto => ({ ...newPhase(plainRollout()), name, weight_percent, ...more });
const rollout = (...phases: PlannedPhaseDto[]): RolloutDto => ({ phases, on_failure: { then: 'ask' } });
const fields = (...phases: PlannedPhaseDto[]) => rolloutProblems(rollout(...phases)).map(({ at, field }) => `${at}.${field}`);

describe('a rollout', () => {
  it('is sound where its shares grow to everybody', () => {
    expect(rolloutProblems(plainRollout())).toEqual([]);
    expect(fields(phase('Canary', 10), phase('Everybody', 100))).toEqual([]);
  });
  it('says which phase is wrong, and where', () => {
    expect(fields(phase('', 10), phase('All', 100))).toEqual(['0.name']);
    expect(fields(phase('One', 10), phase('one', 100))).toEqual(['1.name']);
    expect(fields(phase('One', 50), phase('Two', 20), phase('Three', 90))).toEqual(['1.weight_percent', '2.weight_percent']);
    expect(fields(phase('One', 100, { bake_seconds: 15 * 86400 }))).toEqual(['0.bake_seconds']);
    expect(fields(phase('One', 100, { gates: [{ gate: 'external', url: 'gate' }] }))).toEqual(['0.gates']);
  });
  it('has new phases with names of their own', () => {
    const one = newPhase(plainRollout());
    const two = newPhase(rollout(one, phase('Phase 3', 100)));
    expect([one.name, one.weight_percent, two.name]).toEqual(['Everybody', 100, 'Phase 4']);
  });
  it('says what the pipeline isn’t told', () => {
    const deploy = { place: null, pipeline: 'deploy.yml', git_ref: { rule: 'of_pipeline' as const }, inputs: [] };
    expect(untold(rollout(phase('Canary', 10), phase('All', 100)), deploy)).toHaveLength(1);
    expect(untold(rollout(phase('Ring', 10, { target: 'ring-0' }), phase('All', 100)), deploy)[0]).toContain('group');
    expect(untold(rollout(phase('Canary', 10), phase('All', 100)), { ...deploy, inputs: [{ name: 'weight', value: { from: 'weight' } }] })).toEqual([]);
  });
});
