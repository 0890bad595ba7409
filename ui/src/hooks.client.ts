/** What a screen that could not be drawn tells the person; the details stay out of the console. */
import type { HandleClientError } from '@sveltejs/kit';
import { toFailure } from '$lib/api';

export const handleError: HandleClientError = ({ error, status }) => {
  if (status === 404) return { code: 'window.no_such_screen', message: 'There is no such screen.' };
  const { code, message } = toFailure(error);
  return { code, message };
};
