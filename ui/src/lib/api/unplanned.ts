/** Runs that somebody started at the provider without Pilothouse, and why. */
import { age, listed, plural } from '$lib/format';
import { routes } from '$lib/routes';
import { commands, type UnplannedRunView } from './bindings';
import type { Backend } from './backend';
import { call } from './call';
import type { Action, InboxDetail, Point } from './model';
import { sentence } from './words';

/** A product's releases that can be named as what a run has brought. */
const MOST_RELEASES = 50;

const statusWords: Record<UnplannedRunView['status'], string> = {
  queued: 'It waits for a runner',
  in_progress: 'It is under way',
  waiting: 'It waits for a person at the provider',
  succeeded: 'It succeeded',
  failed: 'It failed',
  cancelled: 'It was cancelled',
  skipped: 'It did not take place',
  unknown: 'How it goes is not known',
};

/** A sentence that may begin with somebody's login: it keeps its letters. */
const ended = (words: string): string => `${words}.`;

const whoOf = (run: Pick<UnplannedRunView, 'started_by'>): string => run.started_by ?? 'Somebody';

/** "noor-haddad started deploy.yml elsewhere", with how many more there are. */
export function startedElsewhere(runs: readonly UnplannedRunView[]): string | undefined {
  const first = runs[0];
  if (!first) return undefined;
  const more = runs.length > 1 ? `, and ${plural(runs.length - 1, 'more run')}` : '';
  return `${whoOf(first)} started ${first.pipeline} elsewhere${more}`;
}

export const explainAction = (run: Pick<UnplannedRunView, 'id' | 'product_id' | 'pipeline' | 'product'>, label = 'Give the reason…'): Action => ({
  label,
  deed: { do: 'explain', runId: run.id, productId: run.product_id, of: `${run.pipeline} of ${run.product}` },
});

/** The runs as points of an environment. */
export const unplannedPoints = (runs: readonly UnplannedRunView[], now: number): Point[] =>
  runs.map((run) => ({ status: 'drift', text: `${whoOf(run)} started ${run.pipeline} elsewhere, no reason given yet`, note: age(run.started_at, now) }));

/** What is known about a run, in sentences. */
export function runText(run: UnplannedRunView): string {
  const at = run.git_ref ?? run.commit?.slice(0, 7);
  const places = run.environments.map(({ name }) => name);
  return [
    ended(`${whoOf(run)} ${run.deployment_id ? 'ran a deployment again with' : 'started'} ${run.pipeline}${at ? ` at ${at}` : ''}${run.connection ? ` through ${run.connection}` : ''}`),
    sentence(statusWords[run.status]),
    places.length ? sentence(`It may have changed ${listed(places)}`) : '',
    run.title && run.title !== run.pipeline ? `There it is called “${run.title}”.` : '',
  ].filter(Boolean).join(' ');
}

export function unplannedDetail(run: UnplannedRunView): Pick<InboxDetail, 'text' | 'consequence' | 'actions'> {
  return {
    text: runText(run),
    consequence: 'Nothing is stopped or undone by the reason. It is kept in the audit log, so that others know later why this ran.',
    actions: [
      explainAction(run),
      ...(run.url ? [{ label: 'Open the run at the provider', deed: { do: 'open', url: run.url } } as const] : []),
      ...(run.deployment_id ? [{ label: 'Open the deployment', deed: { do: 'go', href: routes.deployment(run.deployment_id) } } as const] : []),
    ],
  };
}

export const unplanned = {
  explainRun: async ({ runId, reason, releaseId }) => void (await call(commands.explainUnplannedRun({ id: runId, reason, release_id: releaseId }))),
  releasesOf: async (productId) =>
    (await call(commands.listReleases({ product_id: productId, open_only: false, after: null, limit: MOST_RELEASES }))).map(({ id, version }) => ({ id, version })),
} satisfies Partial<Backend>;
