/** Answers of the wire with the least in them, for tests of the mappings. */
import type { BlockerView, ConnectionView, DeploymentView, EnvironmentCell, HelmView, IncidentView, ReleaseDetail, ReleaseEnvironment, ReleaseView, RollbackOptionsView } from '$lib/api/bindings';

export const blocker = (more: Partial<BlockerView> = {}): BlockerView => ({
  gate: 'approvals', title: 'Approval is missing', detail: 'production asks for it.', cleared_by: 'vote', clears_at: null, lock_id: null, deployment_id: null, environment_id: null, incident_id: null, ...more,
});

export const deployment = (more: Partial<DeploymentView> = {}): DeploymentView => ({
  id: 'd1', product_id: 'p1', product: 'checkout', environment_id: 'e1', environment: 'staging', release_id: 'r1', version: '1.4.0', kind: 'deploy', parent_id: null, reason: null,
  state: 'in_progress', state_reason: 'Job deploy is under way, step 2 of 4', state_at: null, question: null, phases: [], is_phased: false, reached_percent: 0, on_failure: { then: 'end' }, paused: null, can: { pause: false, resume: false, promote_fully: false, hold_rollback: false, change_phases: false }, pipeline: 'deploy.yml', requested_by: 'Mira', requested_at: '2026-11-24T20:00:00Z',
  deployed_at: null, ended_at: null, trouble: null, cancel: null, native: null, lacks: [], can_cancel: true, verify_until: null, verification: null, ...more,
});

export const cell = (more: Partial<EnvironmentCell> = {}): EnvironmentCell => ({
  environment_id: 'e1', name: 'staging', version: '1.3.0', release_id: 'r0', since: '2026-11-23T20:00:00Z', health: 'healthy', checks: { total: 3, healthy: 3, degraded: 0, failing: 0, no_data: 0, disabled: 0 },
  lock: null, deployment: null, next: null, rolled_back_from: null, ...more,
});

export const connection = (more: Partial<ConnectionView> = {}): ConnectionView => ({
  id: 'c1', kind: 'github', kind_name: 'GitHub', name: 'Ours', base_url: 'https://api.github.com', user: null, profile: null, network: { ca_certificates: null, authorities: [], client_certificate: null, client: null, trusted: null, proxy: null, proxy_user: null, connect_timeout_s: null, call_timeout_s: null }, status: 'valid', login: 'mira', scopes: ['repo'], expires_at: null, missing: [], reason: null, refused_since: null, products: [],
  created_at: '2026-11-01T00:00:00Z', ...more,
});

export const incident = (more: Partial<IncidentView> = {}): IncidentView => ({
  id: 'i1', number: 7, product_id: 'p1', product: 'checkout', environment_id: 'e2', environment: 'production', summary: 'Health: status 503, expected 200 to 299',
  checks: [{ check_id: 'k1', name: 'Health', reason: 'status 503', since: '2026-11-24T20:00:00Z', recovered_at: null }], deployment_id: null, version: '1.4.0', opened_at: '2026-11-24T20:00:05Z',
  acknowledged_by: null, acknowledged_at: null, closed_at: null, ...more,
});

export const rollbackOptions = (more: Partial<RollbackOptionsView> = {}): RollbackOptionsView => ({
  environment_id: 'e2', environment: 'production', product_id: 'p1', product: 'checkout', from: { deployment_id: 'd1', release_id: 'r1', version: '1.4.0', since: '2026-11-24T20:00:00Z', under_way: false },
  targets: [{ release_id: 'r0', version: '1.3.0', verified_at: '2026-11-20T10:00:00Z', notice: '', blockers: [] }], way: 'redeploy', steps_redeploying: [], steps: ['Trigger deploy.yml once, with {version}'], lock_reason_proposal: '1.4.0 is bad: ', ...more,
});

export const helm = (more: Partial<HelmView> = {}): HelmView => ({ action: 'deploy', verb: 'Deploy', object: '1.4.0 to production', environment_id: 'e2', deployment_id: null, enabled: true, reason: '', clears_at: null, blockers: [], ...more });

export const releaseView = (more: Partial<ReleaseView> = {}): ReleaseView => ({
  id: 'r1', product_id: 'p1', product: 'checkout', version: '1.4.0', state: 'in_progress', state_label: 'in progress', state_at: null, state_reason: null, marked_bad: null, runs_in: ['staging'], helm: helm(), drafted_by: 'Mira',
  drafted_at: '2026-11-24T08:00:00Z', ...more,
});

export const environment = (more: Partial<ReleaseEnvironment> = {}): ReleaseEnvironment => ({
  environment_id: 'e2', name: 'production', position: 1, in_plan: true, current_version: '1.3.0', current_since: null, is_current: false, health: 'healthy', checks_total: 2, checks_healthy: 2, deployment: null, blockers: [], holds: [],
  rollback_target: '1.3.0', ...more,
});

export const detail = (more: Partial<ReleaseDetail> = {}): ReleaseDetail => ({
  release: releaseView(), tag: 'v1.4.0', source: { kind: 'branch', name: 'main', commit: 'abcdef1234' }, notes: '', changes_since: null, changelog: [], plan: null, content_hash: 'h1', approvals: [], environments: [environment()], timeline: [],
  can: { plan: true, edit_notes: true, edit_version: true, request_approval: false, approve: true, reject: true, complete: false, abort: true, mark_bad: true, unmark: false }, risk: { score: 12, level: 'low', parts: [] }, checked_at: '2026-11-24T21:00:00Z', ...more,
});
