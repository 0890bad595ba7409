/** The form of a run by hand: what each input starts with, and what is wrong with it before anything is asked. Pure. */
import type { GivenInput, PipelineInput } from '$lib/api';

export type Values = Readonly<Record<string, string>>;

/** What each input starts with: what was typed before stays where the input still takes it. */
export function startingValues(inputs: readonly PipelineInput[], before: Values = {}): Values {
  return Object.fromEntries(
    inputs.map((input) => {
      const kept = before[input.name];
      const fits = kept !== undefined && (input.kind !== 'choice' || kept === '' || input.options.includes(kept));
      return [input.name, fits ? kept : (input.initial ?? (input.kind === 'boolean' ? 'false' : ''))];
    }),
  );
}

/** What is wrong with a value, and how to put it right; undefined where nothing is. */
export function fault(input: PipelineInput, value: string): string | undefined {
  if (value === '') return input.required && !input.initial ? 'It is required. Give a value.' : undefined;
  if (input.secret) return 'A secret can’t be sent from here: what is sent is kept in the audit log. Leave it empty, or start the run at the provider.';
  if (input.kind === 'choice' && !input.options.includes(value)) return `Choose one of: ${input.options.join(', ')}.`;
  if (input.kind === 'boolean' && value !== 'true' && value !== 'false') return 'Choose yes or no.';
  if (input.kind === 'number' && !/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(value)) return `“${value}” is no number. Write it with a point: 1.5.`;
  return undefined;
}

/** What is sent: an input that is left empty, and one that stays as the pipeline has it, is left to the pipeline. */
export const givenInputs = (inputs: readonly PipelineInput[], values: Values): GivenInput[] =>
  inputs.map((input) => ({ name: input.name, value: values[input.name] ?? '', initial: input.initial ?? '' })).filter(({ value, initial }) => value !== '' && value !== initial).map(({ name, value }) => ({ name, value }));
