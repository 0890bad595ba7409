/** What waits at a provider, from Rust's words to the screen's. */
import { describe, expect, it } from 'vitest';
import type { GateView, InboxItem } from '../../src/lib/api/bindings';
import { answered, gateModel } from '../../src/lib/api/gates';
import { gateItem, inboxId } from '../../src/lib/api/inbox';

const view = (more: Partial<GateView> = {}): GateView => ({
  id: 'g1', state: 'waiting', state_reason: '', next_step: '', heading: 'Let Checkout 1.4.0 go to production', kind: 'deployment', title: 'production', message: 'Reviewers: mira.',
  connection_id: 'c1', connection: 'Acme GitHub', provider: 'GitHub', repository: 'acme/checkout', pipeline: 'deploy.yml', run: '36', url: 'https://github.com/acme/checkout/actions/runs/36',
  started_by: 'mira', since: '2026-11-24T20:00:00Z', expires_at: null, ended_at: null, product_id: 'p1', product: 'Checkout', environment_id: 'e2', environment: 'production', release_id: 'r1',
  version: '1.4.0', deployment_id: 'd1', requested_by: 'Mira Okafor', inputs: [], approve_obstacle: null, reject_obstacle: null, blockers: [], takes_comment: true, needs_confirmation: true,
  answer: null, answered_before: null, ...more,
});

const item = (more: Partial<InboxItem> = {}): InboxItem => ({
  kind: 'gate', due: 'now', title: 'Let Checkout 1.4.0 go to production', context: 'Acme GitHub, asked by Mira Okafor', since: '2026-11-24T20:00:00Z', release_id: 'r1', deployment_id: 'd1',
  environment_id: 'e2', incident_id: null, connection_id: 'c1', gate_id: 'g1', expires_at: null, ...more,
});

describe('a gate', () => {
  it('is an item by its own id, so that several of one release don’t hide each other', () => {
    expect(inboxId(item())).toBe('gate.g1');
  });
  it('offers both answers with what they ask, and its page', () => {
    const detail = gateItem(item(), view());
    expect(detail.actions.map((action) => [action.label, action.refused])).toEqual([['Approve…', undefined], ['Reject…', undefined], ['Open it at GitHub', undefined], ['Open the release', undefined]]);
    expect(detail.consequence).toContain('can’t be taken back');
    const deed = detail.actions[0]?.deed;
    expect(deed).toMatchObject({ do: 'answer_gate', verdict: 'approve', gate: { gateId: 'g1', grave: true, keepsComment: true, environment: 'production' } });
  });
  it('says why an answer isn’t possible', () => {
    const model = gateModel(view({ kind: 'manual_job', provider: 'GitLab', approve_obstacle: 'Production is locked.', reject_obstacle: 'GitLab can’t reject this.', url: '', takes_comment: false }));
    expect([model.approve.label, model.approve.refused, model.reject.refused, model.page]).toEqual(['Start it…', 'Production is locked.', 'GitLab can’t reject this.', null]);
  });
  it('tells how it stands once it is answered', () => {
    const settled = view({ state: 'too_late', state_reason: 'The answer of Mira came too late: it was answered elsewhere.', approve_obstacle: 'It waits no more.', reject_obstacle: 'It waits no more.' });
    expect(gateModel(settled)).toMatchObject({ waits: false, status: 'cancelled', standing: 'The answer of Mira came too late: it was answered elsewhere.' });
    expect(answered(settled).taken).toBe(false);
    expect(answered(view({ state: 'answered', state_reason: 'Mira approved it.' }))).toEqual({ text: 'Mira approved it.', taken: true });
  });
  it('keeps a secret input hidden and a flag unticked', () => {
    const input = { name: 'token', description: '', kind: 'text' as const, choices: [], required: false, default_value: null, shown_in_title: false, is_secret: true };
    const deed = gateModel(view({ inputs: [{ input, hidden: true }, { input: { ...input, name: 'quiet', kind: 'boolean' }, hidden: false }] })).approve.deed;
    expect(deed.do === 'answer_gate' && deed.gate.inputs.map(({ name, hidden, initial }) => [name, hidden, initial])).toEqual([['token', true, ''], ['quiet', false, 'false']]);
  });
});
