/**
 * Panels that load for themselves appear together: one that came later would move those below it from under the pointer.
 * What is slow is not waited for longer than a moment.
 */
import { createContext } from 'svelte';

/** The longest that what is there waits for what isn't, in milliseconds. */
export const LONGEST_MS = 300;

export class Together {
  #awaited = $state(0);
  #isShown = $state(false);

  /** Whether to show what is there. Once shown, it stays. */
  get isShown(): boolean {
    return this.#isShown;
  }

  /** Something more is awaited until what this returns is called. */
  join(): () => void {
    this.#awaited += 1;
    let isAwaited = true;
    return () => {
      if (isAwaited) this.#awaited -= 1;
      isAwaited = false;
    };
  }

  /** Shows it if nothing is awaited any more. */
  look(): void {
    if (this.#awaited === 0) this.#isShown = true;
  }

  /** Waits no longer. */
  stopWaiting(): void {
    this.#isShown = true;
  }
}

const [get, set, has] = createContext<Together>();

/** Begins to wait for what is drawn inside the component that calls this. */
export function together(): Together {
  return set(new Together());
}

/** What the component that calls this appears together with, if anything. */
export function companions(): Together | undefined {
  return has() ? get() : undefined;
}
