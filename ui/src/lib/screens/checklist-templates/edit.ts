/** A template while it is edited: its items with plain fields, and what is wrong with them. */
import type { AutomaticItem, ChecklistTemplate, Moment, TemplateEdit, TemplateItem } from '$lib/api';

export interface Draft {
  id: string | null;
  revision: number;
  environmentId: string;
  name: string;
  moment: Moment;
  items: TemplateItem[];
}

let made = 0;

/** An item that the store has not seen: its id only tells it from the others. */
export const newItem = (): TemplateItem => ({
  id: `new-${(made += 1)}`, title: '', instructions: '', is_required: true, needs_evidence: false, after: [], assignee: null, due_hours: null, planned_minutes: null, automatic: null,
});

export const draftOf = (template: ChecklistTemplate): Draft => ({
  id: template.id, revision: template.revision, environmentId: template.environment_id, name: template.name, moment: template.moment, items: structuredClone(template.items),
});

export const newDraft = (environmentId: string): Draft => ({ id: null, revision: 0, environmentId, name: '', moment: 'before', items: [newItem()] });

export const editOf = (draft: Draft): TemplateEdit => ({
  id: draft.id, revision: draft.revision, environment_id: draft.environmentId, name: draft.name, moment: draft.moment,
  items: draft.items.map((item) => ({ ...item, needs_evidence: item.needs_evidence && item.automatic === null, after: item.after.filter((id) => draft.items.some((other) => other.id === id)) })),
});

/** What keeps the draft from being saved. */
export function problemsOf(draft: Draft): string[] {
  const problems: string[] = [];
  if (!draft.name.trim()) problems.push('The checklist has no name.');
  draft.items.forEach((item, at) => {
    if (!item.title.trim()) problems.push(`Item ${at + 1} has no title.`);
  });
  return problems;
}

/** The items with one of them moved by a place. */
export function moved(items: readonly TemplateItem[], at: number, by: -1 | 1): TemplateItem[] {
  const next = [...items];
  const [item] = next.splice(at, 1);
  if (item) next.splice(Math.min(next.length, Math.max(0, at + by)), 0, item);
  return next;
}

export const automaticOptions: readonly { value: AutomaticItem; label: string }[] = [
  { value: 'environment_healthy', label: 'All health checks of the environment are healthy' },
  { value: 'runs_version', label: 'The environment runs the release’s version' },
  { value: 'smoke_tests_pass', label: 'The environment’s required smoke tests have passed' },
];
