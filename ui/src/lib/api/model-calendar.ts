/** The calendar as the screens show it: the views of Rust, by their names. */
import type { CalendarView, LockView } from './bindings';

export type {
  CalendarEntry,
  CalendarWindowView as CalendarWindow,
  FreezeOverrideView as FreezeOverride,
  ImportCalendarRequest as ImportCalendar,
  ImportedCalendarView as ImportedCalendar,
  OccurrenceView as Occurrence,
  PutCalendarWindowRequest as CalendarWindowEdit,
  WindowScopeDto as WindowScope,
  WindowTimesDto as WindowTimes,
} from './bindings';

/** What is on, and what stops the line. */
export type CalendarFacts = CalendarView & { readonly stopped: readonly LockView[] };
