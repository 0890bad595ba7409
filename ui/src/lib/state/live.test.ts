import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Failure } from '$lib/api/failure';
import { Live } from './live.svelte';

/** A promise that the test settles. */
function deferred<T>() {
  let resolve: (value: T) => void = () => undefined;
  let reject: (reason: unknown) => void = () => undefined;
  const promise = new Promise<T>((yes, no) => ([resolve, reject] = [yes, no]));
  return { promise, resolve, reject };
}

describe('a live resource', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('is slow only after 100 ms, and not once there is data', async () => {
    let next = deferred<number>();
    const resource = new Live(() => next.promise);
    const first = resource.reload();
    await vi.advanceTimersByTimeAsync(99);
    expect(resource.slow).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(resource.slow).toBe(true);
    next.resolve(1);
    await first;
    expect([resource.data, resource.slow]).toEqual([1, false]);
    next = deferred();
    const second = resource.reload();
    await vi.advanceTimersByTimeAsync(500);
    expect(resource.slow).toBe(false);
    next.resolve(2);
    await second;
  });

  it('keeps what it knew when a load fails, and forgets the failure when one succeeds', async () => {
    const load = vi.fn<() => Promise<string>>().mockResolvedValueOnce('known').mockRejectedValueOnce(new Failure({ code: 'x', message: 'gone' })).mockResolvedValueOnce('new');
    const resource = new Live(load);
    await resource.reload();
    await resource.reload();
    expect([resource.data, resource.error?.code]).toEqual(['known', 'x']);
    await resource.reload();
    expect([resource.data, resource.error]).toEqual(['new', undefined]);
  });

  it('loads once more for all changes that arrive while it loads', async () => {
    const waits = [deferred<number>(), deferred<number>()];
    const load = vi.fn(() => (waits[load.mock.calls.length - 1] as (typeof waits)[number]).promise);
    const resource = new Live(load);
    const first = resource.reload();
    await resource.reload();
    await resource.reload();
    expect(load).toHaveBeenCalledTimes(1);
    waits[0]?.resolve(1);
    await first;
    expect(load).toHaveBeenCalledTimes(2);
    waits[1]?.resolve(2);
    await vi.advanceTimersByTimeAsync(0);
    expect(resource.data).toBe(2);
    expect(load).toHaveBeenCalledTimes(2);
  });

  it('drops the answer about a subject that is no longer asked for', async () => {
    const old = deferred<string>();
    const resource = new Live<string>(() => old.promise);
    void resource.reload();
    resource.restart(() => Promise.resolve('new'));
    await vi.advanceTimersByTimeAsync(0);
    old.resolve('old');
    await vi.advanceTimersByTimeAsync(0);
    expect([resource.data, resource.loading]).toEqual(['new', false]);
  });

  it('makes a failure of anything thrown', async () => {
    const resource = new Live(() => Promise.reject(new TypeError('no')));
    await resource.reload();
    expect(resource.error).toMatchObject({ code: 'window.unexpected', nextStep: expect.stringContaining('Try again') });
  });
});
