/** What feedback and issues say to each other. */
import type { Errand, Feedback } from '$lib/api';
import type { Status } from '$lib/status';

export const errandLook: Record<Errand['state'], Status> = { under_way: 'in_progress', looking: 'in_progress', done: 'passed', refused: 'failed', unknown: 'waiting' };

/** How far something is that is written to a tracker. */
export function errandWords(errand: Errand): string {
  const what = errand.what === 'file' ? 'The issue' : 'What was to be written to the issue';
  switch (errand.state) {
    case 'under_way': return errand.what === 'file' ? 'The issue is being written' : 'The issue is being answered';
    case 'looking': return `${what} may be there, and is looked for`;
    case 'done': return errand.what === 'file' ? 'It became an issue' : 'Written to the issue';
    case 'refused': return errand.what === 'file' ? 'It became no issue' : 'Not written to the issue';
    case 'unknown': return `${what} may be there`;
  }
}

/** Whether something may be written about it now. */
export const mayWrite = (feedback: Feedback): boolean => !['under_way', 'looking', 'unknown'].includes(feedback.errand?.state ?? '');

/** What one would say at the issue: the answer, how it was solved, or what was decided. */
export function proposedAnswer(feedback: Feedback): string {
  if (feedback.solution) return `Solved: ${feedback.solution}`;
  if (feedback.answer) return feedback.answer;
  const decided = { blocker: 'This holds the version until it is solved.', later: 'This is put right in a later version.', wont: 'This stays as it is.' } as const;
  const word = feedback.standing in decided ? decided[feedback.standing as keyof typeof decided] : '';
  return [word, feedback.reason].filter(Boolean).join('\n\n');
}
