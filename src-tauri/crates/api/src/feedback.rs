//! Feedback of testers: list, give, decide, put right, answer, read from files.

use crate::decode::{id, optional_id, shown};
use crate::error::ApiError;
use crate::evidence::EvidenceView;
use crate::{Api, IdRequest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use pilothouse_domain::evidence::{Evidence, EvidenceOwnerKind};
use pilothouse_domain::uat::{Feedback, FeedbackRefusal, FeedbackWay, Severity, TriageWord, UatRound};
use pilothouse_domain::{FeedbackId, UatRoundId};
use pilothouse_engine::ports::uat_store::FeedbackFilter;
use pilothouse_engine::usecases::{FeedbackSource, NewFeedback};
use serde::{Deserialize, Serialize};
use specta::Type;

/// Which feedback.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ListFeedbackRequest {
    /// The round.
    pub round_id: String,
    /// Only what stands there.
    pub standing: Option<FeedbackStandingWord>,
    /// Only what comes after this one in the list.
    pub after: Option<String>,
    /// At most so many; 0 means 100.
    pub limit: u32,
}

/// Feedback to give.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct GiveFeedbackRequest {
    /// The round.
    pub round_id: String,
    /// The scenario, where it is about one.
    pub scenario_id: Option<String>,
    /// Whose it is.
    pub from: String,
    /// In a line.
    pub title: String,
    /// The whole; may be empty.
    pub text: String,
    /// How bad it is.
    pub severity: SeverityWord,
    /// What they tested with; may be empty.
    pub device: String,
}

/// Feedback to decide about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct TriageFeedbackRequest {
    /// Which, at most 500.
    pub ids: Vec<String>,
    /// What is decided; none opens it again.
    pub triage: Option<TriageBody>,
    /// What a duplicate repeats.
    pub duplicate_of: Option<String>,
    /// Why; may be empty.
    pub reason: String,
}

/// A blocker that was put right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ResolveFeedbackRequest {
    /// Which.
    pub id: String,
    /// How; none: it wasn't after all.
    pub note: Option<String>,
}

/// An answer to a tester.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct AnswerFeedbackRequest {
    /// Which feedback.
    pub id: String,
    /// What they are told.
    pub text: String,
}

/// Feedback to read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ImportFeedbackRequest {
    /// The round.
    pub round_id: String,
    /// What it is.
    pub source: FeedbackSourceWord,
    /// The file's content, in Base64.
    pub content: String,
}

/// What came of reading.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct FeedbackImportView {
    /// How many are new.
    pub added: u32,
    /// How many were there already.
    pub already_there: u32,
    /// What can't be taken.
    pub faults: Vec<UntakenFeedbackView>,
}

/// What can't be taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct UntakenFeedbackView {
    /// The line, from 1.
    pub line: u32,
    /// Why not.
    pub reason: String,
}

/// A feedback.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct FeedbackView {
    /// Its id.
    pub id: String,
    /// The round.
    pub round_id: String,
    /// The version that it is about.
    pub version: String,
    /// The scenario.
    pub scenario_id: Option<String>,
    /// Its title.
    pub scenario: Option<String>,
    /// Whose it is.
    pub from: String,
    /// In a line.
    pub title: String,
    /// The whole.
    pub text: String,
    /// Whether that is Markdown, from outside; else plain text.
    pub is_markdown: bool,
    /// How bad it is.
    pub severity: SeverityWord,
    /// What they tested with.
    pub device: String,
    /// How it came in.
    pub way: FeedbackWayWord,
    /// Where it stands.
    pub standing: FeedbackStandingWord,
    /// What it repeats.
    pub duplicate_of: Option<String>,
    /// Why it was decided so.
    pub reason: String,
    /// Who decided.
    pub triaged_by: Option<String>,
    /// When.
    pub triaged_at: Option<String>,
    /// How it was put right.
    pub solution: Option<String>,
    /// The answer to the tester.
    pub answer: Option<String>,
    /// Its issue at a tracker.
    pub issue: Option<crate::IssueLinkView>,
    /// What is, or last was, written to a tracker about it.
    pub errand: Option<crate::ErrandView>,
    /// When it was given.
    pub at: String,
    /// Its screenshots, oldest first.
    pub screenshots: Vec<EvidenceView>,
}

/// How bad something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum SeverityWord {
    /// Work stops, or data is lost.
    Critical,
    /// Something important doesn't work.
    Major,
    /// Something is wrong; there is a way around.
    Minor,
    /// A wish.
    Suggestion,
}

/// Where feedback stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum FeedbackStandingWord {
    /// Not decided.
    Untriaged,
    /// The version doesn't go on with it.
    Blocker,
    /// It was a blocker, and was put right.
    Solved,
    /// For a later version.
    Later,
    /// Stays as it is.
    Wont,
    /// Told already.
    Duplicate,
}

/// What may be decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum TriageBody {
    /// The version doesn't go on with it.
    Blocker,
    /// For a later version.
    Later,
    /// Stays as it is.
    Wont,
    /// Told already.
    Duplicate,
}

/// How feedback came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum FeedbackWayWord {
    /// Written down here.
    Window,
    /// Through the form.
    Form,
    /// From a table.
    Csv,
    /// From an e-mail.
    Email,
    /// An issue of a tracker.
    Issue,
}

/// What feedback is read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum FeedbackSourceWord {
    /// A table with a head.
    Csv,
    /// An e-mail.
    Email,
}

/// The same words here and in the domain.
macro_rules! words {
    ($($ours:ident = $theirs:ident { $($word:ident),+ })+) => {$(
        impl From<$ours> for $theirs {
            fn from(word: $ours) -> Self {
                match word { $($ours::$word => Self::$word),+ }
            }
        }

        impl From<$theirs> for $ours {
            fn from(word: $theirs) -> Self {
                match word { $($theirs::$word => Self::$word),+ }
            }
        }
    )+};
}

words! {
    SeverityWord = Severity { Critical, Major, Minor, Suggestion }
    FeedbackWayWord = FeedbackWay { Window, Form, Csv, Email, Issue }
    FeedbackSourceWord = FeedbackSource { Csv, Email }
    TriageBody = TriageWord { Blocker, Later, Wont, Duplicate }
}

impl FeedbackStandingWord {
    const fn word(self) -> &'static str {
        match self {
            Self::Untriaged => "untriaged",
            Self::Blocker => "blocker",
            Self::Solved => "solved",
            Self::Later => "later",
            Self::Wont => "wont",
            Self::Duplicate => "duplicate",
        }
    }

    fn of(feedback: &Feedback) -> Self {
        match &feedback.triage {
            None => Self::Untriaged,
            Some(triage) => match triage.word {
                TriageWord::Blocker if feedback.resolved.is_some() => Self::Solved,
                TriageWord::Blocker => Self::Blocker,
                TriageWord::Later => Self::Later,
                TriageWord::Wont => Self::Wont,
                TriageWord::Duplicate => Self::Duplicate,
            },
        }
    }
}

impl FeedbackView {
    fn new(feedback: &Feedback, round: &UatRound, evidence: &[Evidence]) -> Self {
        let triage = feedback.triage.as_ref();
        let scenario = feedback.scenario_id.and_then(|id| round.scenario(id));
        Self {
            id: feedback.id.to_string(),
            round_id: feedback.round_id.to_string(),
            version: feedback.version.to_string(),
            scenario_id: feedback.scenario_id.map(|id| id.to_string()),
            scenario: scenario.map(|scenario| scenario.title.clone()),
            from: feedback.from.clone(),
            title: feedback.title.clone(),
            text: feedback.text.clone(),
            is_markdown: pilothouse_engine::usecases::is_markdown(feedback.way),
            severity: feedback.severity.into(),
            device: feedback.device.clone(),
            way: feedback.way.into(),
            standing: FeedbackStandingWord::of(feedback),
            duplicate_of: triage.and_then(|triage| triage.duplicate_of).map(|id| id.to_string()),
            reason: triage.map(|triage| triage.reason.clone()).unwrap_or_default(),
            triaged_by: triage.map(|triage| triage.by.to_string()),
            triaged_at: triage.map(|triage| shown(triage.at)),
            solution: feedback.resolved.as_ref().map(|resolved| resolved.note.clone()),
            answer: feedback.answer.as_ref().map(|answer| answer.text.clone()),
            issue: feedback.at_tracker.issue.as_ref().map(crate::IssueLinkView::from),
            errand: feedback.at_tracker.errand.as_ref().map(crate::ErrandView::from),
            at: shown(feedback.at),
            screenshots: evidence.iter().filter(|e| e.is_current()).map(EvidenceView::from).collect(),
        }
    }
}

/// What is told to whoever asks for something that a feedback doesn't allow.
pub(crate) fn feedback_refused(refusal: &FeedbackRefusal) -> ApiError {
    let next_step = match refusal {
        FeedbackRefusal::NoOriginal(_) => "Choose the feedback of the same round that told it first.",
        FeedbackRefusal::NoBlocker => "Decide that it is a blocker first, or leave it as it is.",
        FeedbackRefusal::IsIssue(_) => "Open the issue, or write to it.",
        FeedbackRefusal::NoIssue => "Make an issue of it first.",
        FeedbackRefusal::ErrandUnderWay => "Wait until it is done; where it waits for a person, settle it first.",
        FeedbackRefusal::NoErrand => "Look at the feedback again.",
    };
    ApiError::new(crate::ErrorCode::Conflict, refusal.to_string(), next_step)
}

impl Api {
    /// Feedback of a round, newest first.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn list_feedback(&self, request: ListFeedbackRequest) -> Result<Vec<FeedbackView>, ApiError> {
        let round = self.store().uat_round(id("round_id", &request.round_id)?).await?;
        let filter = FeedbackFilter {
            tester: None,
            product: None,
            round: Some(round.id),
            standing: request.standing.map(FeedbackStandingWord::word),
            after: optional_id("after", request.after.as_deref())?,
            limit: request.limit.min(1_000),
        };
        let mut views = Vec::new();
        for feedback in self.store().feedback(&filter).await? {
            views.push(self.feedback_view(&feedback, &round).await?);
        }
        Ok(views)
    }

    /// Takes feedback that somebody has told.
    ///
    /// # Errors
    /// `invalid` for what can't be kept.
    pub async fn give_feedback(&self, request: GiveFeedbackRequest) -> Result<FeedbackView, ApiError> {
        let new = NewFeedback {
            round: id("round_id", &request.round_id)?,
            scenario: optional_id("scenario_id", request.scenario_id.as_deref())?,
            from: request.from,
            title: request.title,
            text: request.text,
            severity: request.severity.into(),
            device: request.device,
            way: FeedbackWay::Window,
            external_key: None,
            at: None,
        };
        let given = self.engine.give_feedback(&self.actor, new, Vec::new()).await?;
        self.feedback_body(given.feedback.id).await
    }

    /// Decides about feedback, all of it or none.
    ///
    /// # Errors
    /// `conflict` for a duplicate of nothing.
    pub async fn triage_feedback(&self, request: TriageFeedbackRequest) -> Result<Vec<FeedbackView>, ApiError> {
        let ids: Vec<FeedbackId> = request.ids.iter().map(|text| id("ids", text)).collect::<Result<_, _>>()?;
        let original = optional_id("duplicate_of", request.duplicate_of.as_deref())?;
        let word = request.triage.map(TriageWord::from);
        let decided = self.engine.triage_feedback(&self.actor, &ids, word, original, &request.reason).await?;
        let mut views = Vec::with_capacity(decided.len());
        for feedback in decided {
            views.push(self.feedback_body(feedback.id).await?);
        }
        Ok(views)
    }

    /// Says that a blocker was put right, or that it wasn't.
    ///
    /// # Errors
    /// `conflict` for what is no blocker.
    pub async fn resolve_feedback(&self, request: ResolveFeedbackRequest) -> Result<FeedbackView, ApiError> {
        let feedback = self.engine.resolve_feedback(&self.actor, id("id", &request.id)?, request.note.as_deref()).await?;
        self.feedback_body(feedback.id).await
    }

    /// Answers a tester.
    ///
    /// # Errors
    /// `invalid` without a text.
    pub async fn answer_feedback(&self, request: AnswerFeedbackRequest) -> Result<FeedbackView, ApiError> {
        let feedback = self.engine.answer_feedback(&self.actor, id("id", &request.id)?, &request.text).await?;
        self.feedback_body(feedback.id).await
    }

    /// Reads feedback from a table or an e-mail. What is broken is told, and nothing is taken twice.
    ///
    /// # Errors
    /// `invalid` where nothing of it can be read.
    pub async fn import_feedback(&self, request: ImportFeedbackRequest) -> Result<FeedbackImportView, ApiError> {
        let round: UatRoundId = id("round_id", &request.round_id)?;
        let content = STANDARD
            .decode(request.content.as_bytes())
            .map_err(|_| ApiError::invalid("content", "the content is no Base64", "Send the file's content in Base64."))?;
        let report = self.engine.import_feedback(&self.actor, round, request.source.into(), &content).await?;
        let fault = |fault: pilothouse_engine::usecases::UntakenFeedback| UntakenFeedbackView {
            line: u32::try_from(fault.line).unwrap_or(u32::MAX),
            reason: fault.reason,
        };
        let faults = report.faults.into_iter().map(fault).collect();
        Ok(FeedbackImportView { added: report.added, already_there: report.already_there, faults })
    }

    /// A feedback.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn get_feedback(&self, request: IdRequest) -> Result<FeedbackView, ApiError> {
        self.feedback_body(id("id", &request.id)?).await
    }

    async fn feedback_body(&self, id: FeedbackId) -> Result<FeedbackView, ApiError> {
        let feedback = self.store().feedback_one(id).await?;
        let round = self.store().uat_round(feedback.round_id).await?;
        self.feedback_view(&feedback, &round).await
    }

    async fn feedback_view(&self, feedback: &Feedback, round: &UatRound) -> Result<FeedbackView, ApiError> {
        let evidence = self.store().evidence_of(EvidenceOwnerKind::Feedback, feedback.id.uuid()).await?;
        Ok(FeedbackView::new(feedback, round, &evidence))
    }
}
