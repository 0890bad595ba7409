import { describe, expect, it } from 'vitest';
import { run } from '../../../../tests/fixtures/runbooks';
import { currentOf, runWords, stepTime, timeWords } from './words';

describe('what a run says', () => {
  it('names the step whose turn it is, and none once it is over', () => {
    expect(currentOf(run)?.id).toBe('step-2');
    expect(currentOf({ ...run, summary: { ...run.summary, state: 'stopped' } })).toBeUndefined();
    expect(runWords(run.summary)).toBe('production, for 4.18.0: 1 of 3 steps, at “Start the rollback”');
  });

  it('tells time against plan, and what is over it', () => {
    const [done, failed, pending] = run.steps;
    if (!done || !failed || !pending) throw new Error('three steps');
    const now = Date.parse(done.at ?? '');
    expect(stepTime(done, now).isOver).toBe(true);
    expect(stepTime(failed, now).isOver).toBe(false);
    expect(stepTime(pending, now)).toEqual({ text: '', isOver: false });
    const open = { ...done, state: 'to_do' as const, planned_minutes: 5 };
    expect(stepTime(open, Date.parse(done.since ?? '') + 60_000).isOver).toBe(false);
    expect(stepTime(open, Date.parse(done.since ?? '') + 360_000).isOver).toBe(true);
    expect(timeWords(run, Date.parse(run.summary.begun_at) + 60_000)).toContain('so far');
  });
});
