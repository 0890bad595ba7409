/**
 * Changes as Rust tells them: one listener for the whole window, each view told at most once in 250 ms and only of what it
 * shows. Nothing here asks again by itself.
 */
import { events } from './bindings';

/** Kinds of things that change, as the store names them. */
export type Topic = 'product' | 'environment' | 'connection' | 'release' | 'approval' | 'deployment' | 'manual_run' | 'lock' | 'unplanned_run' | 'incident' | 'gate' | 'check' | 'check_state' | 'smoke_scenario' | 'smoke_target' | 'smoke_run' | 'report_rule' | 'uat_round' | 'feedback' | 'document' | 'document_version' | 'course' | 'training_session' | 'training_record' | 'measurement' | 'checklist' | 'checklist_template' | 'evidence' | 'window' | 'runbook' | 'runbook_run' | 'runbook_rule' | 'attached_runbook' | 'review' | 'calendar_window' | 'freeze_override' | 'scheduled_start' | 'train' | 'coordinated_release' | 'coordinated_run';

/** New measurements: told only to those who name it, since they come each second and change nothing else. */
const MEASUREMENT: Topic = 'measurement';
/** A view that shows measurements is told of them at most once in this time: a chart gains nothing from more. */
const MEASUREMENT_PAUSE_MS = 2_000;

/** Notices in between were not kept: everything may have changed. */
const EVERYTHING = 'everything';
/** A view is told at most once in this time. */
const PAUSE_MS = 250;

type Hear = (kind: string) => void;

const listeners = new Set<Hear>();
let listening = false;
let heard = 0;

function tell(kind: string): void {
  heard += 1;
  for (const hear of [...listeners]) hear(kind);
}

function listen(): void {
  if (listening) return;
  listening = true;
  void events.changed.listen(({ payload }) => new Set(payload.changes.map(({ kind }) => kind)).forEach(tell)).then(
    // What changed before the listener stood was not heard.
    () => tell(EVERYTHING),
    () => (listening = false),
  );
}

/** How many changes were heard: an answer that was asked for earlier may be out of date. */
export const generation = (): number => heard;

/** Says that something of this window's own has changed. */
export const changedHere = (): void => tell('window');

/** Wraps `run` so that it acts at once, then at most once per `pause`; the last call is never lost. */
export function throttled(run: () => void, pause: number): { call: () => void; stop: () => void } {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let wanted = false;
  const open = () => {
    timer = undefined;
    if (wanted) call();
  };
  const call = () => {
    if (timer !== undefined) {
      wanted = true;
      return;
    }
    wanted = false;
    timer = setTimeout(open, pause);
    run();
  };
  return { call, stop: () => clearTimeout(timer) };
}

/** Wraps `run` so that it acts only while the window can be seen; what was missed is made up for once, when it is seen again. */
export function whileSeen(run: () => void): { call: () => void; stop: () => void } {
  let missed = false;
  const call = () => {
    missed = document.hidden;
    if (!missed) run();
  };
  const seen = () => missed && call();
  document.addEventListener('visibilitychange', seen);
  return { call, stop: () => document.removeEventListener('visibilitychange', seen) };
}

/** A subscription to changes of these kinds; to all of them but measurements where none is named. */
export function changesOf(...topics: readonly Topic[]): (changed: () => void) => () => void {
  const wanted: ReadonlySet<string> | null = topics.length ? new Set([...topics, EVERYTHING]) : null;
  return (changed) => {
    const quiet = throttled(changed, PAUSE_MS);
    const calm = throttled(changed, MEASUREMENT_PAUSE_MS);
    const measured = whileSeen(calm.call);
    const hear = (kind: string) => {
      if (kind === MEASUREMENT) {
        if (wanted?.has(kind)) measured.call();
      } else if (!wanted || wanted.has(kind)) quiet.call();
    };
    listeners.add(hear);
    listen();
    return () => {
      listeners.delete(hear);
      quiet.stop();
      calm.stop();
      measured.stop();
    };
  };
}

/** `ask` shared among those who ask at the same time, as long as nothing has changed since it was asked. */
export function shared<T>(ask: () => Promise<T>): () => Promise<T> {
  let under: { at: number; answer: Promise<T> } | undefined;
  return () => {
    if (under?.at === heard) return under.answer;
    const mine = { at: heard, answer: ask() };
    under = mine;
    const over = () => {
      if (under === mine) under = undefined;
    };
    mine.answer.then(over, over);
    return mine.answer;
  };
}
