/** What the parts of user acceptance testing say, and how scenarios are written as text. */
import type { FeedbackForm, FeedbackStanding, ScenarioStep, UatRound, UatScenario, UatState, UatTester } from '$lib/api';
import { moment, plural } from '$lib/format';
import type { Status } from '$lib/status';

export const stateLook: Record<UatState, { readonly status: Status; readonly text: string }> = {
  testing: { status: 'in_progress', text: 'People test' },
  blocked: { status: 'blocked', text: 'Blocker open' },
  ready_to_sign: { status: 'waiting', text: 'Waits for signatures' },
  signed_off: { status: 'approved', text: 'Signed off' },
  void: { status: 'notice', text: 'For another version' },
  given_up: { status: 'cancelled', text: 'Given up' },
};

export const verdictLook: Record<UatScenario['verdict'], Status> = { open: 'not_started', passed: 'passed', failed: 'failed', blocked: 'blocked' };

export const standingLook: Record<FeedbackStanding, { readonly status: Status; readonly text: string }> = {
  untriaged: { status: 'waiting', text: 'Not triaged' },
  blocker: { status: 'blocked', text: 'Blocker' },
  solved: { status: 'passed', text: 'Solved' },
  later: { status: 'scheduled', text: 'Later' },
  wont: { status: 'skipped', text: 'Won’t' },
  duplicate: { status: 'skipped', text: 'Duplicate' },
};

/** How far a round is, in a sentence. */
export function progressWords(round: UatRound): string {
  const passed = round.scenarios.filter((known) => known.verdict === 'passed').length;
  return `${passed} of ${plural(round.scenarios.length, 'scenario')} passed`;
}

/** Steps as text: one a line, what should come of it after an arrow. */
export const stepsText = (steps: readonly ScenarioStep[]): string => steps.map((step) => (step.expects ? `${step.does} -> ${step.expects}` : step.does)).join('\n');

/** Steps from text. */
export function stepsOf(text: string): ScenarioStep[] {
  return text
    .split('\n')
    .map((line) => line.replace(/^\s*(?:[-*]|\d+[.)])\s+/, '').trim())
    .filter(Boolean)
    .map((line) => {
      const at = line.search(/->|→/);
      if (at < 0) return { does: line, expects: '' };
      return { does: line.slice(0, at).trim(), expects: line.slice(at).replace(/^(?:->|→)/, '').trim() };
    });
}

/** Words that are parted by commas or line ends. */
export const listOf = (text: string): string[] => text.split(/[,\n]/).map((word) => word.trim()).filter(Boolean);

export const formLook: Record<FeedbackForm['state'], { readonly status: Status; readonly text: string }> = {
  off: { status: 'not_started', text: 'Off' },
  listening: { status: 'passed', text: 'Answers' },
  failed: { status: 'failed', text: 'Does not answer' },
  starting: { status: 'in_progress', text: 'Is being turned on' },
  no_engine: { status: 'notice', text: 'Nobody serves it' },
};

/** How the feedback form stands, in a sentence or two. */
export function formWords(form: FeedbackForm): string {
  if (form.problem) return form.problem;
  if (form.state === 'off') return 'The feedback form is off: links open nothing until it is turned on.';
  const reach = form.is_reachable || form.public_url ? '' : ' Only this computer reaches it.';
  return form.state === 'listening' ? `The feedback form answers at ${form.base_url}.${reach}` : `The feedback form is being turned on at ${form.base_url}.`;
}

/** Whether a tester is invited, and until when. */
export function invitedWords(tester: UatTester, zone: string, now: number): string {
  if (!tester.invited_until) return 'Not invited to the feedback form.';
  return tester.is_expired ? 'The invitation is over.' : `Invited until ${moment(tester.invited_until, zone, now)}.`;
}
