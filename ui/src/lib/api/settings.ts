/** Where Pilothouse keeps what it knows. */
import type { StatusView } from './bindings';
import type { Backend } from './backend';
import type { DataModel } from './model';
import { askStatus, enginePoint, keychainPoint } from './shell';

export function dataModel(status: StatusView): DataModel {
  return {
    store: status.database.kind === 'sqlite' ? 'SQLite, in a file on this computer' : 'PostgreSQL, shared',
    place: status.database.place,
    logFolder: status.log_folder ?? null,
    version: status.version,
    actor: status.actor,
    engine: enginePoint(status.engine),
    keychain: keychainPoint(status.keychain),
    keychainWayOut: status.keychain.next_step,
  };
}

export const settings = {
  data: async () => dataModel(await askStatus()),
} satisfies Partial<Backend>;
