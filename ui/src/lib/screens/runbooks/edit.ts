/** A runbook while it is edited: plain fields, and what is wrong with them. */
import type { Runbook, RunbookContent, RunbookEdit, RunbookKind, RunbookParameter, RunbookStep, StepAction } from '$lib/api';

export interface Draft {
  id: string | null;
  revision: number;
  productId: string;
  name: string;
  kind: RunbookKind;
  environmentIds: string[];
  content: RunbookContent;
}

let made = 0;

/** A step that the store has not seen: its id only tells it from the others. */
export const newStep = (): RunbookStep => ({
  id: `new-${(made += 1)}`, title: '', instructions: '', owner: null, planned_minutes: null, needs_evidence: false, asks_first: false, action: { do: 'manual' },
});

export const newParameter = (): RunbookParameter => ({ name: '', description: '', kind: 'text', choices: [], is_required: true, default: null });

export const newDraft = (productId: string): Draft => ({
  id: null, revision: 0, productId, name: '', kind: 'rollback', environmentIds: [], content: { purpose: '', parameters: [], steps: [newStep()] },
});

export const draftOf = (runbook: Runbook, productId: string): Draft => ({
  id: runbook.id, revision: runbook.revision, productId, name: runbook.name, kind: runbook.kind, environmentIds: [...runbook.environment_ids], content: structuredClone(runbook.content),
});

const isAutomatic = (action: StepAction) => action.do !== 'manual' && action.do !== 'go';

export const editOf = (draft: Draft): RunbookEdit => ({
  id: draft.id, revision: draft.revision, product_id: draft.productId, name: draft.name, kind: draft.kind, environment_ids: draft.environmentIds,
  content: { ...draft.content, steps: draft.content.steps.map((step) => ({ ...step, needs_evidence: step.needs_evidence && !isAutomatic(step.action) })) },
});

/** What keeps the draft from being saved, before Rust is asked. */
export function problemsOf(draft: Draft): string[] {
  const problems: string[] = [];
  if (!draft.name.trim()) problems.push('The runbook has no name.');
  draft.content.parameters.forEach((parameter, at) => {
    if (!/^[A-Za-z][A-Za-z0-9_]{0,39}$/.test(parameter.name.trim())) problems.push(`The name of parameter ${at + 1} is a letter, then letters, digits and underscores.`);
    if (parameter.kind === 'choice' && parameter.choices.length === 0) problems.push(`Parameter ${at + 1} offers no choices.`);
  });
  draft.content.steps.forEach((step, at) => {
    if (!step.title.trim()) problems.push(`Step ${at + 1} has no title.`);
    if (step.action.do === 'trigger' && !step.action.pipeline.trim()) problems.push(`Step ${at + 1} names no pipeline.`);
    if (step.action.do === 'smoke' && !step.action.scenario_id) problems.push(`Step ${at + 1} names no smoke test.`);
    if (step.action.do === 'checklist' && !step.action.template_id) problems.push(`Step ${at + 1} names no checklist.`);
  });
  return problems;
}

/** The list with one of its entries moved by a place. */
export function moved<T>(list: readonly T[], at: number, by: -1 | 1): T[] {
  const next = [...list];
  const [entry] = next.splice(at, 1);
  if (entry !== undefined) next.splice(Math.min(next.length, Math.max(0, at + by)), 0, entry);
  return next;
}

export const actions: readonly { value: StepAction['do']; label: string }[] = [
  { value: 'manual', label: 'A person does it' },
  { value: 'go', label: 'A person says go or no go' },
  { value: 'wait', label: 'Wait' },
  { value: 'trigger', label: 'Start a pipeline, and follow its run' },
  { value: 'healthy', label: 'Wait for healthy checks' },
  { value: 'smoke', label: 'Run a smoke test' },
  { value: 'checklist', label: 'Begin a checklist of the release' },
];

export const kinds: readonly { value: RunbookKind; label: string }[] = [
  { value: 'rollback', label: 'Rollback: bring an earlier version back' },
  { value: 'deployment', label: 'Deployment: bring a version there' },
  { value: 'recovery', label: 'Recovery: after an outage or a loss' },
  { value: 'other', label: 'Anything else' },
];

/** An action of another kind, with what it begins with. */
export function actionOf(kind: string): StepAction {
  switch (kind) {
    case 'go':
      return { do: 'go' };
    case 'wait':
      return { do: 'wait', seconds: 600 };
    case 'trigger':
      return { do: 'trigger', connection_id: null, repository: null, pipeline: '', git_ref: '', inputs: [] };
    case 'healthy':
      return { do: 'healthy', within_minutes: 10 };
    case 'smoke':
      return { do: 'smoke', scenario_id: '' };
    case 'checklist':
      return { do: 'checklist', template_id: '', until_settled: true };
    default:
      return { do: 'manual' };
  }
}

/** Inputs as text, one a line: `name = value`. */
export const inputsText = (inputs: readonly { name: string; value: string }[]): string => inputs.map(({ name, value }) => `${name} = ${value}`).join('\n');

export function inputsOf(text: string): { name: string; value: string }[] {
  return text
    .split('\n')
    .filter((line) => line.trim())
    .map((line) => {
      const at = line.indexOf('=');
      return at < 0 ? { name: line.trim(), value: '' } : { name: line.slice(0, at).trim(), value: line.slice(at + 1).trim() };
    });
}

const UNITS = { seconds: 1, minutes: 60, hours: 3_600 } as const;

export type WaitUnit = keyof typeof UNITS;

/** A wait in the largest unit that it fills wholly. */
export function waitOf(seconds: number): { readonly count: number; readonly unit: WaitUnit } {
  const unit: WaitUnit = seconds > 0 && seconds % 3_600 === 0 ? 'hours' : seconds > 0 && seconds % 60 === 0 ? 'minutes' : 'seconds';
  return { count: seconds / UNITS[unit], unit };
}

export const secondsOf = (count: number, unit: WaitUnit): number => Math.max(1, Math.round(count)) * UNITS[unit];

/** Words with commas between them. */
export const listOf = (text: string): string[] => text.split(',').map((word) => word.trim()).filter(Boolean);
