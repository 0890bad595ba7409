import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Changed } from '$lib/api/bindings';
import type { Topic } from '$lib/api/changes';

type Listener = (event: { payload: Changed }) => void;
const wire = vi.hoisted(() => ({ tell: undefined as Listener | undefined }));
vi.mock('$lib/api/bindings', () => ({ events: { changed: { listen: (hear: Listener) => ((wire.tell = hear), Promise.resolve(() => undefined)) } } }));

const { changesOf } = await import('$lib/api/changes');

const told = (kind: string) => wire.tell?.({ payload: { changes: [{ seq: 1, kind, id: '', product_id: null }] } });
const seen = (isSeen: boolean) => {
  vi.spyOn(document, 'hidden', 'get').mockReturnValue(!isSeen);
  document.dispatchEvent(new Event('visibilitychange'));
};
const stops: (() => void)[] = [];

/** A view that shows these kinds, past what it is told when the listener first stands. */
async function view(...topics: Topic[]): Promise<ReturnType<typeof vi.fn>> {
  const changed = vi.fn();
  stops.push(changesOf(...topics)(changed));
  await vi.advanceTimersByTimeAsync(5_000);
  changed.mockClear();
  return changed;
}

describe('new measurements', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => {
    stops.splice(0).forEach((stop) => stop());
    vi.restoreAllMocks();
    vi.useRealTimers();
  });

  it('load again what shows them, and nothing else', async () => {
    const [chart, everything, releases] = [await view('check', 'measurement'), await view(), await view('release')];
    told('measurement');
    expect([chart, everything, releases].map((one) => one.mock.calls.length)).toEqual([1, 0, 0]);
    told('everything');
    expect([everything, releases].map((one) => one.mock.calls.length)).toEqual([1, 1]);
  });
  it('are told at a calm pace, other changes at once', async () => {
    const chart = await view('check', 'measurement');
    for (let second = 0; second < 4; second += 1) {
      told('measurement');
      vi.advanceTimersByTime(1_000);
    }
    expect(chart).toHaveBeenCalledTimes(3);
    chart.mockClear();
    told('check');
    expect(chart).toHaveBeenCalledTimes(1);
  });
  it('wait while nobody can see the window, and are made up for once', async () => {
    const chart = await view('measurement');
    seen(false);
    told('measurement');
    vi.advanceTimersByTime(5_000);
    told('measurement');
    expect(chart).not.toHaveBeenCalled();
    seen(true);
    expect(chart).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(5_000);
    expect(chart).toHaveBeenCalledTimes(1);
  });
});
