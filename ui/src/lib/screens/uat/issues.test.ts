import { describe, expect, it } from 'vitest';
import type { Feedback } from '$lib/api';
import { errandWords, mayWrite, proposedAnswer } from './issues';

const feedback = (known: Partial<Feedback>): Feedback => ({ standing: 'untriaged', reason: '', solution: null, answer: null, errand: null, ...known }) as Feedback;

describe('what is said at an issue', () => {
  it('is the latest word', () => {
    expect(proposedAnswer(feedback({}))).toBe('');
    expect(proposedAnswer(feedback({ standing: 'later', reason: 'With the new basket.' }))).toBe('This is put right in a later version.\n\nWith the new basket.');
    expect(proposedAnswer(feedback({ standing: 'blocker', answer: 'We look.' }))).toBe('We look.');
    expect(proposedAnswer(feedback({ standing: 'solved', answer: 'We look.', solution: 'The rate was old.' }))).toBe('Solved: The rate was old.');
  });

  it('is not said twice at the same time', () => {
    const errand = { what: 'tell', repository: 'a/b', message: null, next_step: null } as const;
    expect(mayWrite(feedback({}))).toBe(true);
    expect(mayWrite(feedback({ errand: { ...errand, state: 'refused' } }))).toBe(true);
    expect(mayWrite(feedback({ errand: { ...errand, state: 'unknown' } }))).toBe(false);
    expect(errandWords({ ...errand, state: 'done' })).toBe('Written to the issue');
  });
});
