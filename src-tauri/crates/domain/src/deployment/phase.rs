//! A phase of a deployment: one run at the provider, the look at the service after it, and the time for which it is watched.

use super::{Run, RunStatus, Verification};
use crate::rollout::{Limits, PhaseRules, PlannedPhase, Tally, Watch};
use crate::{Actor, PhaseId, Timestamp};
use serde::{Deserialize, Serialize};

/// A step of the rollout. Triggers one run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Phase {
    /// Its id, the stem of its correlation token.
    pub id: PhaseId,
    /// Share of the environment that has the version after this phase, in percent. 0 to 100.
    pub weight_percent: u8,
    /// How often its run was triggered. More than 1 only where a person said so.
    pub triggers: u32,
    /// Where it is.
    pub state: PhaseState,
    /// What else was planned about it.
    #[serde(default, skip_serializing_if = "PhaseRules::is_plain")]
    pub rules: PhaseRules,
    /// How often its run was tried again by itself.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub retried: u8,
    /// How much of the environment really had the version when it was last looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instances: Option<Instances>,
    /// Set where a person left it out, or ended its watch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided: Option<PhaseDecision>,
}

/// How many instances have a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Instances {
    /// So many have it.
    pub with: u16,
    /// Of so many.
    pub of: u16,
}

/// A person's word about a phase.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhaseDecision {
    /// Who.
    pub by: Actor,
    /// Why, never empty.
    pub reason: String,
    /// When.
    pub at: Timestamp,
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
    /// The service was found to run it; it is watched, and its gates are asked.
    Baking {
        /// The run.
        run: Run,
        /// How the service was found to run it.
        verification: Verification,
        /// When its run was seen to have succeeded.
        deployed_at: Timestamp,
        /// For how long it was watched.
        watch: Watch,
        /// What the measurements come to so far.
        tally: Tally,
    },
    /// It was found bad, and the version before comes back by itself, unless a person steps in.
    Failing {
        /// The run.
        run: Run,
        /// How the service had been found to run it; `None` where it never was.
        verification: Option<Verification>,
        /// When its run was seen to have succeeded.
        deployed_at: Timestamp,
        /// Why it is bad.
        reason: String,
        /// When the version before comes back.
        rolls_back_at: Timestamp,
    },
    /// A person left it out.
    LeftOut {
        /// Its run, where there was one.
        run: Option<Run>,
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

impl PhaseState {
    /// The run, where one is known.
    #[must_use]
    pub const fn run(&self) -> Option<&Run> {
        match self {
            Self::Running { run }
            | Self::Rerunning { run, .. }
            | Self::Verifying { run, .. }
            | Self::Baking { run, .. }
            | Self::Failing { run, .. }
            | Self::Passed { run, .. } => Some(run),
            Self::LeftOut { run } | Self::Ended { run } => run.as_ref(),
            Self::Pending | Self::Ready | Self::Triggering { .. } | Self::Reconciling { .. } => None,
        }
    }
}

impl Phase {
    /// A phase that nothing has happened to.
    #[must_use]
    pub const fn new(id: PhaseId, weight_percent: u8) -> Self {
        Self {
            id,
            weight_percent,
            triggers: 0,
            state: PhaseState::Pending,
            rules: PhaseRules {
                name: String::new(),
                target: None,
                pipeline: None,
                bake_seconds: 0,
                gates: Vec::new(),
                limits: Limits::USUAL,
                dry_run: Vec::new(),
                needs_person: false,
                required: false,
                retries: 0,
            },
            retried: 0,
            instances: None,
            decided: None,
        }
    }

    /// A phase as it was planned, that nothing has happened to.
    #[must_use]
    pub fn planned(id: PhaseId, planned: PlannedPhase) -> Self {
        Self { rules: planned.rules, ..Self::new(id, planned.weight_percent) }
    }

    /// What is planned about it.
    #[must_use]
    pub fn as_planned(&self) -> PlannedPhase {
        PlannedPhase { weight_percent: self.weight_percent, rules: self.rules.clone() }
    }

    /// True where it has not begun and was not left out: nothing was asked of a provider for it.
    #[must_use]
    pub const fn is_to_come(&self) -> bool {
        self.triggers == 0 && matches!(self.state, PhaseState::Pending | PhaseState::Ready)
    }

    /// True where the next phase may be looked at: it passed, or was left out.
    #[must_use]
    pub const fn is_done(&self) -> bool {
        matches!(self.state, PhaseState::Passed { .. } | PhaseState::LeftOut { .. })
    }

    /// True where its run has brought the version.
    #[must_use]
    pub fn has_deployed(&self) -> bool {
        let has_succeeded = |run: &Option<Run>| run.as_ref().is_some_and(|run| run.status == RunStatus::Succeeded);
        match &self.state {
            PhaseState::Verifying { .. } | PhaseState::Baking { .. } | PhaseState::Failing { .. } | PhaseState::Passed { .. } => true,
            PhaseState::LeftOut { run } | PhaseState::Ended { run } => has_succeeded(run),
            _ => false,
        }
    }

    /// The text by which the run of the current trigger is found: `<phase id>` for the first, `<phase id>-2` for a second.
    #[must_use]
    pub fn correlation(&self) -> String {
        if self.triggers <= 1 { self.id.to_string() } else { format!("{}-{}", self.id, self.triggers) }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
const fn is_zero(number: &u8) -> bool {
    *number == 0
}
