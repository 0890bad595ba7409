/** Keys that act on every screen. Lists and dialogs add their own while they are shown. */
import { appearance } from '$lib/state/appearance.svelte';
import type { KeyBinding } from '$lib/state/keys.svelte';
import { toasts } from '$lib/state/toasts.svelte';

export function windowKeys(open: { palette: () => void; sheet: () => void }): KeyBinding[] {
  return [
    { keys: 'ctrl+k', label: 'Search or run a command', group: 'Window', run: open.palette, everywhere: true },
    { keys: '?', label: 'All keys', group: 'Window', run: open.sheet },
    {
      keys: 'd',
      label: 'Density: compact, regular, roomy',
      group: 'Window',
      run: () => {
        const before = appearance.density;
        const now = appearance.cycleDensity();
        toasts.say(`Density: ${now}`, { label: 'Undo', run: () => (appearance.density = before) });
      },
    },
    { keys: '/', label: 'Filter this list', group: 'In lists', run: () => document.querySelector<HTMLElement>('main [data-filter]')?.focus() },
    { keys: 'j', label: 'Next row', group: 'In lists', run: () => step(1) },
    { keys: 'k', label: 'Previous row', group: 'In lists', run: () => step(-1) },
  ];
}

/** Moves the focus among the rows of the shown list: elements marked `data-row`. */
function step(by: 1 | -1) {
  const rows = [...document.querySelectorAll<HTMLElement>('main [data-row]')];
  if (!rows.length) return;
  const at = rows.findIndex((row) => row === document.activeElement);
  const next = rows[at < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, at + by))];
  next?.focus();
  next?.scrollIntoView({ block: 'nearest' });
}
