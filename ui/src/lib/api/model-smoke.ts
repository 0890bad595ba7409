/** What the screens know of smoke tests: as Rust tells it, and the words and shapes for it. */
import type { Status } from '$lib/status';
import type { SmokeRunWord, SmokeStandingWord, SmokeVerdictWord } from './bindings';

export type {
  CheckedSmokeView as CheckedSmoke, ExchangeView as SmokeExchange, ScenarioFaultView as ScenarioFault, SmokeEnvironmentView as SmokeEnvironment, SmokePanelView as SmokePanelModel,
  CollectedView as CollectedFrom, ReportRuleView as ReportRule,
  SmokeRunSummary, SmokeRunView as SmokeRunModel, SmokeScenarioDto as SmokeScenario, SmokeScenariosView as SmokeScenariosModel, SmokeSecretView as SmokeSecret,
  SmokeStepView as SmokeStep, SmokeTargetView as SmokeTarget, SmokeTestView as SmokeTest, TestReportView as TestReport,
} from './bindings';

/** A state of a smoke test: its shape, and its word where that differs. */
export interface SmokeLook {
  readonly status: Status;
  readonly text?: string;
}

export type SmokeWord = SmokeStandingWord | SmokeRunWord | SmokeVerdictWord;
