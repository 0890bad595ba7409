/**
 * Tooltips: `{@attach tip('text')}`. They add to what the page already says and never hold the only copy of a reason.
 * One layer draws them all (TipLayer); it shows on hover after a moment and on keyboard focus at once, can be hovered
 * itself, and goes with Esc (WCAG 1.4.13).
 */
import type { Attachment } from 'svelte/attachments';

const DELAY_MS = 350;
const LINGER_MS = 120;
export const TIP_ID = 'tip-layer';

class TipState {
  text = $state('');
  anchor = $state.raw<DOMRect | undefined>(undefined);
  #timer: ReturnType<typeof setTimeout> | undefined;
  #owner: Element | undefined;

  show(owner: Element, text: string, delay: number) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#owner?.removeAttribute('aria-describedby');
      this.#owner = owner;
      this.text = text;
      this.anchor = owner.getBoundingClientRect();
      if (!owner.hasAttribute('aria-describedby')) owner.setAttribute('aria-describedby', TIP_ID);
      else this.#owner = undefined;
    }, delay);
  }

  hold() {
    clearTimeout(this.#timer);
  }

  hide(delay = LINGER_MS) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.anchor = undefined;
      this.#owner?.removeAttribute('aria-describedby');
      this.#owner = undefined;
    }, delay);
  }
}

export const tips = new TipState();

/** Shows `text` beside the element on hover and focus. Nothing for an empty text. */
export function tip(text: string | undefined): Attachment {
  return (node) => {
    if (!text) return;
    const enter = () => tips.show(node, text, DELAY_MS);
    const focus = () => node.matches(':focus-visible') && tips.show(node, text, 0);
    const leave = () => tips.hide();
    const key = (event: Event) => (event as KeyboardEvent).key === 'Escape' && tips.hide(0);
    const pairs: [string, (event: Event) => void][] = [
      ['pointerenter', enter], ['focus', focus], ['pointerleave', leave], ['blur', leave], ['keydown', key], ['click', leave],
    ];
    for (const [name, run] of pairs) node.addEventListener(name, run);
    return () => {
      for (const [name, run] of pairs) node.removeEventListener(name, run);
      tips.hide(0);
    };
  };
}
