/**
 * What the person chose about looks and keys: theme, contrast, density, single-letter keys.
 * Kept in localStorage; static/appearance.js applies the same values before the first paint.
 */
export type Theme = 'system' | 'light' | 'dark';
export type Contrast = 'system' | 'more';
export type Density = 'compact' | 'regular' | 'roomy';

const KEY = 'pilothouse.appearance';
const densities: readonly Density[] = ['compact', 'regular', 'roomy'];

interface Saved {
  theme: Theme;
  contrast: Contrast;
  density: Density;
  letters: boolean;
}

function read(): Saved {
  const saved: Saved = { theme: 'system', contrast: 'system', density: 'regular', letters: true };
  try {
    const raw = JSON.parse(localStorage.getItem(KEY) ?? '{}') as Partial<Saved>;
    if (raw.theme === 'light' || raw.theme === 'dark') saved.theme = raw.theme;
    if (raw.contrast === 'more') saved.contrast = 'more';
    if (raw.density === 'compact' || raw.density === 'roomy') saved.density = raw.density;
    if (raw.letters === false) saved.letters = false;
  } catch {
    // An unreadable setting is the default setting.
  }
  return saved;
}

class Appearance {
  #saved = $state(read());

  get theme() { return this.#saved.theme; }
  set theme(theme: Theme) { this.#set({ theme }); }
  get contrast() { return this.#saved.contrast; }
  set contrast(contrast: Contrast) { this.#set({ contrast }); }
  get density() { return this.#saved.density; }
  set density(density: Density) { this.#set({ density }); }
  /** Whether single letters act as keys (WCAG 2.1.4). */
  get letters() { return this.#saved.letters; }
  set letters(letters: boolean) { this.#set({ letters }); }

  /** The next density in the round: compact, regular, roomy. */
  cycleDensity(): Density {
    const next = densities[(densities.indexOf(this.density) + 1) % densities.length] ?? 'regular';
    this.density = next;
    return next;
  }

  #set(change: Partial<Saved>) {
    Object.assign(this.#saved, change);
    try {
      localStorage.setItem(KEY, JSON.stringify(this.#saved));
    } catch {
      // No storage: the choice holds until the window closes.
    }
    this.apply();
  }

  /** Writes the choice to <html>; what follows the system has no attribute. */
  apply() {
    const { dataset } = document.documentElement;
    const put = (name: string, value: string, rest: string) => {
      if (value === rest) document.documentElement.removeAttribute(`data-${name}`);
      else dataset[name] = value;
    };
    put('theme', this.theme, 'system');
    put('contrast', this.contrast, 'system');
    put('density', this.density, 'regular');
  }
}

export const appearance = new Appearance();
