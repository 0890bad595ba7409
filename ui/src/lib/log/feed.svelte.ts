/**
 * A log as it grows: pulls chunk after chunk until there is no more for now, and again when told that something
 * changed. Keeps what it has when a pull fails.
 */
import { type Failure, toFailure, type LogChunk } from '$lib/api';
import { parseLine, type LogLine } from './parse';

/** Lines kept in the window. Beyond it the log says so and stays with the provider. */
export const MOST_LINES = 200_000;

export class LogFeed {
  lines = $state.raw<readonly LogLine[]>([]);
  error = $state.raw<Failure | undefined>(undefined);
  complete = $state(false);
  loading = $state(false);
  #at = 0;
  #abort = new AbortController();
  #load: (from: number, signal: AbortSignal) => Promise<LogChunk>;

  constructor(load: (from: number, signal: AbortSignal) => Promise<LogChunk>) {
    this.#load = load;
  }

  get full(): boolean {
    return this.lines.length >= MOST_LINES;
  }

  async pull(): Promise<void> {
    if (this.loading || this.complete || this.full || this.#abort.signal.aborted) return;
    this.loading = true;
    try {
      // Bounded: each turn must move on, and the window keeps MOST_LINES at most.
      for (let more = true; more && !this.full; ) {
        const chunk = await this.#load(this.#at, this.#abort.signal);
        if (this.#abort.signal.aborted) return;
        if (chunk.lines.length) {
          const known = this.lines.length;
          this.lines = [...this.lines, ...chunk.lines.map((raw, at) => parseLine(raw, known + at + 1))];
        }
        this.complete = chunk.complete && chunk.next === null;
        more = chunk.next !== null && chunk.next > this.#at;
        this.#at = chunk.next ?? this.#at + chunk.lines.length;
      }
      this.error = undefined;
    } catch (error) {
      if (!this.#abort.signal.aborted) this.error = toFailure(error);
    } finally {
      this.loading = false;
    }
  }

  stop(): void {
    this.#abort.abort();
  }
}
