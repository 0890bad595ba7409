/** The window's door to Rust. Screens import from here and from nowhere below. */
export { backend, type Backend, type JobLog } from './backend';
export { Failure, toFailure, type FailureInfo } from './failure';
export type { PracticeFault } from './bindings';
export type * from './model';
export type * from './model-checklists';
export type * from './model-pipelines';
export type * from './model-publication';
export type * from './model-runbooks';
export type * from './model-smoke';
export type * from './model-record';
export { milestoneStatus } from './record';
export { smokeLook } from './smoke';
export type * from './model-calendar';
export type * from './model-scheduling';
export type * from './model-coordination';
export type * from './model-documents';
export type * from './model-uat';
export type { Trackers } from './uat';
