/**
 * A resource that stays live: load → data with its age; an error keeps the last known data; a change in the store
 * loads again. At most one load runs at a time, and changes that arrive meanwhile cause exactly one more.
 */
import { onDestroy, untrack } from 'svelte';
import { type Failure, toFailure } from '$lib/api/failure';
import { companions } from './together.svelte';

/** A skeleton appears only after this long, so that fast answers don't flash. */
const SLOW_MS = 100;

export class Live<T> {
  data = $state.raw<T | undefined>(undefined);
  error = $state.raw<Failure | undefined>(undefined);
  /** When the shown data was loaded, in milliseconds. */
  loadedAt = $state<number | undefined>(undefined);
  loading = $state(false);
  /** Loading for long enough to say so, with nothing to show yet. */
  slow = $state(false);

  #load: (signal: AbortSignal) => Promise<T>;
  #abort: AbortController | undefined;
  #again = false;

  constructor(load: (signal: AbortSignal) => Promise<T>) {
    this.#load = load;
  }

  /** Loads now, or once more after the load under way. */
  async reload(): Promise<void> {
    if (this.loading) {
      this.#again = true;
      return;
    }
    const abort = new AbortController();
    this.#abort = abort;
    this.loading = true;
    const timer = setTimeout(() => (this.slow = this.data === undefined), SLOW_MS);
    try {
      const data = await this.#load(abort.signal);
      if (abort.signal.aborted) return;
      this.data = data;
      this.error = undefined;
      this.loadedAt = Date.now();
    } catch (error) {
      if (!abort.signal.aborted) this.error = toFailure(error);
    } finally {
      clearTimeout(timer);
      if (this.#abort === abort) {
        this.loading = false;
        this.slow = false;
        if (this.#again) {
          this.#again = false;
          if (!abort.signal.aborted) void this.reload();
        }
      }
    }
  }

  /** Forgets everything and loads anew: for another subject. */
  restart(load: (signal: AbortSignal) => Promise<T>): void {
    this.stop();
    this.#load = load;
    this.data = undefined;
    this.error = undefined;
    this.loadedAt = undefined;
    void this.reload();
  }

  /** Drops the load under way. */
  stop(): void {
    this.#abort?.abort();
    this.#abort = undefined;
    this.#again = false;
    this.loading = false;
    this.slow = false;
  }
}

/**
 * A `Live` bound to the component that calls this: loads when shown, anew when `subject` gives another value, again
 * on each change that `subscribe` reports, and stops when the component goes. What it is drawn together with waits for
 * its first answer.
 */
export function live<S, T>(
  subject: () => S,
  load: (subject: S, signal: AbortSignal) => Promise<T>,
  subscribe: (changed: () => void) => () => void,
): Live<T> {
  const resource = new Live<T>((signal) => load(untrack(subject), signal));
  const arrived = companions()?.join();
  if (arrived) {
    $effect(() => {
      if (resource.data !== undefined || resource.error !== undefined) arrived();
    });
    // What goes before it has come is not waited for.
    onDestroy(arrived);
  }
  $effect(() => {
    const now = subject();
    untrack(() => resource.restart((signal) => load(now, signal)));
    const unsubscribe = subscribe(() => void resource.reload());
    return () => {
      unsubscribe();
      resource.stop();
    };
  });
  return resource;
}
