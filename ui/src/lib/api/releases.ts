/** The list of releases. */
import { listed } from '$lib/format';
import type { Status } from '$lib/status';
import { commands, type ReleaseView } from './bindings';
import type { Backend } from './backend';
import { call } from './call';
import type { ReleaseRow } from './model';
import { capital, joined } from './words';

const PAGE = 500;
/** More releases than this are not a list that a person reads: filters and search are for the newest. */
const MOST = 5_000;

/** Marked bad says more than where it was on its way. */
export const statusOfRelease = (release: ReleaseView): Status => (release.marked_bad && !['rolled_back', 'aborted'].includes(release.state) ? 'marked_bad' : release.state);

/** What is next with it, or why nothing is. */
export function releaseLine(release: ReleaseView): string {
  const { helm } = release;
  if (release.state_reason) return release.state_reason;
  if (helm.action === 'wait') return joined([`Waits for ${helm.object}`, helm.reason], ': ');
  if (helm.action === 'none') return helm.reason;
  const next = `${helm.verb} ${helm.object}`.trim();
  return capital(helm.enabled ? next : joined([next, helm.reason], ': '));
}

export function releaseRow(release: ReleaseView): ReleaseRow {
  return {
    id: release.id,
    productId: release.product_id,
    product: release.product,
    version: release.version,
    status: statusOfRelease(release),
    hotfix: release.hotfix?.reason,
    environment: listed(release.runs_in),
    line: releaseLine(release),
    changedAt: release.state_at ?? release.drafted_at,
    by: release.drafted_by,
  };
}

export const releases = {
  releases: async (signal) => {
    const rows: ReleaseRow[] = [];
    let after: string | null = null;
    while (rows.length < MOST && !signal.aborted) {
      const page: ReleaseView[] = await call(commands.listReleases({ product_id: null, open_only: false, after, limit: PAGE }));
      rows.push(...page.map(releaseRow));
      after = page.at(-1)?.id ?? null;
      if (page.length < PAGE) break;
    }
    return rows;
  },
} satisfies Partial<Backend>;
