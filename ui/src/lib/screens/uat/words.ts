/** What the parts of user acceptance testing say, and how scenarios are written as text. */
import type { FeedbackStanding, ScenarioStep, UatRound, UatScenario, UatState } from '$lib/api';
import { plural } from '$lib/format';
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
