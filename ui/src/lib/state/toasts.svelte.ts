/** Short answers to what the person just did, with Undo where it is possible. Errors stay until dismissed. */
export interface Toast {
  readonly id: number;
  readonly text: string;
  readonly tone: 'good' | 'bad' | 'none';
  /** Label and deed of the one action. */
  readonly action?: { readonly label: string; readonly run: () => void };
  /** Milliseconds until it goes, or null if it stays. */
  readonly life: number | null;
}

const LIFE_MS = 6_000;
const MOST = 4;

class Toasts {
  list = $state<Toast[]>([]);
  #next = 1;

  done(text: string, action?: Toast['action']): number {
    return this.#add({ text, tone: 'good', action, life: LIFE_MS });
  }

  say(text: string, action?: Toast['action']): number {
    return this.#add({ text, tone: 'none', action, life: LIFE_MS });
  }

  fail(text: string, action?: Toast['action']): number {
    return this.#add({ text, tone: 'bad', action, life: null });
  }

  dismiss(id: number) {
    this.list = this.list.filter((toast) => toast.id !== id);
  }

  #add(toast: Omit<Toast, 'id'>): number {
    const id = this.#next++;
    this.list = [...this.list.filter((old) => old.text !== toast.text), { id, ...toast }].slice(-MOST);
    return id;
  }
}

export const toasts = new Toasts();
