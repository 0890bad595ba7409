/** Starts that are set for a time, release trains, and rehearsals. */
import { routes } from '$lib/routes';
import { commands } from './bindings';
import { call } from './call';
import type { Action, Id, Instant } from './model';
import type { Rehearsal, ScheduledStart, StartOutlook, Train, TrainEdit } from './model-scheduling';

export interface NewStart {
  readonly releaseId: Id;
  readonly environmentId: Id;
  /** On the clocks of the zone: 2026-11-25T22:00. */
  readonly at: string;
  readonly zone: string;
  readonly remarks: string;
}

export interface SchedulingBackend {
  /** What a start at a time would meet. */
  previewStart(start: NewStart): Promise<StartOutlook>;
  scheduleStart(start: NewStart): Promise<ScheduledStart>;
  moveStart(id: Id, at: string, zone: string): Promise<ScheduledStart>;
  trains(signal: AbortSignal): Promise<readonly Train[]>;
  putTrain(edit: TrainEdit): Promise<Train>;
  /** What would be refused of a release's plan, from a time on or from now. */
  rehearse(releaseId: Id, from: Instant | null): Promise<Rehearsal>;
}

const requestOf = ({ releaseId, environmentId, at, zone, remarks }: NewStart) => ({ release_id: releaseId, environment_id: environmentId, at, time_zone: zone, remarks });

export const scheduling: SchedulingBackend = {
  previewStart: (start) => call(commands.previewStart(requestOf(start))),
  scheduleStart: (start) => call(commands.scheduleStart(requestOf(start))),
  moveStart: (id, at, time_zone) => call(commands.moveStart({ id, at, time_zone })),
  trains: () => call(commands.listTrains({ product_id: null })),
  rehearse: (id, from) => call(commands.rehearseRelease({ id, from })),
  putTrain: (edit) => call(commands.putTrain(edit)),
};

/** What can be done about a start that waits or asks. */
export const startActions = (start: ScheduledStart): Action[] => {
  const named = { startId: start.id, of: start.version, environment: start.environment };
  return [
    { label: 'Start now…', deed: { do: 'start_at_once', ...named } },
    { label: start.state === 'held' ? 'Choose another time…' : 'Move…', deed: { do: 'schedule', releaseId: start.release_id, environmentId: start.environment_id, of: start.version, environment: start.environment, start } },
    { label: 'Take back…', deed: { do: 'withdraw_start', ...named } },
  ];
};

/** What can be done about a departure that did not take place. */
export const departureActions = (train: Train): Action[] => [
  { label: 'Let it leave now', deed: { do: 'depart_now', trainId: train.id, of: train.name } },
  { label: 'Let it stay…', deed: { do: 'drop_departure', trainId: train.id, of: train.name } },
  { label: 'Open the calendar', deed: { do: 'go', href: routes.calendar } },
];
