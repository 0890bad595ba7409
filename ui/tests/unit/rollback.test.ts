import { fireEvent, render, screen, within } from '@testing-library/svelte';
import { describe, expect, it, vi } from 'vitest';
import RollbackDialog from '$lib/screens/rollback/RollbackDialog.svelte';
import { rollback } from '../fixtures/release';

const setup = (model = rollback) => {
  const onconfirm = vi.fn();
  render(RollbackDialog, { open: true, model, onconfirm, oncompare: vi.fn() });
  return { onconfirm, dialog: screen.getByRole('dialog') };
};

describe('the rollback dialog', () => {
  it('starts at the first version that is possible, with what is known of it and its steps', () => {
    const { dialog } = setup();
    expect((within(dialog).getByLabelText('4.17.3') as HTMLInputElement).checked).toBe(true);
    expect(dialog.textContent).toContain('Verified here Wed 11 Nov');
    expect(dialog.textContent).toContain('Trigger rollback.yml once');
  });

  it('shows what is impossible with its reason, and does not let it be chosen', () => {
    const { dialog } = setup();
    const impossible = within(dialog).getByLabelText('4.16.0') as HTMLInputElement;
    expect(impossible.disabled).toBe(true);
    expect(document.getElementById(impossible.getAttribute('aria-describedby') ?? '')?.textContent).toContain('never verified in Production EU');
  });

  it('hands on the chosen version and the reason', async () => {
    const { dialog, onconfirm } = setup();
    await fireEvent.click(within(dialog).getByLabelText('4.17.2'));
    await fireEvent.input(within(dialog).getByLabelText('Reason for the lock'), { target: { value: ' canary fails ' } });
    await fireEvent.click(within(dialog).getByRole('button', { name: 'Roll back to 4.17.2' }));
    expect(onconfirm).toHaveBeenCalledExactlyOnceWith('r4172', 'canary fails', 'as_set');
  });

  it('does nothing without a reason', async () => {
    const { dialog, onconfirm } = setup();
    await fireEvent.input(within(dialog).getByLabelText('Reason for the lock'), { target: { value: '  ' } });
    const button = within(dialog).getByRole('button', { name: 'Roll back to 4.17.3' });
    await fireEvent.click(button);
    expect(button.getAttribute('aria-disabled')).toBe('true');
    expect(onconfirm).not.toHaveBeenCalled();
  });

  it('says so where there is nothing to go back to', () => {
    const { dialog } = setup({ ...rollback, options: [] });
    expect(dialog.textContent).toContain('No version to go back to');
    expect(within(dialog).queryByRole('button', { name: /^Roll back/ })).toBeNull();
  });

  it('never takes another way than the provider’s own unasked', async () => {
    const onconfirm = vi.fn();
    const native = { ...rollback, native: true, options: rollback.options.map((option) => ({ ...option, stepsInstead: ['Trigger deploy.yml once'] })) };
    const way = { provider: 'GitHub', pipeline: 'deploy.yml', open: false, point: { status: 'blocked' as const, text: 'GitHub’s own way is closed: the run is too old.' }, limit: '' };
    render(RollbackDialog, { open: true, model: native, way, onconfirm, oncompare: vi.fn() });
    const dialog = await screen.findByRole('dialog');
    expect(dialog.textContent).toContain('the run is too old');
    await fireEvent.click(within(dialog).getByRole('button', { name: /^Roll back/ }));
    expect(onconfirm).not.toHaveBeenCalled();
    await fireEvent.click(within(dialog).getByRole('radio', { name: /Start deploy.yml/ }));
    expect(dialog.textContent).toContain('Trigger deploy.yml once');
    await fireEvent.click(within(dialog).getByRole('button', { name: /^Roll back/ }));
    expect(onconfirm).toHaveBeenCalledExactlyOnceWith('r4173', expect.any(String), 'redeploy');
  });
});
