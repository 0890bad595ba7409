import { describe, expect, it } from 'vitest';
import type { PhasesOutlookView } from '$lib/api/bindings';
import { outlookPoints } from './phases';

const held = { gate: 'approvals', title: '2 of 2 approvals are missing', detail: 'production asks for it.' } as PhasesOutlookView['held'];

describe('what a change of phases comes to', () => {
  it('says whose approval lapses, and that the next phase waits', () => {
    const points = outlookPoints({ changes: [], lapsing: ['Jonas', 'Priya'], held, also: ['dr'] }, 'production');
    expect(points.map((point) => point.text)).toEqual([
      'No longer counted: the approval of Jonas and Priya',
      'The next phase in production waits: 2 of 2 approvals are missing. production asks for it.',
      'Asks for approval anew as well: dr',
    ]);
  });
  it('says that it goes on where nobody has to approve', () => {
    expect(outlookPoints({ changes: [], lapsing: [], held: null, also: [] }, 'staging').map((point) => point.status)).toEqual(['passed']);
  });
});
