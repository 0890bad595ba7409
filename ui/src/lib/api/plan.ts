/** Plans in words: where a release goes, what is handed to each pipeline, and how it comes back. Pure. */
import { duration, listed, plural } from '$lib/format';
import type { BindingDto, EnvironmentDto, PlanView, ProductDto, ReleaseDetail, RolloutDto } from './bindings';
import { rolloutPoints } from './rollout';
import type { PlanOptions, PlanStageModel, Point } from './model';

/** `deploy.yml at the release’s tag`. */
export function bindingWords(binding: BindingDto): string {
  const { git_ref: ref, place } = binding;
  const at = ref.rule === 'release_tag' ? ' at the release’s tag' : ref.rule === 'fixed' ? ` on ${ref.name}` : '';
  return `${binding.pipeline || 'no pipeline'}${place ? ` in ${place.repository}` : ''}${at}`;
}

/** `version (the version), environment (its name)`: what a pipeline is handed. */
export function inputWords(binding: BindingDto): string {
  const words = { version: 'the version', tag: 'the tag', commit: 'the commit', environment: 'the environment’s name', correlation: 'the token that finds its run again', weight: 'the phase’s share', target: 'the phase’s group' } as const;
  return listed(binding.inputs.map(({ name, value }) => (value.from === 'literal' ? `${name} = “${value.text}”` : `${name} = ${words[value.from]}`)));
}

function stagePoints(stage: { deploy: BindingDto; rollback: BindingDto | null; native?: boolean; checks: readonly string[]; rollout?: RolloutDto | undefined; target: string | null }): Point[] {
  const handed = inputWords(stage.deploy);
  return [
    { status: 'not_started', text: `Deploy with ${bindingWords(stage.deploy)}${handed ? `: ${handed}` : ''}` },
    ...rolloutPoints(stage.rollout),
    stage.checks.length ? { status: 'not_started', text: `Verify by ${listed(stage.checks)}` } : { status: 'notice', text: 'No check verifies it: only the run says whether it worked' },
    stage.target
      ? { status: 'passed', text: `Back to ${stage.target} ${stage.native ? 'in the provider’s own way' : `with ${bindingWords(stage.rollback ?? stage.deploy)}`}` }
      : { status: 'notice', text: 'No way back yet: no other version was verified there' },
  ];
}

export function planModel(plan: PlanView): { stages: PlanStageModel[]; remarks: string } {
  return {
    stages: plan.environments.map((stage) => ({ environment: stage.name, points: stagePoints({ ...stage, target: stage.rollback_target }) })),
    remarks: plan.remarks,
  };
}

/** The rules of an environment, as far as they ask for something. */
export function rulePoints(environment: EnvironmentDto): Point[] {
  const { required_approvals: wanted, self_approval: own, required_approvers: named = [], required_roles: roles = [], approval_hours: hours = 0, needs_upstream: upstream, soak_minutes: soak } = environment.rules;
  return [
    ...(wanted > 0 ? [{ status: 'waiting', text: `${plural(wanted, 'approval')}${own ? '' : ', not by who drafted it'}` } as const] : []),
    ...(named.length > 0 ? [{ status: 'waiting', text: `Approved by ${named.join(', ')}` } as const] : []),
    ...(roles.length > 0 ? [{ status: 'waiting', text: `Approved by somebody of ${listed(roles)}` } as const] : []),
    ...(hours > 0 && (wanted > 0 || named.length > 0 || roles.length > 0) ? [{ status: 'waiting', text: `Approvals are good for ${duration(hours * 3_600_000)}` } as const] : []),
    ...(upstream && soak > 0 ? [{ status: 'soaking', text: `${duration(soak * 60_000)} in the environment before` } as const] : []),
  ];
}

export function environmentPoints(environment: EnvironmentDto, target: string | null): Point[] {
  const checks = environment.checks.filter((check) => check.enabled).map((check) => check.name);
  return [...rulePoints(environment), ...stagePoints({ deploy: environment.deploy, rollback: environment.rollback, native: !!environment.native_rollback, checks, rollout: environment.rollout, target })];
}

/** What a plan of this release can name. A first plan names every environment. */
export function planOptions(detail: ReleaseDetail, product: ProductDto): PlanOptions {
  return {
    of: `${detail.release.product} ${detail.release.version}`,
    environments: detail.environments.map((environment) => {
      const set = product.environments.find((candidate) => candidate.id === environment.environment_id);
      return { id: environment.environment_id, name: environment.name, planned: detail.plan === null || environment.in_plan, points: set ? environmentPoints(set, environment.rollback_target) : [] };
    }),
    remarks: detail.plan?.remarks ?? '',
    hasVotes: detail.approvals.some((vote) => !vote.is_void),
  };
}
