import { describe, expect, it } from 'vitest';
import { blockerModels, holdPoints, wayOut } from '$lib/api/blockers';
import { choicesOf, deploymentModel, lineOf, progressOf, segmentsOf, statusOfDeployment } from '$lib/api/deployments';
import { decisionOf } from '$lib/api/perform';
import { bindingWords, environmentPoints, inputWords, planOptions } from '$lib/api/plan';
import { backActions, deploymentsShown, helmModel, menuActions, refusalOf, releaseModel, trackOf } from '$lib/api/release';
import { releaseLine, releaseRow } from '$lib/api/releases';
import { rollbackModel } from '$lib/api/rollback';
import type { BindingDto, ClearedBy, DecisionWord, PhaseView, RunView } from '$lib/api/bindings';
import { blocker, deployment, detail, environment, helm, releaseView, rollbackOptions } from '../wire';

const NOW = Date.parse('2026-11-24T21:00:00Z');
const ways = { productId: 'p1', release: { id: 'r1', of: 'checkout 1.4.0', contentHash: 'h1', canApprove: true, canPlan: true, canUnmark: false } };
const run: RunView = { external_id: '7', url: 'https://x/7', attempt: 1, status: 'in_progress', title: 'Deploy', created_at: null, started_at: null, ended_at: null, started_by: null, git_ref: null, commit: null, jobs: [{ id: 'j', name: 'deploy', stage: null, status: 'in_progress', url: '', started_at: null, ended_at: null, steps: [{ name: 'a', status: 'succeeded' }, { name: 'b', status: 'in_progress' }] }] };
const phase = (more: Partial<PhaseView> = {}): PhaseView => ({
  id: 'ph', name: '', weight_percent: 100, target: null, instances: null, triggers: 1, state: 'running', detail: '', since: null, run, gates: [], watch_seconds: 0, needs_person: false, watch: null, found_bad: null, rolls_back_at: null, decided: null, retried: 0, can_skip: false, is_to_come: false,
  planned: { name: '', weight_percent: 100 }, ...more,
});

describe('a blocker', () => {
  it('has the button that clears it', () => {
    const label = (more: Parameters<typeof blocker>[0]) => wayOut(blocker(more), ways)?.label;
    expect(label({})).toBe('Approve…');
    expect(label({ cleared_by: 'planning' })).toBe('Plan…');
    expect(label({ cleared_by: 'lifting_lock', lock_id: 'l1' })).toBe('Lift the lock…');
    expect(label({ cleared_by: 'end_of_deployment', deployment_id: 'd9' })).toBe('Open the deployment');
    expect(label({ cleared_by: 'token' })).toBe('Replace the token');
    expect(label({ cleared_by: 'incident', incident_id: 'i1' })).toBe('Open the incident');
    expect(label({ cleared_by: 'another_release' })).toBe('Plan another release');
    expect(label({ cleared_by: 'time', clears_at: '2026-11-24T22:00:00Z' })).toBeUndefined();
  });
  it('of every kind says who can clear it, and has the button that does where one can', () => {
    const all: Record<ClearedBy, string | null> = {
      time: null, vote: 'approve', planning: 'plan', deploying: 'deploy', opening: 'override_freeze', opening_alone: 'go', lifting_lock: 'lift_lock', end_of_deployment: 'go', releasing: 'go', token: 'go',
      incident: 'go', explaining: 'explain', ticking: 'go', accepting: 'go', documenting: 'go', training: 'go', acknowledging: 'go', another_release: 'go', redeploying: null, creating_tag: 'create_tag', reviewing: 'review_hotfix', smoke_test: 'run_smoke',
    };
    const places = [{ id: 'e1', name: 'staging', refused: undefined }];
    const told = Object.keys(all).map((cleared_by) => blocker({ cleared_by: cleared_by as ClearedBy, who: 'anybody', environment_id: 'e1', lock_id: 'l1', deployment_id: 'd1', incident_id: 'i1', unplanned_run_id: 'u1', checklist_template_id: 't1' }));
    expect(Object.fromEntries(told.map((one) => [one.cleared_by, wayOut(one, { ...ways, environments: places })?.deed.do ?? null]))).toEqual(all);
    expect(blockerModels(told, ways).every((model) => model.who === 'anybody' && model.what && model.why)).toBe(true);
  });
  it('offers no vote to who may not give it', () => expect(wayOut(blocker(), { ...ways, release: { ...ways.release, canApprove: false } })).toBeUndefined());
  it('offers to take a bad mark back', () => {
    expect(wayOut(blocker({ gate: 'marked_bad', cleared_by: 'another_release' }), { ...ways, release: { ...ways.release, canUnmark: true } })?.deed.do).toBe('unmark');
  });
  it('stands first where this person can clear it, last where it clears by itself', () => {
    const told = blockerModels([blocker({ gate: 'soak', title: 'Soaks', cleared_by: 'time', clears_at: '2026-11-24T22:00:00Z' }), blocker({ gate: 'occupied', title: 'Occupied', cleared_by: 'end_of_deployment' }), blocker()], ways);
    expect(told.map((model) => model.what)).toEqual(['Approval is missing', 'Occupied', 'Soaks']);
  });
  it('is the other side of what holds', () => expect(holdPoints([{ gate: 'upstream', title: 'Verified in staging', detail: '', since: '2026-11-24T20:00:00Z' }], NOW)).toEqual([{ status: 'passed', text: 'Verified in staging', note: '1\u00a0h' }]));
});

describe('a deployment', () => {
  it('is told by one state', () => {
    expect(statusOfDeployment(deployment({ phases: [phase({ state: 'verifying' })] }))).toBe('verifying');
    expect(statusOfDeployment(deployment({ state: 'errored' }))).toBe('errored');
    expect(statusOfDeployment(deployment({ state: 'succeeded', kind: 'rollback' }))).toBe('rolled_back');
  });
  it('says what it waits for', () => {
    expect(lineOf(deployment({ state: 'awaiting_decision', state_reason: 'The run failed' }))).toBe('Waits for a decision: The run failed');
    expect(lineOf(deployment({ trouble: { since: '', message: 'timed out' } }))).toBe('No answer for now: timed out');
    expect(lineOf(deployment({ kind: 'rollback', state_reason: '' }))).toBe('Rolling back');
  });
  it('moves with the steps of its run', () => {
    expect(progressOf(phase())).toBe(0.5);
    expect(progressOf(phase({ run: null }))).toBe(0.05);
    expect(segmentsOf(deployment({ phases: [phase({ weight_percent: 25, state: 'passed' }), phase({ state: 'pending' })] }))).toEqual([{ share: 0.25, state: 'done' }, { share: 0.75, state: 'todo' }]);
  });
  it('offers every answer that its question takes, with what it does', () => {
    const all: DecisionWord[] = ['trigger', 'adopt', 'keep_looking', 'rerun_failed', 'rerun_all', 'verify_again', 'accept', 'give_up'];
    const told = choicesOf({ question: 'run_ambiguous', choices: all, candidates: [run, { ...run, external_id: '8' }] });
    expect(told.map((choice) => choice.label)).toEqual(['Trigger it', 'It is run 7', 'It is run 8', 'Keep looking', 'Run the failed jobs again', 'Run all jobs again', 'Verify again', 'Accept it', 'Give up']);
    expect(told.every((choice) => choice.consequence.length > 20)).toBe(true);
    expect(told.filter((choice) => choice.needsReason).map((choice) => choice.word)).toEqual(['accept']);
  });
  it('warns of a second run only where one could have started', () => {
    const trigger = (question: 'run_not_found' | 'trigger_refused' | 'run_failed') => choicesOf({ question, choices: ['trigger'], candidates: [] })[0];
    expect(trigger('run_not_found')).toMatchObject({ danger: true, label: 'Trigger it' });
    expect(trigger('trigger_refused')).toMatchObject({ danger: false, label: 'Trigger it again' });
    expect(trigger('run_failed')).toMatchObject({ danger: false, label: 'Trigger a new run', consequence: expect.stringContaining('The failed run stays') });
  });
  it('is answered with what the answer needs', () => {
    const [adopt] = choicesOf({ question: 'run_ambiguous', choices: ['adopt'], candidates: [run] });
    const [accept] = choicesOf({ question: 'cannot_verify', choices: ['accept'], candidates: [] });
    expect(adopt && decisionOf(adopt, '')).toEqual({ decision: 'adopt', external_id: '7' });
    expect(accept && decisionOf(accept, 'seen myself')).toEqual({ decision: 'accept', reason: 'seen myself' });
  });
  it('can be cancelled only while that is possible', () => {
    expect(deploymentModel(deployment()).cancel?.deed).toEqual({ do: 'cancel', deploymentId: 'd1', of: 'checkout 1.4.0 in staging' });
    expect(deploymentModel(deployment({ can_cancel: false })).cancel).toBeNull();
  });
});

describe('the helm', () => {
  const of = (more: Parameters<typeof helm>[0], rest = {}) => helmModel(detail({ release: releaseView({ helm: helm(more) }), ...rest }));
  it('names verb and object', () => expect(of({}).primary).toMatchObject({ label: 'Deploy 1.4.0 to production…', deed: { do: 'deploy', environmentId: 'e2', environment: 'production' } }));
  it('counts the rules that don’t hold, and says why', () => {
    const blocked = of({ enabled: false, reason: 'Approval is missing', blockers: [blocker()] }, { environments: [environment({ holds: [{ gate: 'lock', title: 'Nothing is locked', detail: '', since: null }] })] });
    expect(blocked).toMatchObject({ rulesBroken: 1, rulesTotal: 2, primary: { refused: 'Approval is missing.' } });
  });
  it('votes both ways', () => {
    const vote = of({ action: 'vote', verb: 'Vote', object: 'on 1.4.0' });
    expect(vote.primary).toMatchObject({ label: 'Approve 1.4.0…', deed: { do: 'approve', contentHash: 'h1' } });
    expect(vote.side.map((action) => action.label)).toEqual(['Reject…']);
  });
  it('leads to the question', () => expect(of({ action: 'decide', verb: 'Decide', object: 'about 1.4.0 to production', deployment_id: 'd1' }).primary?.deed).toEqual({ do: 'go', href: '/releases/r1?deployment=d1' }));
  it('waits without a button, and says for what', () => {
    expect(of({ action: 'wait', verb: 'Wait for', object: '1.4.0 to production', enabled: false, reason: 'Soaks in staging', clears_at: '2026-11-24T22:00:00Z' })).toMatchObject({ title: 'Wait for 1.4.0 to production', note: 'Soaks in staging.', primary: null, startsAt: '2026-11-24T22:00:00Z' });
    expect(of({ action: 'none', verb: '', object: '', reason: 'It is completed.' }).title).toBe('Nothing to do');
  });
});

describe('a release', () => {
  it('stands in each environment of its plan', () => {
    const staging = environment({ environment_id: 'e1', name: 'staging', position: 0, is_current: true, current_version: '1.4.0', deployment: deployment({ state: 'succeeded', state_reason: 'The service answers', ended_at: '2026-11-24T20:10:00Z' }) });
    const track = trackOf(detail({ environments: [staging, environment({ blockers: [blocker()] }), environment({ environment_id: 'e3', name: 'other', in_plan: false })] }), NOW);
    expect(track.map(({ title, status, current }) => [title, status, current])).toEqual([['staging', 'verified', false], ['production', 'blocked', true]]);
    expect(track[1]?.gates.map((gate) => gate.text)).toEqual(['Has 1.3.0 now', '2 of 2 checks healthy', 'Back to 1.3.0 if it fails']);
  });
  it('says that another version took its place', () => {
    const gone = environment({ deployment: deployment({ environment_id: 'e2', state: 'succeeded', ended_at: '2026-11-24T20:10:00Z' }) });
    expect(trackOf(detail({ environments: [gone] }), NOW)[0]).toMatchObject({ status: 'rolled_back', note: 'another version took its place' });
  });
  it('claims no more than that nothing was deployed from here', () => {
    const [stage] = trackOf(detail({ environments: [environment({ current_version: null })] }), NOW);
    expect(stage?.gates[0]).toEqual({ status: 'not_started', text: 'Nothing deployed from here yet' });
  });
  it('rolls back where it runs, the last environment first', () => {
    const here = [environment({ environment_id: 'e1', name: 'staging', is_current: true }), environment({ is_current: true, rollback_target: null })];
    expect(backActions(detail({ environments: here })).map(({ label, refused }) => [label, refused])).toEqual([['Roll production back…', 'No other version was verified in production before.'], ['Roll staging back to 1.3.0…', undefined]]);
  });
  it('offers what else may be done, and says why not', () => {
    const all = menuActions(detail());
    expect(all.map((action) => action.label)).toEqual(['Plan…', 'Change the version…', 'Set a target date…', 'What would change…', 'Lock production…', 'Mark it bad…', 'Abort the release…']);
    expect(menuActions(detail({ can: { ...detail().can, abort: false } })).at(-1)?.refused).toContain('closed');
  });
  it('shows the rollback that its helm is about among its deployments, newest first', () => {
    const back = deployment({ id: 'd2', kind: 'rollback', requested_at: '2026-11-24T20:30:00Z' });
    expect(deploymentsShown([deployment()], back).map(({ id }) => id)).toEqual(['d2', 'd1']);
    expect(deploymentsShown([deployment()], deployment())).toHaveLength(1);
  });
  it('is told with everything about it', () => {
    const model = releaseModel(detail({ approvals: [{ id: 'a', verdict: 'approved', comment: '', by: 'Lea', at: '2026-11-24T20:00:00Z', is_void: true }, { id: 'b', verdict: 'approved', comment: '', by: 'Jon', at: '2026-11-24T20:00:00Z', is_void: false, is_signed: true }], timeline: [{ seq: 3, at: '2026-11-24T20:00:00Z', actor: 'Lea', action: 'release.approved', summary: 'approved', glyph: 'approved' }] }), [deployment()], [], NOW);
    expect(model).toMatchObject({ facts: { source: 'Branch main', tag: 'v1.4.0' }, approvals: [{ decision: 'void', signed: false }, { decision: 'approved', signed: true }], timeline: [{ text: 'Approved.', note: 'Lea' }] });
  });
  it('says in a list what is next', () => {
    expect(releaseLine(releaseView())).toBe('Deploy 1.4.0 to production');
    expect(releaseLine(releaseView({ helm: helm({ enabled: false, reason: 'Approval is missing' }) }))).toBe('Deploy 1.4.0 to production: Approval is missing');
    expect(releaseLine(releaseView({ helm: helm({ action: 'wait', verb: 'Wait for', enabled: false, reason: 'Soaks' }) }))).toBe('Waits for 1.4.0 to production: Soaks');
    expect(releaseRow(releaseView({ marked_bad: { reason: 'x', by: 'Lea', at: '' } })).status).toBe('marked_bad');
  });
  it('says why it can’t be deployed', () => {
    expect(refusalOf({ blockers: [] })).toBeUndefined();
    expect(refusalOf({ blockers: [blocker(), blocker()] })).toBe('Approval is missing, and 1 more rule doesn’t hold.');
  });
});

describe('a plan', () => {
  const binding: BindingDto = { pipeline: 'deploy.yml', git_ref: { rule: 'release_tag' }, inputs: [{ name: 'version', value: { from: 'version' } }, { name: 'dry', value: { from: 'literal', text: 'false' } }] };
  it('names pipeline, ref and what is handed to it', () => {
    expect(bindingWords(binding)).toBe('deploy.yml at the release’s tag');
    expect(inputWords(binding)).toBe('version = the version and dry = “false”');
  });
  const set = { id: 'e2', name: 'production', deploy: binding, rollback: null, native_rollback: null, rules: { required_approvals: 2, self_approval: false, needs_upstream: true, soak_minutes: 90, verify_seconds: 60 }, checks: [] };
  it('names the rules, the checks and the way back', () => {
    expect(environmentPoints(set, '1.3.0').map((point) => point.text)).toEqual(['2 approvals, not by who drafted it', '1\u00a0h 30\u00a0min in the environment before', 'Deploy with deploy.yml at the release’s tag: version = the version and dry = “false”', 'No check verifies it: only the run says whether it worked', 'Back to 1.3.0 with deploy.yml at the release’s tag']);
  });
  it('starts with every environment', () => {
    const product = { id: 'p1', name: 'checkout', connection_id: 'c1', repository: 'a/b', tag_prefix: 'v', environments: [set] };
    expect(planOptions(detail({ environments: [environment({ in_plan: false })] }), product).environments.map(({ planned }) => planned)).toEqual([true]);
  });
});

describe('a rollback', () => {
  it('puts the chosen version into its steps and its reason into words', () => {
    const model = rollbackModel(rollbackOptions(), 'Mira', NOW, 'UTC');
    expect(model).toMatchObject({ situation: 'there since 20:00.', reason: '1.4.0 is bad', recordedAs: 'Recorded as Mira', options: [{ verdict: 'verified', detail: 'Verified here Fri 20 Nov 10:00.', steps: ['Trigger deploy.yml once, with 1.3.0'] }] });
  });
  it('says why a version can’t be gone back to', () => {
    const bad = blocker({ gate: 'marked_bad', title: '1.3.0 is marked bad', detail: 'Lea marked it: slow.', cleared_by: 'another_release' });
    const [option] = rollbackModel(rollbackOptions({ targets: [{ release_id: 'r0', version: '1.3.0', verified_at: null, notice: '', blockers: [bad] }] }), 'Mira', NOW, 'UTC').options;
    expect(option).toMatchObject({ verdict: 'impossible', detail: '1.3.0 is marked bad. Lea marked it: slow.' });
  });
});
