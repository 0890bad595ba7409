//! What holds for every database: which changes are refused, how much is kept, and the words in which values are stored.

use pilothouse_domain::check::{Health, Measurement, Outcome};
use pilothouse_domain::runbook::RunbookRunState;
use pilothouse_domain::smoke::SmokeRunState;
use pilothouse_domain::{
    CoordinatedRunId, DeploymentId, FeedbackId, GateId, IncidentId, ManualRunId, RunbookRunId, ScheduledStartId, SmokeRunId, TrainId,
    UnplannedRunId,
};
use pilothouse_engine::ports::store::{ChangeSet, OutboxSubject, StoreError, Write};
use std::borrow::Cow;
use std::time::Duration;
use uuid::Uuid;

/// So many change notices are kept at least.
pub(crate) const KEPT_NOTICES: u32 = 10_000;

/// The notices beyond are forgotten each time that so many have come.
pub(crate) const TRIM_EVERY: u32 = 256;

/// How far a host's clock may be behind that of the host which wrote an outbox entry, before the clock is taken to have been set
/// back.
pub(crate) const SLACK: Duration = Duration::from_secs(60);

/// Characters of a measurement's reason that are kept. Bounds what a page of an error costs, a thousand times a minute.
const REASON_LENGTH: usize = 500;

/// Rows of a page: 0 stands for 100.
pub(crate) const fn page(limit: u32) -> u32 {
    if limit == 0 { 100 } else { limit }
}

/// Refuses a change that would leave no trace in the audit.
pub(crate) fn refuse_unaudited(change: &ChangeSet) -> Result<(), StoreError> {
    let silent = change.writes.iter().all(|write| match write {
        Write::CheckState { .. } | Write::PipelineMark(_) | Write::ConnectionBudget(_) => true,
        Write::SmokeExchange { .. } | Write::ForgetSmokeExchanges { .. } => true,
        // Its steps: that it was asked for, and what it came to, is told.
        Write::SmokeRun(run) => matches!(run.state, SmokeRunState::Running { .. }),
        // What its current step looks at: that a step was done, and what it came to, is told.
        Write::RunbookRun(run) => run.state == RunbookRunState::Running,
        _ => false,
    });
    if silent || !change.audit.is_empty() {
        return Ok(());
    }
    Err(StoreError::Failed { reason: "a change without an audit entry was refused".to_owned() })
}

/// The part of a measurement's reason that is kept.
pub(crate) fn kept_reason(reason: &str) -> Cow<'_, str> {
    match reason.char_indices().nth(REASON_LENGTH) {
        Some((end, _)) => Cow::Owned(format!("{}…", reason.get(..end).unwrap_or_default())),
        None => Cow::Borrowed(reason),
    }
}

/// An outcome's word and reason.
pub(crate) fn outcome_words(outcome: &Outcome) -> (&'static str, &str) {
    match outcome {
        Outcome::Passed => ("passed", ""),
        Outcome::Degraded { reason } => ("degraded", reason),
        Outcome::Failed { reason } => ("failed", reason),
        Outcome::NoData { reason } => ("no_data", reason),
    }
}

/// The outcome of these words.
pub(crate) fn outcome(word: &str, reason: String) -> Option<Outcome> {
    Some(match word {
        "passed" => Outcome::Passed,
        "degraded" => Outcome::Degraded { reason },
        "failed" => Outcome::Failed { reason },
        "no_data" => Outcome::NoData { reason },
        _ => return None,
    })
}

/// A measurement as it is kept.
#[cfg_attr(not(feature = "memory"), expect(dead_code, reason = "the databases keep columns, the memory keeps this"))]
pub(crate) fn kept(measured: &Measurement) -> Measurement {
    let (word, reason) = outcome_words(&measured.outcome);
    let kept = outcome(word, kept_reason(reason).into_owned());
    Measurement { outcome: kept.unwrap_or_else(|| measured.outcome.clone()), ..measured.clone() }
}

/// A health's word.
pub(crate) const fn health_word(health: Health) -> &'static str {
    match health {
        Health::Healthy => "healthy",
        Health::NoData => "no_data",
        Health::Degraded => "degraded",
        Health::Failing => "failing",
    }
}

/// The health of this word.
pub(crate) fn health(word: &str) -> Option<Health> {
    [Health::Healthy, Health::NoData, Health::Degraded, Health::Failing].into_iter().find(|health| health_word(*health) == word)
}

/// An outbox subject's word and id.
pub(crate) const fn subject_words(subject: &OutboxSubject) -> (&'static str, Uuid) {
    match subject {
        OutboxSubject::Deployment(id) => ("deployment", id.uuid()),
        OutboxSubject::UnplannedRun(id) => ("unplanned_run", id.uuid()),
        OutboxSubject::Incident(id) => ("incident", id.uuid()),
        OutboxSubject::Gate(id) => ("gate", id.uuid()),
        OutboxSubject::ManualRun(id) => ("manual_run", id.uuid()),
        OutboxSubject::SmokeRun(id) => ("smoke_run", id.uuid()),
        OutboxSubject::RunbookRun(id) => ("runbook_run", id.uuid()),
        OutboxSubject::Feedback(id) => ("feedback", id.uuid()),
        OutboxSubject::ScheduledStart(id) => ("scheduled_start", id.uuid()),
        OutboxSubject::Train(id) => ("train", id.uuid()),
        OutboxSubject::CoordinatedRun(id) => ("coordinated_run", id.uuid()),
        OutboxSubject::CoordinatedRunAlert(id) => ("coordinated_run_alert", id.uuid()),
    }
}

/// The outbox subject of these.
pub(crate) fn subject(word: &str, id: Uuid) -> Option<OutboxSubject> {
    match word {
        "deployment" => Some(OutboxSubject::Deployment(DeploymentId::new(id))),
        "unplanned_run" => Some(OutboxSubject::UnplannedRun(UnplannedRunId::new(id))),
        "incident" => Some(OutboxSubject::Incident(IncidentId::new(id))),
        "gate" => Some(OutboxSubject::Gate(GateId::new(id))),
        "manual_run" => Some(OutboxSubject::ManualRun(ManualRunId::new(id))),
        "feedback" => Some(OutboxSubject::Feedback(FeedbackId::new(id))),
        "scheduled_start" => Some(OutboxSubject::ScheduledStart(ScheduledStartId::new(id))),
        "train" => Some(OutboxSubject::Train(TrainId::new(id))),
        "coordinated_run" => Some(OutboxSubject::CoordinatedRun(CoordinatedRunId::new(id))),
        "coordinated_run_alert" => Some(OutboxSubject::CoordinatedRunAlert(CoordinatedRunId::new(id))),
        "runbook_run" => Some(OutboxSubject::RunbookRun(RunbookRunId::new(id))),
        "smoke_run" => Some(OutboxSubject::SmokeRun(SmokeRunId::new(id))),
        _ => None,
    }
}
