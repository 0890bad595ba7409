/**
 * The window's clock: text that ages or counts down reads `clock.second` or `clock.minute` and so ticks together.
 * A ticker runs only while something on screen reads it, and stops while the window is hidden.
 */
import { createSubscriber } from 'svelte/reactivity';
import { systemZone } from '$lib/format';

function ticker(period: number): () => number {
  const subscribe = createSubscriber((update) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const arm = () => {
      clearTimeout(timer);
      if (document.hidden) return;
      // Aligned to the period, so that all clocks of the window turn over in the same frame.
      timer = setTimeout(() => {
        update();
        arm();
      }, period - (Date.now() % period) + 5);
    };
    const wake = () => {
      if (!document.hidden) update();
      arm();
    };
    document.addEventListener('visibilitychange', wake);
    arm();
    return () => {
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', wake);
    };
  });
  return () => {
    subscribe();
    return Date.now();
  };
}

const second = ticker(1_000);
const coarse = ticker(15_000);

export const clock = {
  /** Now, in milliseconds, renewed each second. For countdowns and ages under a minute. */
  get second(): number {
    return second();
  },
  /** Now, renewed four times a minute. For everything older. */
  get minute(): number {
    return coarse();
  },
  /** The zone in which times are shown. */
  zone: systemZone(),
};
