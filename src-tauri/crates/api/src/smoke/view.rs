//! Smoke runs as they are shown. Must hold no secret: what is kept holds none.

use crate::decode::shown;
use pilothouse_domain::smoke::report::TestCase;
use pilothouse_domain::smoke::{
    Exchange, Flakiness, RecordedBody, SmokeCause, SmokeRun, SmokeRunState, SmokeSubject, SmokeVerdict, Standing, StepResult, TestReport,
};
use serde::{Deserialize, Serialize};
use specta::Type;

/// How the smoke tests stand for a release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct SmokePanelView {
    /// The release.
    pub release_id: String,
    /// Its product.
    pub product_id: String,
    /// Environments, in promotion order.
    pub environments: Vec<SmokeEnvironmentView>,
}

/// How they stand in an environment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct SmokeEnvironmentView {
    /// Its id.
    pub environment_id: String,
    /// Its name.
    pub environment: String,
    /// Why scenarios can't be run there for this release now; `None` where they can.
    pub why_not: Option<String>,
    /// Where they reach it, where that is said.
    pub base_url: Option<String>,
    /// Why the reports of the run that deployed the release there can't be imported; `None` where they can.
    pub reports_why_not: Option<String>,
    /// The tests.
    pub tests: Vec<SmokeTestView>,
}

/// A scenario, or reports of one name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct SmokeTestView {
    /// What it is called.
    pub name: String,
    /// The scenario; `None` for imported reports.
    pub scenario_id: Option<String>,
    /// Whether the release is held until it passes.
    pub required: bool,
    /// How it stands.
    pub standing: SmokeStandingWord,
    /// Why; may be empty.
    pub reason: String,
    /// That it says now this, now that, about the same version: how often.
    pub flaky: Option<String>,
    /// Its runs for the release, last requested first; at most 10.
    pub runs: Vec<SmokeRunSummary>,
}

/// How a test stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum SmokeStandingWord {
    /// There is no run.
    NotRun,
    /// It is under way.
    Running,
    /// Passed.
    Passed,
    /// Failed: the release is bad.
    Failed,
    /// It could not be told.
    Errored,
    /// It says nothing about what is there now.
    Stale,
}

/// How far a run has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum SmokeRunWord {
    /// Written down; nothing was sent yet.
    Requested,
    /// Under way.
    Running,
    /// Everything was as expected.
    Passed,
    /// Something was not.
    Failed,
    /// It could not be told.
    Errored,
}

/// Why a run is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum SmokeCauseWord {
    /// Somebody started it.
    ByHand,
    /// The deployment succeeded.
    AfterDeployment,
    /// Somebody imported a report.
    Imported,
    /// The reports that a pipeline's run left behind are imported.
    Collected,
}

/// What a measurement says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum SmokeVerdictWord {
    /// As expected.
    Passed,
    /// It could not be told.
    Errored,
    /// Not as expected.
    Failed,
}

/// A run in a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct SmokeRunSummary {
    /// Its id.
    pub id: String,
    /// What it is a run of.
    pub name: String,
    /// The environment.
    pub environment: String,
    /// The version.
    pub version: String,
    /// How far it has come.
    pub state: SmokeRunWord,
    /// Why it did not pass; empty where it did or isn't over.
    pub reason: String,
    /// Why it is there.
    pub cause: SmokeCauseWord,
    /// Steps that are over.
    pub done: u32,
    /// Steps in all; 0 before it began, and of a report.
    pub steps: u32,
    /// Who asked for it.
    pub requested_by: String,
    /// When.
    pub requested_at: String,
    /// When it ended.
    pub ended_at: Option<String>,
}

/// A run with all that is kept of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct SmokeRunView {
    /// In a line.
    pub summary: SmokeRunSummary,
    /// The release.
    pub release_id: String,
    /// The environment.
    pub environment_id: String,
    /// The scenario; `None` for a report.
    pub scenario_id: Option<String>,
    /// The steps, also those that were not reached.
    pub steps: Vec<SmokeStepView>,
    /// What was imported.
    pub report: Option<TestReportView>,
    /// Of reports that a run left behind: that run.
    pub collected: Option<CollectedView>,
}

/// The run whose reports were imported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct CollectedView {
    /// The provider's id of it.
    pub external_id: String,
    /// Which attempt of it.
    pub attempt: u32,
    /// Its page at the provider.
    pub url: String,
    /// The files that were read as reports.
    pub files: Vec<String>,
    /// What was left out, with the reason.
    pub left_out: Vec<String>,
}

/// A step of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct SmokeStepView {
    /// What it is called.
    pub name: String,
    /// What it has come to; `None` where it was not reached.
    pub verdict: Option<SmokeVerdictWord>,
    /// How often it was tried.
    pub attempts: u16,
    /// Microseconds that the last attempt took.
    pub took_us: u32,
    /// The expectations.
    pub judged: Vec<JudgedView>,
    /// What was taken out of the answer; of credentials, only the name.
    pub captured: Vec<NamedValue>,
    /// Why there was nothing to judge.
    pub fault: Option<String>,
    /// What was sent and what came back, in order.
    pub exchanges: Vec<ExchangeView>,
}

/// An expectation and how it was met.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct JudgedView {
    /// What was expected.
    pub expected: String,
    /// What was found.
    pub found: String,
    /// Whether that is as expected.
    pub verdict: SmokeVerdictWord,
}

/// A name and its value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct NamedValue {
    /// The name.
    pub name: String,
    /// The value.
    pub value: String,
}

/// One request and what came of it. Credentials are left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ExchangeView {
    /// Which attempt, from 1.
    pub attempt: u16,
    /// When it was sent.
    pub at: String,
    /// `GET`, `POST`, …
    pub method: String,
    /// Where to.
    pub url: String,
    /// What was sent with it.
    pub request_headers: Vec<NamedValue>,
    /// The body that was sent.
    pub request_body: Option<BodyView>,
    /// The answer's status; `None` where there was none.
    pub status: Option<u16>,
    /// The answer's headers.
    pub response_headers: Vec<NamedValue>,
    /// The answer's body.
    pub response_body: Option<BodyView>,
    /// The redirects that were followed: status and address.
    pub redirects: Vec<NamedValue>,
    /// Until when the certificate is valid.
    pub certificate_until: Option<String>,
    /// Why there was no answer.
    pub fault: Option<String>,
    /// Microseconds that it took.
    pub took_us: u32,
}

/// A body, as far as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct BodyView {
    /// As text; empty where it is none.
    pub text: String,
    /// Bytes that were read.
    pub bytes: u32,
    /// Whether there was more.
    pub is_cut: bool,
    /// Whether it is no text.
    pub is_binary: bool,
}

/// An imported report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct TestReportView {
    /// "JUnit XML", "TAP".
    pub format: String,
    /// The file's name.
    pub source: String,
    /// Tests that passed.
    pub passed: u32,
    /// Tests that failed.
    pub failed: u32,
    /// Tests that broke off.
    pub errored: u32,
    /// Tests that were left out.
    pub skipped: u32,
    /// Milliseconds that they took.
    pub took_ms: u32,
    /// Of those that failed or broke off, the first 200.
    pub cases: Vec<TestCaseView>,
}

/// A test that did not pass.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct TestCaseView {
    /// Where it belongs; may be empty.
    pub group: String,
    /// Its name.
    pub name: String,
    /// Failed or errored.
    pub verdict: SmokeVerdictWord,
    /// What it said.
    pub message: String,
}

impl From<&Standing> for SmokeStandingWord {
    fn from(standing: &Standing) -> Self {
        match standing {
            Standing::NotRun => Self::NotRun,
            Standing::Running => Self::Running,
            Standing::Passed => Self::Passed,
            Standing::Failed { .. } => Self::Failed,
            Standing::Errored { .. } => Self::Errored,
            Standing::Stale { .. } => Self::Stale,
        }
    }
}

impl From<SmokeVerdict> for SmokeVerdictWord {
    fn from(verdict: SmokeVerdict) -> Self {
        match verdict {
            SmokeVerdict::Passed => Self::Passed,
            SmokeVerdict::Errored => Self::Errored,
            SmokeVerdict::Failed => Self::Failed,
        }
    }
}

impl From<&SmokeRun> for SmokeRunSummary {
    fn from(run: &SmokeRun) -> Self {
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Self {
            id: run.id.to_string(),
            name: run.name.clone(),
            environment: run.environment.clone(),
            version: run.version.to_string(),
            state: match run.state {
                SmokeRunState::Requested => SmokeRunWord::Requested,
                SmokeRunState::Running { .. } => SmokeRunWord::Running,
                SmokeRunState::Passed { .. } => SmokeRunWord::Passed,
                SmokeRunState::Failed { .. } => SmokeRunWord::Failed,
                SmokeRunState::Errored { .. } => SmokeRunWord::Errored,
            },
            reason: run.state.reason().to_owned(),
            cause: match run.cause {
                SmokeCause::ByHand => SmokeCauseWord::ByHand,
                SmokeCause::AfterDeployment => SmokeCauseWord::AfterDeployment,
                SmokeCause::Imported { .. } => SmokeCauseWord::Imported,
                SmokeCause::Collected { .. } => SmokeCauseWord::Collected,
            },
            done: count(run.results.len()),
            steps: count(run.steps.len()),
            requested_by: run.requested_by.to_string(),
            requested_at: shown(run.requested_at),
            ended_at: run.state.ended_at().map(shown),
        }
    }
}

impl SmokeRunView {
    pub(crate) fn new(run: &SmokeRun, exchanges: &[Exchange]) -> Self {
        let source = match &run.cause {
            SmokeCause::Imported { format, source } => Some((format.name(), source.as_str())),
            SmokeCause::Collected { format: Some(format), .. } => Some((format.name(), "")),
            SmokeCause::Collected { format: None, .. } => Some(("Reports", "")),
            SmokeCause::ByHand | SmokeCause::AfterDeployment => None,
        };
        let collected = match &run.cause {
            SmokeCause::Collected { run, files, left_out, .. } => Some(CollectedView {
                external_id: run.external_id.clone(),
                attempt: run.attempt,
                url: run.url.clone(),
                files: files.clone(),
                left_out: left_out.clone(),
            }),
            SmokeCause::ByHand | SmokeCause::AfterDeployment | SmokeCause::Imported { .. } => None,
        };
        Self {
            summary: run.into(),
            release_id: run.release_id.to_string(),
            environment_id: run.environment_id.to_string(),
            scenario_id: match &run.subject {
                SmokeSubject::Scenario { scenario_id } => Some(scenario_id.to_string()),
                SmokeSubject::Report { .. } => None,
            },
            steps: shown_steps(&run.steps, &run.results, exchanges),
            collected,
            report: run.report.as_ref().zip(source).map(|(report, (format, source))| shown_report(report, format, source)),
        }
    }
}

/// The steps with their results; those that were not reached without.
pub(crate) fn shown_steps(names: &[String], results: &[StepResult], exchanges: &[Exchange]) -> Vec<SmokeStepView> {
    names
        .iter()
        .enumerate()
        .map(|(index, name)| {
            let result = results.get(index);
            let own = exchanges.iter().filter(|exchange| usize::from(exchange.step) == index);
            SmokeStepView {
                name: name.clone(),
                verdict: result.map(|result| result.verdict.into()),
                attempts: result.map_or(0, |result| result.attempts),
                took_us: result.map_or(0, |result| result.took_us),
                judged: result.map(|result| result.judged.iter().map(judged).collect()).unwrap_or_default(),
                captured: result.map(|result| pairs(&result.captured)).unwrap_or_default(),
                fault: result.and_then(|result| result.fault.clone()),
                exchanges: own.map(exchange).collect(),
            }
        })
        .collect()
}

fn judged(judged: &pilothouse_domain::smoke::Judged) -> JudgedView {
    JudgedView { expected: judged.expected.clone(), found: judged.found.clone(), verdict: judged.verdict.into() }
}

fn pairs(pairs: &[(String, String)]) -> Vec<NamedValue> {
    pairs.iter().map(|(name, value)| NamedValue { name: name.clone(), value: value.clone() }).collect()
}

fn exchange(exchange: &Exchange) -> ExchangeView {
    let response = exchange.response.as_ref();
    let redirect =
        |redirect: &pilothouse_domain::smoke::Redirect| NamedValue { name: redirect.status.to_string(), value: redirect.to.clone() };
    ExchangeView {
        attempt: exchange.attempt,
        at: shown(exchange.at),
        method: exchange.request.method.clone(),
        url: exchange.request.url.clone(),
        request_headers: pairs(&exchange.request.headers),
        request_body: exchange.request.body.as_ref().map(body),
        status: response.map(|response| response.status),
        response_headers: response.map(|response| pairs(&response.headers)).unwrap_or_default(),
        response_body: response.map(|response| body(&response.body)),
        redirects: response.map(|response| response.redirects.iter().map(redirect).collect()).unwrap_or_default(),
        certificate_until: response.and_then(|response| response.certificate_until).map(shown),
        fault: exchange.fault.clone(),
        took_us: exchange.took_us,
    }
}

fn body(body: &RecordedBody) -> BodyView {
    BodyView { text: body.text.clone(), bytes: body.bytes, is_cut: body.is_cut, is_binary: body.is_binary }
}

fn shown_report(report: &TestReport, format: &str, source: &str) -> TestReportView {
    let case = |case: &TestCase| TestCaseView {
        group: case.group.clone(),
        name: case.name.clone(),
        verdict: case.verdict.into(),
        message: case.message.clone(),
    };
    TestReportView {
        format: format.to_owned(),
        source: source.to_owned(),
        passed: report.passed,
        failed: report.failed,
        errored: report.errored,
        skipped: report.skipped,
        took_ms: report.took_ms,
        cases: report.cases.iter().map(case).collect(),
    }
}

/// "Failed 2 of the last 5 runs for this version".
pub(crate) fn flaky_words(flaky: Flakiness) -> String {
    let all = flaky.passed + flaky.failed + flaky.retried;
    let runs = if all == 1 { "run" } else { "runs" };
    match (flaky.failed, flaky.retried) {
        (0, retried) => format!("Passed only when tried again in {retried} of {all} {runs} for this version"),
        (failed, 0) => format!("Failed {failed} of {all} {runs} for this version"),
        (failed, retried) => format!("Failed {failed} of {all} {runs} for this version, and passed only when tried again in {retried}"),
    }
}
