/** What the window knows about something that went wrong: a stable code, a sentence, and the way out. */
export interface FailureInfo {
  readonly code: string;
  readonly message: string;
  readonly nextStep?: string | undefined;
}

export class Failure extends Error implements FailureInfo {
  readonly code: string;
  readonly nextStep: string | undefined;

  constructor(info: FailureInfo, cause?: unknown) {
    super(info.message, { cause });
    this.name = 'Failure';
    this.code = info.code;
    this.nextStep = info.nextStep;
  }

  /** Text for "Copy details": no secret ever reaches the window, so there is none to redact here. */
  get details(): string {
    return [`code: ${this.code}`, `message: ${this.message}`, this.nextStep ? `next step: ${this.nextStep}` : '']
      .filter(Boolean)
      .join('\n');
  }
}

/** Any thrown value as a Failure. */
export function toFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new Failure(
    {
      code: 'window.unexpected',
      message: `The window met something unexpected: ${message}`,
      nextStep: 'Try again. If it stays, copy the details and report them.',
    },
    error,
  );
}
