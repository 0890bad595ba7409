/** What a runbook's draft has that its last publication hadn't, in words. */
import type { RunbookContent, RunbookParameter, RunbookStep } from '$lib/api';
import { listed } from '$lib/format';

const stepFields: readonly (readonly [keyof RunbookStep, string])[] = [
  ['title', 'title'], ['instructions', 'instructions'], ['owner', 'owner'], ['planned_minutes', 'planned time'], ['needs_evidence', 'evidence'], ['asks_first', 'asks first'], ['action', 'what is done'],
];
const parameterFields: readonly (readonly [keyof RunbookParameter, string])[] = [
  ['description', 'meaning'], ['kind', 'kind'], ['choices', 'choices'], ['is_required', 'required or optional'], ['default', 'default'],
];

const same = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other);
const changed = <T>(one: T, other: T, fields: readonly (readonly [keyof T, string])[]): string[] => fields.filter(([field]) => !same(one[field], other[field])).map(([, word]) => word);

/** The differences, the new one's order first, what is gone last. Steps are known by their ids, parameters by their names. */
export function differences(old: RunbookContent, now: RunbookContent): string[] {
  const found: string[] = [];
  if (old.purpose !== now.purpose) found.push('Changed: when it is taken up');
  for (const parameter of now.parameters) {
    const before = old.parameters.find(({ name }) => name === parameter.name);
    const fields = before ? changed(before, parameter, parameterFields) : [];
    if (!before) found.push(`New parameter: ${parameter.name}`);
    else if (fields.length > 0) found.push(`Changed parameter: ${parameter.name} (${listed(fields)})`);
  }
  for (const { name } of old.parameters) if (!now.parameters.some((other) => other.name === name)) found.push(`Parameter gone: ${name}`);
  for (const step of now.steps) {
    const before = old.steps.find(({ id }) => id === step.id);
    const fields = before ? changed(before, step, stepFields) : [];
    if (!before) found.push(`New step: ${step.title}`);
    else if (fields.length > 0) found.push(`Changed step: ${step.title} (${listed(fields)})`);
  }
  for (const { id, title } of old.steps) if (!now.steps.some((other) => other.id === id)) found.push(`Step gone: ${title}`);
  const common = (one: RunbookContent, other: RunbookContent) => one.steps.map(({ id }) => id).filter((id) => other.steps.some((step) => step.id === id));
  if (!same(common(old, now), common(now, old))) found.push('The steps are in another order');
  return found;
}
