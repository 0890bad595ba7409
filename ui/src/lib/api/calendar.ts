/** The calendar: freezes, change windows, overrides, calendar files. */
import { commands } from './bindings';
import { call } from './call';
import type { Id, Instant } from './model';
import type { CalendarFacts, CalendarWindowEdit, FreezeOverride, ImportCalendar, ImportedCalendar, Occurrence, WindowTimes } from './model-calendar';

export interface CalendarBackend {
  calendar(from: Instant, to: Instant, signal: AbortSignal): Promise<CalendarFacts>;
  putWindow(edit: CalendarWindowEdit): Promise<void>;
  previewWindow(times: WindowTimes): Promise<readonly Occurrence[]>;
  withdrawWindow(id: Id, reason: string): Promise<void>;
  importCalendar(file: ImportCalendar): Promise<ImportedCalendar>;
  /** Products with their environments. */
  calendarPlaces(signal: AbortSignal): Promise<readonly { readonly id: Id; readonly name: string; readonly environments: readonly { readonly id: Id; readonly name: string }[] }[]>;
  /** Lets a release go to an environment in spite of what is closed there, until a time. */
  overrideFreeze(releaseId: Id, environmentId: Id, reason: string, until: Instant): Promise<void>;
  /** The overrides for a release, last given first. */
  freezeOverrides(releaseId: Id, signal: AbortSignal): Promise<readonly FreezeOverride[]>;
  /** Saves the calendar into the folder for downloads; where it lies. */
  saveCalendar(): Promise<string>;
}

export const calendar: CalendarBackend = {
  calendar: async (from, to) => {
    const [view, locks] = await Promise.all([call(commands.calendar({ from, to, product_id: null })), call(commands.listLocks({ product_id: null }))]);
    return { ...view, stopped: locks.filter((lock) => lock.product_id === null) };
  },
  putWindow: async (edit) => void (await call(commands.putCalendarWindow(edit))),
  previewWindow: (times) => call(commands.previewCalendarWindow(times)),
  withdrawWindow: async (id, reason) => void (await call(commands.withdrawCalendarWindow({ id, reason }))),
  importCalendar: (file) => call(commands.importCalendar(file)),
  calendarPlaces: async () => (await call(commands.listProducts())).map(({ id, name, environments }) => ({ id, name, environments })),
  overrideFreeze: async (release_id, environment_id, reason, until) => void (await call(commands.overrideFreeze({ release_id, environment_id, reason, until }))),
  freezeOverrides: (id) => call(commands.listFreezeOverrides({ id })),
  saveCalendar: () => call(commands.saveCalendar({ product_id: null })),
};
