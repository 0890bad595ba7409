//! What a deployment asks a person, and the answers. What an answer does is the [`machine`](super::machine)'s part.

use super::Run;
use crate::Timestamp;
use serde::{Deserialize, Serialize};

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
    /// The phase was found bad.
    PhaseFailed {
        /// Why.
        message: String,
        /// Why the version before did not come back by itself, where it was to.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        held_back: Option<String>,
    },
    /// The phase is neither good nor bad within its time.
    PhaseUndecided {
        /// What is missing.
        message: String,
    },
    /// The phase could not be measured.
    PhaseErrored {
        /// Why not.
        message: String,
    },
    /// The phase is well, and a person says whether the next one begins.
    GoOn {
        /// What was found.
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
    /// Go on without this group: it keeps what it has.
    LeaveOut {
        /// Why, never empty.
        reason: String,
    },
    /// Begin the next phase.
    GoOn,
    /// Let it end.
    GiveUp,
}

impl Decision {
    /// The decision's word, as on the command line.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Trigger => "trigger",
            Self::Adopt { .. } => "adopt",
            Self::KeepLooking => "keep_looking",
            Self::Redeploy => "redeploy",
            Self::RerunFailed => "rerun_failed",
            Self::RerunAll => "rerun_all",
            Self::VerifyAgain => "verify_again",
            Self::Accept { .. } => "accept",
            Self::LeaveOut { .. } => "leave_out",
            Self::GoOn => "go_on",
            Self::GiveUp => "give_up",
        }
    }
}

impl Question {
    /// The question's word, as in the database.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::BlockedAtStart { .. } => "blocked_at_start",
            Self::TriggerRefused { .. } => "trigger_refused",
            Self::RunNotFound { .. } => "run_not_found",
            Self::RunAmbiguous { .. } => "run_ambiguous",
            Self::RunFailed { .. } => "run_failed",
            Self::Unreachable { .. } => "unreachable",
            Self::CannotVerify { .. } => "cannot_verify",
            Self::PhaseFailed { .. } => "phase_failed",
            Self::PhaseUndecided { .. } => "phase_undecided",
            Self::PhaseErrored { .. } => "phase_errored",
            Self::GoOn { .. } => "go_on",
        }
    }

    /// The answers that it takes, of whichever deployment.
    #[must_use]
    pub const fn choices(&self) -> &'static [&'static str] {
        match self {
            Self::BlockedAtStart { .. } | Self::TriggerRefused { .. } => &["trigger", "give_up"],
            Self::RunNotFound { .. } => &["keep_looking", "trigger", "give_up"],
            Self::RunAmbiguous { .. } => &["adopt", "keep_looking", "trigger", "give_up"],
            Self::RunFailed { .. } => &["rerun_failed", "rerun_all", "trigger", "give_up"],
            Self::Unreachable { .. } => &["keep_looking", "give_up"],
            Self::CannotVerify { .. } => &["verify_again", "accept", "give_up"],
            Self::PhaseFailed { .. } => &["verify_again", "trigger", "accept", "leave_out", "give_up"],
            Self::PhaseUndecided { .. } | Self::PhaseErrored { .. } => &["verify_again", "accept", "leave_out", "give_up"],
            Self::GoOn { .. } => &["go_on", "give_up"],
        }
    }
}
