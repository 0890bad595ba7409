import { fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { backend as sample } from '../fixtures/backend';
import { checklist, proof } from '../fixtures/checklists';

vi.mock('$lib/api', async (original) => ({ ...(await original<object>()), backend: sample }));
const { default: ChecklistPanel } = await import('$lib/screens/checklists/ChecklistPanel.svelte');
const { toasts } = await import('$lib/state/toasts.svelte');

const [done, open, looksItself] = checklist.items;
if (!done || !open || !looksItself) throw new Error('there are no items among the samples');
const optional = { ...open, id: 'item-4', title: 'Water the plants', is_required: false };
const proven = { ...open, id: 'item-5', title: 'Restore it', needs_evidence: true };
const list = { ...checklist, items: [done, open, looksItself, optional, proven] };
const draw = () => render(ChecklistPanel, { list, releaseId: 'rel-1', onchanged: () => Promise.resolve(), onlink: vi.fn() });

describe('a checklist', () => {
  afterEach(() => (toasts.list = []));

  it('ticks an item at once and offers to undo it', async () => {
    const ticked = vi.spyOn(sample, 'tickItems');
    draw();
    expect(screen.queryByRole('checkbox', { name: looksItself.title })).toBeNull();
    await fireEvent.click(screen.getByRole('checkbox', { name: open.title }));
    expect(ticked).toHaveBeenCalledExactlyOnceWith('list-1', ['item-2'], null, '');
    await waitFor(() => expect(toasts.list.at(-1)).toMatchObject({ text: 'Ticked “Tell support”', action: { label: 'Undo' } }));
  });

  it('takes a tick back', async () => {
    const reopened = vi.spyOn(sample, 'reopenItems');
    draw();
    expect(screen.getByRole('checkbox', { name: done.title }).getAttribute('aria-checked')).toBe('true');
    await fireEvent.click(screen.getByRole('checkbox', { name: done.title }));
    expect(reopened).toHaveBeenCalledExactlyOnceWith('list-1', ['item-1']);
  });

  it('asks for the evidence first, and ticks once it is there', async () => {
    const ticked = vi.spyOn(sample, 'tickItems');
    const attached = vi.spyOn(sample, 'attachEvidence');
    draw();
    await fireEvent.click(screen.getByRole('checkbox', { name: proven.title }));
    expect(ticked).not.toHaveBeenCalled();
    const dialog = await screen.findByRole('dialog', { name: 'Tick “Restore it” with evidence' });
    await fireEvent.change(within(dialog).getByLabelText('Kind'), { target: { value: 'file' } });
    const file = new File([new Uint8Array([0, 255, 1])], 'dump.log');
    await fireEvent.change(within(dialog).getByLabelText('File'), { target: { files: [file] } });
    await fireEvent.click(within(dialog).getByRole('button', { name: 'Attach and tick' }));
    await waitFor(() => expect(attached).toHaveBeenCalledExactlyOnceWith('list-1', 'item-5', { kind: 'file', name: 'dump.log', content: 'AP8B' }));
    await waitFor(() => expect(ticked).toHaveBeenCalledExactlyOnceWith('list-1', ['item-5'], null, ''));
  });

  it('takes no file over 10 MiB', async () => {
    const attached = vi.spyOn(sample, 'attachEvidence');
    draw();
    await fireEvent.click(screen.getByRole('checkbox', { name: proven.title }));
    const dialog = await screen.findByRole('dialog');
    await fireEvent.change(within(dialog).getByLabelText('Kind'), { target: { value: 'file' } });
    const file = new File(['x'], 'dump.log');
    Object.defineProperty(file, 'size', { value: 10 * 1024 * 1024 + 1 });
    await fireEvent.change(within(dialog).getByLabelText('File'), { target: { files: [file] } });
    await fireEvent.click(within(dialog).getByRole('button', { name: /^Attach and tick/ }));
    expect(dialog.textContent).toContain('larger than 10 MiB');
    expect(attached).not.toHaveBeenCalled();
  });

  it('skips with a reason, and assigns', async () => {
    const skipped = vi.spyOn(sample, 'skipItems');
    const assigned = vi.spyOn(sample, 'assignItems');
    draw();
    await fireEvent.click(screen.getByRole('button', { name: optional.title }));
    await fireEvent.click(screen.getByRole('button', { name: 'Skip…' }));
    const skip = await screen.findByRole('dialog', { name: 'Skip “Water the plants”' });
    await fireEvent.click(within(skip).getByRole('button', { name: 'Skip' }));
    expect(skipped).not.toHaveBeenCalled();
    await fireEvent.input(within(skip).getByLabelText('Reason'), { target: { value: 'They are gone' } });
    await fireEvent.click(within(skip).getByRole('button', { name: 'Skip' }));
    await waitFor(() => expect(skipped).toHaveBeenCalledExactlyOnceWith('list-1', ['item-4'], 'They are gone'));
    await fireEvent.click(screen.getByRole('button', { name: 'Assign…' }));
    const assign = await screen.findByRole('dialog', { name: 'Assign “Water the plants”' });
    await fireEvent.input(within(assign).getByLabelText(/^Who has it/), { target: { value: ' Ana ' } });
    await fireEvent.click(within(assign).getByRole('button', { name: 'Assign' }));
    await waitFor(() => expect(assigned).toHaveBeenCalledExactlyOnceWith('list-1', ['item-4'], 'Ana', null));
  });

  it('takes a newer publication over once its reason is given, and keeps what is gone', async () => {
    const taken = vi.spyOn(sample, 'takeOverPublication');
    const newer = { number: 3, changes: [{ change: 'removed' as const, title: 'Water the plants', fields: [] }], reopened: [open.title], settled_and_gone: ['Water the plants'], needs_reason: true };
    const was = { number: 1, title: 'Call the bank', state: 'done' as const, by: 'Ana', at: proof.at, remark: '' };
    render(ChecklistPanel, { list: { ...list, newer, removed: [{ id: 'item-9', number: 2, was, evidence: [] }] }, releaseId: 'rel-1', onchanged: () => Promise.resolve(), onlink: vi.fn() });
    expect(screen.getByText('gone with number 2; ticked by Ana under number 1')).toBeTruthy();
    await fireEvent.click(screen.getByRole('button', { name: 'Take it over… Go-live' }));
    const dialog = await screen.findByRole('dialog', { name: 'Take number 3 of “Go-live” over' });
    expect(dialog.textContent).toContain('Gone: Water the plants');
    await fireEvent.click(within(dialog).getByRole('button', { name: /^Take it over/ }));
    expect(taken).not.toHaveBeenCalled();
    await fireEvent.input(within(dialog).getByLabelText('Reason'), { target: { value: ' They are gone ' } });
    await fireEvent.click(within(dialog).getByRole('button', { name: /^Take it over/ }));
    await waitFor(() => expect(taken).toHaveBeenCalledExactlyOnceWith('list-1', 3, 'They are gone'));
  });

  it('shows evidence as text, and takes it back', async () => {
    const withdrawn = vi.spyOn(sample, 'withdrawEvidence');
    const piece = { ...proof, kind: 'file' as const, title: 'dump.log', text: null, can_show: true, bytes: 12, media_type: 'text/html' };
    vi.spyOn(sample, 'previewEvidence').mockResolvedValue({ png: null, text: '<img src=x onerror=alert(1)>', is_cut: false, save_only: null });
    render(ChecklistPanel, { list: { ...list, items: [{ ...done, evidence: [piece] }] }, releaseId: 'rel-1', onchanged: () => Promise.resolve(), onlink: vi.fn() });
    await fireEvent.click(screen.getByRole('button', { name: done.title }));
    await fireEvent.click(screen.getByRole('button', { name: 'Look at dump.log' }));
    const dialog = await screen.findByRole('dialog', { name: 'dump.log' });
    await waitFor(() => expect(dialog.textContent).toContain('<img src=x onerror=alert(1)>'));
    expect(dialog.querySelector('img')).toBeNull();
    await fireEvent.click(within(dialog).getByRole('button', { name: 'Close' }));
    await fireEvent.click(screen.getByRole('button', { name: 'Take back dump.log' }));
    expect(withdrawn).toHaveBeenCalledExactlyOnceWith('proof-1');
  });
});
