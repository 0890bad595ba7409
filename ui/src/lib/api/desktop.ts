/** The backend of the desktop application: every question of the window, answered by Rust. */
import { audit } from './audit';
import type { Backend } from './backend';
import { changesOf } from './changes';
import { checklists } from './checklists';
import { connections } from './connections';
import { deployments } from './deployments';
import { gates } from './gates';
import { health } from './health';
import { inbox } from './inbox';
import { incidents } from './incidents';
import { newRelease } from './new-release';
import { overview } from './overview';
import { performing } from './perform';
import { pipelines } from './pipelines';
import { products } from './products';
import { publication } from './publication';
import { range } from './range';
import { record } from './record';
import { release } from './release';
import { releases } from './releases';
import { rollback } from './rollback';
import { runbooks } from './runbooks';
import { settings } from './settings';
import { settingsFiles } from './settings-files';
import { shell } from './shell';
import { smoke } from './smoke';
import { startup } from './startup';
import { calendar } from './calendar';
import { scheduling } from './scheduling';
import { coordination } from './coordination';
import { documents } from './documents';
import { uat } from './uat';
import { unplanned } from './unplanned';

export const desktop: Backend = {
  ...startup, onChangeOf: changesOf, ...shell, ...overview, ...releases, ...release, ...publication, ...newRelease, ...deployments, ...gates, ...rollback, ...health, ...incidents,
  ...inbox, ...audit, ...connections, ...settings, ...pipelines, ...products, ...range, ...performing, ...unplanned, ...uat, ...documents, ...calendar, ...scheduling, ...coordination, ...checklists, ...smoke, ...runbooks, ...record, ...settingsFiles,
};
