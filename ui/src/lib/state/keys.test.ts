import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { appearance } from './appearance.svelte';
import { KeyMap, stroke } from './keys.svelte';

const press = (map: KeyMap, key: string, init: KeyboardEventInit = {}, target: HTMLElement = document.body) => {
  const event = new KeyboardEvent('keydown', { key, cancelable: true, bubbles: true, ...init });
  Object.defineProperty(event, 'target', { value: target });
  return map.handle(event);
};

describe('keys', () => {
  let map: KeyMap;
  const run = vi.fn();
  const bind = (keys: string, everywhere = false) => map.register([{ keys, label: keys, group: 'Do', run: () => run(keys), everywhere }]);

  beforeEach(() => {
    vi.useFakeTimers();
    map = new KeyMap();
    run.mockClear();
  });
  afterEach(() => {
    vi.useRealTimers();
    appearance.letters = true;
    document.body.replaceChildren();
  });

  it('spells strokes as the registry does', () => {
    const of = (key: string, init: KeyboardEventInit = {}) => stroke(new KeyboardEvent('keydown', { key, ...init }));
    expect(of('K', { ctrlKey: true })).toBe('ctrl+k');
    expect(of('k', { metaKey: true })).toBe('ctrl+k');
    expect(of('B', { shiftKey: true })).toBe('shift+b');
    expect(of('?', { shiftKey: true })).toBe('?');
  });

  it('runs a letter, and not with another modifier', () => {
    bind('n');
    expect(press(map, 'n', { ctrlKey: true })).toBe(false);
    expect(press(map, 'N', { shiftKey: true })).toBe(false);
    expect(press(map, 'n')).toBe(true);
    expect(run).toHaveBeenCalledExactlyOnceWith('n');
  });

  it('runs a sequence within its time', () => {
    bind('g o');
    press(map, 'g');
    press(map, 'o');
    expect(run).toHaveBeenCalledExactlyOnceWith('g o');
    press(map, 'g');
    vi.advanceTimersByTime(2_000);
    press(map, 'o');
    expect(run).toHaveBeenCalledTimes(1);
  });

  it('leaves letters to fields, and lets chords through', () => {
    bind('n');
    bind('ctrl+k', true);
    const input = document.body.appendChild(document.createElement('input'));
    expect(press(map, 'n', {}, input)).toBe(false);
    expect(press(map, 'k', { ctrlKey: true }, input)).toBe(true);
  });

  it('is silent while a dialog is open', () => {
    bind('n');
    const dialog = document.body.appendChild(document.createElement('div'));
    dialog.setAttribute('role', 'dialog');
    dialog.setAttribute('aria-modal', 'true');
    expect(press(map, 'n')).toBe(false);
  });

  it('can have its single letters switched off', () => {
    bind('n');
    bind('g o');
    bind('ctrl+k', true);
    appearance.letters = false;
    expect(press(map, 'n')).toBe(false);
    expect(press(map, 'g')).toBe(false);
    expect(press(map, 'k', { ctrlKey: true })).toBe(true);
  });

  it('gives the key to the one that came last, and back when it goes', () => {
    bind('shift+b');
    const undo = map.register([{ keys: 'shift+b', label: 'later', group: 'Do', run: () => run('later') }]);
    press(map, 'B', { shiftKey: true });
    undo();
    press(map, 'B', { shiftKey: true });
    expect(run.mock.calls.map(([name]) => name)).toEqual(['later', 'shift+b']);
  });
});
