/** A red smoke test in the window: what blocks, and the button that clears it. */
import { describe, expect, it } from 'vitest';
import type { BlockerView } from '../../src/lib/api/bindings';
import { blockerModels } from '../../src/lib/api/blockers';
import { smokeLook } from '../../src/lib/api/smoke';

const blocker: BlockerView = {
  gate: 'smoke', title: 'Smoke test Checkout failed in staging', detail: 'Status 503.', cleared_by: 'smoke_test', clears_at: null, lock_id: null, deployment_id: null, environment_id: 'e1', incident_id: null, unplanned_run_id: null,
};

describe('a red smoke test', () => {
  it('is cleared by a run in its environment', () => {
    const release = { id: 'r1', of: 'Checkout 4.18.0', contentHash: '', canApprove: false, canPlan: false, canUnmark: false };
    const [card] = blockerModels([blocker], { productId: 'p1', release, environments: [{ id: 'e1', name: 'staging', refused: undefined }] });
    expect(card?.action).toEqual({ label: 'Run in staging', deed: { do: 'run_smoke', releaseId: 'r1', environmentId: 'e1', environment: 'staging' } });
  });

  it('never looks like one that could not tell', () => {
    expect(smokeLook('failed').status).toBe('failed');
    expect(smokeLook('errored').status).toBe('errored');
    expect(smokeLook('stale')).toEqual({ status: 'notice', text: 'Out of date' });
  });
});
