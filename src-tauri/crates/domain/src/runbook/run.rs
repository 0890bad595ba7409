//! A runbook that is carried out: where it is, step by step, with who did what, when, and how long it took.

use super::RunbookKind;
use super::content::RunbookStep;
use crate::manual_run::StartedRun;
use crate::{
    Actor, ChecklistId, EnvironmentId, ManualRunId, ProductId, ReleaseId, RunbookId, RunbookRunId, RunbookStepId, SmokeRunId, Timestamp,
    Version,
};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A run of a runbook. Its steps are copies of a publication's: what is published meanwhile doesn't change them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunbookRun {
    /// Its id.
    pub id: RunbookRunId,
    /// Counts the writes; 0 before the first.
    pub revision: u32,
    /// The product.
    pub product_id: ProductId,
    /// The runbook. It may be gone since.
    pub runbook_id: RunbookId,
    /// The number of its publication.
    pub number: u32,
    /// Its name then.
    pub name: String,
    /// Its kind then.
    pub kind: RunbookKind,
    /// Its purpose then, in Markdown.
    pub purpose: String,
    /// The environment.
    pub environment_id: EnvironmentId,
    /// Its name then.
    pub environment: String,
    /// The release that it is run for, where it is run for one.
    pub release_id: Option<ReleaseId>,
    /// Its version.
    pub version: Option<Version>,
    /// Why, in the person's words; may be empty.
    pub reason: String,
    /// The parameters with their values.
    pub parameters: Vec<(String, String)>,
    /// The steps, in order; never empty.
    pub steps: Vec<RunStep>,
    /// Where it is.
    pub state: RunbookRunState,
    /// Who began it.
    pub begun_by: Actor,
    /// When.
    pub begun_at: Timestamp,
}

/// Where a run is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum RunbookRunState {
    /// Under way: its first step that isn't settled is the one that counts.
    Running,
    /// Each step is settled.
    Completed {
        /// When.
        at: Timestamp,
    },
    /// Given up before its end.
    Stopped {
        /// By whom.
        by: Actor,
        /// When.
        at: Timestamp,
        /// Why, never empty.
        reason: String,
    },
}

/// A step of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunStep {
    /// What is to be done, with the parameters written in.
    pub step: RunbookStep,
    /// Where it is.
    pub state: StepState,
    /// What went wrong before, oldest first.
    pub failures: Vec<FailedAttempt>,
    /// The runs of a pipeline that it has started: at most one for each time that it was begun.
    pub triggered: Vec<ManualRunId>,
}

/// Where a step is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum StepState {
    /// Not its turn yet.
    Pending,
    /// Its turn; it waits until somebody starts it.
    Ready {
        /// Since when.
        since: Timestamp,
    },
    /// Under way.
    Running {
        /// Since when.
        since: Timestamp,
        /// Who started it.
        by: Actor,
        /// What it waits for.
        doing: Doing,
    },
    /// Done.
    Done {
        /// When it began.
        since: Timestamp,
        /// When it was done.
        at: Timestamp,
        /// Who did it, or started it.
        by: Actor,
        /// What came of it; may be empty.
        note: String,
    },
    /// It went wrong; a person decides.
    Failed {
        /// When it began.
        since: Timestamp,
        /// When it went wrong.
        at: Timestamp,
        /// Who did it, or started it.
        by: Actor,
        /// Why.
        reason: String,
        /// What can be done about it; may be empty.
        next_step: String,
    },
    /// Left out.
    Skipped {
        /// When.
        at: Timestamp,
        /// By whom.
        by: Actor,
        /// Why, never empty.
        reason: String,
    },
}

/// What a step that is under way waits for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "doing", rename_all = "snake_case")]
pub enum Doing {
    /// A person.
    ByPerson,
    /// A moment.
    Waiting {
        /// That moment.
        until: Timestamp,
    },
    /// The engine, which has done nothing about it yet.
    Asked,
    /// The run of a pipeline. Whether it was sent is told by the run by hand itself: its intent was written together with this.
    Triggered {
        /// That run by hand.
        manual_run_id: ManualRunId,
        /// The run at the provider, once it is known.
        run: Option<StartedRun>,
    },
    /// The environment's checks.
    Checking {
        /// It fails where they aren't healthy by then.
        until: Timestamp,
        /// What keeps them from it now; may be empty.
        waits_for: String,
    },
    /// A smoke run.
    Smoking {
        /// That run.
        smoke_run_id: SmokeRunId,
    },
    /// A checklist.
    Listed {
        /// That checklist.
        checklist_id: ChecklistId,
        /// What is still open; may be empty.
        waits_for: String,
    },
}

/// A time that a step went wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedAttempt {
    /// When it began.
    pub since: Timestamp,
    /// When it went wrong.
    pub at: Timestamp,
    /// Why.
    pub reason: String,
}

/// Planned against actual time of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RunTimes {
    /// Minutes planned for all steps.
    pub planned_minutes: u32,
    /// Minutes planned for the steps that are done: what `took` is compared with.
    pub planned_for_done: u32,
    /// How long the steps took that are done and were planned.
    pub took: Duration,
    /// From the beginning to the end, or to now.
    pub elapsed: Duration,
}

impl RunbookRunState {
    /// The state's word, as in the database.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Completed { .. } => "completed",
            Self::Stopped { .. } => "stopped",
        }
    }

    /// True for states that are never left.
    #[must_use]
    pub const fn is_terminal(&self) -> bool {
        !matches!(self, Self::Running)
    }

    /// When it ended.
    #[must_use]
    pub const fn ended_at(&self) -> Option<Timestamp> {
        match self {
            Self::Running => None,
            Self::Completed { at } | Self::Stopped { at, .. } => Some(*at),
        }
    }
}

impl StepState {
    /// True where nothing is left to do.
    #[must_use]
    pub const fn is_settled(&self) -> bool {
        matches!(self, Self::Done { .. } | Self::Skipped { .. })
    }

    /// True where nothing goes on without a person.
    #[must_use]
    pub const fn waits_for_person(&self) -> bool {
        matches!(self, Self::Ready { .. } | Self::Failed { .. } | Self::Running { doing: Doing::ByPerson, .. })
    }
}

impl RunStep {
    /// How long it took, or takes until now. `None` before it began, and for one that was left out.
    #[must_use]
    pub fn took(&self, now: Timestamp) -> Option<Duration> {
        match &self.state {
            StepState::Running { since, .. } => Some(now.since(*since)),
            StepState::Done { since, at, .. } | StepState::Failed { since, at, .. } => Some(at.since(*since)),
            StepState::Pending | StepState::Ready { .. } | StepState::Skipped { .. } => None,
        }
    }
}

impl RunbookRun {
    /// A step.
    #[must_use]
    pub fn step(&self, id: RunbookStepId) -> Option<&RunStep> {
        self.steps.iter().find(|step| step.step.id == id)
    }

    /// The step whose turn it is, while the run is under way.
    #[must_use]
    pub fn current(&self) -> Option<&RunStep> {
        if self.state.is_terminal() { None } else { self.steps.iter().find(|step| !step.state.is_settled()) }
    }

    /// True where nothing goes on without a person.
    #[must_use]
    pub fn waits_for_person(&self) -> bool {
        self.current().is_some_and(|step| step.state.waits_for_person())
    }

    /// Planned against actual time.
    #[must_use]
    pub fn times(&self, now: Timestamp) -> RunTimes {
        let planned = |step: &RunStep| step.step.planned_minutes.unwrap_or(0);
        let done = || self.steps.iter().filter(|step| matches!(step.state, StepState::Done { .. }) && planned(step) > 0);
        RunTimes {
            planned_minutes: self.steps.iter().map(planned).sum(),
            planned_for_done: done().map(planned).sum(),
            took: done().filter_map(|step| step.took(now)).sum(),
            elapsed: self.state.ended_at().unwrap_or(now).since(self.begun_at),
        }
    }
}
