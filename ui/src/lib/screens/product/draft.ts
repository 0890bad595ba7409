/** A product on its way: what a new one starts with, and what is still missing. Pure; the provider has the last word. */
import type { EnvironmentDraft, HttpCheckDraft, PipelineBinding, ProductDraft, WorkflowOption } from '$lib/api/model';

export const newBinding = (ref = ''): PipelineBinding => ({ workflowId: '', ref, versionInput: '', inputs: {} });

export const newCheck = (): HttpCheckDraft => ({ name: 'Health', url: '', expectStatus: 200, everySeconds: 10, threshold: 3, timeoutSeconds: 5 });

export const newEnvironment = (name: string, production: boolean, ref: string): EnvironmentDraft => ({
  name, production, deploy: newBinding(ref), rollback: { kind: 'same' }, versionUrl: '', versionPath: '', checks: [],
});

export const newProduct = (): ProductDraft => ({ connectionId: '', repository: '', name: '', tagPrefix: 'v', environments: [newEnvironment('Staging', false, ''), newEnvironment('Production', true, '')] });

/** `checkout-api` becomes `Checkout api`: a first proposal for the name. */
export function nameOf(repository: string): string {
  const words = (repository.split('/').at(-1) ?? '').replaceAll(/[-_.]+/g, ' ').trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** The workflow's inputs at their initial values, and the one that looks like the version. */
export function bind(workflow: WorkflowOption, ref: string): PipelineBinding {
  const versionInput = workflow.inputs.find((input) => input.kind === 'text' && /^(version|tag|release|ref)$/i.test(input.name)) ?? workflow.inputs.find((input) => input.kind === 'text' && /version/i.test(input.name));
  return {
    workflowId: workflow.id,
    ref,
    versionInput: versionInput?.name ?? '',
    inputs: Object.fromEntries(workflow.inputs.filter((input) => input !== versionInput).map((input) => [input.name, input.initial || (input.kind === 'choice' ? (input.options[0] ?? '') : input.kind === 'boolean' ? 'false' : '')])),
  };
}

export function sourceProblems(draft: ProductDraft): string[] {
  return [
    ...(draft.connectionId ? [] : ['Choose a connection.']),
    ...(draft.repository ? [] : ['Choose a repository.']),
    ...(draft.name.trim() ? [] : ['Give the product a name.']),
  ];
}

export function bindingProblems(binding: PipelineBinding, workflows: readonly WorkflowOption[], where: string): string[] {
  const workflow = workflows.find((option) => option.id === binding.workflowId);
  if (!workflow) return [`${where}: choose a workflow.`];
  const missing = workflow.inputs.filter((input) => input.required && input.name !== binding.versionInput && !(binding.inputs[input.name] ?? '').trim());
  return [
    ...(binding.ref.trim() ? [] : [`${where}: name the ref that the workflow runs on.`]),
    ...(binding.versionInput ? [] : [`${where}: choose the input that carries the version.`]),
    ...missing.map((input) => `${where}: the input ${input.name} needs a value.`),
  ];
}

export function pipelineProblems(draft: ProductDraft, workflows: readonly WorkflowOption[]): string[] {
  if (draft.environments.length === 0) return ['Add an environment.'];
  const names = draft.environments.map((environment) => environment.name.trim().toLowerCase());
  return draft.environments.flatMap((environment, at) => {
    const name = environment.name.trim();
    const where = name || `Environment ${at + 1}`;
    return [
      ...(name ? [] : [`${where}: give it a name.`]),
      ...(name && names.indexOf(name.toLowerCase()) !== at ? [`${where}: another environment has this name.`] : []),
      ...bindingProblems(environment.deploy, workflows, `${where}, deploy`),
      ...(environment.rollback.kind === 'other' ? bindingProblems(environment.rollback.binding, workflows, `${where}, rollback`) : []),
    ];
  });
}

/** What is wrong with an address that is watched; undefined if nothing is. */
export function urlProblem(text: string): string | undefined {
  try {
    const url = new URL(text.trim());
    if (url.username || url.password) return 'Leave name and password out of the address.';
    return url.protocol === 'http:' || url.protocol === 'https:' ? undefined : 'The address starts with http:// or https://.';
  } catch {
    return 'That is no address. It starts with http:// or https://.';
  }
}

export function healthProblems(draft: ProductDraft): string[] {
  return draft.environments.flatMap((environment) => {
    const version = environment.versionUrl.trim() ? urlProblem(environment.versionUrl) : undefined;
    return [
      ...(version ? [`${environment.name}, running version: ${version}`] : []),
      ...environment.checks.flatMap((check) => {
        const where = `${environment.name}, ${check.name || 'check'}`;
        const problem = urlProblem(check.url);
        return [
          ...(check.name.trim() ? [] : [`${where}: give it a name.`]),
          ...(problem ? [`${where}: ${problem}`] : []),
          ...(check.everySeconds >= 1 ? [] : [`${where}: check every second at most.`]),
          ...(check.timeoutSeconds >= 1 ? [] : [`${where}: wait at least a second for the answer.`]),
          ...(check.threshold >= 1 ? [] : [`${where}: one failure at least makes it fail.`]),
          ...(check.expectStatus >= 100 && check.expectStatus <= 599 ? [] : [`${where}: a status is between 100 and 599.`]),
        ];
      }),
    ];
  });
}
