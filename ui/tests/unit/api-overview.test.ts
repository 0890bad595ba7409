import { describe, expect, it } from 'vitest';
import { cellLine, fromElsewhere, matrixCell, overviewModel, productRow, rowActions } from '$lib/api/overview';
import { connectionLine, connectionModel } from '$lib/api/connections';
import { incidentCard, incidentSentence, incidentTimeline } from '$lib/api/incidents';
import { dataModel } from '$lib/api/settings';
import { enginePoint, keychainPoint, shellModel, underWay } from '$lib/api/shell';
import { hrefOf, startupModel } from '$lib/api/startup';
import type { LockView, OverviewView, StatusView } from '$lib/api/bindings';
import { blocker, cell, connection, deployment, incident, releaseView } from '../wire';

const NOW = Date.parse('2026-11-24T21:00:00Z');
const line = (more: Parameters<typeof cell>[0]) => cellLine(cell(more), NOW, 'UTC');
const lock: LockView = { id: 'l1', product_id: 'p1', product: 'checkout', environment_id: 'e1', environment: 'staging', reason: 'quarter close', strength: 'stops', release_id: null, by: 'Lea', since: '2026-11-24T20:00:00Z', until: null };
const next = (more: Parameters<typeof blocker>[0][]) => ({ release_id: 'r1', version: '1.4.0', blockers: more.map((one) => blocker(one)) });

describe('a cell of the overview', () => {
  it('tells how it is', () => expect(line({})).toEqual({ status: 'healthy', line: 'Healthy, 3 of 3' }));
  it('puts a failure before everything else', () => {
    const checks = { total: 4, healthy: 1, degraded: 0, failing: 2, no_data: 0, disabled: 1 };
    expect(line({ health: 'failing', checks, lock })).toEqual({ status: 'failing', line: 'Failing, 2 of 3 checks' });
  });
  it('says why and until when it is locked', () => {
    expect(line({ lock }).line).toBe('Locked: quarter close');
    expect(line({ lock: { ...lock, until: '2026-11-25T08:00:00Z' } }).line).toBe('Locked until Wed 08:00: quarter close');
    expect(line({ lock, rolled_back_from: '1.4.0' })).toEqual({ status: 'locked', line: 'Rolled back from 1.4.0, locked' });
    expect(line({ lock: { ...lock, strength: 'warns' } })).toEqual({ status: 'notice', line: 'Caution: quarter close' });
  });
  it('tells what may come, what it waits for, and what stops it', () => {
    expect(line({ next: next([]) })).toEqual({ status: 'waiting', line: '1.4.0 can be deployed', releaseId: 'r1' });
    expect(line({ next: next([{}]) })).toMatchObject({ status: 'waiting', line: 'Approval is missing' });
    expect(line({ next: next([{ gate: 'soak', title: 'Soaks in staging', cleared_by: 'time', clears_at: '2026-11-24T22:00:00Z' }]) })).toMatchObject({ status: 'soaking', line: 'Soaks in staging, until 22:00' });
    expect(line({ next: next([{ gate: 'upstream_health', title: 'staging is failing', cleared_by: 'incident' }]) })).toMatchObject({ status: 'blocked', line: 'Blocked: staging is failing' });
    expect(line({ next: next([{ gate: 'upstream', title: 'Not verified in staging', cleared_by: 'deploying' }]) })).toMatchObject({ status: 'blocked', line: 'Blocked: Not verified in staging' });
  });
  it('never takes silence for health', () => {
    const none = { total: 0, healthy: 0, degraded: 0, failing: 0, no_data: 0, disabled: 0 };
    expect(line({ checks: none, health: 'no_data' })).toEqual({ status: 'no_data', line: 'No check watches it' });
    expect(line({ checks: none, health: 'no_data', version: null })).toEqual({ status: 'not_started', line: 'Nothing deployed yet' });
    expect(line({ health: 'no_data', checks: { ...none, total: 2, no_data: 2 } }).line).toBe('No data from 2 of 2 checks');
  });
  it('says what runs there that came from elsewhere, and from when on there is nothing', () => {
    const shown = (more: Parameters<typeof cell>[0]) => matrixCell(cell(more), NOW, 'UTC');
    const first = { version: null, release_id: null, since: null, running_version: '1.1.0', is_unplanned: true };
    expect(shown(first)).toMatchObject({ version: '1.1.0', since: null, status: 'drift', line: 'Runs 1.1.0, not deployed from here' });
    expect(shown({ ...first, health: 'no_data', checks: { ...cell().checks, healthy: 0, no_data: 3 } }).version).toBe('1.1.0');
    expect(shown({ version: null, health: 'no_data', checks: { ...cell().checks, total: 0, healthy: 0 } })).toMatchObject({ version: null, line: 'Nothing deployed yet' });
  });
  it('says where another version runs than the deployed one, without hiding what else is wrong', () => {
    const drifted = { running_version: '1.1.0', is_unplanned: true };
    expect(matrixCell(cell(drifted), NOW, 'UTC')).toMatchObject({ version: '1.3.0', status: 'drift', line: 'Runs 1.1.0, not deployed from here' });
    const failing = cell({ ...drifted, health: 'failing', checks: { ...cell().checks, healthy: 2, failing: 1 } });
    expect(matrixCell(failing, NOW, 'UTC')).toMatchObject({ version: '1.3.0', status: 'failing', line: 'Failing, 1 of 3 checks', drift: 'Runs 1.1.0, not deployed from here' });
    expect(matrixCell(cell({ ...drifted, lock }), NOW, 'UTC')).toMatchObject({ status: 'locked', drift: 'Runs 1.1.0, not deployed from here' });
    expect(fromElsewhere(cell({ running_version: '1.3.0, 1.1.0', is_unplanned: true }))).toBe('Runs 1.3.0 and 1.1.0, not all deployed from here');
    expect(fromElsewhere(cell({ version: null, running_version: '1.0.0, 1.1.0, 1.2.0, 1.3.0', is_unplanned: true }))).toBe('Runs 1.0.0, 1.1.0 and 2 other versions, not deployed from here');
  });
  it('takes a version that is about to be read anew for nothing else', () => {
    const shown = matrixCell(cell({ running_version: '1.1.0', is_unplanned: false }), NOW, 'UTC');
    expect([shown.version, shown.line, shown.drift]).toEqual(['1.3.0', 'Healthy, 3 of 3', undefined]);
    expect(fromElsewhere(cell({ is_unplanned: true, running_version: null }))).toBeUndefined();
  });
  it('shows what is under way with what it replaces', () => {
    const under = (more: Parameters<typeof cell>[0]) => matrixCell(cell({ deployment: deployment(), ...more }), NOW, 'UTC').replaces;
    expect(under({ running_version: '1.1.0', is_unplanned: true })).toBe('1.1.0');
    expect(under({ version: null, running_version: '1.1.0', is_unplanned: true })).toBe('1.1.0');
    expect(under({ version: '1.4.0', running_version: '1.4.0' })).toBeUndefined();
    expect(matrixCell(cell({ deployment: deployment() }), NOW, 'UTC')).toMatchObject({ version: '1.4.0', replaces: '1.3.0', status: 'deploying', line: 'Job deploy is under way, step 2 of 4', releaseId: 'r1' });
  });
});

describe('a product of the overview', () => {
  const row = { product_id: 'p1', name: 'checkout', release: releaseView(), cells: [cell(), cell({ environment_id: 'e2', name: 'production', version: null, lock: { ...lock, environment_id: null, environment: null } })] };
  it('names its open release', () => {
    expect(productRow(row, NOW, 'UTC')).toMatchObject({ note: '1.4.0 in progress', releaseId: 'r1' });
    expect(productRow({ ...row, release: null }, NOW, 'UTC').note).toBe('No open release');
  });
  it('offers what fits each environment', () => {
    expect(rowActions(row).map((action) => action.label)).toEqual(['Plan a release', 'Change the product', 'Its documents', 'Its training', 'Its delivery metrics', 'Its checklists', 'Its runbooks', 'Roll back staging…', 'Lock staging…', 'Lift the lock of checkout…', 'Remove the product…']);
  });
  it('is the first run only where there is no connection either', () => {
    const empty: OverviewView = { products: [], incidents: [], waiting: [], under_way: [], counts: { products: 0, releases_open: 0, waiting: 0, under_way: 0, incidents_open: 0, checks: cell().checks } };
    expect(overviewModel(empty, false, NOW, 'UTC').firstRun).toBe(true);
    expect(overviewModel(empty, true, NOW, 'UTC').firstRun).toBe(false);
  });
});

describe('an incident', () => {
  it('names the version to go back to, or why there is none', () => {
    expect(incidentCard(incident({ rollback_target: '1.3.0' })).rollback).toEqual({ label: 'Roll back to 1.3.0…', deed: { do: 'rollback', environmentId: 'e2' } });
    expect(incidentCard(incident({ rollback_target: null })).rollback).toMatchObject({ label: 'Roll back…', refused: 'No earlier version was verified in production, or all that were are marked bad.' });
    expect(incidentCard(incident({ closed_at: '2026-11-24T20:30:00Z' })).rollback.refused).toBeUndefined();
  });
  it('is told in sentences', () => {
    expect(incidentCard(incident())).toMatchObject({ title: 'checkout in production', text: 'Health: status 503, expected 200 to 299. It runs 1.4.0.' });
    expect(incidentSentence(incident())).toBe('Incident 7: checkout in production. Health: status 503, expected 200 to 299.');
  });
  it('tells what happened, newest first', () => {
    const told = incidentTimeline(incident({ acknowledged_at: '2026-11-24T20:02:00Z', acknowledged_by: 'Mira', checks: [{ check_id: 'k1', name: 'Health', reason: 'status 503', since: '2026-11-24T20:00:00Z', recovered_at: '2026-11-24T20:05:00Z' }] }));
    expect(told.map((entry) => entry.text)).toEqual(['Health is well again', 'Acknowledged', 'Health fails: status 503']);
  });
});

describe('a connection', () => {
  it('says in a line how it is', () => {
    expect(connectionLine(connection())).toBe('Works');
    expect(connectionLine(connection({ status: 'limited', missing: ['workflow', 'repo'] }))).toBe('Lacks workflow and repo');
    expect(connectionLine(connection({ status: 'refused', reason: 'the token has expired' }))).toBe('Refused: the token has expired');
  });
  it('can be used while its token is not refused', () => {
    expect(connectionModel(connection({ status: 'limited', missing: ['workflow'] })).usable).toBe(true);
    expect(connectionModel(connection({ status: 'refused' })).usable).toBe(false);
  });
});

describe('the frame', () => {
  const status: StatusView = { version: '0.1.0', actor: 'Mira', engine: { role: 'this_host', who: null }, database: { kind: 'sqlite', place: '/x' }, keychain: { ok: false, message: 'the keychain is locked', next_step: 'Unlock it.' }, connections_total: 2, connections_ok: 1, checks_total: 3, checks_failing: 0, audit_seq: 9, last_change_at: null };
  it('says who runs the engine', () => {
    expect(enginePoint({ role: 'other_host', who: 'agent on harbour' }).text).toBe('Engine on agent on harbour');
    expect(enginePoint({ role: 'stopped', who: null }).status).toBe('errored');
  });
  it('says what is wrong with the keychain, and nothing while it works', () => {
    const view: OverviewView = { products: [], incidents: [], waiting: [], under_way: [], counts: { products: 0, releases_open: 0, waiting: 0, under_way: 0, incidents_open: 0, checks: cell().checks } };
    expect(shellModel(status, view, null)).toMatchObject({ keychain: { status: 'failed', text: 'The keychain is locked.' }, audit: { length: 9, verified: null } });
    expect(shellModel({ ...status, keychain: { ok: true, message: null, next_step: null } }, view, null).keychain).toBeUndefined();
    expect(keychainPoint({ ok: true, message: null, next_step: null }).status).toBe('healthy');
  });
  it('counts the approvals that don’t fit, once they were verified', () => {
    const view: OverviewView = { products: [], incidents: [], waiting: [], under_way: [], counts: { products: 0, releases_open: 0, waiting: 0, under_way: 0, incidents_open: 0, checks: cell().checks } };
    const fault = { id: 'a', releaseId: 'r1', version: '1.4.0', at: '', text: '' };
    expect(shellModel(status, view, { ok: true, verifiedTo: 9, at: '', againstHead: false, approvals: { signed: 1, text: '', faults: [fault] } }).audit.verified).toEqual({ to: 9, broken: false, faults: 1 });
  });
  it('says where data and logs lie', () => {
    expect(dataModel({ ...status, log_folder: '/x/logs' })).toMatchObject({ place: '/x', logFolder: '/x/logs' });
    expect(dataModel(status).logFolder).toBeNull();
  });
  it('says that a deployment asks for a person', () => {
    expect(underWay(deployment({ state: 'awaiting_decision' })).note).toBe('asks you');
    expect(underWay(deployment({ kind: 'rollback', version: '1.3.0' })).title).toBe('checkout back to 1.3.0 · staging');
  });
});

describe('the start', () => {
  it('hands on why it failed, with the way out', () => {
    const error = { code: 'keychain_locked' as const, message: 'the keychain is locked', next_step: 'Unlock it.', field: null, blockers: [], certificate: null };
    expect(startupModel({ state: 'failed', error })).toEqual({ state: 'failed', failure: { code: 'keychain_locked', message: 'The keychain is locked.', nextStep: 'Unlock it.' } });
  });
  it('leads to the place that was asked for', () => expect(hrefOf({ place: 'incident', incident_id: 'i1' })).toBe('/health?incident=i1'));
});
