/** Smoke tests: how they stand for a release, their runs, and the scenarios of a product. */
import { commands, type SmokeScenarioDto } from './bindings';
import type { Backend } from './backend';
import { call } from './call';
import type { SmokeLook, SmokeWord } from './model-smoke';

const looks: Record<SmokeWord, SmokeLook> = {
  not_run: { status: 'not_started', text: 'Not run' },
  requested: { status: 'queued' },
  running: { status: 'running' },
  passed: { status: 'passed' },
  failed: { status: 'failed' },
  errored: { status: 'errored' },
  stale: { status: 'notice', text: 'Out of date' },
};

/** How a state of a smoke test looks. */
export const smokeLook = (word: SmokeWord): SmokeLook => looks[word];

export const smoke = {
  smokePanel: (releaseId) => call(commands.smokePanel({ id: releaseId })),
  smokeRun: (id) => call(commands.getSmokeRun({ id })),
  runSmoke: (releaseId, environmentId, scenarioIds) => call(commands.runSmoke({ release_id: releaseId, environment_id: environmentId, scenario_ids: [...scenarioIds] })),
  cancelSmokeRun: async (id) => void (await call(commands.cancelSmokeRun({ id }))),
  importReport: ({ releaseId, environmentId, name, source, text, required }) =>
    call(commands.importReport({ release_id: releaseId, environment_id: environmentId, name, source, text, required })),
  collectReports: (releaseId, environmentId) => call(commands.collectReports({ release_id: releaseId, environment_id: environmentId, manual_run_id: null })),
  setReportRule: async ({ environmentId, patterns, automatic, required }) =>
    void (await call(commands.setReportRule({ environment_id: environmentId, patterns: [...patterns], automatic, required }))),
  smokeScenarios: (productId) => call(commands.smokeScenarios({ id: productId })),
  putSmokeScenario: (productId, scenario: SmokeScenarioDto) => call(commands.putSmokeScenario({ product_id: productId, scenario })),
  removeSmokeScenario: async (id) => void (await call(commands.removeSmokeScenario({ id }))),
  checkSmoke: (text) => call(commands.checkSmoke({ text })),
  trySmoke: async (environmentId, text, upTo) => (await call(commands.trySmoke({ environment_id: environmentId, text, up_to: upTo }))).steps,
  setSmokeTarget: async (environmentId, baseUrl) => void (await call(commands.setSmokeTarget({ environment_id: environmentId, base_url: baseUrl }))),
  setSmokeSecret: async (productId, name, secret) => void (await call(commands.setSmokeSecret({ product_id: productId, name, secret }))),
} satisfies Partial<Backend>;
