//! A deployment: one release to one environment, in phases, each of which triggers one run at a provider. Here is what it is; how
//! it changes is in [`machine`]. A rollback is a deployment too: of an earlier release, with a parent.
//!
//! The intent to trigger is a state of its own ([`PhaseState::Triggering`]): it is written before the provider is asked, so that
//! after a crash the question "did it start?" is answered by looking, never by asking again.

pub mod machine;
mod native;
mod phase;
mod question;
pub mod run;

pub use machine::{CancelAnswer, DeploymentEvent, DeploymentRefusal, Pacing, PhasesChange, Schedule, Transition, apply};
pub use native::NativeWay;
pub use phase::{Instances, Phase, PhaseDecision, PhaseState};
pub use question::{Decision, Question};
pub use run::{Job, Run, RunStatus, Step};

use crate::calendar::OverrideMark;
use crate::pipeline::{BindingValues, FilledBinding, PipelineBinding};
use crate::product::Environment;
use crate::release::Release;
use crate::rollout::{OnFailure, Rollout};
use crate::{Actor, CoordinatedRunId, DeploymentId, EnvironmentId, PhaseId, ProductId, ReleaseId, Timestamp, Version};
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
    /// The coordinated release on whose way it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coordinated_run: Option<CoordinatedRunId>,
    /// Seconds within which the service must answer well after its run succeeded.
    pub verify_seconds: u32,
    /// Its phases, in order; never empty.
    pub phases: Vec<Phase>,
    /// What a phase that is found bad leads to.
    #[serde(default, skip_serializing_if = "is_end")]
    pub on_failure: OnFailure,
    /// By whose word, and why, phases that had not begun were changed on the way; in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub phase_changes: Vec<PhaseDecision>,
    /// Set while no further phase may begin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused: Option<Pause>,
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

/// What a new deployment is asked for with, besides what its release and its environment say.
#[derive(Clone, Debug)]
pub struct DeploymentRequest {
    /// Its id.
    pub id: DeploymentId,
    /// Forward, or back.
    pub kind: DeploymentKind,
    /// The repository at the provider.
    pub repository: String,
    /// Who asks.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
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
        /// True once that person has taken it on: the others leave it to them, or take it over.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        taken: bool,
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

/// That no further phase begins. What runs at the provider goes on, and what is watched is watched on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// Who wanted it.
    pub by: Actor,
    /// Why; may be empty.
    pub reason: String,
    /// Since when.
    pub since: Timestamp,
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
    /// How many instances say that they have the version, where they were asked one by one.
    pub instances: Option<Instances>,
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
    /// Measure how a phase that is watched goes.
    Judge,
    /// Bring the version before back, by itself.
    RollBack,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
const fn is_end(on_failure: &OnFailure) -> bool {
    matches!(on_failure, OnFailure::End)
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

impl Deployment {
    /// A release to an environment, as its plan has it, queued. A way back is short: all at once, as it was before.
    #[must_use]
    pub fn requested(
        request: DeploymentRequest,
        release: &Release,
        environment: &Environment,
        pipeline: &PipelineBinding,
        mut phase_id: impl FnMut() -> PhaseId,
    ) -> Self {
        let DeploymentRequest { id, kind, repository, by, at } = request;
        let rollout = match kind {
            DeploymentKind::Deploy => release.planned(environment.id).map_or(&environment.rollout, |planned| &planned.rollout).clone(),
            DeploymentKind::Rollback { .. } => Rollout::default(),
        };
        Self {
            id,
            revision: 0,
            product_id: release.product_id,
            environment_id: environment.id,
            environment: environment.name.clone(),
            release_id: release.id,
            version: release.version.clone(),
            tag: release.tag.clone(),
            commit: release.source.commit.clone(),
            kind,
            repository,
            pipeline: pipeline.clone(),
            native: None,
            native_given_up: None,
            overridden: Vec::new(),
            coordinated_run: None,
            verify_seconds: environment.rules.verify_seconds,
            phases: rollout.planned().into_iter().map(|phase| Phase::planned(phase_id(), phase)).collect(),
            on_failure: rollout.on_failure,
            phase_changes: Vec::new(),
            paused: None,
            state: DeploymentState::Queued { waits_for: None },
            cancel: None,
            trouble: None,
            requested_by: by,
            requested_at: at,
            deployed_at: None,
        }
    }

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
        self.phases.iter().position(|phase| !phase.is_done()).unwrap_or(last)
    }

    /// Its phases as they are planned, with what was changed on the way.
    #[must_use]
    pub fn planned_rollout(&self) -> Rollout {
        Rollout { phases: self.phases.iter().map(Phase::as_planned).collect(), on_failure: self.on_failure }
    }

    /// Share of the environment to which its runs have brought the version so far, in percent; 0 where none has.
    #[must_use]
    pub fn reached_percent(&self) -> u8 {
        self.phases.iter().filter(|phase| phase.has_deployed()).map(|phase| phase.weight_percent).max().unwrap_or(0)
    }

    /// True where it goes out in steps, or is watched.
    #[must_use]
    pub fn is_phased(&self) -> bool {
        self.phases.len() > 1 || self.phases.iter().any(|phase| phase.rules.is_watched())
    }

    /// The pipeline of the current phase with all values filled in.
    #[must_use]
    pub fn filled_pipeline(&self) -> FilledBinding {
        let phase = self.current_phase();
        let correlation = phase.map(Phase::correlation).unwrap_or_default();
        let filled = self.pipeline.fill(&BindingValues {
            version: &self.version,
            tag: &self.tag,
            commit: &self.commit,
            environment: &self.environment,
            correlation: &correlation,
            weight_percent: phase.map_or(100, |phase| phase.weight_percent),
            target: phase.and_then(|phase| phase.rules.target.as_deref()).unwrap_or_default(),
        });
        match phase.and_then(|phase| phase.rules.pipeline.clone()) {
            Some(pipeline) => FilledBinding { pipeline, ..filled },
            None => filled,
        }
    }

    /// What is to be done next in the state as it is; `None` where nothing is, or a person is waited for. The outbox normally
    /// says so too; this is what it is put right by.
    #[must_use]
    pub fn next_effect(&self) -> Option<DeploymentEffect> {
        match &self.state {
            DeploymentState::Queued { .. } => Some(DeploymentEffect::AwaitTurn),
            DeploymentState::InProgress => match self.current_phase().map(|p| &p.state)? {
                PhaseState::Ready if self.paused.is_some() => None,
                PhaseState::Ready => Some(DeploymentEffect::Trigger),
                PhaseState::Triggering { .. } | PhaseState::Reconciling { .. } => Some(DeploymentEffect::LookUpRun),
                PhaseState::Running { .. } | PhaseState::Rerunning { begun_at: Some(_), .. } => Some(DeploymentEffect::ObserveRun),
                PhaseState::Rerunning { begun_at: None, .. } => Some(DeploymentEffect::Rerun),
                PhaseState::Verifying { .. } => Some(DeploymentEffect::ReadService),
                PhaseState::Baking { .. } => Some(DeploymentEffect::Judge),
                PhaseState::Failing { .. } => Some(DeploymentEffect::RollBack),
                PhaseState::Pending | PhaseState::Passed { .. } | PhaseState::LeftOut { .. } | PhaseState::Ended { .. } => None,
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
