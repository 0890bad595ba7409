import { fireEvent, render, screen, within } from '@testing-library/svelte';
import { describe, expect, it, vi } from 'vitest';
import type { UnplannedRunView } from '$lib/api/bindings';
import { wayOut } from '$lib/api/blockers';
import { connectionModel } from '$lib/api/connections';
import { inboxId, inboxItem } from '$lib/api/inbox';
import { matrixCell, rowActions } from '$lib/api/overview';
import { trackOf } from '$lib/api/release';
import { explainAction, runText, startedElsewhere, unplannedDetail } from '$lib/api/unplanned';
import { backend as sample } from '../fixtures/backend';
import { blocker, cell, connection, detail, environment } from '../wire';

const explainRun = vi.fn<(why: unknown) => Promise<void>>(async () => {});
const releasesOf = vi.fn(async () => [{ id: 'r1', version: '1.4.0' }]);
vi.mock('$lib/api', async (original) => ({ ...(await original<object>()), backend: { ...sample, explainRun: (why: unknown) => explainRun(why), releasesOf: () => releasesOf() } }));
const { default: ExplainDialog } = await import('$lib/deeds/ExplainDialog.svelte');

const NOW = Date.parse('2026-11-24T21:00:00Z');
const run = (more: Partial<UnplannedRunView> = {}): UnplannedRunView => ({
  id: 'u1', product_id: 'p1', product: 'checkout', environments: [{ id: 'e1', name: 'staging' }, { id: 'e2', name: 'production' }], connection: 'Ours', repository: 'acme/checkout', pipeline: 'deploy.yml',
  external_id: '36', attempt: 1, url: 'https://ci/36', title: 'Deploy 1.4.0', started_by: 'lea', git_ref: 'main', commit: null, started_at: '2026-11-24T20:30:00Z', status: 'succeeded', deployment_id: null, state: 'open',
  reason: null, explained_by: null, explained_at: null, release_id: null, version: null, ...more,
});

describe('a run from elsewhere', () => {
  it('is told in sentences', () => {
    expect(runText(run())).toBe('lea started deploy.yml at main through Ours. It succeeded. It may have changed staging and production. There it is called “Deploy 1.4.0”.');
    expect(runText(run({ started_by: null, git_ref: null, connection: null, title: '', environments: [], deployment_id: 'd1', status: 'in_progress' }))).toBe('Somebody ran a deployment again with deploy.yml. It is under way.');
    expect(startedElsewhere([run(), run(), run()])).toBe('lea started deploy.yml elsewhere, and 2 more runs');
    expect(startedElsewhere([])).toBeUndefined();
  });
  it('is shown where it may have changed something, with what a check has read', () => {
    const shown = (more: Parameters<typeof cell>[0]) => matrixCell(cell({ unplanned_runs: [run()], ...more }), NOW, 'UTC');
    expect(shown({})).toMatchObject({ version: '1.3.0', status: 'drift', line: 'lea started deploy.yml elsewhere' });
    expect(shown({ is_unplanned: true, running_version: '1.1.0' })).toMatchObject({ line: 'Runs 1.1.0, not deployed from here: lea started deploy.yml elsewhere' });
    const staging = environment({ is_unplanned: true, running_version: '1.1.0', unplanned_runs: [run()] });
    const gates = trackOf(detail({ environments: [staging] }), NOW)[0]?.gates.map(({ text }) => text);
    expect(gates).toEqual(expect.arrayContaining(['Runs 1.1.0, not deployed from here', 'lea started deploy.yml elsewhere, no reason given yet']));
  });
  it('has a button that gives its reason, wherever it is', () => {
    const deed = { do: 'explain', runId: 'u1', productId: 'p1', of: 'deploy.yml of checkout' };
    expect(explainAction(run()).deed).toEqual(deed);
    expect(unplannedDetail(run()).actions.map(({ label }) => label)).toEqual(['Give the reason…', 'Open the run at the provider']);
    const row = { product_id: 'p1', name: 'checkout', release: null, cells: [cell({ unplanned_runs: [run()] }), cell({ environment_id: 'e2', name: 'production', unplanned_runs: [run()] })] };
    expect(rowActions(row).filter((action) => action.deed.do === 'explain')).toEqual([{ label: 'Say why deploy.yml ran…', deed }]);
    expect(wayOut(blocker({ gate: 'unplanned_run', cleared_by: 'explaining', unplanned_run_id: 'u1' }), { productId: 'p1' })?.deed).toMatchObject({ do: 'explain', runId: 'u1' });
  });
  it('waits in the inbox under its own name', () => {
    const item = { kind: 'unplanned_run', due: 'today', title: 'Say why deploy.yml of checkout ran', context: '', since: null, release_id: null, deployment_id: null, environment_id: 'e1', incident_id: null, connection_id: null, unplanned_run_id: 'u1' } as const;
    expect([inboxId(item), inboxItem(item).status]).toEqual(['unplanned_run.u1', 'drift']);
  });
});

describe('the dialog for a reason', () => {
  it('gives none without words, and both the reason and the release with them', async () => {
    render(ExplainDialog, { run: { do: 'explain', runId: 'u1', productId: 'p1', of: 'deploy.yml of checkout' } });
    const dialog = screen.getByRole('dialog', { name: 'Say why deploy.yml of checkout ran' });
    const give = within(dialog).getByRole('button', { name: 'Give the reason' });
    await fireEvent.click(give);
    expect(explainRun).not.toHaveBeenCalled();
    await fireEvent.change(await within(dialog).findByLabelText(/^Release that it brought/), { target: { value: 'r1' } });
    await fireEvent.input(within(dialog).getByLabelText('Reason'), { target: { value: ' A hotfix ' } });
    await fireEvent.click(give);
    expect(explainRun).toHaveBeenCalledExactlyOnceWith({ runId: 'u1', reason: 'A hotfix', releaseId: 'r1' });
  });
});

describe('a connection', () => {
  it('tells what is left of its calls, as anybody was told last', () => {
    const budget = { limit: 5_000, remaining: 4_812, resets_at: '2026-11-24T22:00:00Z' };
    const rate = { limit: 5_000, remaining: 4_812, resetsAt: '2026-11-24T22:00:00Z' };
    const asked = { rate: { ...budget, remaining: 9 }, at: '2026-11-24T20:00:00Z' };
    expect(connectionModel(connection({ budget }), asked)).toMatchObject({ rate, pausedUntil: null });
    expect(connectionModel(connection(), asked).rate?.remaining).toBe(9);
    expect(connectionModel(connection({ paused_until: '2026-11-24T21:10:00Z' })).pausedUntil).toBe('2026-11-24T21:10:00Z');
  });
});
