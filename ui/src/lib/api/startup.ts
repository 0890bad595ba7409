/** From the open window to the running engine, and where the window is asked to go. */
import { routes } from '$lib/routes';
import { commands, events, type Place, type StartupState } from './bindings';
import type { Backend } from './backend';
import { call, failureOf } from './call';
import type { StartupModel } from './model';

export function startupModel(state: StartupState): StartupModel {
  if (state.state !== 'failed') return { state: state.state };
  const { code, message, nextStep } = failureOf(state.error);
  return { state: 'failed', failure: { code, message, ...(nextStep ? { nextStep } : {}) } };
}

/** The window's address of a place. One that this window doesn't know is the overview. */
export function hrefOf(place: Place): string {
  switch (place.place) {
    case 'health':
      return routes.health;
    case 'incident':
      return routes.incident(place.incident_id);
    case 'gate':
      return routes.inboxItem(`gate.${place.gate_id}`);
    case 'smoke_run':
      return routes.smokeRun(place.smoke_run_id);
    case 'runbook_run':
      return routes.runbookRun(place.runbook_run_id);
    case 'unplanned_run':
      return routes.inboxItem(`unplanned_run.${place.unplanned_run_id}`);
    case 'start':
      return routes.inboxItem(`start.${place.start_id}`);
    case 'train':
      return routes.inboxItem(`departure.${place.train_id}`);
    case 'coordinated_release':
      return routes.coordinatedRelease(place.coordinated_release_id);
    default:
      return routes.overview;
  }
}

/** Unlistens once the listener stands. */
const ending = (listener: Promise<() => void>) => () => void listener.then((stop) => stop(), () => undefined);

export const startup = {
  startup: async () => startupModel(await commands.startupState()),
  retryStartup: async () => startupModel(await commands.retryStartup()),
  onStartup: (changed) => {
    const listener = events.startupChanged.listen(changed);
    // It may have come through before the listener stood.
    void listener.then(changed, () => undefined);
    return ending(listener);
  },
  painted: () => void commands.uiReady(),
  onPlace: (go) => {
    const take = () => void commands.takePlace().then((place) => place && go(hrefOf(place)), () => undefined);
    const listener = events.placeRequested.listen(take);
    void listener.then(take, () => undefined);
    return ending(listener);
  },
  openExternal: async (url) => void (await call(commands.openLink(url))),
} satisfies Partial<Backend>;
