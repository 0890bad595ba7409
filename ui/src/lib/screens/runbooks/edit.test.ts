import { describe, expect, it } from 'vitest';
import { runbook } from '../../../../tests/fixtures/runbooks';
import { actionOf, draftOf, editOf, inputsOf, inputsText, moved, newDraft, newStep, problemsOf, secondsOf, waitOf } from './edit';

describe('a runbook while it is edited', () => {
  it('goes back as it came', () => {
    const edit = editOf(draftOf(runbook, 'prod-1'));
    expect(edit.content).toEqual(runbook.content);
    expect([edit.id, edit.revision, edit.kind]).toEqual(['runbook-1', 3, 'rollback']);
  });

  it('says what is missing', () => {
    const draft = newDraft('prod-1');
    expect(problemsOf(draft)).toEqual(['The runbook has no name.', 'Step 1 has no title.']);
    draft.name = 'Recover';
    draft.content.steps = [{ ...newStep(), title: 'Start', action: actionOf('trigger') }, { ...newStep(), title: 'Test', action: actionOf('smoke') }];
    draft.content.parameters = [{ name: '1st', description: '', kind: 'choice', choices: [], is_required: true, default: null }];
    expect(problemsOf(draft)).toHaveLength(4);
  });

  it('drops evidence of what nobody ticks', () => {
    const draft = newDraft('prod-1');
    draft.content.steps = [{ ...newStep(), title: 'Wait', needs_evidence: true, action: actionOf('wait') }];
    expect(editOf(draft).content?.steps?.[0]?.needs_evidence).toBe(false);
  });

  it('reads inputs as they are written', () => {
    const inputs = inputsOf('version = {{target}}\n\n  url=https://a.example/?q=1 \nbare');
    expect(inputs).toEqual([{ name: 'version', value: '{{target}}' }, { name: 'url', value: 'https://a.example/?q=1' }, { name: 'bare', value: '' }]);
    expect(inputsOf(inputsText(inputs))).toEqual(inputs);
  });

  it('tells a wait in its own unit', () => {
    for (const [seconds, count, unit] of [[30, 30, 'seconds'], [600, 10, 'minutes'], [7_200, 2, 'hours'], [90, 90, 'seconds']] as const) {
      expect(waitOf(seconds)).toEqual({ count, unit });
      expect(secondsOf(count, unit)).toBe(seconds);
    }
    expect(secondsOf(0, 'minutes')).toBe(60);
  });

  it('moves a step within the list and not out of it', () => {
    expect(moved(['a', 'b', 'c'], 2, -1)).toEqual(['a', 'c', 'b']);
    expect(moved(['a', 'b'], 0, -1)).toEqual(['a', 'b']);
    expect(moved(['a', 'b'], 1, 1)).toEqual(['a', 'b']);
  });
});
