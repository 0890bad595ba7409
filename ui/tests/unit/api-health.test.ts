import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { actionWords, approvalsSentence, auditEntry, auditVerdict, matchesWords } from '$lib/api/audit';
import { call, failureOf } from '$lib/api/call';
import { throttled } from '$lib/api/changes';
import { checkDetail, latencyOf, outcomeChanges, probeFacts, sampleOf, triedPoints } from '$lib/api/health';
import { inboxId, inboxItem, releaseItem } from '$lib/api/inbox';
import { bindingCheck, repositoryCheck, summed } from '$lib/api/products';
import { rangeFault, rangeModel } from '$lib/api/range';
import { parseHead, headText } from '$lib/screens/audit/head';
import { faultOf, faultProblem, newForm } from '$lib/screens/range/faults';
import type { AuditEventView, CheckView, InboxItem, MeasurementView } from '$lib/api/bindings';
import type { BindingDraft, PipelineDescription } from '$lib/api/model';
import { blocker, detail, helm, releaseView } from '../wire';

const measured = (at: string, outcome: MeasurementView['outcome'], latency: number | null = 42_000): MeasurementView => ({ at, outcome, latency_us: latency, reason: outcome === 'passed' ? null : 'status 503' });
const check: CheckView = {
  id: 'k1', product_id: 'p1', product: 'checkout', environment_id: 'e1', environment: 'staging', name: 'Health', probe: { kind: 'http', url: 'https://x/healthz', status_min: 200, status_max: 299, body_contains: 'ok', slow_ms: 400 },
  interval_seconds: 10, timeout_ms: 5000, failure_threshold: 3, recovery_threshold: 2, enabled: true, health: 'healthy', since: null, reason: '', recent: [],
};

describe('a measurement', () => {
  it('is a number, a failure, or nothing: never one for the other', () => {
    expect(sampleOf(measured('a', 'passed'))).toBe(42);
    expect(sampleOf(measured('a', 'passed', 1_240))).toBe(1.2);
    expect(sampleOf(measured('a', 'failed'))).toBe('failed');
    expect(sampleOf(measured('a', 'no_data', null))).toBeNull();
  });
  it('makes a chart from two answers on, oldest first, with gaps', () => {
    expect(latencyOf([measured('2', 'passed')], check.probe)).toBeNull();
    const chart = latencyOf([measured('3', 'passed'), measured('2', 'failed'), measured('1', 'passed')], check.probe);
    expect(chart?.series[0]?.points).toEqual([{ at: '1', value: 42 }, { at: '2', value: null }, { at: '3', value: 42 }]);
    expect(chart?.limit?.label).toBe('slow above 400 ms');
  });
  it('is told where the outcome changed', () => {
    expect(outcomeChanges([measured('4', 'passed'), measured('3', 'failed'), measured('2', 'failed'), measured('1', 'passed')]).map((entry) => [entry.at, entry.text])).toEqual([['4', 'Passes'], ['2', 'Fails: status 503'], ['1', 'Passes']]);
  });
});

describe('a check', () => {
  it('says what it asks', () => {
    expect(probeFacts(check.probe)).toEqual([['Asks', 'https://x/healthz'], ['Expects', 'status 200 to 299, with “ok” in the answer'], ['Slow', 'above 400 ms']]);
    expect(probeFacts({ kind: 'running_version', urls: ['a', 'b'], pointer: '/version' })).toEqual([['Asks', 'a, b'], ['Reads', 'the version at /version']]);
  });
  it('that is switched off is neither well nor failing', () => expect(checkDetail({ ...check, enabled: false }, []).check.state).toBe('paused'));
  it('says what trying it found', () => {
    expect(triedPoints({ measurement: measured('a', 'failed'), versions: [] })).toEqual({ ok: false, points: [{ status: 'failed', text: 'Fails: status 503.' }] });
    expect(triedPoints({ measurement: measured('a', 'passed'), versions: [{ url: 'u1', version: '1.4.0', reason: null }, { url: 'u2', version: null, reason: 'no answer' }] }).points.map((point) => point.text)).toEqual(['Passes in 42\u00a0ms', 'u1 runs 1.4.0', 'u2: no answer']);
  });
});

describe('the inbox', () => {
  const item = (more: Partial<InboxItem>): InboxItem => ({ kind: 'approval', due: 'today', title: 'Vote on checkout 1.4.0', context: 'Approval is missing', since: null, release_id: 'r1', deployment_id: null, environment_id: null, incident_id: null, connection_id: null, ...more });
  it('tells its items apart by what they are about', () => {
    const ids = [item({}), item({ kind: 'deployment', environment_id: 'e2' }), item({ kind: 'decision', deployment_id: 'd1' }), item({ kind: 'token', release_id: null, connection_id: 'c1' }), item({ kind: 'incident', release_id: null, incident_id: 'i1' })].map(inboxId);
    expect(ids).toEqual(['approval.r1', 'deployment.r1.e2', 'decision.d1', 'token.c1', 'incident.i1']);
  });
  it('keeps the words that it was given', () => expect(inboxItem(item({}))).toMatchObject({ title: 'Vote on checkout 1.4.0', context: 'Approval is missing', due: 'today', status: 'waiting' }));
  it('answers with the release’s own helm', () => {
    const voting = detail({ release: releaseView({ helm: helm({ action: 'vote', verb: 'Vote', object: 'on 1.4.0', blockers: [blocker(), blocker({ gate: 'soak', title: 'Soaks in staging', cleared_by: 'time' })] }) }) });
    const shown = releaseItem(item({}), voting);
    expect(shown.actions.map((action) => action.label)).toEqual(['Approve 1.4.0…', 'Reject…', 'Open the release']);
    expect(shown.inTheWay.map((point) => point.text)).toEqual(['Soaks in staging. production asks for it.']);
    expect(shown.text).toBe('Approval is missing. Drafted by Mira from main.');
  });
});

describe('the audit log', () => {
  const event: AuditEventView = { seq: 4, at: '', actor: 'Mira', action: 'deployment.cancel_requested', subject_kind: 'deployment', subject_id: 'd1', product_id: null, summary: 'asked to stop 1.4.0', data: '{}', previous_hash: 'a', hash: 'b', glyph: 'cancelled' };
  it('is told in words, and found by them', () => {
    expect(actionWords(event.action)).toBe('Cancel requested');
    expect(matchesWords(auditEntry(event), 'mira CANCEL 1.4')).toBe(true);
    expect(matchesWords(auditEntry(event), 'lea')).toBe(false);
  });
  it('says where the chain breaks', () => {
    const verdict = auditVerdict({ verified: { seq: 3, hash: 'x' }, fault: { fault: 'edited', seq: 4, message: 'event 4 was edited' } }, 'now', false);
    expect(verdict).toMatchObject({ ok: false, verifiedTo: 3, brokenAt: 4, problem: 'Event 4 was edited.' });
  });
  it('says how the approvals stand, and what doesn’t fit', () => {
    expect(approvalsSentence({ signed: 1, unsigned: 0, faults: [] })).toBe('1 approval carries a signature that fits.');
    expect(approvalsSentence({ signed: 1_200, unsigned: 2, faults: [] })).toBe('1,200 approvals carry a signature that fits, 2 are from before approvals were signed.');
    expect(approvalsSentence({ signed: 0, unsigned: 1, faults: [] })).toBe('1 is from before approvals were signed.');
    const fault = { approval_id: 'a1', release_id: 'r1', version: null, by: 'Lea', at: '2026-11-24T20:00:00Z', fault: 'gone' as const, message: 'the approval of release r1 by Lea (a1) doesn’t fit: the chain records it, and it isn’t stored' };
    expect(approvalsSentence({ signed: 0, unsigned: 0, faults: [fault] })).toBe('');
    const sound = { verified: { seq: 3, hash: 'x' }, fault: null };
    expect(auditVerdict({ ...sound, approvals: { signed: 2, unsigned: 0, faults: [fault] } }, 'now', false)).toMatchObject({ ok: true, approvals: { signed: 2, faults: [{ id: 'a1', releaseId: 'r1', text: 'The approval of release r1 by Lea (a1) doesn’t fit: the chain records it, and it isn’t stored.' }] } });
    expect(auditVerdict(sound, 'now', false).approvals).toEqual({ signed: 0, text: 'No approval is stored yet.', faults: [] });
  });
  it('takes back the head that it gave out, and nothing else', () => {
    expect(parseHead(headText({ seq: 4, hash: 'b' }))).toEqual({ seq: 4, hash: 'b' });
    for (const text of ['', '{}', '{"seq":-1,"hash":"b"}', '{"seq":1.5,"hash":"b"}', '{"seq":1}']) expect(parseHead(text)).toBeUndefined();
  });
});

describe('a pipeline’s binding', () => {
  const input = (name: string, more = {}) => ({ name, kind: 'text' as const, required: true, description: '', initial: null, options: [], shownInTitle: false, ...more });
  const described: PipelineDescription = { gitRef: 'main', obstacle: null, inputs: [input('version'), input('id', { shownInTitle: true, required: false })] };
  const binding = (inputs: BindingDraft['inputs']): BindingDraft => ({ pipeline: 'deploy.yml', git_ref: { rule: 'fixed', name: 'main' }, inputs });
  const told = (inputs: BindingDraft['inputs'], at = described) => bindingCheck(binding(inputs), at, 'staging, deploy');
  it('fits, or says what doesn’t', () => {
    expect(told([{ name: 'version', value: { from: 'version' } }, { name: 'id', value: { from: 'correlation' } }])).toEqual({ ok: true, points: [{ status: 'passed', text: 'staging, deploy: deploy.yml can be started on main, and its 2 inputs fit' }] });
    expect(told([{ name: 'ver', value: { from: 'version' } }]).points.map((point) => point.text)).toEqual(['staging, deploy: deploy.yml has no input ver on main', 'staging, deploy: deploy.yml needs a value for version']);
    expect(told([], { ...described, obstacle: 'no workflow_dispatch' }).ok).toBe(false);
  });
  it('notices a run that could not be found again', () => expect(told([{ name: 'version', value: { from: 'version' } }]).points.at(-1)).toMatchObject({ status: 'notice' }));
  it('must be told the version', () => expect(told([{ name: 'version', value: { from: 'literal', text: '1' } }]).points[0]?.text).toContain('isn’t told which version'));
  it('needs an account that may write', () => {
    const repository = { full_name: 'a/b', default_branch: 'main', description: '', can_write: false };
    expect(repositoryCheck(repository).ok).toBe(false);
    expect(summed([repositoryCheck({ ...repository, can_write: null }), { ok: true, points: [] }])).toMatchObject({ ok: true });
  });
});

describe('the practice range', () => {
  it('says what each service runs and which faults are in force', () => {
    expect(rangeFault({ id: '1', kind: 'hang', remaining: 1, hits: 2 })).toEqual({ id: '1', text: 'The provider never answers', note: '1 time to come, struck 2 times' });
    const open = { github_url: 'http://x', repository: 'a/b', control_url: 'http://y', environments: [{ name: 'staging', url: 'u', is_protected: false, instances: [{ name: 'staging-1', url: 'u', state: 'empty' as const, version: null }] }], faults: [], elsewhere: [{ kind: 'jenkins', title: 'Jenkins', address: 'j', repository: 'r', connection_id: null, product_id: 'pj' }] };
    expect(rangeModel({ connection_id: 'c', product_id: 'p', open }).open?.providers).toEqual([{ kind: 'jenkins', title: 'Jenkins', address: 'j', connectionId: null, productId: 'pj' }]);
    expect(rangeModel({ connection_id: 'c', product_id: 'p', open }).open?.environments[0]?.instances[0]).toEqual({ name: 'staging-1', status: 'not_started', text: 'nothing deployed yet' });
  });
  it('orders what was asked for, once it is whole', () => {
    expect(faultProblem(newForm())).toBe('Name the version that turns bad.');
    expect(faultOf({ ...newForm(), version: ' 1.4.0 ', seconds: 3 })).toEqual({ kind: 'turn_bad', version: '1.4.0', environment: null, after_ms: 3000 });
    expect(faultOf({ ...newForm(), kind: 'crash_instance', environment: 'staging', instance: 2 })).toEqual({ kind: 'crash_instance', environment: 'staging', instance: 2 });
  });
});

describe('an error of the wire', () => {
  it('keeps its code, its rules and its way out', async () => {
    const error = { code: 'blocked' as const, message: 'it is blocked', next_step: 'Clear it.', field: null, blockers: [blocker()], certificate: null };
    expect(failureOf(error).text).toBe('It is blocked. Approval is missing. Production asks for it. Clear it.');
    await expect(call(Promise.resolve({ status: 'error' as const, error }))).rejects.toMatchObject({ code: 'blocked' });
    await expect(call(Promise.resolve({ status: 'ok' as const, data: 7 }))).resolves.toBe(7);
  });
  it('is also what Tauri says itself', () => expect(failureOf('not allowed' as never)).toMatchObject({ code: 'window.refused', message: 'The call was refused: not allowed' }));
});

describe('changes', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());
  it('are told at once, then at most once in a while, and the last one is never lost', () => {
    const run = vi.fn();
    const quiet = throttled(run, 250);
    for (let at = 0; at < 5; at += 1) quiet.call();
    expect(run).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(250);
    expect(run).toHaveBeenCalledTimes(2);
    vi.advanceTimersByTime(1000);
    expect(run).toHaveBeenCalledTimes(2);
    quiet.call();
    expect(run).toHaveBeenCalledTimes(3);
  });
});
