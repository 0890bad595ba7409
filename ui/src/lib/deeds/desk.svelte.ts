/**
 * Where what buttons do is carried out: asked about first where that is due, then done, with its answer said. One desk serves
 * the window; its dialogs are drawn once, by DeedDialogs. Screens load anew by the change that Rust tells of.
 */
import { goto } from '$app/navigation';
import { backend, toFailure, type Action, type Deed, type Failure, type Id } from '$lib/api';
import type { MenuItem } from '$lib/components/Menu.svelte';
import { toasts } from '$lib/state/toasts.svelte';
import { askFor, doneWords, type Ask } from './asks';

const keyOf = (deed: Deed): string => JSON.stringify(deed);

class Desk {
  /** What is asked now. */
  ask = $state.raw<Ask | null>(null);
  /** Why what was asked could not be done. */
  failure = $state.raw<Failure>();
  /** The release whose plan is made. */
  planning = $state.raw<Id | null>(null);
  /** The environment that is rolled back. */
  rollingBack = $state.raw<Id | null>(null);
  /** The release whose tag is created. */
  tagging = $state.raw<Extract<Deed, { do: 'create_tag' | 'publish' }> | null>(null);
  /** The release that is published. */
  publishing = $state.raw<Extract<Deed, { do: 'create_tag' | 'publish' }> | null>(null);
  /** What is compared. */
  comparing = $state.raw<Extract<Deed, { do: 'compare' }> | null>(null);
  /** What is locked. */
  locking = $state.raw<Extract<Deed, { do: 'lock' }> | null>(null);
  /** The freeze that is overridden. */
  overriding = $state.raw<Extract<Deed, { do: 'override_freeze' }> | null>(null);
  /** The deployment whose phases to come are changed. */
  rephasing = $state.raw<Extract<Deed, { do: 'change_phases' }> | null>(null);
  /** The start that is set for a time. */
  scheduling = $state.raw<Extract<Deed, { do: 'schedule' }> | null>(null);
  /** The release whose target date is set. */
  aiming = $state.raw<Extract<Deed, { do: 'target_date' }> | null>(null);
  /** The release whose plan is rehearsed. */
  rehearsing = $state.raw<Extract<Deed, { do: 'rehearse' }> | null>(null);
  /** What waits at a provider, and the answer that it is given. */
  answering = $state.raw<Extract<Deed, { do: 'answer_gate' }> | null>(null);
  /** The run from elsewhere that is explained. */
  explaining = $state.raw<Extract<Deed, { do: 'explain' }> | null>(null);
  #busy = $state.raw('');

  isBusy(deed: Deed): boolean {
    return this.#busy === keyOf(deed);
  }

  /** Does what the button of `action` does. One that is refused does nothing: its button says why. */
  take(action: Action): void {
    if (action.refused !== undefined || this.#busy) return;
    const { deed } = action;
    switch (deed.do) {
      case 'go':
        void goto(deed.href);
        return;
      case 'plan':
        this.planning = deed.releaseId;
        return;
      case 'create_tag':
        this.tagging = deed;
        return;
      case 'publish':
        this.publishing = deed;
        return;
      case 'compare':
        this.comparing = deed;
        return;
      case 'rollback':
        this.rollingBack = deed.environmentId;
        return;
      case 'lock':
        this.locking = deed;
        return;
      case 'override_freeze':
        this.overriding = deed;
        return;
      case 'change_phases':
        this.rephasing = deed;
        return;
      case 'schedule':
        this.scheduling = deed;
        return;
      case 'target_date':
        this.aiming = deed;
        return;
      case 'rehearse':
        this.rehearsing = deed;
        return;
      case 'answer_gate':
        this.answering = deed;
        return;
      case 'explain':
        this.explaining = deed;
        return;
    }
    this.failure = undefined;
    this.ask = askFor(deed);
    if (!this.ask) void this.run(deed, '');
  }

  async run(deed: Deed, text: string): Promise<void> {
    this.#busy = keyOf(deed);
    this.failure = undefined;
    try {
      await backend.perform(deed, text);
      this.ask = null;
      const words = doneWords(deed);
      if (words) toasts.done(words);
    } catch (error) {
      const failure = toFailure(error);
      if (this.ask) this.failure = failure;
      else toasts.fail(failure.text);
    } finally {
      this.#busy = '';
    }
  }

  close(): void {
    this.ask = null;
    this.failure = undefined;
  }
}

export const desk = new Desk();

const dangerous: ReadonlySet<Deed['do']> = new Set(['abort', 'mark_bad', 'reject', 'cancel', 'promote_fully', 'remove_product', 'remove_smoke', 'remove_check', 'rollback', 'cancel_run']);

/** Actions as entries of a menu. */
export const menuOf = (actions: readonly Action[]): MenuItem[] =>
  actions.map((action) => ({ label: action.label, danger: dangerous.has(action.deed.do), refused: action.refused, run: () => desk.take(action) }));
