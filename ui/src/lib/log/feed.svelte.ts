/** A job's log as it grows. Keeps what it has when a pull fails; lines that are known are not read again. */
import { type Failure, toFailure, type JobLog } from '$lib/api';
import { parseLine, type LogLine } from './parse';

/** Lines kept in the window: the last ones. What came before stays with the provider. */
export const MOST_LINES = 200_000;

export class LogFeed {
  lines = $state.raw<readonly LogLine[]>([]);
  error = $state.raw<Failure | undefined>(undefined);
  complete = $state(false);
  truncated = $state(false);
  loading = $state(false);
  elsewhere = $state<string | null>(null);
  #raw: readonly string[] = [];
  #again = false;
  #abort = new AbortController();
  #load: (signal: AbortSignal) => Promise<JobLog>;

  constructor(load: (signal: AbortSignal) => Promise<JobLog>) {
    this.#load = load;
  }

  /** Loads what there is now; asked while it loads, once more after that. */
  async pull(): Promise<void> {
    if (this.complete || this.#abort.signal.aborted) return;
    if (this.loading) {
      this.#again = true;
      return;
    }
    this.loading = true;
    try {
      const log = await this.#load(this.#abort.signal);
      if (this.#abort.signal.aborted) return;
      this.#take(log);
      this.error = undefined;
    } catch (error) {
      if (!this.#abort.signal.aborted) this.error = toFailure(error);
    } finally {
      this.loading = false;
    }
    if (this.#again) {
      this.#again = false;
      void this.pull();
    }
  }

  #take(log: JobLog): void {
    const raw = log.lines.slice(-MOST_LINES);
    const known = this.#raw.length;
    const grows = known > 0 && raw.length >= known && raw[0] === this.#raw[0] && raw[known - 1] === this.#raw[known - 1];
    const fresh = grows ? raw.slice(known) : raw;
    const from = grows ? known : 0;
    const parsed = fresh.map((line, at) => parseLine(line, from + at + 1));
    if (parsed.length || !grows) this.lines = grows ? [...this.lines, ...parsed] : parsed;
    this.#raw = raw;
    this.truncated = log.truncated || log.lines.length > MOST_LINES;
    this.complete = log.complete;
    this.elsewhere = log.elsewhere ?? null;
  }

  stop(): void {
    this.#abort.abort();
  }
}
