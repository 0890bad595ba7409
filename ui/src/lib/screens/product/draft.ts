/** A product on its way: what a new one starts with, how inputs are bound, and what is still missing. Pure; the provider has the last word. */
import type { BindingDraft, EnvironmentDraft, InputDraft, InputSource, PipelineInput, ProductDraft, ProviderOption } from '$lib/api/model';
import { checkProblems } from './checks';
import { rolloutProblems } from './rollout';

/** Where a product's tags and changes come from. */
export type Origin = 'provider' | 'clone';

/** Whether a provider keeps the source beside the pipelines. One that isn't known (yet) is taken to. */
export const keepsSource = (kinds: readonly ProviderOption[], provider: string): boolean =>
  kinds.find(({ name }) => name === provider)?.capabilities.find(({ capability }) => capability === 'source')?.support !== 'lacking';

/** Without a ref to start at, the pipeline settles it: where no source is kept there is none to choose. */
export const newBinding = (ref: string): BindingDraft => ({ place: null, pipeline: '', git_ref: ref ? { rule: 'fixed', name: ref } : { rule: 'of_pipeline' }, inputs: [] });

export const newEnvironment = (name: string, ref: string): EnvironmentDraft => ({
  id: null, name, deploy: newBinding(ref), rollback: null, native_rollback: null,
  rules: { required_approvals: 0, self_approval: false, needs_upstream: true, soak_minutes: 0, verify_seconds: 600, needs_reasons: false }, checks: [],
});

export const newProduct = (connectionId: string): ProductDraft => ({ id: null, name: '', connection_id: connectionId, repository: '', tag_prefix: 'v', environments: [] });

/** `checkout-api` becomes `Checkout api`: a first proposal for the name. */
export function nameOf(repository: string): string {
  const words = (repository.split('/').at(-1) ?? '').replaceAll(/[-_.]+/g, ' ').trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** The ref at which a pipeline is looked at. Empty: the default branch, for one that is started at a tag which isn't there yet. */
export const lookedAt = (binding: BindingDraft): string => (binding.git_ref.rule === 'fixed' ? binding.git_ref.name.trim() : '');

const plain = (name: string) => name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');

/** Where the value of an input most likely comes from; undefined: it is left to the pipeline. */
export function guess(input: PipelineInput): InputSource | undefined {
  const name = plain(input.name);
  if (input.kind === 'environment' || ((input.kind === 'text' || input.kind === 'choice') && (/environment|stage/.test(name) || name === 'env' || name === 'target'))) return { from: 'environment' };
  if (input.kind === 'text') {
    if (/correlation|requestid|dispatchid|deploymentid|pilothouse|trackingid|uuid/.test(name)) return { from: 'correlation' };
    if (name.includes('version')) return { from: 'version' };
    if (name === 'tag' || name === 'ref' || /releasetag|imagetag|gittag|gitref/.test(name)) return { from: 'tag' };
    if (name === 'sha' || /commit|revision/.test(name)) return { from: 'commit' };
    if (input.shownInTitle) return { from: 'correlation' };
  }
  if ((input.kind === 'text' || input.kind === 'number') && /weight|percent|trafficshare/.test(name)) return { from: 'weight' };
  if (!input.required || input.initial !== null) return undefined;
  return { from: 'literal', text: input.kind === 'boolean' ? 'false' : input.kind === 'choice' ? (input.options[0] ?? '') : '' };
}

/** First bindings for the inputs of a pipeline. Only one carries the token. */
export function boundInputs(inputs: readonly PipelineInput[]): InputDraft[] {
  let token = false;
  return inputs.flatMap((input) => {
    const value = guess(input);
    if (!value || (value.from === 'correlation' && token)) return [];
    token ||= value.from === 'correlation';
    return [{ name: input.name, value }];
  });
}

/** The choices for where an input's value comes from. */
export function sourcesOf(input: PipelineInput): { value: string; label: string }[] {
  const own = input.initial === null ? 'Left out' : `Left at “${input.initial}”`;
  return [
    ...(input.required && input.initial === null ? [] : [{ value: '', label: own }]),
    ...(input.kind === 'text' ? [{ value: 'version', label: 'The version, 1.4.0' }, { value: 'tag', label: 'The tag, v1.4.0' }, { value: 'commit', label: 'The commit' }] : []),
    ...(input.kind === 'text' || input.kind === 'choice' || input.kind === 'environment' ? [{ value: 'environment', label: 'The environment’s name' }] : []),
    ...(input.kind === 'text' || input.kind === 'number' ? [{ value: 'weight', label: 'The phase’s share, 25' }] : []),
    ...(input.kind === 'text' || input.kind === 'choice' ? [{ value: 'target', label: 'The phase’s group' }] : []),
    ...(input.kind === 'text' ? [{ value: 'correlation', label: 'The token that finds the run again' }] : []),
    { value: 'literal', label: 'Always the same' },
  ];
}

/** The inputs with one of them set to come from elsewhere. */
export function withSource(inputs: readonly InputDraft[], input: PipelineInput, from: string): InputDraft[] {
  const others = inputs.filter((candidate) => candidate.name !== input.name);
  if (from === '') return others;
  const text = input.initial ?? (input.kind === 'boolean' ? 'false' : input.kind === 'choice' ? (input.options[0] ?? '') : '');
  const value: InputSource = from === 'literal' ? { from, text } : { from: from as Exclude<InputSource['from'], 'literal'> };
  return [...others, { name: input.name, value }];
}

export function sourceProblems(draft: ProductDraft, origin: Origin = 'provider', clone = ''): string[] {
  return [
    ...(origin === 'clone' && !clone.trim() ? ['Name the folder of the clone.'] : []),
    ...(draft.connection_id ? [] : ['Choose a connection.']),
    ...(draft.repository ? [] : ['Choose a repository.']),
    ...(draft.name.trim() ? [] : ['Give the product a name.']),
  ];
}

export function bindingProblems(binding: BindingDraft, where: string): string[] {
  if (!binding.pipeline) return [`${where}: choose a pipeline.`];
  const carries = binding.inputs.some(({ value }) => value.from === 'version' || value.from === 'tag' || value.from === 'commit');
  return [
    ...(binding.git_ref.rule === 'fixed' && !binding.git_ref.name.trim() ? [`${where}: name the ref that the pipeline is started on.`] : []),
    ...(carries || binding.git_ref.rule === 'release_tag' ? [] : [`${where}: choose the input that carries the version, or start the pipeline at the release’s tag.`]),
  ];
}

export function pipelineProblems(draft: ProductDraft): string[] {
  if (draft.environments.length === 0) return ['Add an environment.'];
  const names = draft.environments.map((environment) => environment.name.trim().toLowerCase());
  return draft.environments.flatMap((environment, at) => {
    const name = environment.name.trim();
    const where = name || `Environment ${at + 1}`;
    return [
      ...(name ? [] : [`${where}: give it a name.`]),
      ...(name && names.indexOf(name.toLowerCase()) !== at ? [`${where}: another environment has this name.`] : []),
      ...bindingProblems(environment.deploy, `${where}, deploy`),
      ...(environment.rollback ? bindingProblems(environment.rollback, `${where}, rollback`) : []),
      ...(environment.rollout ? rolloutProblems(environment.rollout).map(({ message }) => `${where}, ${message}`) : []),
    ];
  });
}

export const healthProblems = (draft: ProductDraft): string[] =>
  draft.environments.flatMap((environment) => environment.checks.flatMap((check) => checkProblems(check).map((problem) => `${environment.name}, ${check.name || 'check'}: ${problem}`)));
