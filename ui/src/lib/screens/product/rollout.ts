/** A rollout on its way: new phases, and what is wrong with it. The same rules as in Rust, which has the last word. Pure. */
import type { LimitsDto, PlannedPhaseDto, RolloutDto, RolloutTemplateView } from '$lib/api/bindings';
import type { BindingDraft } from '$lib/api/model';

const MOST_PHASES = 20;
const LONGEST_WATCH = 14 * 24 * 3600;

/** What most checks need. */
export const usualLimits = (): LimitsDto => ({ settle_seconds: 0, interval_seconds: 30, in_a_row: 1, failures: 0, errors: 4, undecided_seconds: 3600 });

export const plainRollout = (): RolloutDto => ({ phases: [], on_failure: { then: 'end' } });

/** A phase between what is there and everybody. */
export function newPhase(rollout: RolloutDto): PlannedPhaseDto {
  const names = new Set(rollout.phases.map((phase) => phase.name.trim().toLowerCase()));
  let number = rollout.phases.length + 1;
  while (names.has(`phase ${number}`)) number += 1;
  return {
    name: rollout.phases.length === 0 ? 'Everybody' : `Phase ${number}`, weight_percent: rollout.phases.at(-1)?.weight_percent ?? 100, target: null, pipeline: null, bake_seconds: 600, gates: [{ gate: 'health' }],
    limits: usualLimits(), dry_run: [], needs_person: false, required: false, retries: 0,
  };
}

export interface RolloutProblem {
  /** Which phase; none where it is about all of them. */
  readonly at?: number;
  readonly field: 'name' | 'weight_percent' | 'bake_seconds' | 'gates' | 'gate' | 'phases';
  readonly message: string;
}

/** What is wrong with it, in the order of its phases. */
export function rolloutProblems(rollout: RolloutDto): RolloutProblem[] {
  const { phases } = rollout;
  const problems: RolloutProblem[] = [];
  if (phases.length > MOST_PHASES) problems.push({ field: 'phases', message: `a rollout has at most ${MOST_PHASES} phases` });
  phases.forEach((phase, at) => {
    const name = phase.name.trim();
    const where = `phase ${at + 1}${name ? ` (${name})` : ''}: `;
    const before = phases[at - 1]?.weight_percent ?? 0;
    if (!name) problems.push({ at, field: 'name', message: `${where}give it a name` });
    else if (phases.findIndex((other) => other.name.trim().toLowerCase() === name.toLowerCase()) !== at) problems.push({ at, field: 'name', message: `${where}another phase has this name` });
    if (!Number.isInteger(phase.weight_percent) || phase.weight_percent < 0 || phase.weight_percent > 100) problems.push({ at, field: 'weight_percent', message: `${where}a share is 0 to 100 %` });
    else if (phase.weight_percent < before) problems.push({ at, field: 'weight_percent', message: `${where}a share never shrinks: ${phase.weight_percent} % come after ${before} %` });
    else if (at === phases.length - 1 && phase.weight_percent !== 100) problems.push({ at, field: 'weight_percent', message: `${where}the last phase brings it to everybody: 100 %` });
    if ((phase.bake_seconds ?? 0) > LONGEST_WATCH) problems.push({ at, field: 'bake_seconds', message: `${where}it is watched for 14 days at most` });
    if ((phase.gates ?? []).some((gate) => gate.gate === 'external' && !/^https?:\/\/\S+$/.test(gate.url.trim()))) problems.push({ at, field: 'gates', message: `${where}the address of the other system begins with http:// or https://` });
    if ((phase.gates ?? []).some((gate) => gate.gate === 'provider' && !gate.name.trim())) problems.push({ at, field: 'gate', message: `${where}say what the gate is called at the provider` });
  });
  return problems;
}

/** How many phases stay first, since they have begun or are over: what can be changed comes after them. */
export function settledFirst(phases: readonly PlannedPhaseDto[], settled: (name: string) => string): number {
  const open = phases.findIndex((phase) => !settled(phase.name));
  return open < 0 ? phases.length : open;
}

/** What the pipeline isn't told, though the phases differ by it. */
export function untold(rollout: RolloutDto, deploy: BindingDraft): string[] {
  const has = (from: 'weight' | 'target') => deploy.inputs.some((input) => input.value.from === from);
  const shares = rollout.phases.some((phase) => phase.weight_percent < 100 && !phase.pipeline && !phase.target);
  const groups = rollout.phases.some((phase) => phase.target && !phase.pipeline);
  const named = deploy.pipeline || 'The pipeline';
  return [
    ...(shares && !has('weight') ? [`${named} isn’t told the share: have one of its inputs take “the phase’s share”.`] : []),
    ...(groups && !has('target') ? [`${named} isn’t told the group: have one of its inputs take “the phase’s group”.`] : []),
  ];
}

/** The template that it is as it stands; empty where it was changed. */
export const templateOf = (rollout: RolloutDto, templates: readonly RolloutTemplateView[]): string =>
  templates.find((view) => (rollout.phases.length === 0 ? view.rollout.phases.length === 0 : JSON.stringify(view.rollout.phases) === JSON.stringify(rollout.phases)))?.template ?? '';
