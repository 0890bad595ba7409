/**
 * What a screen reader is told about changes that nobody asked for: polite for progress (at most once in ten
 * seconds per subject), assertive for new incidents. The regions are drawn by the shell.
 */
const QUIET_MS = 10_000;

class Announcer {
  polite = $state('');
  assertive = $state('');
  #last = new Map<string, number>();

  /** Says `text` when the reader is idle. Repeats about one `subject` within ten seconds are dropped. */
  progress(text: string, subject = text) {
    const now = Date.now();
    if (now - (this.#last.get(subject) ?? -Infinity) < QUIET_MS) return;
    this.#last.set(subject, now);
    if (this.#last.size > 200) this.#last.clear();
    this.polite = text;
  }

  /** Interrupts with `text`: a new incident, nothing less. */
  alert(text: string) {
    this.assertive = text;
  }
}

export const announcer = new Announcer();
