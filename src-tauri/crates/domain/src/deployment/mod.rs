//! A deployment: one release to one environment, in phases, each of which triggers one run at a provider. Here is what it is; how
//! it changes is in [`machine`]. A rollback is a deployment too: of an earlier release, with a parent.
//!
//! The intent to trigger is a state of its own ([`PhaseState::Triggering`]): it is written before the provider is asked, so that
//! after a crash the question "did it start?" is answered by looking, never by asking again.

pub mod machine;
mod native;
pub mod run;

pub use machine::{CancelAnswer, DeploymentEvent, DeploymentRefusal, Pacing, Schedule, Transition, apply};
pub use native::NativeWay;
pub use run::{Job, Run, RunStatus, Step};

use crate::calendar::OverrideMark;
use crate::pipeline::{BindingValues, FilledBinding, PipelineBinding};
use crate::{Actor, DeploymentId, EnvironmentId, PhaseId, ProductId, ReleaseId, Timestamp, Version};
use serde::{Deserialize, Serialize};

/// One release to one environment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deployment {
    /// Its id.
    pub id: DeploymentId,
    /// Counts the writes; 0 before the first.
    pub revision: u32,
    /// The product.
    pub product_id: ProductId,
    /// Where it goes.
    pub environment_id: EnvironmentId,
    /// The environment's name at the provider, as it was then.
    pub environment: String,
    /// What goes there.
    pub release_id: ReleaseId,
    /// The release's version.
    pub version: Version,
    /// The release's tag.
    pub tag: String,
    /// The release's commit.
    pub commit: String,
    /// Forward, or back.
    pub kind: DeploymentKind,
    /// The repository at the provider.
    pub repository: String,
    /// The pipeline, as it was approved.
    pub pipeline: PipelineBinding,
    /// Set where it goes back in the provider's own way, and doesn't start that pipeline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub native: Option<NativeWay>,
    /// The provider's own way that was given up for the pipeline. What may have come of it is still this deployment's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub native_given_up: Option<NativeWay>,
    /// Freezes in spite of which it started, by whose word. Never taken off.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub overridden: Vec<OverrideMark>,
    /// Seconds within which the service must answer well after its run succeeded.
    pub verify_seconds: u32,
    /// Its phases, in order; never empty.
    pub phases: Vec<Phase>,
    /// Where it is.
    pub state: DeploymentState,
    /// Set once somebody wants it to stop.
    pub cancel: Option<CancelRequest>,
    /// What keeps us from seeing how it goes.
    pub trouble: Option<Trouble>,
    /// Who started it.
    pub requested_by: Actor,
    /// When.
    pub requested_at: Timestamp,
    /// When its last run succeeded, so that this version is what the environment has.
    pub deployed_at: Option<Timestamp>,
}

/// Forward, or back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum DeploymentKind {
    /// A version goes forward.
    Deploy,
    /// An earlier version comes back.
    Rollback {
        /// The deployment that it undoes; `None` where the environment's version came from outside.
        parent: Option<DeploymentId>,
        /// Why.
        reason: String,
    },
}

/// A step of the rollout. Triggers one run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Phase {
    /// Its id, the stem of its correlation token.
    pub id: PhaseId,
    /// Share of the environment that has the version after this phase, in percent. 1 to 100.
    pub weight_percent: u8,
    /// How often its run was triggered. More than 1 only where a person said so.
    pub triggers: u32,
    /// Where it is.
    pub state: PhaseState,
}

/// Where a phase is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum PhaseState {
    /// An earlier phase is not done.
    Pending,
    /// May be triggered; the provider was not asked yet.
    Ready,
    /// The intent is on disk; the provider may have been asked.
    Triggering {
        /// When the intent was written.
        begun_at: Timestamp,
    },
    /// The provider was asked, and we don't know which run came of it, if any. Looked up, never asked again.
    Reconciling {
        /// When the intent was written.
        begun_at: Timestamp,
        /// True where the provider said yes without naming the run.
        accepted: bool,
        /// Why we don't know.
        cause: String,
    },
    /// Its run is followed.
    Running {
        /// The run.
        run: Run,
    },
    /// A further attempt of its run is wanted.
    Rerunning {
        /// The run with its last attempt.
        run: Run,
        /// Only what failed.
        failed_only: bool,
        /// When the intent to ask was written; `None` before that.
        begun_at: Option<Timestamp>,
    },
    /// Its run succeeded; the service is asked what it runs and how it is.
    Verifying {
        /// The run.
        run: Run,
        /// When the run was seen to have succeeded.
        since: Timestamp,
        /// Good readings in a row.
        good_readings: u16,
        /// What the last reading found missing.
        missing: String,
    },
    /// Done.
    Passed {
        /// The run.
        run: Run,
        /// How that was found out.
        verification: Verification,
    },
    /// Over without success; the deployment's state says why.
    Ended {
        /// The run, where there was one.
        run: Option<Run>,
    },
}

/// How a deployment was found to have worked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verification {
    /// The service answered with the version and its checks passed.
    ByService,
    /// Its checks passed; no check reads the running version.
    ByChecks,
    /// There is no check: only the run says so.
    ByRunOnly,
    /// A person said so, without a measurement.
    ByPerson,
}

/// Where a deployment is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum DeploymentState {
    /// Waits until another deployment there has ended.
    Queued {
        /// That deployment.
        waits_for: Option<DeploymentId>,
    },
    /// Its current phase says more.
    InProgress,
    /// Can't go on without a person.
    AwaitingDecision {
        /// What is asked.
        question: Question,
        /// Who is asked first.
        asked_of: Actor,
        /// Since when.
        since: Timestamp,
    },
    /// The version runs there and is well.
    Succeeded {
        /// Since when.
        at: Timestamp,
        /// How that was found out.
        verification: Verification,
    },
    /// The release is bad: its run failed, or the service says no.
    Failed {
        /// When.
        at: Timestamp,
        /// Why.
        reason: String,
    },
    /// We could not tell.
    Errored {
        /// When.
        at: Timestamp,
        /// Why.
        reason: String,
    },
    /// Stopped before it deployed.
    Cancelled {
        /// When.
        at: Timestamp,
        /// By whom, and why.
        reason: String,
    },
}

/// What only a person can decide.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "question", rename_all = "snake_case")]
pub enum Question {
    /// A rule that held when it was started doesn't hold any more.
    BlockedAtStart {
        /// The rules, in words.
        reasons: Vec<String>,
    },
    /// The provider said no; nothing was started.
    TriggerRefused {
        /// What it said.
        message: String,
        /// What to do about it.
        next_step: String,
    },
    /// The provider was asked, the answer was lost, and no run is to be seen.
    RunNotFound {
        /// When it was asked.
        asked_at: Timestamp,
        /// Why we don't know.
        cause: String,
    },
    /// Several runs could be ours.
    RunAmbiguous {
        /// They are.
        candidates: Vec<Run>,
    },
    /// The run failed.
    RunFailed {
        /// Which job, and how.
        message: String,
    },
    /// The provider hasn't answered for long.
    Unreachable {
        /// Since when.
        since: Timestamp,
        /// What it said last, or what went wrong.
        message: String,
    },
    /// The run succeeded, but the service can't be measured.
    CannotVerify {
        /// What is missing.
        message: String,
    },
}

/// A person's answer to a [`Question`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "decision", rename_all = "snake_case")]
pub enum Decision {
    /// Trigger it (again): the person has made sure that nothing runs.
    Trigger,
    /// This run is ours.
    Adopt {
        /// The provider's id of it.
        external_id: String,
    },
    /// Look again.
    KeepLooking,
    /// Start the pipeline with the earlier version, in place of the provider's own way back: the person has made sure that nothing runs.
    Redeploy,
    /// Run again what failed.
    RerunFailed,
    /// Run all of it again.
    RerunAll,
    /// Measure again.
    VerifyAgain,
    /// It works, without a measurement.
    Accept {
        /// Why that is known, never empty.
        reason: String,
    },
    /// Let it end.
    GiveUp,
}

/// The wish to stop a deployment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CancelRequest {
    /// Whose.
    pub by: Actor,
    /// Why; may be empty.
    pub reason: String,
    /// When.
    pub at: Timestamp,
    /// When the provider accepted it.
    pub accepted_at: Option<Timestamp>,
    /// True once the provider was asked to stop without waiting for clean-up.
    pub forced: bool,
    /// How often the provider was asked in vain.
    pub tries: u16,
}

/// What keeps us from seeing how a deployment goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    /// Since when.
    pub since: Timestamp,
    /// What.
    pub message: String,
}

/// What reading the service back found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// The running version.
    pub version: VersionReading,
    /// How many health checks were asked, besides those that read the version.
    pub checks: u16,
    /// Checks that fail, in words.
    pub failing: Vec<String>,
    /// Checks without data, in words.
    pub no_data: Vec<String>,
}

/// Which version a service says it runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reading", rename_all = "snake_case")]
pub enum VersionReading {
    /// No check asks for it.
    NotConfigured,
    /// Every instance answers with the wanted version.
    AsWanted,
    /// Some instance answers with another.
    Other {
        /// In words: "1.1.0 on 2 of 4".
        seen: String,
    },
    /// It couldn't be read.
    NoData {
        /// Why not.
        reason: String,
    },
}

/// What the engine does next for a deployment. There is never more than one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "effect", rename_all = "snake_case")]
pub enum DeploymentEffect {
    /// See whether what it waits for has ended.
    AwaitTurn,
    /// Trigger the current phase's run.
    Trigger,
    /// Look for the run of the current phase.
    LookUpRun,
    /// See how the run goes.
    ObserveRun,
    /// Ask the provider to stop the run.
    CancelRun {
        /// Without waiting for clean-up.
        force: bool,
    },
    /// Ask the provider for another attempt.
    Rerun,
    /// Ask the service what it runs and how it is.
    ReadService,
}

impl DeploymentState {
    /// The state's word, as in the database.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Queued { .. } => "queued",
            Self::InProgress => "in_progress",
            Self::AwaitingDecision { .. } => "awaiting_decision",
            Self::Succeeded { .. } => "succeeded",
            Self::Failed { .. } => "failed",
            Self::Errored { .. } => "errored",
            Self::Cancelled { .. } => "cancelled",
        }
    }

    /// True for states that are never left.
    #[must_use]
    pub const fn is_terminal(&self) -> bool {
        matches!(self, Self::Succeeded { .. } | Self::Failed { .. } | Self::Errored { .. } | Self::Cancelled { .. })
    }

    /// When it ended.
    #[must_use]
    pub const fn ended_at(&self) -> Option<Timestamp> {
        match self {
            Self::Succeeded { at, .. } | Self::Failed { at, .. } | Self::Errored { at, .. } | Self::Cancelled { at, .. } => Some(*at),
            Self::Queued { .. } | Self::InProgress | Self::AwaitingDecision { .. } => None,
        }
    }
}

impl PhaseState {
    /// The run, where one is known.
    #[must_use]
    pub const fn run(&self) -> Option<&Run> {
        match self {
            Self::Running { run } | Self::Rerunning { run, .. } | Self::Verifying { run, .. } | Self::Passed { run, .. } => Some(run),
            Self::Ended { run } => run.as_ref(),
            Self::Pending | Self::Ready | Self::Triggering { .. } | Self::Reconciling { .. } => None,
        }
    }
}

impl Phase {
    /// A phase that nothing has happened to.
    #[must_use]
    pub const fn new(id: PhaseId, weight_percent: u8) -> Self {
        Self { id, weight_percent, triggers: 0, state: PhaseState::Pending }
    }

    /// The text by which the run of the current trigger is found: `<phase id>` for the first, `<phase id>-2` for a second.
    #[must_use]
    pub fn correlation(&self) -> String {
        if self.triggers <= 1 { self.id.to_string() } else { format!("{}-{}", self.id, self.triggers) }
    }
}

impl Deployment {
    /// True where an earlier version comes back.
    #[must_use]
    pub const fn is_rollback(&self) -> bool {
        matches!(self.kind, DeploymentKind::Rollback { .. })
    }

    /// The first phase that is not done, or the last.
    #[must_use]
    pub fn current_phase(&self) -> Option<&Phase> {
        self.phases.get(self.current_index())
    }

    fn current_index(&self) -> usize {
        let last = self.phases.len().saturating_sub(1);
        self.phases.iter().position(|p| !matches!(p.state, PhaseState::Passed { .. })).unwrap_or(last)
    }

    /// The pipeline of the current phase with all values filled in.
    #[must_use]
    pub fn filled_pipeline(&self) -> FilledBinding {
        let correlation = self.current_phase().map(Phase::correlation).unwrap_or_default();
        self.pipeline.fill(&BindingValues {
            version: &self.version,
            tag: &self.tag,
            commit: &self.commit,
            environment: &self.environment,
            correlation: &correlation,
        })
    }

    /// What is to be done next in the state as it is; `None` where nothing is, or a person is waited for. The outbox normally
    /// says so too; this is what it is put right by.
    #[must_use]
    pub fn next_effect(&self) -> Option<DeploymentEffect> {
        match &self.state {
            DeploymentState::Queued { .. } => Some(DeploymentEffect::AwaitTurn),
            DeploymentState::InProgress => match self.current_phase().map(|p| &p.state)? {
                PhaseState::Ready => Some(DeploymentEffect::Trigger),
                PhaseState::Triggering { .. } | PhaseState::Reconciling { .. } => Some(DeploymentEffect::LookUpRun),
                PhaseState::Running { .. } | PhaseState::Rerunning { begun_at: Some(_), .. } => Some(DeploymentEffect::ObserveRun),
                PhaseState::Rerunning { begun_at: None, .. } => Some(DeploymentEffect::Rerun),
                PhaseState::Verifying { .. } => Some(DeploymentEffect::ReadService),
                PhaseState::Pending | PhaseState::Passed { .. } | PhaseState::Ended { .. } => None,
            },
            DeploymentState::AwaitingDecision { .. }
            | DeploymentState::Succeeded { .. }
            | DeploymentState::Failed { .. }
            | DeploymentState::Errored { .. }
            | DeploymentState::Cancelled { .. } => None,
        }
    }

    /// True where the version runs there and was found to be well.
    #[must_use]
    pub const fn is_verified(&self) -> bool {
        matches!(self.state, DeploymentState::Succeeded { .. })
    }
}
