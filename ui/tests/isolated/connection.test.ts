import { fireEvent, render, screen, within } from '@testing-library/svelte';
import { describe, expect, it, vi } from 'vitest';
import { backend as sample } from '../fixtures/backend';
import { connections } from '../fixtures/settings';

vi.mock('$lib/api', async (original) => ({ ...(await original<object>()), backend: sample }));
const { default: ConnectionDialog } = await import('$lib/screens/settings/ConnectionDialog.svelte');
const { emptyNetwork, networkRequest } = await import('$lib/screens/settings/network-form');

const TOKEN = 'not-a-real-token';

describe('the connection dialog', () => {
  it('hands the token on once and keeps no copy of it', async () => {
    const onadd = vi.fn();
    render(ConnectionDialog, { open: true, onadd, onreplace: vi.fn() });
    const dialog = screen.getByRole('dialog');
    const field = (await within(dialog).findByLabelText('Token')) as HTMLInputElement;
    expect(field.type).toBe('password');
    await fireEvent.input(field, { target: { value: ` ${TOKEN}\n` } });
    await fireEvent.click(within(dialog).getByRole('button', { name: 'Add and verify' }));
    expect(onadd).toHaveBeenCalledExactlyOnceWith({ provider: 'github', name: 'GitHub', baseUrl: '', user: null, region: null, role: null, profile: null, token: TOKEN, sessionToken: null, network: networkRequest(emptyNetwork()), trustedFingerprint: null });
    expect(field.value).toBe('');
    expect(document.documentElement.outerHTML).not.toContain(TOKEN);
    expect(JSON.stringify({ ...localStorage })).not.toContain(TOKEN);
  });

  it('replaces a token with what belongs to it: who signed in still does, unless another is written', async () => {
    const onreplace = vi.fn();
    const [sampled] = connections;
    if (!sampled) throw new Error('there is no connection among the samples');
    const replace = { ...sampled, provider: 'Jenkins', name: 'Ours', user: 'mira' };
    render(ConnectionDialog, { open: true, replace, onadd: vi.fn(), onreplace });
    const dialog = screen.getByRole('dialog');
    const user = (await within(dialog).findByLabelText(/^User id/)) as HTMLInputElement;
    expect(user.value).toBe('mira');
    expect(within(dialog).queryByLabelText(/^Address/)).toBeNull();
    await fireEvent.input(user, { target: { value: 'release-bot' } });
    await fireEvent.input(within(dialog).getByLabelText(/^API token/), { target: { value: TOKEN } });
    await fireEvent.click(within(dialog).getByRole('button', { name: 'Replace the token' }));
    expect(onreplace).toHaveBeenCalledExactlyOnceWith(replace.id, { user: 'release-bot', token: TOKEN, sessionToken: null });
  });

  it('sends nothing without a token or with a bad address, and says why', async () => {
    const onadd = vi.fn();
    render(ConnectionDialog, { open: true, onadd, onreplace: vi.fn() });
    const dialog = screen.getByRole('dialog');
    await fireEvent.input(await within(dialog).findByLabelText(/^Address of the API/), { target: { value: 'http://git.example.com' } });
    await fireEvent.click(within(dialog).getByRole('button', { name: 'Add and verify' }));
    expect(onadd).not.toHaveBeenCalled();
    expect(dialog.textContent).toContain('Use https');
    expect(dialog.textContent).toContain('Paste a token.');
  });
});
