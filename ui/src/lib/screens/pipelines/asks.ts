/** The questions before something is done at the provider. Pure, but for the act that they carry. */
import type { ProviderHoldView, RunDetail } from '$lib/api';
import type { Ask } from '$lib/deeds/asks';
import { listed } from '$lib/format';
import { placeName } from './holds';

/** A question, and what is done when it is confirmed: what to tell then; empty for nothing. */
export type RunAsk = Omit<Ask, 'deed'> & { readonly act: (reason: string) => Promise<string> };

const KEPT = 'It is kept in the audit log.';
const field = (required: boolean) => ({ label: 'Reason', required, initial: '', hint: KEPT }) as const;

export function askCancel(run: RunDetail, force: boolean, act: RunAsk['act']): RunAsk {
  const limit = (force ? run.forceCancel : run.cancel).note;
  const consequence = force ? 'The provider stops it without waiting for clean-up: what a job has begun stays half done.' : 'The provider asks its jobs to stop and lets them clean up. What was done until then stays. If it doesn’t stop, you can stop it at once after that.';
  return { title: force ? `Stop run ${run.id} at once` : `Cancel run ${run.id}`, consequence: limit ? `${consequence} Here: ${limit}.` : consequence, field: field(false), danger: true, button: force ? 'Stop it at once' : 'Cancel the run', act };
}

export function askRerun(run: RunDetail, failedOnly: boolean, changes: readonly string[], act: RunAsk['act']): RunAsk {
  const limit = (failedOnly ? run.rerunFailed : run.rerun).note;
  const outside = changes.length > 0 ? ` It changes ${listed(changes, 'or')} outside of any release: no plan, approval or verification goes with it.` : '';
  const what = failedOnly ? 'A further attempt of the same run: jobs that passed are not repeated.' : 'A further attempt of the same run, from its first job.';
  return { title: failedOnly ? `Run again what failed in run ${run.id}` : `Run ${run.id} again`, consequence: `${what}${outside}${limit ? ` Here: ${limit}.` : ''}`, field: field(changes.length > 0), danger: changes.length > 0, button: failedOnly ? 'Run what failed again' : 'Run it again', act };
}

export function askHold(hold: ProviderHoldView, act: RunAsk['act']): RunAsk {
  const concerns = hold.environments.length > 0 ? ` Concerns ${listed(hold.environments.map(placeName), 'and')}.` : '';
  return hold.is_held
    ? { title: `Release ${hold.title}`, consequence: `What was held goes on from here.${concerns}`, field: field(true), danger: false, button: 'Release it', act }
    : { title: `Hold ${hold.title}`, consequence: `${hold.stops}${concerns}`, field: field(true), danger: true, button: 'Hold it', act };
}
