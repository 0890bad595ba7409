/** A release's tag, its release at the provider, notes that are written for it, what it would change where; and clones. */
import { plural } from '$lib/format';
import type { Status } from '$lib/status';
import { commands, type ChangeView, type CloneView, type ComparisonView, type EnvironmentComparisonView, type PublicationView, type SignatureView } from './bindings';
import type { Backend } from './backend';
import { call } from './call';
import type { CloneModel, ComparedChange, ComparisonModel, EnvironmentComparison, PublicationModel, SignatureModel } from './model-publication';
import { joined } from './words';

const tagStatus = { unknown: 'unknown', there: 'passed', missing: 'not_started', elsewhere: 'failed', creating: 'running' } as const satisfies Record<PublicationView['tag']['state'], Status>;
const releaseStatus = { unpublished: 'not_started', publishing: 'running', published: 'passed' } as const satisfies Record<PublicationView['published']['state'], Status>;
const signatureStatus = { lightweight: 'not_started', unsigned: 'not_started', good: 'passed', unknown: 'notice', bad: 'failed', unchecked: 'no_data' } as const satisfies Record<SignatureView['state'], Status>;
const directionStatus = { first: 'not_started', same: 'passed', forward: 'planned', back: 'rolled_back', both: 'notice', unknown: 'no_data' } as const satisfies Record<EnvironmentComparisonView['direction'], Status>;
const kindWord = { feature: 'feature', fix: 'fix', performance: 'performance', other: '' } as const satisfies Record<ChangeView['kind'], string>;

const sized = (kib: number | null): string => (kib === null ? '' : kib < 1024 ? `${kib} KiB` : `${(kib / 1024).toFixed(1)} MiB`);

export const signatureModel = (signature: SignatureView): SignatureModel => ({
  status: signatureStatus[signature.state], line: joined([signature.line, signature.key ? `Key ${signature.key}` : ''], ' '), nextStep: signature.next_step,
});

export function publicationModel({ provider, tag, published, notes_refused, trouble }: PublicationView): PublicationModel {
  return {
    provider,
    tag: {
      name: tag.name, status: tagStatus[tag.state], line: tag.line, proposedName: tag.proposed_name, proposedMessage: tag.proposed_message, commit: tag.commit,
      refused: tag.refused, isThere: tag.state === 'there', signature: tag.signature && signatureModel(tag.signature),
    },
    published: {
      status: releaseStatus[published.state], isThere: published.state === 'published', line: published.line, url: published.url, at: published.at, title: published.title,
      assets: published.assets.map(({ name, url, size_kib }) => ({ name, url, size: sized(size_kib) })), notesDiffer: published.notes_differ, proposedTitle: published.proposed_title,
      proposedPrerelease: published.proposed_prerelease, limit: published.limit, refused: published.refused,
    },
    notesRefused: notes_refused,
    trouble,
  };
}

const comparedChange = (change: ChangeView): ComparedChange => ({
  commit: change.sha, subject: change.subject, kind: kindWord[change.kind], breaking: change.breaking, author: change.author, at: change.at, url: change.url,
});

export const environmentComparison = (view: EnvironmentComparisonView): EnvironmentComparison => ({
  id: view.environment_id,
  name: view.name,
  status: view.breaking > 0 && view.direction === 'forward' ? 'notice' : directionStatus[view.direction],
  line: view.line,
  unverified: view.unverified_version && `${view.unverified_version} was deployed there since, and isn’t verified.`,
  brings: view.brings.map(comparedChange),
  ahead: view.ahead,
  takesAway: view.takes_away.map(comparedChange),
  behind: view.behind,
  authors: view.authors,
  url: view.url,
  trouble: view.trouble,
});

export const comparisonModel = (view: ComparisonView): ComparisonModel => ({
  of: `${view.product} ${view.version}`, environments: view.environments.map(environmentComparison), toldByClone: view.told_by_clone,
});

export const cloneModel = (clone: CloneView): CloneModel =>
  clone.trouble
    ? { path: clone.path, status: 'failed', line: clone.trouble, nextStep: clone.next_step }
    : { path: clone.path, status: 'passed', line: joined([plural(clone.tags, 'tag'), clone.branch ? `on ${clone.branch}` : '', clone.origin ? `from ${clone.origin}` : ''], ', '), nextStep: null };

export const publication = {
  publication: async (id) => publicationModel(await call(commands.releasePublication({ id }))),
  createTag: async (id, name, message) => publicationModel(await call(commands.createReleaseTag({ id, name, message }))),
  publish: async (id, title, prerelease) => publicationModel(await call(commands.publishRelease({ id, title, is_prerelease: prerelease }))),
  generateNotes: async (id, byProvider) => {
    const { notes, by, instead } = await call(commands.generateNotes({ id, by: byProvider ? 'provider' : 'commits' }));
    return { notes, byProvider: by === 'provider', instead };
  },
  compare: async (releaseId, environmentId) => comparisonModel(await call(commands.compareRelease({ id: releaseId, environment_id: environmentId }))),
  chooseFolder: (from) => call(commands.chooseFolder(from || null)),
  inspectClone: async (path) => cloneModel(await call(commands.inspectClone({ path }))),
  productClone: async (productId) => {
    const clone = await call(commands.productClone({ id: productId }));
    return clone && cloneModel(clone);
  },
  setClone: async (productId, path) => void (await call(commands.setProductClone({ product_id: productId, path: path || null }))),
} satisfies Partial<Backend>;
