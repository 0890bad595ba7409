/** What a change of phases comes to, in words. Pure. */
import type { PhasesOutlookView } from '$lib/api/bindings';
import type { Point } from '$lib/api/model';
import { listed } from '$lib/format';

/** What lapses, what holds the next phase, and what else asks for votes anew. */
export function outlookPoints({ lapsing, held, also }: PhasesOutlookView, environment: string): Point[] {
  return [
    ...(lapsing.length > 0 ? [{ status: 'notice', text: `No longer counted: the approval of ${listed(lapsing)}` } as const] : []),
    held
      ? { status: 'waiting', text: `The next phase in ${environment} waits: ${held.title}. ${held.detail}` }
      : { status: 'passed', text: `It goes on: nobody has to approve it in ${environment}` },
    ...(also.length > 0 ? [{ status: 'waiting', text: `Asks for approval anew as well: ${listed(also)}` } as const] : []),
  ];
}
