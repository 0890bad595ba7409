/** What is to be filled in to approve: first values, and what doesn't fit. Rust asks the same again. Pure. */
import type { GateInput } from '$lib/api/model';

export const firstValues = (inputs: readonly GateInput[]): Record<string, string> => Object.fromEntries(inputs.map((input) => [input.name, input.initial]));

/** By name, what is wrong with its value. */
export function inputFaults(inputs: readonly GateInput[], values: Readonly<Record<string, string>>): Record<string, string> {
  const faults: Record<string, string> = {};
  for (const input of inputs) {
    const value = values[input.name] ?? '';
    if (input.required && value.trim() === '') faults[input.name] = `Give ${input.name}.`;
    else if (input.kind === 'number' && value.trim() !== '' && !Number.isFinite(Number(value))) faults[input.name] = `${input.name} must be a number.`;
  }
  return faults;
}
