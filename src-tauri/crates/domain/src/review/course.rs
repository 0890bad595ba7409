//! How a release went, out of its audit events: the milestones that people remember, each with the time since the one before.
//! Must not add anything that the audit doesn't say.

use crate::Timestamp;
use crate::audit::AuditEvent;
use std::time::Duration;

/// Something that people remember of a release.
#[derive(Clone, Debug, PartialEq)]
pub struct Milestone<'a> {
    /// The event.
    pub event: &'a AuditEvent,
    /// Since the milestone before; none of the first.
    pub since: Option<Duration>,
}

/// Whether people remember what an event tells, of all that happens to a release.
#[must_use]
pub fn is_milestone(action: &str) -> bool {
    matches!(
        action,
        "release.drafted"
            | "release.planned"
            | "release.approval_requested"
            | "release.approved"
            | "release.rejected"
            | "release.completed"
            | "release.aborted"
            | "release.rolled_back"
            | "release.marked_bad"
            | "release.tag_created"
            | "release.published"
            | "deployment.started"
            | "deployment.rollback_started"
            | "deployment.succeeded"
            | "deployment.failed"
            | "deployment.errored"
            | "deployment.cancelled"
            | "deployment.decision_asked"
            | "incident.opened"
            | "incident.closed"
            | "smoke_run.failed"
            | "smoke_run.errored"
            | "smoke_run.passed"
            | "uat_round.begun"
            | "uat_round.signed_off"
            | "gate.answered"
    )
}

/// The milestones among events, oldest first. What is told twice in a row is told once.
#[must_use]
pub fn course(events: &[AuditEvent]) -> Vec<Milestone<'_>> {
    let mut milestones: Vec<Milestone<'_>> = Vec::new();
    let mut last: Option<Timestamp> = None;
    for event in events.iter().filter(|event| is_milestone(&event.entry.action)) {
        let again =
            milestones.last().is_some_and(|m| m.event.entry.action == event.entry.action && m.event.entry.summary == event.entry.summary);
        if again {
            continue;
        }
        let at = event.entry.at;
        milestones.push(Milestone { event, since: last.map(|last| at.since(last)) });
        last = Some(at);
    }
    milestones
}
