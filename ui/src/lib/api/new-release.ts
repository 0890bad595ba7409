/** Drafting a release: what there is to release, and what it would bring. */
import { commands, type ProposalView } from './bindings';
import type { Backend } from './backend';
import { call } from './call';
import type { ReleasePreview } from './model';
import { refOption } from './products';

export function releasePreview(proposal: ProposalView): ReleasePreview {
  return {
    source: refOption(proposal.source),
    since: proposal.changes_since,
    lastVersion: proposal.last_version,
    changes: proposal.commits.map((commit) => ({ commit: commit.sha, subject: commit.title, breaking: commit.breaking, author: commit.author, at: commit.at })),
    ahead: proposal.ahead,
    proposals: proposal.versions.map(({ kind, version, reason, recommended, taken }) => ({ kind, version, why: reason, recommended, taken })),
    notes: proposal.notes,
  };
}

export const newRelease = {
  releaseRefs: async (productId) => (await call(commands.productRefs({ id: productId }))).map(refOption),
  previewRelease: async (productId, ref) => releasePreview(await call(commands.proposeRelease({ product_id: productId, kind: ref.kind, name: ref.name }))),
  createRelease: async ({ productId, ref, version, notes, hotfix }) => {
    if (!ref) throw new Error('a release is drafted from a ref');
    const detail = await call(commands.draftRelease({ product_id: productId, version: version.trim(), kind: ref.kind, name: ref.name, notes, hotfix: hotfix?.trim() ?? null }));
    return detail.release.id;
  },
} satisfies Partial<Backend>;
