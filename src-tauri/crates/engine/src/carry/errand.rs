//! Carries an errand to a tracker through: sends its text once, looks what became of a lost answer, and makes the changes that may be made
//! twice. Must write the intent before the call.

use crate::engine::Engine;
use crate::error::EngineError;
use crate::ports::StoreError;
use crate::ports::provider::{CallOutcome, IssueChange, IssueSearch, NewIssue, Provider, ProviderError};
use crate::ports::store::{OutboxEffect, OutboxSubject, OutboxWrite, Write};
use crate::usecases::trackers::{link, looked_for_since};
use pilothouse_domain::connection::Connection;
use pilothouse_domain::uat::{AtTracker, Errand, ErrandDeed, ErrandState, Feedback, IssueLink};
use pilothouse_domain::{Actor, FeedbackId, Timestamp};
use std::sync::Arc;
use std::time::Duration;

/// How often a change is tried again when somebody else was faster.
const MAX_CONFLICTS: u8 = 8;
/// What to do after nothing was written.
const AGAIN: &str = "Nothing was written. Put that right, then ask for it again.";

/// What became of a call, and the issue that it told of.
type Found = Result<Option<IssueLink>, ProviderError>;

impl Engine {
    pub(super) async fn carry_errand(&self, id: FeedbackId) -> Result<(), EngineError> {
        let feedback = self.store().feedback_one(id).await?;
        let Some(errand) = feedback.at_tracker.errand.clone().filter(Errand::is_under_way) else {
            return self.clear(OutboxSubject::Feedback(id)).await;
        };
        // The secret is read first: a locked keychain must not leave an intent behind.
        let connection = match self.store().connection(errand.connection_id).await {
            Ok(connection) => connection,
            Err(StoreError::NotFound { .. }) => {
                return self.move_errand(id, None, |errand| errand.refused("its connection was removed.", AGAIN)).await.map(drop);
            }
            Err(error) => return Err(error.into()),
        };
        let client = match self.client(&connection).await {
            Ok(client) => client,
            Err(error) if errand.sent_at().is_some() => return self.look_for_errand_later(id, &error.to_string()).await,
            Err(error) => return self.move_errand(id, None, |errand| errand.refused(&error.to_string(), AGAIN)).await.map(drop),
        };
        match errand.state {
            ErrandState::Asked => self.send_errand(id, &connection, &client).await,
            ErrandState::Sending { .. } | ErrandState::Looking { .. } => self.look_up_errand(id, &errand, &connection, &client).await,
            ErrandState::Changing { since } => self.finish_errand(id, &errand, since, &connection, &client).await,
            ErrandState::Done { .. } | ErrandState::Refused { .. } | ErrandState::Unknown { .. } => Ok(()),
        }
    }

    async fn send_errand(&self, id: FeedbackId, connection: &Connection, client: &Arc<dyn Provider>) -> Result<(), EngineError> {
        let now = self.now();
        let Some(begun) = self.move_errand(id, None, |errand| errand.sending(now)).await? else { return Ok(()) };
        if let ErrandState::Changing { since } = begun.state {
            return self.finish_errand(id, &begun, since, connection, client).await;
        }
        let text = begun.marked_text(id);
        let answer: Found = match &begun.deed {
            ErrandDeed::File { title, labels, .. } => {
                let issue = NewIssue { title: title.clone(), body: text, labels: labels.clone() };
                let made = client.create_issue(&begun.repository, &issue).await;
                made.map(|issue| Some(link(connection.id, &begun.repository, &issue)))
            }
            ErrandDeed::Tell { number, .. } => client.comment_on_issue(&begun.repository, *number, &text).await.map(|()| None),
        };
        match self.note_refusal(connection, answer).await {
            Ok(issue) => self.errand_arrived(id, issue, connection, client).await,
            Err(error) => match error.outcome() {
                CallOutcome::Unknown => self.move_errand(id, None, |errand| errand.lost(&error.message)).await.map(drop),
                CallOutcome::Refused | CallOutcome::NotStarted => {
                    self.move_errand(id, None, |errand| errand.refused(&error.message, &error.next_step)).await.map(drop)
                }
            },
        }
    }

    async fn errand_arrived(
        &self,
        id: FeedbackId,
        issue: Option<IssueLink>,
        connection: &Connection,
        client: &Arc<dyn Provider>,
    ) -> Result<(), EngineError> {
        let now = self.now();
        let Some(there) = self.move_errand(id, issue, |errand| errand.arrived(now)).await? else { return Ok(()) };
        match there.state {
            ErrandState::Changing { since } => self.finish_errand(id, &there, since, connection, client).await,
            _ => Ok(()),
        }
    }

    async fn look_up_errand(
        &self,
        id: FeedbackId,
        errand: &Errand,
        connection: &Connection,
        client: &Arc<dyn Provider>,
    ) -> Result<(), EngineError> {
        let since = looked_for_since(errand.sent_at().unwrap_or(errand.at));
        let mark = errand.mark(id);
        let found = match &errand.deed {
            ErrandDeed::File { .. } => {
                let search = IssueSearch { label: None, changed_since: Some(since) };
                let found = client.issues(&errand.repository, &search).await;
                found.map(|found| {
                    let ours = found.issues.iter().find(|issue| issue.body.contains(&mark));
                    ours.map(|issue| Some(link(connection.id, &errand.repository, issue)))
                })
            }
            ErrandDeed::Tell { number, .. } => {
                let found = client.issue_comments(&errand.repository, *number, since).await;
                found.map(|found| found.iter().any(|comment| comment.body.contains(&mark)).then_some(None))
            }
        };
        match self.note_refusal(connection, found).await {
            Ok(Some(issue)) => self.errand_arrived(id, issue, connection, client).await,
            Ok(None) => {
                let (now, settle) = (self.now(), self.pacing.settle);
                self.move_errand(id, None, |errand| errand.not_found(now, settle)).await.map(drop)
            }
            Err(error) => self.look_for_errand_later(id, &error.message).await,
        }
    }

    /// Not asked is not found: a person has to look once that lasts too long.
    async fn look_for_errand_later(&self, id: FeedbackId, why: &str) -> Result<(), EngineError> {
        tracing::info!(feedback = %id, why, "an errand could not be looked for");
        let (now, patience) = (self.now(), self.pacing.unreachable.max(self.pacing.settle));
        self.move_errand(id, None, |errand| errand.not_found(now, patience)).await.map(drop)
    }

    /// Labels and closes: asked again until it is done, refused, or has lasted too long.
    async fn finish_errand(
        &self,
        id: FeedbackId,
        errand: &Errand,
        since: Timestamp,
        connection: &Connection,
        client: &Arc<dyn Provider>,
    ) -> Result<(), EngineError> {
        let ErrandDeed::Tell { number, labels, close, .. } = &errand.deed else { return Ok(()) };
        let change = IssueChange { add_labels: labels.clone(), close: *close };
        let answer = client.change_issue(&errand.repository, *number, &change).await;
        let now = self.now();
        match self.note_refusal(connection, answer).await {
            Ok(()) => {
                let feedback = self.store().feedback_one(id).await?;
                let issue = feedback.at_tracker.issue.filter(|_| *close).map(|link| IssueLink { is_open: false, ..link });
                self.move_errand(id, issue, |errand| errand.changed(now)).await.map(drop)
            }
            Err(error) if error.outcome() == CallOutcome::Refused || now.since(since) >= self.pacing.unreachable => {
                self.move_errand(id, None, |errand| errand.refused(&error.message, &error.next_step)).await.map(drop)
            }
            Err(error) => {
                let wait = error.retry_after().unwrap_or(self.pacing.retry);
                let mut change = self.change(&Actor::Engine);
                change.outbox(due(id, now, now.plus(wait)));
                self.ports.store.commit(change.into_set()).await?;
                Ok(())
            }
        }
    }

    /// Moves an errand on, whoever changed its feedback meanwhile, and writes what is to be done then. `None` where `step` doesn't fit any
    /// more.
    async fn move_errand(
        &self,
        id: FeedbackId,
        issue: Option<IssueLink>,
        step: impl Fn(&Errand) -> Option<Errand>,
    ) -> Result<Option<Errand>, EngineError> {
        for _ in 0..MAX_CONFLICTS {
            let before = self.store().feedback_one(id).await?;
            let Some(known) = &before.at_tracker.errand else { return Ok(None) };
            let after = step(known);
            let now = self.now();
            let mut change = self.change(&Actor::Engine);
            if let Some(next) = after.as_ref().filter(|next| *next != known) {
                let issue = issue.clone().or_else(|| before.at_tracker.issue.clone());
                let told_of = issue.as_ref().map(|issue| issue.number);
                let feedback = Feedback { at_tracker: AtTracker { issue, errand: Some(next.clone()) }, ..before.clone() };
                let (action, words) = told(next, told_of);
                change.audit_feedback(action, &feedback, format!("“{}” {words}", feedback.title));
                change.write(Write::Feedback(feedback));
            }
            let errand = after.as_ref().unwrap_or(known);
            change.outbox(match self.pause_of(&errand.state) {
                Some(pause) => due(id, now, now.plus(pause)),
                None => OutboxWrite::Clear { subject: OutboxSubject::Feedback(id) },
            });
            match self.ports.store.commit(change.into_set()).await {
                Ok(_) => return Ok(after),
                Err(StoreError::Conflict { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(StoreError::Conflict { kind: "feedback", id: id.to_string() }.into())
    }

    fn pause_of(&self, state: &ErrandState) -> Option<Duration> {
        match state {
            ErrandState::Asked => Some(Duration::ZERO),
            ErrandState::Sending { .. } | ErrandState::Changing { .. } => Some(self.pacing.look_up_after),
            ErrandState::Looking { .. } => Some(self.pacing.look_up),
            ErrandState::Done { .. } | ErrandState::Refused { .. } | ErrandState::Unknown { .. } => None,
        }
    }
}

fn due(id: FeedbackId, written_at: Timestamp, due_at: Timestamp) -> OutboxWrite {
    OutboxWrite::Schedule { subject: OutboxSubject::Feedback(id), effect: OutboxEffect::RunErrand, written_at, due_at }
}

/// The audit action and the words for an errand as it is now.
fn told(errand: &Errand, issue: Option<u64>) -> (&'static str, String) {
    let place = issue.map_or_else(|| format!("at {}", errand.repository), |number| format!("at {}#{number}", errand.repository));
    match &errand.state {
        ErrandState::Asked => ("feedback.errand_asked", format!("is to be written {place}")),
        ErrandState::Sending { .. } => ("feedback.errand_sending", format!("is written {place}")),
        ErrandState::Looking { cause, .. } => ("feedback.errand_looking", format!("may be written {place}, and is looked for: {cause}")),
        ErrandState::Changing { .. } => ("feedback.errand_changing", format!("is labelled or closed {place}")),
        ErrandState::Done { .. } => ("feedback.errand_done", format!("was written {place}")),
        ErrandState::Refused { message, .. } => ("feedback.errand_refused", format!("was not written {place}: {message}")),
        ErrandState::Unknown { cause, .. } => ("feedback.errand_unknown", format!("may be written {place}; a person has to look: {cause}")),
    }
}
