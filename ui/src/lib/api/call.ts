/** Calls to Rust: an answer is returned, an error is thrown as a Failure. */
import type { ApiError } from './bindings';
import { Failure } from './failure';
import { sentence } from './words';

type Answer<T> = { status: 'ok'; data: T } | { status: 'error'; error: ApiError };

/** An error of the wire as a Failure. */
export function failureOf(error: ApiError): Failure {
  // Tauri itself answers with a text where a command is not permitted or its arguments can't be read.
  if (typeof error === 'string') {
    return new Failure({ code: 'window.refused', message: `The call was refused: ${String(error)}`, nextStep: 'Restart Pilothouse. If it stays, copy the details and report them.' });
  }
  return new Failure({
    code: error.code,
    message: sentence(error.message),
    nextStep: error.next_step || undefined,
    reasons: error.blockers.map((blocker) => `${sentence(blocker.title)} ${sentence(blocker.detail)}`.trim()),
    field: error.field ?? undefined,
    certificate: error.certificate ?? undefined,
  });
}

/** The data of an answer. Throws a Failure. */
export async function call<T>(answer: Promise<Answer<T>>): Promise<T> {
  const given = await answer;
  if (given.status === 'ok') return given.data;
  throw failureOf(given.error);
}
