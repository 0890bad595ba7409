//! Feedback and the issues of a tracker: where testers write issues, which issue a feedback belongs to, and what is under way to be written
//! there. An errand is written down before anything is sent, is sent once, and what becomes of a lost answer is looked up by its mark.

use super::Feedback;
use super::feedback::FeedbackRefusal;
use crate::{Actor, ConnectionId, ErrandId, FeedbackId, Timestamp};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The longest label, in characters.
const MAX_LABEL: usize = 100;
/// An issue gets at most so many labels at once.
const MAX_LABELS: usize = 20;

/// Where testers of a round write issues.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tracker {
    /// The connection.
    pub connection_id: ConnectionId,
    /// Its repository: `owner/name`.
    pub repository: String,
    /// The label of issues that are feedback.
    pub label: String,
    /// Up to which change they were read, by the provider's clock.
    #[serde(default)]
    pub read_up_to: Option<Timestamp>,
}

/// The issue that a feedback belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssueLink {
    /// The connection.
    pub connection_id: ConnectionId,
    /// Its repository: `owner/name`.
    pub repository: String,
    /// Its number there.
    pub number: u64,
    /// Its page.
    pub url: String,
    /// False once it is closed, as far as was read.
    pub is_open: bool,
}

/// What binds a feedback to a tracker.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AtTracker {
    /// Its issue, where it has one.
    #[serde(default)]
    pub issue: Option<IssueLink>,
    /// What is, or last was, to be written there.
    #[serde(default)]
    pub errand: Option<Errand>,
}

/// Something that is written to a tracker about a feedback.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Errand {
    /// Its id; a comment carries it.
    pub id: ErrandId,
    /// The connection.
    pub connection_id: ConnectionId,
    /// The repository.
    pub repository: String,
    /// What.
    pub deed: ErrandDeed,
    /// How far.
    pub state: ErrandState,
    /// Who asked for it.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
}

/// What is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ErrandDeed {
    /// The feedback becomes an issue.
    File {
        /// In a line.
        title: String,
        /// Markdown.
        body: String,
        /// Its labels.
        labels: Vec<String>,
    },
    /// The feedback's issue is answered, labelled, closed.
    Tell {
        /// Its number.
        number: u64,
        /// The comment, Markdown; empty for none.
        text: String,
        /// Labels that it gets.
        labels: Vec<String>,
        /// Whether it is closed.
        close: bool,
    },
}

/// How far an errand is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum ErrandState {
    /// Nothing was sent.
    Asked,
    /// It is sent, and may have arrived.
    Sending {
        /// Since when.
        since: Timestamp,
    },
    /// No answer came; it is looked for.
    Looking {
        /// Since when it was sent.
        since: Timestamp,
        /// Why.
        cause: String,
    },
    /// The comment is there; labels and closing, which may be asked for twice, are left.
    Changing {
        /// Since when.
        since: Timestamp,
    },
    /// It is done.
    Done {
        /// When.
        at: Timestamp,
    },
    /// The provider said no.
    Refused {
        /// What it said.
        message: String,
        /// The way out.
        next_step: String,
    },
    /// It may have arrived; a person has to look.
    Unknown {
        /// Why.
        cause: String,
        /// When it was sent.
        since: Timestamp,
    },
}

/// Why a label can't be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LabelFault {
    /// It is empty.
    #[error("a label is missing")]
    Empty,
    /// It is too long, or holds what trackers don't take.
    #[error("a label has at most {MAX_LABEL} characters, and neither commas nor line breaks")]
    Form,
    /// There are too many.
    #[error("there are more than {MAX_LABELS} labels")]
    TooMany,
}

/// A label as it is kept: trimmed.
///
/// # Errors
/// [`LabelFault`].
pub fn valid_label(text: &str) -> Result<String, LabelFault> {
    let text = text.trim();
    if text.is_empty() {
        return Err(LabelFault::Empty);
    }
    if text.chars().count() > MAX_LABEL || text.chars().any(|c| c == ',' || c.is_control()) {
        return Err(LabelFault::Form);
    }
    Ok(text.to_owned())
}

/// Labels as they are kept: each once, without empty ones.
///
/// # Errors
/// [`LabelFault`].
pub fn valid_labels(labels: &[String]) -> Result<Vec<String>, LabelFault> {
    let mut kept: Vec<String> = Vec::new();
    for label in labels.iter().filter(|label| !label.trim().is_empty()) {
        let label = valid_label(label)?;
        if !kept.contains(&label) {
            kept.push(label);
        }
    }
    if kept.len() > MAX_LABELS { Err(LabelFault::TooMany) } else { Ok(kept) }
}

/// What the feedback of an issue is known by: unique in a product.
#[must_use]
pub fn issue_key(connection: ConnectionId, repository: &str, number: u64) -> String {
    format!("{ISSUE_KEY}{connection}:{repository}#{number}")
}

/// What such a key begins with.
pub const ISSUE_KEY: &str = "issue:";

/// The hidden mark in an issue that a feedback became.
#[must_use]
pub fn feedback_mark(id: FeedbackId) -> String {
    format!("{FEEDBACK_MARK}{id} -->")
}

const FEEDBACK_MARK: &str = "<!-- pilothouse:feedback:";

/// The feedback that an issue's text says it was made from. Anybody can write such a mark: it proves nothing by itself.
#[must_use]
pub fn marked_feedback(body: &str) -> Option<FeedbackId> {
    let (_, rest) = body.rsplit_once(FEEDBACK_MARK)?;
    let (id, _) = rest.split_once(" -->")?;
    id.parse().ok()
}

impl Tracker {
    /// Whether the same issues are meant, however far they were read.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        (self.connection_id, &self.repository, &self.label) == (other.connection_id, &other.repository, &other.label)
    }
}

impl Errand {
    /// Whether it is on its way.
    #[must_use]
    pub const fn is_under_way(&self) -> bool {
        matches!(self.state, ErrandState::Asked | ErrandState::Sending { .. } | ErrandState::Looking { .. } | ErrandState::Changing { .. })
    }

    /// The hidden mark by which what it wrote is found again.
    #[must_use]
    pub fn mark(&self, feedback: FeedbackId) -> String {
        match self.deed {
            ErrandDeed::File { .. } => feedback_mark(feedback),
            ErrandDeed::Tell { .. } => format!("<!-- pilothouse:answer:{} -->", self.id),
        }
    }

    /// The text that is sent, with its mark.
    #[must_use]
    pub fn marked_text(&self, feedback: FeedbackId) -> String {
        let text = match &self.deed {
            ErrandDeed::File { body, .. } => body,
            ErrandDeed::Tell { text, .. } => text,
        };
        format!("{}\n\n{}", text.trim_end(), self.mark(feedback))
    }

    /// It is sent now. `None` where it was sent before, or is over. What has no text has nothing that must be sent only once.
    #[must_use]
    pub fn sending(&self, now: Timestamp) -> Option<Self> {
        let has_text = !matches!(&self.deed, ErrandDeed::Tell { text, .. } if text.is_empty());
        let next = if has_text { ErrandState::Sending { since: now } } else { ErrandState::Changing { since: now } };
        (self.state == ErrandState::Asked).then(|| self.at_state(next))
    }

    /// What was sent is there.
    #[must_use]
    pub fn arrived(&self, now: Timestamp) -> Option<Self> {
        let is_more = matches!(&self.deed, ErrandDeed::Tell { labels, close, .. } if *close || !labels.is_empty());
        let was_sent = matches!(self.state, ErrandState::Sending { .. } | ErrandState::Looking { .. });
        let next = if is_more { ErrandState::Changing { since: now } } else { ErrandState::Done { at: now } };
        was_sent.then(|| self.at_state(next))
    }

    /// Labels and closing are done.
    #[must_use]
    pub fn changed(&self, now: Timestamp) -> Option<Self> {
        matches!(self.state, ErrandState::Changing { .. }).then(|| self.at_state(ErrandState::Done { at: now }))
    }

    /// The provider said no, or nothing was sent.
    #[must_use]
    pub fn refused(&self, message: &str, next_step: &str) -> Option<Self> {
        let there = match (&self.state, &self.deed) {
            (ErrandState::Changing { .. }, ErrandDeed::Tell { text, .. }) if !text.is_empty() => "The comment is there. ",
            _ => "",
        };
        let state = ErrandState::Refused { message: format!("{there}{message}"), next_step: next_step.to_owned() };
        self.is_under_way().then(|| self.at_state(state))
    }

    /// No answer came to what was sent.
    #[must_use]
    pub fn lost(&self, cause: &str) -> Option<Self> {
        let ErrandState::Sending { since } = self.state else { return None };
        Some(self.at_state(ErrandState::Looking { since, cause: cause.to_owned() }))
    }

    /// It was looked for and is not there, or could not be looked for. After `patience` a person has to look.
    #[must_use]
    pub fn not_found(&self, now: Timestamp, patience: Duration) -> Option<Self> {
        let (since, cause) = match &self.state {
            ErrandState::Sending { since } => (*since, "Pilothouse was stopped before an answer came"),
            ErrandState::Looking { since, cause } => (*since, cause.as_str()),
            _ => return None,
        };
        let cause = cause.to_owned();
        let next = if now.since(since) < patience { ErrandState::Looking { since, cause } } else { ErrandState::Unknown { cause, since } };
        Some(self.at_state(next))
    }

    /// A person wants it looked for once more.
    #[must_use]
    pub fn looked_for_again(&self) -> Option<Self> {
        let ErrandState::Unknown { cause, since } = &self.state else { return None };
        Some(self.at_state(ErrandState::Looking { since: *since, cause: cause.clone() }))
    }

    /// When it was sent, where it was.
    #[must_use]
    pub const fn sent_at(&self) -> Option<Timestamp> {
        match self.state {
            ErrandState::Sending { since } | ErrandState::Looking { since, .. } => Some(since),
            _ => None,
        }
    }

    fn at_state(&self, state: ErrandState) -> Self {
        Self { state, ..self.clone() }
    }
}

/// The feedback after somebody asked for an errand.
///
/// # Errors
/// [`FeedbackRefusal`] where one is under way or its end isn't known, where it is an issue already, or where it has none.
pub fn asked(feedback: &Feedback, errand: Errand) -> Result<Feedback, FeedbackRefusal> {
    let at_tracker = &feedback.at_tracker;
    if at_tracker.errand.as_ref().is_some_and(|known| known.is_under_way() || matches!(known.state, ErrandState::Unknown { .. })) {
        return Err(FeedbackRefusal::ErrandUnderWay);
    }
    match (&errand.deed, &at_tracker.issue) {
        (ErrandDeed::File { .. }, Some(issue)) => Err(FeedbackRefusal::IsIssue(issue.number)),
        (ErrandDeed::Tell { .. }, None) => Err(FeedbackRefusal::NoIssue),
        _ => Ok(with_errand(feedback, Some(errand))),
    }
}

/// The feedback after a person settled an errand whose end isn't known, or that was refused: it is done with.
///
/// # Errors
/// [`FeedbackRefusal::NoErrand`] for any other.
pub fn forgotten(feedback: &Feedback) -> Result<Feedback, FeedbackRefusal> {
    match feedback.at_tracker.errand.as_ref().map(|errand| &errand.state) {
        Some(ErrandState::Unknown { .. } | ErrandState::Refused { .. }) => Ok(with_errand(feedback, None)),
        _ => Err(FeedbackRefusal::NoErrand),
    }
}

/// The feedback with its errand as it is now.
#[must_use]
pub fn with_errand(feedback: &Feedback, errand: Option<Errand>) -> Feedback {
    let issue = feedback.at_tracker.issue.clone();
    Feedback { at_tracker: AtTracker { issue, errand }, ..feedback.clone() }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;
    use uuid::Uuid;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_micros(second * 1_000_000).unwrap()
    }

    fn errand(deed: ErrandDeed) -> Errand {
        Errand {
            id: ErrandId::new(Uuid::from_u128(1)),
            connection_id: ConnectionId::new(Uuid::from_u128(2)),
            repository: "a/b".into(),
            deed,
            state: ErrandState::Asked,
            by: Actor::Engine,
            at: at(0),
        }
    }

    fn tell(text: &str, close: bool) -> Errand {
        errand(ErrandDeed::Tell { number: 7, text: text.into(), labels: Vec::new(), close })
    }

    #[test]
    fn what_was_sent_is_never_sent_again() {
        let sent = tell("Thanks", true).sending(at(1)).unwrap();
        assert_eq!(sent.sending(at(2)), None);
        let lost = sent.lost("no answer").unwrap();
        assert_eq!(lost.sending(at(2)), None);
        let looking = lost.not_found(at(5), Duration::from_secs(60)).unwrap();
        assert!(looking.is_under_way());
        let unknown = looking.not_found(at(61), Duration::from_secs(60)).unwrap();
        assert!(matches!(unknown.state, ErrandState::Unknown { .. }) && unknown.sending(at(70)).is_none());
        assert!(
            unknown.looked_for_again().unwrap().arrived(at(71)).unwrap().changed(at(72)).unwrap().state == ErrandState::Done { at: at(72) }
        );
        assert_eq!(sent.arrived(at(2)).unwrap().arrived(at(3)), None);
    }

    #[test]
    fn only_what_has_a_text_is_sent_once() {
        let closing = tell("", true).sending(at(1)).unwrap();
        assert_eq!(closing.state, ErrandState::Changing { since: at(1) });
        let refused = closing.refused("No.", "Ask.").unwrap();
        assert_eq!(refused.state, ErrandState::Refused { message: "No.".into(), next_step: "Ask.".into() });
        let with_comment = tell("Thanks", true).sending(at(1)).unwrap().arrived(at(2)).unwrap().refused("No.", "Ask.").unwrap();
        assert_eq!(with_comment.state, ErrandState::Refused { message: "The comment is there. No.".into(), next_step: "Ask.".into() });
        assert!(tell("Thanks", false).sending(at(1)).unwrap().arrived(at(2)).unwrap().state == ErrandState::Done { at: at(2) });
    }

    #[test]
    fn marks_are_read_back() {
        let id = FeedbackId::new(Uuid::from_u128(9));
        let filed = errand(ErrandDeed::File { title: "t".into(), body: "b <!-- pilothouse:feedback:x -->\n".into(), labels: Vec::new() });
        assert_eq!(marked_feedback(&filed.marked_text(id)), Some(id));
        assert_eq!(marked_feedback("b <!-- pilothouse:feedback:x -->"), None);
        assert_eq!(marked_feedback("b"), None);
    }

    #[test]
    fn labels_are_trimmed_and_hold_no_comma() {
        assert_eq!(valid_labels(&[" uat ".into(), String::new(), "uat".into(), "s2".into()]), Ok(vec!["uat".into(), "s2".into()]));
        assert_eq!(valid_label(" "), Err(LabelFault::Empty));
        assert_eq!(valid_label("a,b"), Err(LabelFault::Form));
        assert_eq!(valid_labels(&["x".repeat(101)]), Err(LabelFault::Form));
    }
}
