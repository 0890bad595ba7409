//! Runbooks: what people and Pilothouse do, step by step, to roll back, deploy or recover. A runbook is drafted and published under
//! numbers; a run of it is a copy of one publication, filled with its parameters, and is carried on by [`apply`].
//!
//! Must not: trigger anything, look anything up or know what time it is. What a step's action comes to is told as an event.

mod attached;
mod content;
mod fill;
mod machine;
mod run;

pub use attached::{Acknowledgement, AttachRefusal, AttachedRunbook, RunbookRule, acknowledged};
pub use content::{
    MAX_PARAMETERS, MAX_STEPS, ParameterKind, RunbookContent, RunbookFault, RunbookParameter, RunbookStep, StepAction, StepInput,
    valid_content,
};
pub use fill::{FillFault, FillValues, fill, given_parameters, needs_release};
pub use machine::{RunbookEvent, RunbookRefusal, apply, begun_steps};
pub use run::{Doing, FailedAttempt, RunStep, RunTimes, RunbookRun, RunbookRunState, StepState};

use crate::{Actor, EnvironmentId, ProductId, RunbookId, Timestamp};
use serde::{Deserialize, Serialize};

/// A runbook of a product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Runbook {
    /// Its id.
    pub id: RunbookId,
    /// Counts the writes; 0 before the first.
    pub revision: u32,
    /// The product.
    pub product_id: ProductId,
    /// Its name, unique within the product.
    pub name: String,
    /// What it is for.
    pub kind: RunbookKind,
    /// Where it may be run; empty for every environment of the product.
    pub environments: Vec<EnvironmentId>,
    /// What is worked on; `None` where that is what was published.
    pub draft: Option<RunbookDraft>,
    /// What holds; `None` before the first publication. Earlier ones are in the audit, and in the runs and releases that took them.
    pub published: Option<RunbookPublication>,
    /// Who made it.
    pub created_by: Actor,
    /// When.
    pub created_at: Timestamp,
}

/// What a runbook is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunbookKind {
    /// To bring an earlier version back.
    Rollback,
    /// To bring a version there.
    Deployment,
    /// To come back after an outage or a loss.
    Recovery,
    /// Anything else.
    Other,
}

/// What is worked on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunbookDraft {
    /// The text.
    pub content: RunbookContent,
    /// Who changed it last.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
}

/// What was published.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunbookPublication {
    /// Counts the runbook's publications, from 1.
    pub number: u32,
    /// The text; it has at least one step.
    pub content: RunbookContent,
    /// What is different, in a line; may be empty.
    pub note: String,
    /// Who published it.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
}

impl RunbookKind {
    /// The kind's word, as in the database.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Rollback => "rollback",
            Self::Deployment => "deployment",
            Self::Recovery => "recovery",
            Self::Other => "other",
        }
    }
}

impl Runbook {
    /// The text that is worked on: the draft, else what was published.
    #[must_use]
    pub fn content(&self) -> Option<&RunbookContent> {
        let published = self.published.as_ref().map(|published| &published.content);
        self.draft.as_ref().map(|draft| &draft.content).or(published)
    }

    /// True where it may be run in an environment.
    #[must_use]
    pub fn is_for(&self, environment: EnvironmentId) -> bool {
        self.environments.is_empty() || self.environments.contains(&environment)
    }
}
