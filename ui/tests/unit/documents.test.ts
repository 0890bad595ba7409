/** What holds a release for its documents and its audience: what blocks, and the button that leads there. */
import { expect, it } from 'vitest';
import type { BlockerView } from '../../src/lib/api/bindings';
import { blockerModels } from '../../src/lib/api/blockers';

const blocker = (gate: BlockerView['gate'], cleared_by: BlockerView['cleared_by']): BlockerView => ({
  gate, title: '2 people are not trained', detail: 'Aiko has not attended.', cleared_by, clears_at: null, lock_id: null, deployment_id: null, environment_id: null, incident_id: null, unplanned_run_id: null,
});

it('leads to where it is put right, and waits for a person', () => {
  const release = { id: 'r1', of: 'Checkout 4.18.0', contentHash: '', canApprove: false, canPlan: false, canUnmark: false };
  const cards = blockerModels([blocker('training', 'training'), blocker('documents', 'documenting')], { productId: 'p1', release });
  expect(cards.map((card) => [card.status, card.action?.deed])).toEqual([
    ['waiting', { do: 'go', href: '/releases/r1?training=1' }],
    ['waiting', { do: 'go', href: '/releases/r1?documents=1' }],
  ]);
});
