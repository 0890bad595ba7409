/** The overview: what runs where, what is wrong, what waits. */
import { listed, moment, plural, systemZone } from '$lib/format';
import { commands, type BlockerView, type EnvironmentCell, type OverviewView, type ProductRow as Row } from './bindings';
import type { Backend } from './backend';
import { statusOfBlocker } from './blockers';
import { call } from './call';
import { lineOf, segmentsOf, statusOfDeployment } from './deployments';
import { inboxItem } from './inbox';
import { incidentCard } from './incidents';
import { routes } from '$lib/routes';
import { askOverview } from './shell';
import type { Action, MatrixCellModel, OverviewModel, ProductRow } from './model';
import { explainAction, startedElsewhere } from './unplanned';
import { statusOfHealth } from './words';

/** Different versions of one environment's instances that are named. */
const MOST_NAMED = 3;
/** What waits, shown beside the matrix. The inbox has the rest. */
const SHOWN = 5;

type Line = Pick<MatrixCellModel, 'status' | 'line' | 'releaseId'>;

/** How a cell is in one line: what fails, then what is under way is told by the caller, what stops, what comes, how it is. */
export function cellLine(cell: EnvironmentCell, now: number, zone: string): Line {
  const { checks, lock, next } = cell;
  const watched = checks.total - checks.disabled;
  if (cell.health === 'failing') return { status: 'failing', line: `Failing, ${checks.failing} of ${plural(watched, 'check')}` };
  if (lock?.strength === 'stops') {
    if (cell.rolled_back_from) return { status: 'locked', line: `Rolled back from ${cell.rolled_back_from}, locked` };
    return { status: 'locked', line: lock.until ? `Locked until ${moment(lock.until, zone, now)}: ${lock.reason}` : `Locked: ${lock.reason}` };
  }
  if (cell.health === 'degraded') return { status: 'degraded', line: `Degraded, ${checks.degraded} of ${plural(watched, 'check')}` };
  if (next) {
    const first = next.blockers[0];
    if (!first) return { status: 'waiting', line: `${next.version} can be deployed`, releaseId: next.release_id };
    return { ...blockedLine(first, now, zone), releaseId: next.release_id };
  }
  if (lock) return { status: 'notice', line: `Caution: ${lock.reason}` };
  if (cell.rolled_back_from) return { status: 'rolled_back', line: `Rolled back from ${cell.rolled_back_from}` };
  if (!cell.version && (watched === 0 || cell.health === 'no_data')) return { status: 'not_started', line: 'Nothing deployed yet' };
  if (watched === 0) return { status: 'no_data', line: 'No check watches it' };
  if (cell.health === 'no_data') return { status: 'no_data', line: `No data from ${checks.no_data} of ${plural(watched, 'check')}` };
  return { status: statusOfHealth(cell.health), line: `Healthy, ${checks.healthy} of ${watched}` };
}

function blockedLine(blocker: BlockerView, now: number, zone: string): Line {
  const until = blocker.clears_at ? `, until ${moment(blocker.clears_at, zone, now)}` : '';
  const status = statusOfBlocker(blocker);
  // Only what this environment itself waits for has a shape of its own here: what fails elsewhere doesn't fail here.
  return status === 'soaking' || status === 'waiting' || status === 'locked' ? { status, line: `${blocker.title}${until}` } : { status: 'blocked', line: `Blocked: ${blocker.title}` };
}

/** What runs there: one version, or several where the instances differ. Empty where no check reads it. */
const runningOf = (cell: Pick<EnvironmentCell, 'running_version'>): string[] => (cell.running_version ?? '').split(', ').filter(Boolean);

/** That a version runs there which came from elsewhere, or that somebody has started something that may have changed it. */
export function fromElsewhere(cell: Pick<EnvironmentCell, 'version' | 'running_version' | 'is_unplanned' | 'unplanned_runs'>): string | undefined {
  const running = runningOf(cell);
  const started = startedElsewhere(cell.unplanned_runs ?? []);
  if (!cell.is_unplanned || running.length === 0) return started;
  const named = running.length > MOST_NAMED ? [...running.slice(0, MOST_NAMED - 1), plural(running.length - MOST_NAMED + 1, 'other version')] : running;
  // Where the instances differ, one of them may well run what was deployed.
  const runs = `Runs ${listed(named)}, ${cell.version && running.length > 1 ? 'not all' : 'not'} deployed from here`;
  return started ? `${runs}: ${started}` : runs;
}

/** What the version under way takes the place of. */
function replaced(cell: EnvironmentCell, by: string): string | undefined {
  const running = cell.is_unplanned ? runningOf(cell) : [];
  const now = running.length === 1 ? running[0] : cell.version;
  return now && now !== by ? now : undefined;
}

export function matrixCell(cell: EnvironmentCell, now: number, zone: string): MatrixCellModel {
  const { deployment } = cell;
  const place = { environmentId: cell.environment_id, environment: cell.name };
  if (deployment) {
    return {
      ...place,
      version: deployment.version,
      replaces: replaced(cell, deployment.version),
      since: deployment.requested_at,
      status: statusOfDeployment(deployment),
      line: lineOf(deployment),
      segments: segmentsOf(deployment),
      releaseId: deployment.release_id,
    };
  }
  const line = cellLine(cell, now, zone);
  const elsewhere = fromElsewhere(cell);
  // What is well or empty has nothing to say beside it; anything else keeps its own line.
  const told: Line & Pick<MatrixCellModel, 'drift'> = !elsewhere ? line : line.status === 'healthy' || line.status === 'not_started' ? { status: 'drift', line: elsewhere } : { ...line, drift: elsewhere };
  return { ...place, version: cell.version ?? (elsewhere ? runningOf(cell).join(', ') || null : null), since: cell.since, ...told, releaseId: line.releaseId ?? cell.release_id ?? undefined };
}

/** What else can be done with a product and its environments. */
export function rowActions(row: Row): Action[] {
  const ofCell = (cell: EnvironmentCell): Action[] => [
    ...(cell.unplanned_runs ?? []).map((run) => explainAction(run, `Say why ${run.pipeline} ran…`)),
    ...(cell.next ? [{ label: `What ${cell.next.version} would change in ${cell.name}…`, deed: { do: 'compare', releaseId: cell.next.release_id, environmentId: cell.environment_id, of: `${row.name} ${cell.next.version}` } } as const] : []),
    ...(cell.version ? [{ label: `Roll back ${cell.name}…`, deed: { do: 'rollback', environmentId: cell.environment_id } } as const] : []),
    cell.lock
      ? { label: `Lift the lock of ${cell.lock.environment ?? row.name}…`, deed: { do: 'lift_lock', lockId: cell.lock.id, place: `${row.name} in ${cell.name}`, reason: cell.lock.reason } }
      : { label: `Lock ${cell.name}…`, deed: { do: 'lock', productId: row.product_id, environmentId: cell.environment_id, place: `${row.name} in ${cell.name}` } },
  ];
  const actions: Action[] = [
    { label: 'Plan a release', deed: { do: 'go', href: routes.newRelease(row.product_id) } },
    { label: 'Change the product', deed: { do: 'go', href: routes.product(row.product_id) } },
    { label: 'Its documents', deed: { do: 'go', href: routes.documents(row.product_id) } },
    { label: 'Its training', deed: { do: 'go', href: routes.training(row.product_id) } },
    { label: 'Its delivery metrics', deed: { do: 'go', href: routes.metrics(row.product_id) } },
    { label: 'Its checklists', deed: { do: 'go', href: routes.checklistTemplates(row.product_id) } },
    { label: 'Its runbooks', deed: { do: 'go', href: routes.runbooks(row.product_id) } },
    ...row.cells.flatMap(ofCell),
    { label: 'Remove the product…', deed: { do: 'remove_product', productId: row.product_id, of: row.name } },
  ];
  // A lock of the whole product is in each of its cells: it is lifted once.
  const seen = new Set<string>();
  return actions.filter(({ label }) => !seen.has(label) && seen.add(label));
}

export function productRow(row: Row, now: number, zone: string): ProductRow {
  return {
    productId: row.product_id,
    name: row.name,
    note: row.release ? `${row.release.version} ${row.release.state_label}${row.release.target?.is_overdue ? ', overdue' : ''}` : 'No open release',
    releaseId: row.release?.id,
    cells: row.cells.map((cell) => matrixCell(cell, now, zone)),
    actions: rowActions(row),
  };
}

export function overviewModel(view: OverviewView, hasConnection: boolean, now: number, zone: string): OverviewModel {
  return {
    firstRun: view.products.length === 0 && !hasConnection,
    products: view.products.map((row) => productRow(row, now, zone)),
    incidents: view.incidents.map(incidentCard),
    inbox: view.waiting.slice(0, SHOWN).map(inboxItem),
    inboxTotal: view.counts.waiting,
    underWay: view.counts.under_way,
  };
}

export const overview = {
  overview: async () => {
    const view = await askOverview();
    const connections = view.products.length ? null : await call(commands.listConnections());
    return overviewModel(view, connections === null || connections.length > 0, Date.now(), systemZone());
  },
} satisfies Partial<Backend>;
