//! A run of a scenario, or a report that was imported: for one version in one environment. What it has come to is written step by step, so
//! that a run that was interrupted is told from one that failed. Must not go on after its end.

use super::collected::CollectedRun;
use super::judge::Judged;
use super::report::{ReportFormat, TestReport};
use crate::{Actor, DeploymentId, EnvironmentId, ProductId, ReleaseId, SmokeRunId, SmokeScenarioId, Timestamp, Version};
use serde::{Deserialize, Serialize};

/// One run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SmokeRun {
    /// Its id.
    pub id: SmokeRunId,
    /// Counts the writes; 0 before the first.
    pub revision: u32,
    /// The product.
    pub product_id: ProductId,
    /// The environment.
    pub environment_id: EnvironmentId,
    /// Its name then.
    pub environment: String,
    /// The release.
    pub release_id: ReleaseId,
    /// Its version then.
    pub version: Version,
    /// Its commit then.
    pub commit: String,
    /// What it is a run of. The latest run of a subject is what counts.
    pub subject: SmokeSubject,
    /// What that was called then.
    pub name: String,
    /// Whether the release is held by it. Of a scenario, what was so then: what counts is the scenario's own mark.
    pub required: bool,
    /// The deployment that had brought what is tested, where one is known.
    pub deployment_id: Option<DeploymentId>,
    /// Why it ran.
    pub cause: SmokeCause,
    /// The digest of the scenario's text, or of the report; empty before it began.
    pub digest: String,
    /// The names of its steps; none before it began, and none of a report.
    pub steps: Vec<String>,
    /// What the steps have come to, in their order.
    pub results: Vec<StepResult>,
    /// What was imported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<TestReport>,
    /// How far it has come.
    pub state: SmokeRunState,
    /// Who asked for it.
    pub requested_by: Actor,
    /// When.
    pub requested_at: Timestamp,
}

/// What a run is a run of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum SmokeSubject {
    /// A scenario of the product.
    Scenario {
        /// That scenario.
        scenario_id: SmokeScenarioId,
    },
    /// A report of another tool, under the name that a person gave it.
    Report {
        /// That name.
        name: String,
    },
}

/// Why a run is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "cause", rename_all = "snake_case")]
pub enum SmokeCause {
    /// Somebody started it.
    ByHand,
    /// The deployment succeeded.
    AfterDeployment,
    /// Somebody imported a report.
    Imported {
        /// Of which form.
        format: ReportFormat,
        /// Where it came from: the file's name.
        source: String,
    },
    /// The reports that a pipeline's run left behind are imported.
    Collected {
        /// That run.
        run: CollectedRun,
        /// The files that were read as reports; none before it is over.
        files: Vec<String>,
        /// What was left out, with the reason.
        left_out: Vec<String>,
        /// The form of the first file.
        format: Option<ReportFormat>,
    },
}

/// How far a run has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum SmokeRunState {
    /// Written down; nothing was sent yet.
    Requested,
    /// Under way.
    Running {
        /// Since when.
        begun_at: Timestamp,
    },
    /// Everything was as expected.
    Passed {
        /// When that was clear.
        at: Timestamp,
    },
    /// Something was not as expected: the release is bad.
    Failed {
        /// When that was clear.
        at: Timestamp,
        /// What was not.
        reason: String,
    },
    /// It could not be told: nothing is known about the release.
    Errored {
        /// When that was clear.
        at: Timestamp,
        /// Why not.
        reason: String,
    },
}

/// What a measurement says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SmokeVerdict {
    /// As expected.
    Passed,
    /// It could not be told.
    Errored,
    /// Not as expected.
    Failed,
}

/// What a step has come to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepResult {
    /// The step's name.
    pub name: String,
    /// What its last attempt said.
    pub verdict: SmokeVerdict,
    /// How often it was tried.
    pub attempts: u16,
    /// Microseconds that the last attempt took.
    pub took_us: u32,
    /// The expectations of the last attempt.
    pub judged: Vec<Judged>,
    /// Names and values that were taken out of the answer; of credentials, only the name.
    pub captured: Vec<(String, String)>,
    /// Why there was nothing to judge.
    pub fault: Option<String>,
}

/// Why a run is ended from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Interruption {
    /// Pilothouse stopped while it was under way.
    Stopped,
    /// A person stopped it.
    Cancelled {
        /// Who.
        by: Actor,
    },
    /// It could not be begun or gone on with.
    Impossible {
        /// Why.
        reason: String,
    },
}

impl SmokeRunState {
    /// The state's word, as in the database.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Running { .. } => "running",
            Self::Passed { .. } => "passed",
            Self::Failed { .. } => "failed",
            Self::Errored { .. } => "errored",
        }
    }

    /// True where nothing more happens.
    #[must_use]
    pub const fn is_ended(&self) -> bool {
        matches!(self, Self::Passed { .. } | Self::Failed { .. } | Self::Errored { .. })
    }

    /// When it ended.
    #[must_use]
    pub const fn ended_at(&self) -> Option<Timestamp> {
        match self {
            Self::Passed { at } | Self::Failed { at, .. } | Self::Errored { at, .. } => Some(*at),
            Self::Requested | Self::Running { .. } => None,
        }
    }

    /// Why it didn't pass; empty where it did or isn't over.
    #[must_use]
    pub fn reason(&self) -> &str {
        match self {
            Self::Failed { reason, .. } | Self::Errored { reason, .. } => reason,
            Self::Requested | Self::Running { .. } | Self::Passed { .. } => "",
        }
    }
}

impl SmokeSubject {
    /// The key under which its runs are found.
    #[must_use]
    pub fn key(&self) -> String {
        match self {
            Self::Scenario { scenario_id } => format!("scenario {scenario_id}"),
            Self::Report { name } => format!("report {name}"),
        }
    }
}

impl StepResult {
    /// What was wrong, in one sentence: the first expectation that was not met, or the fault.
    #[must_use]
    pub fn reason(&self) -> String {
        let unmet = || self.judged.iter().filter(|j| j.verdict != SmokeVerdict::Passed).max_by_key(|j| j.verdict == self.verdict);
        match (&self.fault, unmet()) {
            (Some(fault), _) => fault.clone(),
            (None, Some(judged)) => format!("expected {}, found {}", judged.expected, judged.found),
            (None, None) => String::new(),
        }
    }
}

impl SmokeRun {
    /// Under way. `None` where it was begun before.
    #[must_use]
    pub fn begun(&self, digest: String, steps: Vec<String>, now: Timestamp) -> Option<Self> {
        let is_new = self.state == SmokeRunState::Requested;
        is_new.then(|| Self { digest, steps, state: SmokeRunState::Running { begun_at: now }, ..self.clone() })
    }

    /// One step further. The first that doesn't pass ends the run, and so does the last. `None` where it isn't under way.
    #[must_use]
    pub fn stepped(&self, result: StepResult, now: Timestamp) -> Option<Self> {
        if !matches!(self.state, SmokeRunState::Running { .. }) || self.results.len() >= self.steps.len() {
            return None;
        }
        let mut next = self.clone();
        let reason = || format!("{}: {}", result.name, result.reason());
        match result.verdict {
            SmokeVerdict::Passed if self.results.len() + 1 == self.steps.len() => next.state = SmokeRunState::Passed { at: now },
            SmokeVerdict::Passed => {}
            SmokeVerdict::Failed => next.state = SmokeRunState::Failed { at: now, reason: reason() },
            SmokeVerdict::Errored => next.state = SmokeRunState::Errored { at: now, reason: reason() },
        }
        next.results.push(result);
        Some(next)
    }

    /// Ended from outside: nothing is known about the release by it. `None` where it is over.
    #[must_use]
    pub fn interrupted(&self, by: &Interruption, now: Timestamp) -> Option<Self> {
        if self.state.is_ended() {
            return None;
        }
        let reason = match by {
            Interruption::Stopped => "Pilothouse stopped while it was under way".to_owned(),
            Interruption::Cancelled { by } => format!("{by} stopped it"),
            Interruption::Impossible { reason } => reason.clone(),
        };
        Some(Self { state: SmokeRunState::Errored { at: now, reason }, ..self.clone() })
    }

    /// Whether a step passed only when it was tried again.
    #[must_use]
    pub fn passed_after_retry(&self) -> bool {
        self.results.iter().any(|step| step.attempts > 1 && step.verdict == SmokeVerdict::Passed)
    }
}
