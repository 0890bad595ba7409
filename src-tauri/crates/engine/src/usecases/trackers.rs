//! Issues of a tracker as feedback: where testers of a round write them, and reading them. An issue becomes feedback once in a product,
//! however often and in whichever round it is read; what was decided about it stays when its text changes.

use super::feedback::plain;
use crate::engine::Engine;
use crate::error::EngineError;
use crate::ports::StoreError;
use crate::ports::provider::{Capability, Issue, IssueSearch};
use crate::ports::store::Write;
use crate::usecases::NewFeedback;
use pilothouse_domain::connection::Connection;
use pilothouse_domain::uat::{
    AtTracker, Feedback, FeedbackWay, IssueLink, MAX_FEEDBACK_TEXT, RoundEvent, Severity, Tracker, UatRound, issue_key, marked_feedback,
    valid_label,
};
use pilothouse_domain::{Actor, ConnectionId, Timestamp, UatRoundId};

/// So many issues are taken in one transaction.
const CHUNK: usize = 100;
/// How often a change is tried again when somebody else was faster.
const MAX_CONFLICTS: u8 = 8;
/// What stands below a text that was cut.
const CUT: &str = "\n\n… (The rest is at the issue.)";

/// Where testers write issues.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewTracker {
    /// The connection.
    pub connection: ConnectionId,
    /// Its repository.
    pub repository: String,
    /// The label of issues that are feedback.
    pub label: String,
}

/// What came of reading a tracker.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TrackerReading {
    /// How many are new.
    pub added: u32,
    /// How many were there and have changed.
    pub changed: u32,
    /// How many were there as they are, or were closed before they were feedback.
    pub left: u32,
    /// Whether there are more, to be read next time.
    pub is_cut: bool,
}

impl Engine {
    /// Says where testers of a round write issues; `None`: nowhere.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] for a label that can't be one; [`EngineError::Provider`] where the provider keeps no issues, or doesn't show
    /// those of the repository.
    pub async fn set_tracker(&self, actor: &Actor, round: UatRoundId, new: Option<NewTracker>) -> Result<UatRound, EngineError> {
        let Some(new) = new else {
            return self.change_round(actor, round, RoundEvent::Tracked(None), "tracker_set", "Issues are not read any more").await;
        };
        let label = valid_label(&new.label)
            .map_err(|fault| EngineError::invalid("label", fault.to_string(), "Name the label as it is at the tracker."))?;
        let repository = new.repository.trim().to_owned();
        self.tracking_connection(new.connection).await?;
        // That it is there and may be read shows now, not at the first reading.
        let search = IssueSearch { label: Some(label.clone()), changed_since: Some(self.now()) };
        self.ask_provider(new.connection, |client| {
            let (repository, search) = (repository.clone(), search);
            async move { client.issues(&repository, &search).await }
        })
        .await?;
        let what = format!("Issues of {repository} with the label {label} are feedback");
        let tracker = Tracker { connection_id: new.connection, repository, label, read_up_to: None };
        self.change_round(actor, round, RoundEvent::Tracked(Some(tracker)), "tracker_set", &what).await
    }

    /// A connection whose provider keeps issues.
    pub(super) async fn tracking_connection(&self, id: ConnectionId) -> Result<Connection, EngineError> {
        let connection = self.store().connection(id).await?;
        let capabilities = self.capabilities(connection.kind);
        if capabilities.has(Capability::Issues) { Ok(connection) } else { Err(capabilities.refusal(Capability::Issues).into()) }
    }

    /// Reads what is new at a round's tracker.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] where the round has no tracker or was given up; [`EngineError::Provider`].
    pub async fn read_tracker(&self, actor: &Actor, id: UatRoundId) -> Result<TrackerReading, EngineError> {
        let round = self.store().uat_round(id).await?;
        let Some(tracker) = round.tracker.clone() else {
            return Err(EngineError::invalid("round", "the round reads no issues", "Say first where testers write them."));
        };
        if let Some(given_up) = &round.given_up {
            let message = format!("the round was given up: {}", given_up.reason);
            return Err(EngineError::invalid("round", message, "Read them in the round that goes on."));
        }
        let search = IssueSearch { label: Some(tracker.label.clone()), changed_since: tracker.read_up_to };
        let found = self
            .ask_provider(tracker.connection_id, |client| {
                let repository = tracker.repository.clone();
                async move { client.issues(&repository, &search).await }
            })
            .await?;
        let mut reading = TrackerReading { is_cut: found.is_cut, ..TrackerReading::default() };
        for chunk in found.issues.chunks(CHUNK) {
            self.take_issues(actor, id, &tracker, chunk, &mut reading).await?;
        }
        Ok(reading)
    }

    async fn take_issues(
        &self,
        actor: &Actor,
        round: UatRoundId,
        tracker: &Tracker,
        issues: &[Issue],
        reading: &mut TrackerReading,
    ) -> Result<(), EngineError> {
        for _ in 0..MAX_CONFLICTS {
            let mut round = self.store().uat_round(round).await?;
            // Somebody has chosen another tracker meanwhile.
            let Some(now) = round.tracker.as_mut().filter(|now| now.is_same(tracker)) else { return Ok(()) };
            let newest = issues.iter().map(|issue| issue.updated_at).max();
            let has_moved = newest > now.read_up_to;
            now.read_up_to = newest.max(now.read_up_to);
            let mut change = self.change(actor);
            let (mut added, mut changed) = (0, 0);
            for issue in issues {
                match self.feedback_of_issue(&round, tracker, issue).await? {
                    Some(known) => {
                        if let Some(next) = refreshed(&known, tracker, issue) {
                            changed += 1;
                            let words = format!("Issue #{} was changed at the tracker: “{}”", issue.number, next.title);
                            change.audit_feedback("feedback.issue_changed", &next, words);
                            change.write(Write::Feedback(next));
                        }
                    }
                    None if issue.is_open => {
                        added += 1;
                        let feedback = self.of_issue(&round, tracker, issue)?;
                        let summary = format!("{} wrote issue #{} on {}: “{}”", feedback.from, issue.number, round.version, feedback.title);
                        change.audit_feedback("feedback.given", &feedback, summary);
                        change.write(Write::Feedback(feedback));
                    }
                    None => {}
                }
            }
            let is_nothing = added + changed == 0;
            if is_nothing && !(has_moved && reading.is_cut) {
                reading.left += u32::try_from(issues.len()).unwrap_or(u32::MAX);
                return Ok(());
            }
            let summary = format!("Read issues of {}: {added} new, {changed} changed", tracker.repository);
            let data = serde_json::json!({ "added": added, "changed": changed, "read_up_to": newest });
            change.audit_uat_round("uat_round.issues_read", &round, summary, data);
            change.write(Write::UatRound(round));
            match self.ports.store.commit(change.into_set()).await {
                Ok(_) => {
                    reading.added += added;
                    reading.changed += changed;
                    reading.left += u32::try_from(issues.len()).unwrap_or(u32::MAX).saturating_sub(added + changed);
                    return Ok(());
                }
                // Somebody else reads the same, or decides.
                Err(StoreError::Conflict { .. } | StoreError::Taken { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(StoreError::Conflict { kind: "uat_round", id: round.to_string() }.into())
    }

    /// The feedback that an issue is already: one that came from it, or one that became it. Of that the link tells, or, as long as an answer
    /// is awaited, the mark.
    async fn feedback_of_issue(&self, round: &UatRound, tracker: &Tracker, issue: &Issue) -> Result<Option<Feedback>, EngineError> {
        let key = issue_key(tracker.connection_id, &tracker.repository, issue.number);
        if let Some(known) = self.store().feedback_by_key(round.product_id, &key).await? {
            return Ok(Some(known));
        }
        let Some(marked) = marked_feedback(&issue.body) else { return Ok(None) };
        let known = match self.store().feedback_one(marked).await {
            Ok(known) => known,
            Err(StoreError::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let at = &known.at_tracker;
        let is_linked = at.issue.as_ref().is_some_and(|link| link.number == issue.number && link.repository == tracker.repository);
        let is_awaited = at.issue.is_none() && at.errand.as_ref().is_some_and(|errand| errand.repository == tracker.repository);
        Ok(Some(known).filter(|known| known.product_id == round.product_id && (is_linked || is_awaited)))
    }

    fn of_issue(&self, round: &UatRound, tracker: &Tracker, issue: &Issue) -> Result<Feedback, EngineError> {
        let (title, text) = words(issue);
        let new = NewFeedback {
            round: round.id,
            scenario: None,
            from: issue.author.chars().take(120).collect(),
            title,
            text,
            severity: severity(&issue.labels),
            device: String::new(),
            way: FeedbackWay::Issue,
            external_key: Some(issue_key(tracker.connection_id, &tracker.repository, issue.number)),
            at: Some(issue.created_at),
        };
        let feedback = self.valid_feedback(round, new)?;
        Ok(Feedback {
            at_tracker: AtTracker { issue: Some(link(tracker.connection_id, &tracker.repository, issue)), errand: None },
            ..feedback
        })
    }
}

/// What a feedback knows of its issue.
pub(crate) fn link(connection_id: ConnectionId, repository: &str, issue: &Issue) -> IssueLink {
    let (repository, url) = (repository.to_owned(), issue.url.clone());
    IssueLink { connection_id, repository, number: issue.number, url, is_open: issue.is_open }
}

/// A known feedback as its issue is now; `None` where nothing is new. Of one that became an issue the text stays what the tester said.
fn refreshed(known: &Feedback, tracker: &Tracker, issue: &Issue) -> Option<Feedback> {
    let mut next = known.clone();
    if known.at_tracker.issue.is_some() {
        next.at_tracker.issue = Some(link(tracker.connection_id, &tracker.repository, issue));
    }
    if known.way == FeedbackWay::Issue {
        (next.title, next.text) = words(issue);
    }
    (next != *known).then_some(next)
}

/// Title and text of an issue as they are kept.
fn words(issue: &Issue) -> (String, String) {
    let title: String = plain(&issue.title).replace(['\n', '\t'], " ").chars().take(200).collect();
    let title = if title.trim().is_empty() { format!("Issue #{}", issue.number) } else { title.trim().to_owned() };
    let text = plain(&without_comments(&issue.body));
    if text.chars().count() <= MAX_FEEDBACK_TEXT {
        return (title, text);
    }
    let kept: String = text.chars().take(MAX_FEEDBACK_TEXT - CUT.chars().count()).collect();
    (title, format!("{kept}{CUT}"))
}

/// Markdown without what is hidden in it: templates of issues are full of hints.
fn without_comments(body: &str) -> String {
    let mut text = String::with_capacity(body.len());
    let mut rest = body;
    while let Some((before, after)) = rest.split_once("<!--") {
        text.push_str(before);
        match after.split_once("-->") {
            Some((_, left)) => rest = left,
            // Never closed: it is read as it stands.
            None => {
                text.push_str("<!--");
                rest = after;
            }
        }
    }
    text.push_str(rest);
    text
}

/// The severity that a label tells: `severity::major`, `S2`, `critical`; else minor.
fn severity(labels: &[String]) -> Severity {
    let told = labels.iter().filter_map(|label| {
        let last = label.rsplit([':', '/', '=']).next().unwrap_or(label);
        let is_number = last.trim().chars().all(|c| c.is_ascii_digit());
        // A bare number is the severity of a table, and anything at all as a label.
        if is_number && !label.to_ascii_lowercase().contains("severity") { None } else { Severity::read(last) }
    });
    told.min().unwrap_or(Severity::Minor)
}

/// The moment from which a lost write is looked for: before it was sent, as clocks differ.
pub(crate) fn looked_for_since(sent: Timestamp) -> Timestamp {
    const MARGIN_MICROS: i64 = 3_600 * 1_000_000;
    Timestamp::from_micros(sent.as_micros().saturating_sub(MARGIN_MICROS)).unwrap_or(sent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_hidden_is_left_out() {
        assert_eq!(without_comments("a<!-- hint -->b<!-- open"), "ab<!-- open");
    }

    #[test]
    fn a_label_tells_the_severity() {
        let of = |labels: &[&str]| severity(&labels.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(of(&["uat", "severity::major"]), Severity::Major);
        assert_eq!(of(&["S1", "minor"]), Severity::Critical);
        assert_eq!(of(&["severity/4"]), Severity::Suggestion);
        assert_eq!(of(&["2", "uat"]), Severity::Minor);
    }
}
