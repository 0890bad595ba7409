/** Asking again now and then, for what no change tells: a run at a provider. Only while the window is seen, and slower after a failure. */
import { untrack } from 'svelte';

/** A subscription that calls after each `pause` (milliseconds, asked anew each time), while the window is seen; what was missed is made up for once. */
export function polling(pause: () => number): (again: () => void) => () => void {
  return (again) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let missed = false;
    const plan = () => {
      timer = setTimeout(() => {
        missed = document.hidden;
        if (missed) return;
        again();
        plan();
      }, untrack(pause));
    };
    const seen = () => {
      if (document.hidden || !missed) return;
      missed = false;
      again();
      plan();
    };
    document.addEventListener('visibilitychange', seen);
    plan();
    return () => {
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', seen);
    };
  };
}

/** Told by either. */
export function either(...subscriptions: readonly ((changed: () => void) => () => void)[]): (changed: () => void) => () => void {
  return (changed) => {
    const ends = subscriptions.map((subscribe) => subscribe(changed));
    return () => ends.forEach((end) => end());
  };
}
