import type { CertificateRefusalView } from './bindings';

/** What the window knows about something that went wrong: a stable code, a sentence, the rules that don't hold, and the way out. */
export interface FailureInfo {
  readonly code: string;
  readonly message: string;
  readonly nextStep?: string | undefined;
  /** The rules that stand against it, a sentence each. */
  readonly reasons?: readonly string[] | undefined;
  /** The field of a form that it is about. */
  readonly field?: string | undefined;
  /** The server's certificate that is not trusted. */
  readonly certificate?: CertificateRefusalView | undefined;
}

export class Failure extends Error implements FailureInfo {
  readonly code: string;
  readonly nextStep: string | undefined;
  readonly reasons: readonly string[];
  readonly field: string | undefined;
  readonly certificate: CertificateRefusalView | undefined;

  constructor(info: FailureInfo, cause?: unknown) {
    super(info.message, { cause });
    this.name = 'Failure';
    this.code = info.code;
    this.nextStep = info.nextStep;
    this.reasons = info.reasons ?? [];
    this.field = info.field;
    this.certificate = info.certificate;
  }

  /** All of it in one paragraph, for a message that has no room for more. */
  get text(): string {
    return [this.message, ...this.reasons, this.nextStep ?? ''].filter(Boolean).join(' ');
  }

  /** Text for "Copy details": no secret ever reaches the window, so there is none to redact here. */
  get details(): string {
    return [`code: ${this.code}`, `message: ${this.message}`, ...this.reasons.map((reason) => `rule: ${reason}`), this.field ? `field: ${this.field}` : '', this.nextStep ? `next step: ${this.nextStep}` : '']
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
