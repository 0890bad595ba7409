import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { either, polling } from './polling.svelte';

const listeners = new Set<() => void>();
const page = { hidden: false, addEventListener: (_: string, hear: () => void) => listeners.add(hear), removeEventListener: (_: string, hear: () => void) => listeners.delete(hear) };

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('document', page);
  page.hidden = false;
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test('it asks after each pause, and not after its end', () => {
  let asked = 0;
  let pause = 10;
  const stop = polling(() => pause)(() => (asked += 1));
  vi.advanceTimersByTime(30);
  expect(asked).toBe(3);
  pause = 100;
  vi.advanceTimersByTime(110);
  expect(asked).toBe(5);
  stop();
  vi.advanceTimersByTime(1000);
  expect(asked).toBe(5);
  expect(listeners.size).toBe(0);
});

test('a hidden window asks nothing, and once when it is seen again', () => {
  let asked = 0;
  const stop = either(polling(() => 10), () => () => undefined)(() => (asked += 1));
  page.hidden = true;
  vi.advanceTimersByTime(1000);
  expect(asked).toBe(0);
  page.hidden = false;
  listeners.forEach((hear) => hear());
  expect(asked).toBe(1);
  vi.advanceTimersByTime(10);
  expect(asked).toBe(2);
  stop();
});
