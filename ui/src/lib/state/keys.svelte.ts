/**
 * The one registry of keys. Screens register what they can do while they are shown; the shell feeds it events
 * and draws the "?" sheet from it. Single letters can be switched off, and never act while a field has focus,
 * a dialog is open, or a letter is part of a shortcut of the system.
 */
import { untrack } from 'svelte';
import { appearance } from './appearance.svelte';

export interface KeyBinding {
  /** `g o`, `n`, `shift+b`, `ctrl+k`, `?`, `escape`, `enter`. A space separates the strokes of a sequence. */
  readonly keys: string;
  readonly label: string;
  readonly group: 'Go to' | 'Do' | 'In lists' | 'Window';
  readonly run: () => void;
  /** Acts in fields and dialogs too. For chords with Ctrl only. */
  readonly everywhere?: boolean;
}

const SEQUENCE_MS = 1_200;

/** The stroke of an event in the registry's spelling. */
export function stroke(event: KeyboardEvent): string {
  const key = event.key.toLowerCase();
  const mods: string[] = [];
  if (event.ctrlKey || event.metaKey) mods.push('ctrl');
  if (event.altKey) mods.push('alt');
  // Shift is already in a character such as "?"; it is named only with letters.
  if (event.shiftKey && /^[a-z]$/.test(key)) mods.push('shift');
  return [...mods, key].join('+');
}

/** Whether the element takes typed text. */
export function takesText(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) return true;
  return target instanceof HTMLInputElement && !['checkbox', 'radio', 'button', 'submit', 'reset'].includes(target.type);
}

export class KeyMap {
  bindings = $state.raw<readonly KeyBinding[]>([]);
  /** The strokes typed so far of a sequence. */
  #pending = '';
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Adds bindings; the later one wins. Returns the undo, fit for `$effect`. */
  register(added: readonly KeyBinding[]): () => void {
    untrack(() => (this.bindings = [...this.bindings, ...added]));
    return () => {
      untrack(() => (this.bindings = this.bindings.filter((binding) => !added.includes(binding))));
    };
  }

  /** Runs what `event` is bound to. True if something ran or a sequence began. */
  handle(event: KeyboardEvent): boolean {
    if (event.defaultPrevented || event.isComposing || event.repeat) return false;
    const typed = stroke(event);
    const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
    const inField = takesText(event.target);
    const inDialog = document.querySelector('[role="dialog"][aria-modal="true"]') !== null;
    const usable = (b: KeyBinding) => b.everywhere || (!inField && !inDialog && (!plain || appearance.letters || typed.length > 1));

    const sequence = this.#pending ? `${this.#pending} ${typed}` : typed;
    const hit =
      this.bindings.findLast((b) => b.keys === sequence && usable(b)) ??
      this.bindings.findLast((b) => b.keys === typed && usable(b));
    if (hit) {
      this.#forget();
      event.preventDefault();
      hit.run();
      return true;
    }
    this.#forget();
    if (plain && this.bindings.some((b) => b.keys.startsWith(`${typed} `) && usable(b))) {
      this.#pending = typed;
      this.#timer = setTimeout(() => this.#forget(), SEQUENCE_MS);
      return true;
    }
    return false;
  }

  #forget() {
    clearTimeout(this.#timer);
    this.#pending = '';
  }
}

export const keys = new KeyMap();
