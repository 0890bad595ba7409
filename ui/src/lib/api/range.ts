/** The practice range: its services, the faults in force, and ordering more of them. */
import { plural } from '$lib/format';
import type { Status } from '$lib/status';
import { commands, type ActiveFaultView, type PracticeInstanceState, type PracticeRangeState } from './bindings';
import type { Backend } from './backend';
import { call } from './call';
import { changedHere } from './changes';
import type { RangeFault, RangeModel } from './model';
import { capital } from './words';

const instanceStates: Record<PracticeInstanceState, readonly [Status, string]> = {
  empty: ['not_started', 'nothing deployed yet'],
  starting: ['deploying', 'starting'],
  healthy: ['healthy', 'answers'],
  bad: ['failing', 'turned bad'],
  crashed: ['failed', 'crashed'],
};

/** Faults by name, as they are ordered and listed. */
export const faultNames: Readonly<Record<string, string>> = {
  refuse_token: 'The token is refused',
  server_error: 'The provider answers with an error',
  timeout: 'The provider answers late',
  hang: 'The provider never answers',
  drop_after_accept: 'The run is accepted, then the connection is lost',
  primary_rate_limit: 'The hourly limit is used up',
  secondary_rate_limit: 'The limit against abuse',
  fail_job: 'A job of the next run fails',
  stuck_queued: 'The next run finds no runner',
  turn_bad: 'A version starts healthy and turns bad',
  slow_instance: 'An instance is slow',
  crash_instance: 'An instance has crashed',
};

export function rangeFault(fault: ActiveFaultView): RangeFault {
  return {
    id: fault.id,
    text: faultNames[fault.kind] ?? capital(fault.kind.replaceAll('_', ' ')),
    note: [fault.remaining === null ? 'until it is ended' : `${plural(fault.remaining, 'time')} to come`, fault.hits > 0 ? `struck ${plural(fault.hits, 'time')}` : ''].filter(Boolean).join(', '),
  };
}

export function rangeModel(state: PracticeRangeState): RangeModel {
  const { open } = state;
  return {
    productId: state.product_id,
    connectionId: state.connection_id,
    open: open && {
      address: open.github_url,
      repository: open.repository,
      controlUrl: open.control_url,
      providers: open.elsewhere.map((provider) => ({ kind: provider.kind, title: provider.title, address: provider.address, connectionId: provider.connection_id, productId: provider.product_id })),
      environments: open.environments.map((environment) => ({
        name: environment.name,
        url: environment.url,
        isProtected: environment.is_protected,
        instances: environment.instances.map((instance) => {
          const [status, word] = instanceStates[instance.state];
          return { name: instance.name, status, text: instance.version ? `${instance.version}, ${word}` : word };
        }),
      })),
      faults: open.faults.map(rangeFault),
    },
  };
}

/** Views that show the range ask again: it is of this window alone, so nobody else tells them. */
async function changed(work: ReturnType<typeof commands.practiceRangeState>): Promise<RangeModel> {
  const model = rangeModel(await call(work));
  changedHere();
  return model;
}

export const range = {
  range: async () => rangeModel(await call(commands.practiceRangeState())),
  openPracticeRange: () => changed(commands.openPracticeRange()),
  closePracticeRange: () => changed(commands.closePracticeRange()),
  practiseOver: (kind) => changed(commands.practiseOver({ kind })),
  protectEnvironment: (environment, isProtected) => changed(commands.rangeProtect({ environment, is_protected: isProtected })),
  orderFault: (fault, times, onlyDispatch) => changed(commands.rangeFaultOrder({ fault, times, only_dispatch: onlyDispatch })),
  clearFault: (id) => changed(commands.rangeFaultClear({ id })),
  pushCommit: async (message, tag) => call(commands.rangePush({ message, tag: tag.trim() || null })),
} satisfies Partial<Backend>;
