//! A gate: something at a provider that waits for a person, such as a deployment to a protected environment, a manual job, or a
//! question in the middle of a run. Here is what it is; how it changes is in [`machine`].
//!
//! An answer is given once: the intent ([`GateState::Answering`]) is written before the provider is told, so that after a crash the
//! question "was it taken?" is answered by looking whether the gate still waits, never by answering again.

mod inputs;
pub mod machine;

pub use inputs::{GateInput, GateInputKind, InputFault, filled_inputs};
pub use machine::{GateEvent, GateRefusal, apply};

use crate::{Actor, ConnectionId, DeploymentId, EnvironmentId, GateId, ProductId, ReleaseId, Timestamp};
use serde::{Deserialize, Serialize};

/// Something at a provider that waits, or waited, for a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gate {
    /// Its id.
    pub id: GateId,
    /// Counts the writes; 0 before the first.
    pub revision: u32,
    /// The account through which it is seen.
    pub connection_id: ConnectionId,
    /// What holds its pipeline there: a repository, a project, a folder, a region.
    pub repository: String,
    /// The provider's name of it, unique at that place while it waits.
    pub external_id: String,
    /// The provider's id of the run that waits.
    pub run: String,
    /// The pipeline of that run.
    pub pipeline: String,
    /// What it says, as it was seen last.
    pub seen: GateDetails,
    /// Whose it is, as far as that is known.
    pub belongs: GateOwner,
    /// When it was seen first.
    pub first_seen_at: Timestamp,
    /// Where it is.
    pub state: GateState,
    /// An answer of ours to the gate of this name that was taken before it waited (again, or still, for somebody else).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered_before: Option<GivenAnswer>,
    /// Our answer was taken and the provider still lists it: until then that is taken for lateness. What is listed after that waits
    /// again, as a gate of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lingers_until: Option<Timestamp>,
}

/// What the provider says about a gate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GateDetails {
    /// What kind of gate it is.
    pub kind: GateKind,
    /// What it is called there: the environment's, job's, step's or action's name.
    pub title: String,
    /// What its author says about it; empty where nothing.
    pub message: String,
    /// The environment behind it, where the provider knows.
    pub environment: Option<String>,
    /// Who started the run, where the provider tells.
    pub started_by: Option<String>,
    /// Since when it waits, where the provider tells.
    pub since: Option<Timestamp>,
    /// When it gives up waiting, where it does.
    pub expires_at: Option<Timestamp>,
    /// Its page at the provider.
    pub url: String,
    /// What is to be filled in to approve.
    pub inputs: Vec<GateInput>,
    /// Whether our account may answer, where the provider tells beforehand.
    pub can_answer: Option<bool>,
    /// False where it can only be approved or left alone.
    pub can_reject: bool,
    /// Whether the provider keeps a comment.
    pub takes_comment: bool,
}

/// Kinds of gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GateKind {
    /// A deployment to a protected environment.
    Deployment,
    /// A job that somebody must start.
    ManualJob,
    /// A question in the middle of a run.
    Input,
    /// A step whose purpose is an approval.
    Approval,
}

/// Whose a gate is. All empty: a pipeline that no product is bound to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GateOwner {
    /// The product whose pipeline waits.
    pub product_id: Option<ProductId>,
    /// The environment that it deploys to.
    pub environment_id: Option<EnvironmentId>,
    /// The release that is on its way, where the run is one of ours.
    pub release_id: Option<ReleaseId>,
    /// The deployment whose run waits, where the run is one of ours.
    pub deployment_id: Option<DeploymentId>,
}

/// Where a gate is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum GateState {
    /// Waits for a person.
    Waiting {
        /// Why an answer that was given did not count.
        not_taken: Option<NotTaken>,
    },
    /// An answer is given; the provider may have been told.
    Answering {
        /// The answer.
        answer: GivenAnswer,
    },
    /// The provider was told, and we don't know whether it has taken the answer. Looked for, never answered again.
    AnswerUnknown {
        /// The answer.
        answer: GivenAnswer,
        /// Why we don't know.
        cause: String,
    },
    /// Our answer was taken.
    Answered {
        /// The answer.
        answer: GivenAnswer,
        /// When that was known.
        at: Timestamp,
        /// False where no "yes" of the provider arrived, but the gate waits no more.
        confirmed: bool,
    },
    /// Somebody else had answered before us, or its run had ended.
    TooLate {
        /// Our answer, which changed nothing.
        answer: GivenAnswer,
        /// When that was known.
        at: Timestamp,
    },
    /// It waits no more, and we did not answer.
    Gone {
        /// When that was seen.
        at: Timestamp,
        /// Why, as far as it is known.
        cause: GoneCause,
    },
}

/// Why a gate waits no more that nobody answered here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GoneCause {
    /// It was answered elsewhere, or its run has ended.
    Elsewhere,
    /// Its time was over.
    Expired,
    /// No product is bound to a pipeline of its place any more, so nobody looks there.
    Unwatched,
}

/// An answer as it was given. What was filled in is not kept: it may hold a secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GivenAnswer {
    /// The answer.
    pub verdict: GateVerdict,
    /// Why; empty only for an approval.
    pub comment: String,
    /// The names of what was filled in.
    pub inputs: Vec<String>,
    /// Who.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
}

/// What is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GateVerdict {
    /// Go on.
    Approve,
    /// Don't.
    Reject,
}

/// Why an answer did not count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotTaken {
    /// The answer.
    pub answer: GivenAnswer,
    /// When that was known.
    pub at: Timestamp,
    /// What happened.
    pub message: String,
    /// What to do about it.
    pub next_step: String,
}

impl GateState {
    /// The state's word, as in the database.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Waiting { .. } => "waiting",
            Self::Answering { .. } => "answering",
            Self::AnswerUnknown { .. } => "answer_unknown",
            Self::Answered { .. } => "answered",
            Self::TooLate { .. } => "too_late",
            Self::Gone { .. } => "gone",
        }
    }

    /// True for states that are never left.
    #[must_use]
    pub const fn is_terminal(&self) -> bool {
        self.ended_at().is_some()
    }

    /// When it ended.
    #[must_use]
    pub const fn ended_at(&self) -> Option<Timestamp> {
        match self {
            Self::Answered { at, .. } | Self::TooLate { at, .. } | Self::Gone { at, .. } => Some(*at),
            Self::Waiting { .. } | Self::Answering { .. } | Self::AnswerUnknown { .. } => None,
        }
    }

    /// The answer that was given, where one was and it may count.
    #[must_use]
    pub const fn answer(&self) -> Option<&GivenAnswer> {
        match self {
            Self::Answering { answer }
            | Self::AnswerUnknown { answer, .. }
            | Self::Answered { answer, .. }
            | Self::TooLate { answer, .. } => Some(answer),
            Self::Waiting { .. } | Self::Gone { .. } => None,
        }
    }
}

impl Gate {
    /// True while a person can answer it.
    #[must_use]
    pub const fn is_waiting(&self) -> bool {
        matches!(self.state, GateState::Waiting { .. })
    }

    /// True where our answer was taken and what the provider lists may be the same question still.
    #[must_use]
    pub fn may_be_the_same(&self, listed: &GateDetails) -> bool {
        let asks_anew = matches!((self.seen.since, listed.since), (Some(old), Some(new)) if new > old);
        matches!(self.state, GateState::Answered { .. }) && !asks_anew
    }

    /// Since when it waits: as the provider says, else since it was seen.
    #[must_use]
    pub fn waits_since(&self) -> Timestamp {
        self.seen.since.unwrap_or(self.first_seen_at).min(self.first_seen_at)
    }

    /// Whether its time is over.
    #[must_use]
    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.seen.expires_at.is_some_and(|at| at <= now)
    }
}
