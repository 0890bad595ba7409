/** Settings files: a product's settings as a text, what a text would change, and applying it. */
import { commands, type SettingsChangeView, type SettingsPartWord } from './bindings';
import { call } from './call';
import type { Id } from './model';
import type { SavedFile } from './model-record';
import type { Difference, RepositorySettings, SettingsLook } from './model-setup';
import { capital } from './words';

export interface SettingsFileBackend {
  /** Saves a product's settings as a file into the folder for downloads. */
  saveSettingsFile(productId: Id): Promise<SavedFile>;
  lookAtSettings(productId: Id, text: string): Promise<SettingsLook>;
  /** Applies a text that was looked at. */
  applySettings(productId: Id, text: string, seen: string): Promise<SettingsLook>;
  lookAtRepositorySettings(productId: Id, path: string, branch: string): Promise<RepositorySettings>;
  /** Applies a file that was looked at, and keeps it as where the settings come from. */
  keepSettingsInRepository(productId: Id, path: string, branch: string, looked: RepositorySettings): Promise<SettingsLook>;
  /** Lets go of the file that the settings come from. */
  setSettingsHere(productId: Id): Promise<void>;
}

/** The lists of the form that say no more than their elements do. */
const LISTS = new Set(['environments', 'rules', 'checks', 'checklists', 'items', 'windows', 'phases', 'product']);

/** A difference in the words of the form: `production, required approvals`. */
export function settingsDifference({ path, before, after }: SettingsChangeView): Difference {
  const told = path.filter((part, at) => at === path.length - 1 || !LISTS.has(part)).map((part) => part.replaceAll('_', ' '));
  return { what: capital(told.join(', ')), before: before ?? null, after: after ?? null };
}

const PARTS: Record<SettingsPartWord, string> = { product: 'environments, pipelines, rules and rollouts', checks: 'health checks', checklists: 'checklists', windows: 'calendar windows' };

/** What a file sets, each part in words. */
export const settingsParts = (parts: readonly SettingsPartWord[]): string[] => parts.map((part) => PARTS[part]);

export const settingsFiles: SettingsFileBackend = {
  saveSettingsFile: (productId) => call(commands.saveSettingsFile({ id: productId })),
  lookAtSettings: (productId, text) => call(commands.lookAtSettings({ text, product_id: productId })),
  applySettings: (productId, text, seen) => call(commands.applySettings({ text, product_id: productId, seen })),
  lookAtRepositorySettings: (productId, path, branch) => call(commands.lookAtRepositorySettings({ product_id: productId, path, branch })),
  keepSettingsInRepository: (productId, path, branch, { commit, look }) => call(commands.keepSettingsInRepository({ product_id: productId, path, branch, commit, seen: look.seen })),
  setSettingsHere: async (productId) => {
    await call(commands.setSettingsHere({ id: productId }));
  },
};
