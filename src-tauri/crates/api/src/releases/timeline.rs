//! What happened to a release, from the audit trail: newest first.

use crate::Api;
use crate::decode::shown;
use crate::error::ApiError;
use crate::words::Glyph;
use pilothouse_domain::audit::AuditEvent;
use pilothouse_domain::deployment::Deployment;
use pilothouse_domain::release::Release;
use pilothouse_engine::ports::checklist_store::ChecklistFilter;
use pilothouse_engine::ports::runbook_store::RunbookRunFilter;
use pilothouse_engine::ports::store::{AuditFilter, SmokeRunFilter};
use pilothouse_engine::ports::uat_store::UatRoundFilter;
use serde::{Deserialize, Serialize};
use specta::Type;

/// How many events of each subject, and of a whole timeline, are shown.
const MAX_EVENTS: u32 = 200;
/// How many deployments of a release are looked at.
const MAX_DEPLOYMENTS: usize = 30;
/// How many smoke runs of a release are looked at.
const MAX_SMOKE_RUNS: u32 = 30;

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct TimelineItem {
    /// Its number in the audit chain.
    pub seq: u32,
    /// When.
    pub at: String,
    /// Who.
    pub actor: String,
    /// What was done: `deployment.succeeded`.
    pub action: String,
    /// One sentence.
    pub summary: String,
    /// What it is marked with.
    pub glyph: Glyph,
}

impl From<&AuditEvent> for TimelineItem {
    fn from(event: &AuditEvent) -> Self {
        Self {
            seq: event.seq,
            at: shown(event.entry.at),
            actor: event.entry.actor.to_string(),
            action: event.entry.action.clone(),
            summary: event.entry.summary.clone(),
            glyph: glyph(&event.entry.action),
        }
    }
}

/// What an action is marked with. An action that isn't known here is a plain notice.
pub(crate) fn glyph(action: &str) -> Glyph {
    match action {
        "smoke_run.requested" => return Glyph::Running,
        "smoke_run.passed" => return Glyph::Completed,
        _ => {}
    }
    match action.split_once('.').map_or(action, |(_, done)| done) {
        "drafted" | "edited" | "tag_missing" | "unpublished" | "clone_named" | "clone_forgotten" | "added" | "changed" | "key_added" => {
            Glyph::Draft
        }
        "planned" | "phases_changed" => Glyph::Planned,
        "target_date_set" | "target_date_cleared" => Glyph::Planned,
        "approval_requested" => Glyph::InApproval,
        "decision_asked" => Glyph::Waiting,
        "approved" | "approved_anew" => Glyph::Approved,
        "ticked" | "signed_off" | "reviewed" | "hotfix_reviewed" | "recorded" | "read" => Glyph::Passed,
        "restored" => Glyph::Draft,
        "outcome_recorded" | "feedback_imported" | "tester_added" | "invited" => Glyph::Draft,
        "sign_off_lapsed" => Glyph::Waiting,
        "acknowledged" => Glyph::Approved,
        "done" => Glyph::Passed,
        "overridden" | "despite_freeze" => Glyph::Waiting,
        "override_withdrawn" => Glyph::Cancelled,
        "broke" => Glyph::Failed,
        "stopped" | "detached" => Glyph::Cancelled,
        "undone" => Glyph::NotStarted,
        "triggers" | "triggered" | "retried" => Glyph::Running,
        "sign_off_withdrawn" | "given_up" | "tester_removed" | "invitation_withdrawn" | "outcome_withdrawn" => Glyph::Cancelled,
        "begun" | "action_reopened" | "report_saved" | "bundle_saved" | "assigned" | "attached" | "item_added" => Glyph::Draft,
        "reopened" => Glyph::NotStarted,
        "skipped" | "withdrawn" | "item_removed" => Glyph::Cancelled,
        "verified" | "succeeded" => Glyph::Verified,
        "completed" | "closed" | "action_done" | "check_recovered" | "tag_created" | "tag_seen" | "published" => Glyph::Completed,
        "started" | "triggering" | "run_found" | "in_progress" => Glyph::Deploying,
        "ready" | "run_observed" | "reconciling" | "rerunning" | "decided" | "tag_begun" | "publishing" => Glyph::Running,
        "verifying" => Glyph::Verifying,
        "queued" => Glyph::Queued,
        "failed" | "rejected" | "tag_refused" | "publication_refused" => Glyph::Failed,
        "opened" | "joined" => Glyph::Failing,
        "errored" => Glyph::Errored,
        "cancelled" | "cancel_requested" | "abort_requested" | "removed" => Glyph::Cancelled,
        "aborted" => Glyph::Aborted,
        "marked_bad" => Glyph::MarkedBad,
        "rolled_back" | "rollback_started" => Glyph::RolledBack,
        "set" => Glyph::Locked,
        _ => Glyph::Notice,
    }
}

impl Api {
    /// What happened to a release and its deployments, newest first.
    pub(crate) async fn timeline(&self, release: &Release, deployments: &[Deployment]) -> Result<Vec<TimelineItem>, ApiError> {
        let of_release = ChecklistFilter { release: Some(release.id), limit: 50, ..ChecklistFilter::default() };
        let checklists = self.store().checklists(&of_release).await?;
        let filter = SmokeRunFilter { release: Some(release.id), limit: MAX_SMOKE_RUNS, ..SmokeRunFilter::default() };
        let smoke_runs = self.store().smoke_runs(&filter).await?;
        let rounds = self.store().uat_rounds(&UatRoundFilter { release: Some(release.id), ..UatRoundFilter::default() }).await?;
        let runbooks = RunbookRunFilter { release: Some(release.id), limit: 20, ..RunbookRunFilter::default() };
        let runbook_runs = self.store().runbook_runs(&runbooks).await?;
        let subjects = std::iter::once(release.id.to_string())
            .chain(deployments.iter().take(MAX_DEPLOYMENTS).map(|d| d.id.to_string()))
            .chain(checklists.iter().map(|checklist| checklist.id.to_string()))
            .chain(smoke_runs.iter().map(|run| run.id.to_string()))
            .chain(runbook_runs.iter().map(|run| run.id.to_string()))
            .chain(rounds.iter().take(20).map(|round| round.id.to_string()));
        let mut events: Vec<AuditEvent> = Vec::new();
        for subject in subjects {
            let filter = AuditFilter { subject_id: Some(subject), limit: MAX_EVENTS, ..AuditFilter::default() };
            events.extend(self.store().audit(&filter).await?);
        }
        events.extend(self.engine.people_events(release).await?);
        events.sort_by_key(|event| event.seq);
        // The same thing said again and again is told once, as of when it was said first.
        events.dedup_by(|again, first| again.entry.summary == first.entry.summary && again.entry.action == first.entry.action);
        events.reverse();
        events.truncate(usize::try_from(MAX_EVENTS).unwrap_or(usize::MAX));
        Ok(events.iter().map(TimelineItem::from).collect())
    }
}
