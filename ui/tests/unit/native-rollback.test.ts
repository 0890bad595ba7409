import { describe, expect, it } from 'vitest';
import type { RollbackWayView } from '$lib/api/bindings';
import { deploymentModel, questionModel } from '$lib/api/deployments';
import { nativeWay, rollbackModel } from '$lib/api/rollback';
import { deployment, rollbackOptions } from '../wire';

const way = (more: Partial<RollbackWayView>): RollbackWayView => ({ way: 'native', pipeline: 'deploy.yml', provider: 'GitHub', standing: 'open', words: 'run 7 runs again', limit: 'for 30 days', ...more });

describe('the provider’s own way back', () => {
  it('tells what happens, or why it is closed, and what serves instead', () => {
    expect(nativeWay(way({}))).toMatchObject({ open: true, point: { status: 'passed' }, pipeline: 'deploy.yml', limit: 'For 30 days.' });
    const closed = nativeWay(way({ standing: 'closed', words: 'the run is too old' }));
    expect(closed.open).toBe(false);
    expect(closed.point.status).toBe('blocked');
    expect(closed.point.text).toMatch(/closed.*too old/i);
    expect(nativeWay(way({ standing: 'unknown' })).open).toBe(true);
  });

  it('is asked for only where the environment is set to it', () => {
    expect(rollbackModel(rollbackOptions(), 'Mira', 0, 'UTC').native).toBe(false);
    expect(rollbackModel(rollbackOptions({ way: 'native' }), 'Mira', 0, 'UTC').native).toBe(true);
  });

  it('is named on the deployment that takes it', () => {
    expect(deploymentModel(deployment({ kind: 'rollback', native: 'run 7 runs again' })).notes.map((note) => note.text).join(' ')).toContain('un 7 runs again');
  });
});

describe('what the provider lacks', () => {
  const lacking = (capability: string, note: string) => ({ capability, title: capability, support: 'lacking' as const, note });

  it('is told instead of offered', () => {
    const question = questionModel({
      question: 'run_failed', message: 'm', next_step: 'n', taken: false, asked_of: 'Mira', since: '2026-11-24T20:00:00Z', candidates: [], choices: ['rerun_failed', 'trigger', 'give_up'],
      unavailable: [{ choice: 'rerun_all', why: 'a run runs once' }],
    });
    expect(question.choices.map((choice) => choice.word)).not.toContain('rerun_all');
    expect(question.unavailable).toEqual([{ label: 'Run all jobs again', why: expect.stringMatching(/runs once/) }]);
  });

  it('keeps a cancel that can’t work, with the reason, and says why there is no log', () => {
    const model = deploymentModel(deployment({ can_cancel: false, lacks: [lacking('cancel', 'it never stops'), lacking('logs', 'it keeps none')] }));
    expect(model.cancel?.refused).toContain('it never stops');
    expect(model.logs.none).toBe('it keeps none');
    expect(deploymentModel(deployment({ can_cancel: true })).cancel?.refused).toBeUndefined();
  });
});
