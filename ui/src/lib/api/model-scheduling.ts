/** Scheduled starts and release trains as the screens show them: the views of Rust, by their names. */
export type {
  DepartureView as Departure,
  PutTrainRequest as TrainEdit,
  RehearsalView as Rehearsal,
  ScheduledStartView as ScheduledStart,
  StartOutlookView as StartOutlook,
  StopDto as TrainStop,
  TrainBumpWord as TrainBump,
  TrainView as Train,
} from './bindings';
