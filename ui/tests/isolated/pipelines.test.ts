/** The dialog that starts a run by hand: it opens, judges what is typed, and says what a start means. */
import { fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { expect, test, vi } from 'vitest';

vi.mock('$lib/api', async (original) => ({ ...(await original<object>()), backend: (await import('../fixtures/backend')).backend }));

import StartDialog from '../../src/lib/screens/pipelines/StartDialog.svelte';

const place = { connectionId: 'c1', repository: 'nordwind/checkout' };

test('it asks for what the pipeline takes, says what a start means, and wants a reason', async () => {
  const onstarted = vi.fn();
  render(StartDialog, { open: true, place, pipeline: 'deploy.yml', title: 'Start Deploy', onstarted });
  await waitFor(() => expect(screen.getByText('Inputs')).toBeTruthy());
  await fireEvent.click(screen.getByRole('button', { name: 'Continue' }));
  expect(screen.getAllByText('It is required. Give a value.')).toHaveLength(2);
  await fireEvent.input(screen.getByLabelText('version'), { target: { value: '1.4.0' } });
  await fireEvent.change(screen.getByLabelText('environment'), { target: { value: 'staging' } });
  await fireEvent.click(screen.getByRole('button', { name: 'Continue' }));
  await waitFor(() => expect(screen.getByText(/outside of any release/)).toBeTruthy());
  const start = screen.getByRole('button', { name: 'Start the run' });
  expect(start.getAttribute('aria-disabled')).toBe('true');
  await fireEvent.click(start);
  expect(onstarted).not.toHaveBeenCalled();
  await fireEvent.input(screen.getByLabelText('Reason'), { target: { value: 'config only' } });
  await fireEvent.click(screen.getByRole('button', { name: 'Start the run' }));
  await waitFor(() => expect(onstarted).toHaveBeenCalledOnce());
});
