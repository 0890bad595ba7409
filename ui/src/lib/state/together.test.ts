import { describe, expect, it } from 'vitest';
import { Together } from './together.svelte';

describe('panels that appear together', () => {
  it('wait for the last of them, and stay once they are shown', () => {
    const all = new Together();
    const [first, second] = [all.join(), all.join()];
    all.look();
    expect(all.isShown).toBe(false);
    first();
    first();
    all.look();
    expect(all.isShown).toBe(false);
    second();
    all.look();
    expect(all.isShown).toBe(true);
    all.join();
    all.look();
    expect(all.isShown).toBe(true);
  });

  it('are shown at once where nothing loads, and in the end where something is slow', () => {
    const none = new Together();
    none.look();
    expect(none.isShown).toBe(true);
    const slow = new Together();
    slow.join();
    slow.look();
    expect(slow.isShown).toBe(false);
    slow.stopWaiting();
    expect(slow.isShown).toBe(true);
  });
});
