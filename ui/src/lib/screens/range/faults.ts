/** The faults that can be ordered at the practice range, and what each needs to be told. Pure. */
import type { PracticeFault } from '$lib/api';

/** What the form asks for; each fault uses what it needs. */
export interface FaultForm {
  kind: PracticeFault['kind'];
  environment: string;
  instance: number;
  version: string;
  job: string;
  status: number;
  seconds: number;
  /** 0: until it is ended. */
  times: number;
  onlyDispatch: boolean;
}

export const newForm = (): FaultForm => ({ kind: 'turn_bad', environment: '', instance: 1, version: '', job: 'deploy', status: 503, seconds: 10, times: 1, onlyDispatch: false });

export interface FaultKind {
  readonly kind: PracticeFault['kind'];
  readonly label: string;
  readonly strikes: 'provider' | 'runs' | 'services';
  readonly needs: readonly ('environment' | 'anywhere' | 'instance' | 'version' | 'job' | 'status' | 'seconds')[];
  /** What the seconds are. */
  readonly seconds?: string;
  /** Holds until it is ended, however often it strikes. */
  readonly lasting?: true;
}

export const faultKinds: readonly FaultKind[] = [
  { kind: 'turn_bad', label: 'A version starts healthy and turns bad', strikes: 'services', needs: ['version', 'anywhere', 'seconds'], seconds: 'Turns bad after', lasting: true },
  { kind: 'slow_instance', label: 'An instance is slow', strikes: 'services', needs: ['environment', 'instance', 'seconds'], seconds: 'Late by', lasting: true },
  { kind: 'crash_instance', label: 'An instance crashes', strikes: 'services', needs: ['environment', 'instance'] },
  { kind: 'fail_job', label: 'A job of the next run fails', strikes: 'runs', needs: ['job', 'anywhere'] },
  { kind: 'stuck_queued', label: 'The next run finds no runner', strikes: 'runs', needs: [] },
  { kind: 'refuse_token', label: 'The token is refused', strikes: 'provider', needs: [] },
  { kind: 'server_error', label: 'The provider answers with an error', strikes: 'provider', needs: ['status'] },
  { kind: 'timeout', label: 'The provider answers late', strikes: 'provider', needs: ['seconds'], seconds: 'Late by' },
  { kind: 'hang', label: 'The provider never answers', strikes: 'provider', needs: [] },
  { kind: 'drop_after_accept', label: 'The run is accepted, then the connection is lost', strikes: 'provider', needs: [] },
  { kind: 'primary_rate_limit', label: 'The hourly limit is used up', strikes: 'provider', needs: ['seconds'], seconds: 'Renewed after' },
  { kind: 'secondary_rate_limit', label: 'The limit against abuse', strikes: 'provider', needs: ['seconds'], seconds: 'Wait for' },
];

export const kindOf = (kind: PracticeFault['kind']): FaultKind => faultKinds.find((candidate) => candidate.kind === kind) ?? (faultKinds[0] as FaultKind);

/** What is missing in the form; undefined if it can be ordered. */
export function faultProblem(form: FaultForm): string | undefined {
  const { needs } = kindOf(form.kind);
  if (needs.includes('version') && form.version.trim() === '') return 'Name the version that turns bad.';
  if (needs.includes('environment') && form.environment === '') return 'Choose the environment.';
  if (needs.includes('job') && form.job.trim() === '') return 'Name the job.';
  if (needs.includes('status') && !(form.status >= 500 && form.status <= 599)) return 'An error of the provider is between 500 and 599.';
  if (needs.includes('seconds') && !(form.seconds >= 0)) return 'Give the seconds.';
  return undefined;
}

/** The fault as it is ordered. */
export function faultOf(form: FaultForm): PracticeFault {
  const environment = form.environment || null;
  const ms = Math.round(form.seconds * 1000);
  switch (form.kind) {
    case 'turn_bad':
      return { kind: 'turn_bad', version: form.version.trim(), environment, after_ms: ms };
    case 'slow_instance':
      return { kind: 'slow_instance', environment: form.environment, instance: form.instance > 0 ? form.instance : null, delay_ms: ms };
    case 'crash_instance':
      return { kind: 'crash_instance', environment: form.environment, instance: Math.max(1, form.instance) };
    case 'fail_job':
      return { kind: 'fail_job', job: form.job.trim(), environment };
    case 'server_error':
      return { kind: 'server_error', status: form.status };
    case 'timeout':
      return { kind: 'timeout', delay_ms: ms };
    case 'primary_rate_limit':
      return { kind: 'primary_rate_limit', reset_after_s: Math.round(form.seconds) };
    case 'secondary_rate_limit':
      return { kind: 'secondary_rate_limit', retry_after_s: Math.round(form.seconds) };
    default:
      return { kind: form.kind };
  }
}
