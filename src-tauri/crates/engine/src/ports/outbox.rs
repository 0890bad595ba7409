//! What is still to be done about something, kept with the state that asks for it: at most one entry for each subject.
//! Must not hold why: whoever writes an entry decides.

use crate::ports::notifier::Alert;
use pilothouse_domain::deployment::DeploymentEffect;
use pilothouse_domain::manual_run::ManualRunEffect;
use pilothouse_domain::{
    CoordinatedRunId, DeploymentId, FeedbackId, GateId, IncidentId, ManualRunId, RunbookRunId, ScheduledStartId, SmokeRunId, Timestamp,
    TrainId, UnplannedRunId,
};
use serde::{Deserialize, Serialize};

/// A change of the outbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OutboxWrite {
    /// This is what is to be done about the subject, in place of anything else.
    Schedule {
        /// What it is about.
        subject: OutboxSubject,
        /// What to do.
        effect: OutboxEffect,
        /// The moment from which it waits, by the writer's clock.
        written_at: Timestamp,
        /// When.
        due_at: Timestamp,
    },
    /// Nothing is to be done about the subject any more.
    Clear {
        /// What it is about.
        subject: OutboxSubject,
    },
}

/// What an outbox entry is about. Each has at most one entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "subject", content = "id", rename_all = "snake_case")]
pub enum OutboxSubject {
    /// A deployment.
    Deployment(DeploymentId),
    /// An incident's alert.
    Incident(IncidentId),
    /// A gate's alert, or an answer to it that may not have arrived.
    Gate(GateId),
    /// An unplanned run's alert.
    UnplannedRun(UnplannedRunId),
    /// A run by hand.
    ManualRun(ManualRunId),
    /// A smoke run, or the alert about it.
    SmokeRun(SmokeRunId),
    /// A run of a runbook, or the alert that it waits for somebody.
    RunbookRun(RunbookRunId),
    /// A feedback, about which something is written to a tracker.
    Feedback(FeedbackId),
    /// A start that is set for a time, or the alert about it.
    ScheduledStart(ScheduledStartId),
    /// A release train, or the alert about it.
    Train(TrainId),
    /// A coordinated release on its way to an environment.
    CoordinatedRun(CoordinatedRunId),
    /// The alert about one: it is shown beside whatever is to be done about it.
    CoordinatedRunAlert(CoordinatedRunId),
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "effect", rename_all = "snake_case")]
pub enum OutboxEffect {
    /// The next step of a deployment.
    Deployment(DeploymentEffect),
    /// A notification to show.
    Alert(Alert),
    /// The next step of a run by hand.
    ManualRun(ManualRunEffect),
    /// See whether a gate still waits that was answered.
    LookAtGate,
    /// Send a smoke run.
    RunSmoke,
    /// Look after the step of a runbook whose turn it is.
    CarryRunbook,
    /// Carry out what is to be written to a tracker.
    RunErrand,
    /// Start what was scheduled, or see what stands in its way.
    CarryStart,
    /// Look after a release train.
    CarryTrain,
    /// Look after a coordinated release on its way.
    CarryCoordinatedRun,
}

/// Something to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxEntry {
    /// What it is about.
    pub subject: OutboxSubject,
    /// What to do.
    pub effect: OutboxEffect,
    /// When.
    pub due_at: Timestamp,
}
