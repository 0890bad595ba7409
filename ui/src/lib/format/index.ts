/** Text for people from values: times, spans, numbers. Pure; no clock, no state. */
export * from './number';
export * from './time';
