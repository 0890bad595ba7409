/** Products, and what the wizards ask a provider and the services. */
import { listed, plural } from '$lib/format';
import { commands, type BindingDto, type PipelineDescriptionView, type PlaceDto, type ProductDto, type ProductView, type RepositoryView, type SourceRefView } from './bindings';
import type { Backend } from './backend';
import { call } from './call';
import { toFailure } from './failure';
import { triedPoints } from './health';
import type { BindingDraft, PipelineDescription, Point, ProductDraft, ProductOption, RefOption, RepositoryOption, StepCheck } from './model';

export const repositoryOption = (repository: RepositoryView): RepositoryOption => ({
  fullName: repository.full_name, defaultBranch: repository.default_branch, description: repository.description, readOnly: repository.can_write === false,
});

export const refOption = ({ kind, name, commit }: SourceRefView): RefOption => ({ kind, name, commit });

export const productOption = (product: ProductView): ProductOption => ({
  id: product.id, name: product.name, repository: product.repository, connectionId: product.connection_id, lastVersion: product.last_version, environments: product.environments,
});

export function pipelineDescription(described: PipelineDescriptionView): PipelineDescription {
  return {
    gitRef: described.git_ref,
    obstacle: described.obstacle,
    inputs: described.inputs.map((input) => ({
      name: input.name, kind: input.kind, required: input.required, description: input.description, initial: input.default_value, options: input.choices, shownInTitle: input.shown_in_title, secret: input.is_secret,
    })),
  };
}

export function repositoryCheck(repository: RepositoryView): StepCheck {
  const write: Point =
    repository.can_write === false ? { status: 'failed', text: `This account may only read ${repository.full_name}: it can’t start pipelines there. Use a token that may write.` }
    : repository.can_write === null ? { status: 'notice', text: 'The provider doesn’t say whether this account may start pipelines here' }
    : { status: 'passed', text: 'This account may start pipelines here' };
  return { ok: repository.can_write !== false, points: [{ status: 'passed', text: `${repository.full_name} is there, its default branch is ${repository.default_branch}` }, write] };
}

const atRef = ({ git_ref: { rule } }: BindingDraft, ref: string) => (rule === 'release_tag' ? ' at the release’s tag' : rule === 'fixed' ? ` on ${ref}` : '');

/** Whether a binding fits its pipeline as it is at the provider. */
export function bindingCheck(binding: BindingDraft, described: PipelineDescription, where: string): StepCheck {
  const at = `${where}: ${binding.pipeline}`;
  if (described.obstacle) return { ok: false, points: [{ status: 'failed', text: `${at} can’t be started: ${described.obstacle}` }] };
  const bad: Point[] = [];
  const known = new Map(described.inputs.map((input) => [input.name, input]));
  for (const { name, value } of binding.inputs) {
    const input = known.get(name);
    if (!input) bad.push({ status: 'failed', text: `${at} has no input ${name} on ${described.gitRef}` });
    else if (value.from === 'literal' && input.kind === 'choice' && !input.options.includes(value.text)) bad.push({ status: 'failed', text: `${at}: ${name} takes ${listed(input.options, 'or')}, not “${value.text}”` });
  }
  for (const input of described.inputs) {
    const bound = binding.inputs.find((candidate) => candidate.name === input.name);
    const empty = !bound || (bound.value.from === 'literal' && bound.value.text.trim() === '');
    if (input.required && input.initial === null && empty) bad.push({ status: 'failed', text: `${at} needs a value for ${input.name}` });
  }
  const carries = binding.inputs.some(({ value }) => value.from === 'version' || value.from === 'tag' || value.from === 'commit');
  if (!carries && binding.git_ref.rule !== 'release_tag') bad.push({ status: 'failed', text: `${at} isn’t told which version to deploy: give it in an input, or start it at the release’s tag` });
  if (bad.length) return { ok: false, points: bad };
  const correlation = binding.inputs.find(({ value }) => value.from === 'correlation');
  const shown = correlation && known.get(correlation.name)?.shownInTitle;
  return {
    ok: true,
    points: [
      { status: 'passed', text: `${at} can be started${atRef(binding, described.gitRef)}${binding.inputs.length ? `, and its ${plural(binding.inputs.length, 'input')} fit` : ''}` },
      ...(!correlation ? [{ status: 'notice', text: `${at} takes no correlation token: if the answer to its start is lost, its run has to be found by time and account` } as const]
        : !shown ? [{ status: 'notice', text: `${at} doesn’t show ${correlation.name} in the title of its runs (run-name): a run is found by it only where the title has it` } as const] : []),
    ],
  };
}

/** The ref at which a pipeline is looked at: one that is started at a tag which isn't there yet is looked at on the default branch. */
const lookedAt = (binding: BindingDto): string => (binding.git_ref.rule === 'fixed' ? binding.git_ref.name : '');

const describe = async (connectionId: string, repository: string, pipeline: string, gitRef: string) =>
  pipelineDescription(await call(commands.describePipeline({ connection_id: connectionId, repository, pipeline, git_ref: gitRef })));

/** Where a pipeline lives: with the source, if nothing else is said. */
export const placeOf = (draft: Pick<ProductDraft, 'connection_id' | 'repository'>, binding: BindingDraft): PlaceDto => binding.place ?? { connection_id: draft.connection_id, repository: draft.repository };

async function checkBinding(draft: ProductDraft, binding: BindingDraft, where: string): Promise<StepCheck> {
  const { connection_id, repository } = placeOf(draft, binding);
  return bindingCheck(binding, await describe(connection_id, repository, binding.pipeline, lookedAt(binding)), where);
}

/** A check of one thing, whose error is what was found out. */
async function tried(where: string, work: () => Promise<StepCheck>): Promise<StepCheck> {
  try {
    return await work();
  } catch (error) {
    return { ok: false, points: [{ status: 'errored', text: `${where}: ${toFailure(error).text}` }] };
  }
}

export const summed = (checks: readonly StepCheck[]): StepCheck => ({ ok: checks.every((check) => check.ok), points: checks.flatMap((check) => check.points) });

const checkRepository = async (draft: ProductDraft) => repositoryCheck(await call(commands.repository({ connection_id: draft.connection_id, repository: draft.repository })));

async function checkProduct(draft: ProductDraft): Promise<StepCheck> {
  const works = [
    tried('Repository', () => checkRepository(draft)),
    ...draft.environments.flatMap((environment) => [
      tried(environment.name, () => checkBinding(draft, environment.deploy, `${environment.name}, deploy`)),
      ...(environment.rollback ? [tried(environment.name, () => checkBinding(draft, environment.rollback as BindingDraft, `${environment.name}, rollback`))] : []),
      ...environment.checks.map((check) =>
        tried(`${environment.name}, ${check.name}`, async () => {
          const { points } = triedPoints(await call(commands.tryCheck(check)));
          // A service that isn't well yet is no fault of the product's: it is told, and doesn't stop.
          return { ok: true, points: points.map((point) => ({ ...point, text: `${environment.name}, ${check.name}: ${point.text}` })) };
        })),
    ]),
  ];
  return summed(await Promise.all(works));
}

export const products = {
  products: async () => (await call(commands.listProducts())).map(productOption),
  product: (id) => call(commands.getProduct({ id })),
  saveProduct: async (draft: ProductDto) => (await call(draft.id ? commands.changeProduct(draft) : commands.addProduct(draft))).id ?? '',
  repositories: async (connectionId, query) => (await call(commands.repositories({ connection_id: connectionId, query }))).map(repositoryOption),
  pipelines: async (connectionId, repository) => (await call(commands.pipelines({ connection_id: connectionId, repository }))).map(({ pipeline, title, is_active: active }) => ({ pipeline, title, active })),
  describePipeline: describe,
  refs: async (connectionId, repository) => (await call(commands.refs({ connection_id: connectionId, repository }))).map(refOption),
  rolloutTemplates: () => call(commands.rolloutTemplates()),
  suggestProduct: (connectionId, repository) => call(commands.suggestProduct({ connection_id: connectionId, repository })),
  checkRepository,
  checkBinding,
  checkProduct,
} satisfies Partial<Backend>;
