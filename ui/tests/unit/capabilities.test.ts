import { describe, expect, it } from 'vitest';
import { capabilityPoints } from '$lib/api/connections';

describe('what a provider can do', () => {
  it('is told with its limit, and what it lacks with the reason', () => {
    const points = capabilityPoints([
      { capability: 'logs', title: 'Logs', support: 'full', note: '' },
      { capability: 'rerun', title: 'Run again', support: 'limited', note: 'for 30 days' },
      { capability: 'create_tag', title: 'Create tags', support: 'lacking', note: 'it keeps no source' },
    ]);
    expect(points.map(({ status, text }) => [status, text])).toEqual([
      ['passed', 'Logs'], ['notice', 'Run again: for 30 days'], ['not_started', 'Create tags: it keeps no source'],
    ]);
  });
});
