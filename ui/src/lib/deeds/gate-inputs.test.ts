import { describe, expect, it } from 'vitest';
import type { GateInput } from '$lib/api/model';
import { firstValues, inputFaults } from './gate-inputs';

const input = (name: string, more: Partial<GateInput> = {}): GateInput => ({ name, description: '', kind: 'text', options: [], required: false, initial: '', hidden: false, ...more });

describe('what is to be filled in', () => {
  it('begins with its defaults', () => {
    expect(firstValues([input('scope', { initial: 'canary' }), input('note')])).toEqual({ scope: 'canary', note: '' });
  });
  it('names what is missing or no number', () => {
    const inputs = [input('ticket', { required: true }), input('share', { kind: 'number' }), input('note')];
    expect(inputFaults(inputs, { ticket: ' ', share: 'ten' })).toEqual({ ticket: 'Give ticket.', share: 'share must be a number.' });
    expect(inputFaults(inputs, { ticket: 'CH-7', share: '' })).toEqual({});
  });
});
