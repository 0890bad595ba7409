/** Holds as the browser tells them. Pure. */
import type { BrowsedPipeline, ChangedEnvironmentView, ProviderHolds, ProviderHoldView } from '$lib/api';

/** What is held of a pipeline: itself, or one of its stages. */
export const heldOf = (holds: ProviderHolds | undefined, pipeline: string): ProviderHoldView[] =>
  (holds?.holds ?? []).filter((hold) => hold.is_held && hold.target.kind !== 'freeze' && hold.target.pipeline === pipeline);

/** What can be held that concerns a pipeline: itself, its stages, and what freezes them all. */
export const concerning = (holds: ProviderHolds | undefined, pipeline: string): ProviderHoldView[] =>
  (holds?.holds ?? []).filter((hold) => hold.target.kind === 'freeze' || hold.target.pipeline === pipeline);

export const keyOf = (hold: ProviderHoldView): string => JSON.stringify(hold.target);

export const placeName = (place: ChangedEnvironmentView): string => `${place.product} · ${place.environment}`;

/** The environments that a pipeline changes, each once. */
export const boundTo = (bound: BrowsedPipeline['bound']): string[] => [...new Set(bound.map((one) => placeName(one.environment)))];
