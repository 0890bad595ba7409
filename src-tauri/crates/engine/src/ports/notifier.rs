//! Native desktop notifications.

use async_trait::async_trait;
use pilothouse_domain::{
    Actor, CoordinatedReleaseId, GateId, IncidentId, RunbookRunId, ScheduledStartId, SmokeRunId, Timestamp, TrainId, UnplannedRunId,
};
use serde::{Deserialize, Serialize};

/// Shows notifications on the desktop.
#[async_trait]
pub trait Notifier: Send + Sync {
    /// Shows an alert. Returns once the desktop has taken it.
    async fn notify(&self, alert: &Alert) -> Result<(), NotifyError>;
}

/// What a notification says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    /// What it is about: a click leads there. A later alert about the same thing replaces an earlier one.
    #[serde(default)]
    pub about: Option<AlertSubject>,
    /// The first line: "Checkout is failing in production".
    pub title: String,
    /// What else: which check, what it said, since when.
    pub body: String,
    /// How much it matters.
    pub urgency: Urgency,
    /// When what it tells happened.
    pub at: Timestamp,
    /// Whose deployment it concerns, where it does.
    pub concerns: Option<Actor>,
}

/// What an alert is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "subject", content = "id", rename_all = "snake_case")]
pub enum AlertSubject {
    /// An incident.
    Incident(IncidentId),
    /// Something at a provider that waits for a person.
    Gate(GateId),
    /// A run that was started elsewhere.
    UnplannedRun(UnplannedRunId),
    /// A smoke run that did not pass.
    SmokeRun(SmokeRunId),
    /// A run of a runbook that waits for somebody, or is completed.
    RunbookRun(RunbookRunId),
    /// A scheduled start that did not start, or will not.
    ScheduledStart(ScheduledStartId),
    /// A release train that leaves soon, or did not.
    Train(TrainId),
    /// A coordinated release that asks, or has arrived.
    CoordinatedRelease(CoordinatedReleaseId),
}

/// How much an alert matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Urgency {
    /// Good to know: a recovery.
    Normal,
    /// Stays until it is seen.
    Critical,
}

/// Why a notification was not shown.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the desktop took no notification: {reason}")]
pub struct NotifyError {
    /// What the system said.
    pub reason: String,
}
