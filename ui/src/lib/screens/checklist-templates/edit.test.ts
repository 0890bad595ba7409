import { describe, expect, it } from 'vitest';
import { editOf, moved, newDraft, newItem, problemsOf } from './edit';

describe('a template while it is edited', () => {
  it('says what is missing', () => expect(problemsOf(newDraft('e'))).toEqual(['The checklist has no name.', 'Item 1 has no title.']));

  it('forgets what waits for an item that is gone, and proof of what looks by itself', () => {
    const [one, two] = [newItem(), { ...newItem(), automatic: 'runs_version' as const, needs_evidence: true }];
    const edit = editOf({ ...newDraft('e'), items: [{ ...two, after: [one.id, 'gone'] }, one] });
    expect(edit.items[0]).toMatchObject({ after: [one.id], needs_evidence: false });
  });

  it('moves items within the list', () => {
    const items = [newItem(), newItem(), newItem()];
    const ids = (list: typeof items) => list.map((item) => items.indexOf(item));
    expect(ids(moved(items, 0, 1))).toEqual([1, 0, 2]);
    expect(ids(moved(items, 0, -1))).toEqual([0, 1, 2]);
    expect(ids(moved(items, 2, 1))).toEqual([0, 1, 2]);
  });
});
