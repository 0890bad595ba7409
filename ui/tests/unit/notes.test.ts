import { fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { describe, expect, it, vi } from 'vitest';
import NotesPanel from '$lib/screens/release/NotesPanel.svelte';

const written = { notes: '## Features\n\n- carts', byProvider: true, instead: null };
const setup = (notes: string, refused: string | null = null) => {
  const ongenerate = vi.fn(() => Promise.resolve(written));
  render(NotesPanel, { notes, editable: true, writer: { name: 'GitHub', refused }, onsave: vi.fn(), ongenerate, onopen: vi.fn() });
  return ongenerate;
};
const area = () => screen.getByLabelText('Notes in Markdown') as HTMLTextAreaElement;
const press = (name: string) => fireEvent.click(screen.getByRole('button', { name }));

describe('the notes editor', () => {
  it('never puts written notes in place of others unasked, and takes them back', async () => {
    setup('My own words');
    await press('Edit');
    await press('Let GitHub write');
    await waitFor(() => screen.getByRole('group', { name: 'Where the written notes go' }));
    expect(area().value).toBe('My own words');
    await press('Replace what is there');
    expect(area().value).toBe(written.notes);
    await press('Undo');
    expect(area().value).toBe('My own words');
  });

  it('puts them below where that is wanted', async () => {
    setup('My own words');
    await press('Edit');
    await press('Write from the commits');
    await waitFor(() => screen.getByRole('button', { name: 'Put them below' }));
    await press('Put them below');
    expect(area().value).toBe(`My own words\n\n${written.notes}`);
  });

  it('fills an empty editor at once, and says why a provider writes none', async () => {
    const ongenerate = setup('', 'Jenkins writes no notes; they are made from the commits.');
    await press('Write notes');
    expect(screen.getByRole('button', { name: 'Let GitHub write' }).getAttribute('aria-disabled')).toBe('true');
    await press('Let GitHub write');
    expect(ongenerate).not.toHaveBeenCalled();
    await press('Write from the commits');
    await waitFor(() => expect(area().value).toBe(written.notes));
  });
});
