//! Feedback of testers, and what becomes of it: a blocker holds the release until it is solved, everything else doesn't.

use super::AtTracker;
use crate::{Actor, EnvironmentId, FeedbackId, ProductId, ReleaseId, TesterId, Timestamp, UatRoundId, UatScenarioId, Version};
use serde::{Deserialize, Serialize};

/// The longest text of a feedback, in characters.
pub const MAX_FEEDBACK_TEXT: usize = 10_000;

/// What a tester has to say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Feedback {
    /// Its id.
    pub id: FeedbackId,
    /// Counts the writes; 0 before the first.
    pub revision: u32,
    /// The product.
    pub product_id: ProductId,
    /// The round.
    pub round_id: UatRoundId,
    /// The round's release.
    pub release_id: ReleaseId,
    /// The environment that it is about.
    pub environment_id: EnvironmentId,
    /// The version that it is about.
    pub version: Version,
    /// The scenario, where it is about one.
    pub scenario_id: Option<UatScenarioId>,
    /// Whose it is.
    pub from: String,
    /// The tester who gave it through the feedback form; none for what came in otherwise.
    #[serde(default)]
    pub tester_id: Option<TesterId>,
    /// In a line.
    pub title: String,
    /// The whole, may be empty: plain text; of an issue Markdown.
    pub text: String,
    /// How bad it is, in the tester's eyes.
    pub severity: Severity,
    /// What they tested with: browser, phone; may be empty.
    pub device: String,
    /// How it came in.
    pub way: FeedbackWay,
    /// What it is known by where it comes from; unique in the round, so that nothing is taken twice.
    pub external_key: String,
    /// What was decided.
    pub triage: Option<Triage>,
    /// Set once what it tells was put right.
    pub resolved: Option<Resolved>,
    /// The last answer to the tester.
    pub answer: Option<Answer>,
    /// What binds it to a tracker.
    #[serde(default)]
    pub at_tracker: AtTracker,
    /// When it was given.
    pub at: Timestamp,
}

/// How bad something is, in the tester's eyes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Work stops, or data is lost.
    Critical,
    /// Something important doesn't work.
    Major,
    /// Something is wrong; there is a way around.
    Minor,
    /// A wish.
    Suggestion,
}

/// How feedback came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeedbackWay {
    /// Written down here.
    Window,
    /// Through the feedback form.
    Form,
    /// Read from a table.
    Csv,
    /// Read from an e-mail.
    Email,
    /// An issue of a tracker.
    Issue,
}

/// What was decided about a feedback.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Triage {
    /// What.
    pub word: TriageWord,
    /// The feedback that it repeats, for a duplicate.
    pub duplicate_of: Option<FeedbackId>,
    /// Why; may be empty.
    pub reason: String,
    /// Who.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
}

/// What may be decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TriageWord {
    /// The version doesn't go on with it.
    Blocker,
    /// It is put right in a later version.
    Later,
    /// It stays as it is.
    Wont,
    /// It was told already.
    Duplicate,
}

/// That what a feedback tells was put right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resolved {
    /// Who says so.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
    /// How, never empty.
    pub note: String,
}

/// An answer to a tester.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// What they are told, plain text.
    pub text: String,
    /// By whom.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
}

/// Why something can't be done with a feedback.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FeedbackRefusal {
    /// It would repeat itself, or another round's.
    #[error("a feedback can't be a duplicate of {0}")]
    NoOriginal(&'static str),
    /// Nobody calls it a blocker.
    #[error("only a blocker is solved")]
    NoBlocker,
    /// It is an issue already.
    #[error("it is issue #{0} already")]
    IsIssue(u64),
    /// It has no issue.
    #[error("it is no issue at a tracker")]
    NoIssue,
    /// Something is being written to the tracker, or may have been.
    #[error("something is being written to the tracker about it")]
    ErrandUnderWay,
    /// There is nothing to settle.
    #[error("nothing that was written to the tracker waits for a person")]
    NoErrand,
}

impl Severity {
    /// As people read it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::Major => "major",
            Self::Minor => "minor",
            Self::Suggestion => "suggestion",
        }
    }

    /// The severity that a word of a table or a form means: its own word, or what trackers call it.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        Some(match text.trim().to_ascii_lowercase().as_str() {
            "critical" | "blocker" | "s1" | "1" => Self::Critical,
            "major" | "high" | "s2" | "2" => Self::Major,
            "minor" | "medium" | "low" | "s3" | "3" => Self::Minor,
            "suggestion" | "wish" | "trivial" | "s4" | "4" => Self::Suggestion,
            _ => return None,
        })
    }
}

impl TriageWord {
    /// As people read it, and as it lies in the database.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Blocker => "blocker",
            Self::Later => "later",
            Self::Wont => "wont",
            Self::Duplicate => "duplicate",
        }
    }
}

impl Feedback {
    /// The word under which it is listed: `untriaged`, `blocker`, `solved`, `later`, `wont` or `duplicate`.
    #[must_use]
    pub fn standing_word(&self) -> &'static str {
        match &self.triage {
            None => "untriaged",
            Some(triage) if triage.word == TriageWord::Blocker && self.resolved.is_some() => "solved",
            Some(triage) => triage.word.word(),
        }
    }
}

/// Whether the version is held by it: a blocker that nobody has solved.
#[must_use]
pub fn holds(feedback: &Feedback) -> bool {
    feedback.standing_word() == "blocker"
}

/// The feedback after a decision. `original` is what a duplicate repeats. Deciding anew is allowed, and opens what was solved.
///
/// # Errors
/// [`FeedbackRefusal::NoOriginal`].
pub fn triaged(feedback: &Feedback, triage: Option<Triage>, original: Option<&Feedback>) -> Result<Feedback, FeedbackRefusal> {
    let is_duplicate = triage.as_ref().is_some_and(|triage| triage.word == TriageWord::Duplicate);
    if is_duplicate {
        match original {
            None => return Err(FeedbackRefusal::NoOriginal("nothing")),
            Some(original) if original.id == feedback.id => return Err(FeedbackRefusal::NoOriginal("itself")),
            Some(original) if original.round_id != feedback.round_id => {
                return Err(FeedbackRefusal::NoOriginal("another round's feedback"));
            }
            Some(original) if original.standing_word() == "duplicate" => return Err(FeedbackRefusal::NoOriginal("a duplicate")),
            Some(_) => {}
        }
    }
    let triage = triage.map(|triage| Triage { duplicate_of: original.filter(|_| is_duplicate).map(|o| o.id), ..triage });
    Ok(Feedback { triage, resolved: None, ..feedback.clone() })
}

/// The blocker after it was put right, or after it turned out that it wasn't (`None`).
///
/// # Errors
/// [`FeedbackRefusal::NoBlocker`].
pub fn resolve(feedback: &Feedback, resolved: Option<Resolved>) -> Result<Feedback, FeedbackRefusal> {
    if feedback.triage.as_ref().is_some_and(|triage| triage.word == TriageWord::Blocker) {
        return Ok(Feedback { resolved, ..feedback.clone() });
    }
    Err(FeedbackRefusal::NoBlocker)
}
