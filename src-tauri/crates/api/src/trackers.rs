//! Feedback and issues: where testers write issues, reading them, writing feedback as an issue, answering, and what became of it; and task
//! lists out of issues.

use crate::checklist_templates::ImportReportView;
use crate::decode::id;
use crate::error::ApiError;
use crate::{Api, FeedbackView, IdRequest, UatRoundBody};
use pilothouse_domain::uat::{Errand, ErrandDeed, ErrandState, IssueLink, Tracker};
use pilothouse_engine::usecases::{IssueAnswer, IssueDraft, NewTracker};
use serde::{Deserialize, Serialize};
use specta::Type;

/// Where testers write issues.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct TrackerBody {
    /// The connection.
    pub connection_id: String,
    /// Its repository.
    pub repository: String,
    /// The label of issues that are feedback.
    pub label: String,
}

/// Where testers of a round write issues.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct SetTrackerRequest {
    /// The round.
    pub round_id: String,
    /// Where; none for nowhere.
    pub tracker: Option<TrackerBody>,
}

/// What came of reading a tracker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct TrackerReadingView {
    /// How many are new.
    pub added: u32,
    /// How many have changed.
    pub changed: u32,
    /// How many were left as they are.
    pub left: u32,
    /// Whether there are more, to be read next time.
    pub is_cut: bool,
}

/// An issue as a feedback becomes one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct IssueDraftBody {
    /// The connection.
    pub connection_id: String,
    /// Its repository.
    pub repository: String,
    /// In a line.
    pub title: String,
    /// Markdown.
    pub body: String,
    /// Its labels.
    pub labels: Vec<String>,
}

/// Feedback to make an issue of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct FileIssueRequest {
    /// Which feedback.
    pub id: String,
    /// The issue.
    pub issue: IssueDraftBody,
}

/// What is written to the issue of a feedback.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct TellIssueRequest {
    /// Which feedback.
    pub id: String,
    /// A comment; empty for none.
    pub text: String,
    /// Labels that the issue gets.
    pub labels: Vec<String>,
    /// Whether it is closed.
    pub close: bool,
}

/// What is done about something that may have been written, or was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct SettleErrandRequest {
    /// Which feedback.
    pub id: String,
    /// Whether to look for it once more; else it is done with.
    pub look_again: bool,
}

/// A task list in an issue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ImportChecklistIssueRequest {
    /// The template.
    pub template_id: String,
    /// The issue: its address, its number, or `owner/name#12`.
    pub issue: String,
}

/// The issue of a feedback.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct IssueLinkView {
    /// Its repository.
    pub repository: String,
    /// Its number there.
    pub number: u32,
    /// Its page.
    pub url: String,
    /// False once it is closed, as far as was read.
    pub is_open: bool,
}

/// Something that is, or last was, written to a tracker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ErrandView {
    /// What.
    pub what: ErrandWord,
    /// Where to.
    pub repository: String,
    /// How far.
    pub state: ErrandStateWord,
    /// What went wrong.
    pub message: Option<String>,
    /// The way out.
    pub next_step: Option<String>,
}

/// What is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum ErrandWord {
    /// The feedback becomes an issue.
    File,
    /// Its issue is answered, labelled or closed.
    Tell,
}

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum ErrandStateWord {
    /// It is on its way.
    UnderWay,
    /// No answer came; it is looked for.
    Looking,
    /// It is done.
    Done,
    /// The provider said no, and nothing more comes of it.
    Refused,
    /// It may have arrived; a person has to look.
    Unknown,
}

impl From<&Tracker> for TrackerBody {
    fn from(tracker: &Tracker) -> Self {
        let (repository, label) = (tracker.repository.clone(), tracker.label.clone());
        Self { connection_id: tracker.connection_id.to_string(), repository, label }
    }
}

impl From<&IssueLink> for IssueLinkView {
    fn from(link: &IssueLink) -> Self {
        Self {
            repository: link.repository.clone(),
            number: u32::try_from(link.number).unwrap_or(u32::MAX),
            url: link.url.clone(),
            is_open: link.is_open,
        }
    }
}

impl From<&Errand> for ErrandView {
    fn from(errand: &Errand) -> Self {
        let (state, message, next_step) = match &errand.state {
            ErrandState::Asked | ErrandState::Sending { .. } | ErrandState::Changing { .. } => (ErrandStateWord::UnderWay, None, None),
            ErrandState::Looking { cause, .. } => (ErrandStateWord::Looking, Some(cause.clone()), None),
            ErrandState::Done { .. } => (ErrandStateWord::Done, None, None),
            ErrandState::Refused { message, next_step } => {
                (ErrandStateWord::Refused, Some(message.clone()), Some(next_step.clone()).filter(|step| !step.is_empty()))
            }
            ErrandState::Unknown { cause, .. } => {
                let next_step = "Look at the tracker. Where it is there, look again here; where it isn't, dismiss this and write it again.";
                (ErrandStateWord::Unknown, Some(cause.clone()), Some(next_step.to_owned()))
            }
        };
        let what = match errand.deed {
            ErrandDeed::File { .. } => ErrandWord::File,
            ErrandDeed::Tell { .. } => ErrandWord::Tell,
        };
        Self { what, repository: errand.repository.clone(), state, message, next_step }
    }
}

impl Api {
    /// Says where testers of a round write issues.
    ///
    /// # Errors
    /// `invalid` for a label that can't be one; what the provider says where it doesn't show the repository's issues.
    pub async fn set_tracker(&self, request: SetTrackerRequest) -> Result<UatRoundBody, ApiError> {
        let new = match request.tracker {
            Some(body) => {
                let connection = id("connection_id", &body.connection_id)?;
                Some(NewTracker { connection, repository: body.repository, label: body.label })
            }
            None => None,
        };
        let round = self.engine.set_tracker(&self.actor, id("round_id", &request.round_id)?, new).await?;
        self.get_uat_round(IdRequest { id: round.id.to_string() }).await
    }

    /// Reads what is new at a round's tracker.
    ///
    /// # Errors
    /// `invalid` where the round has no tracker; what the provider says.
    pub async fn read_tracker(&self, request: IdRequest) -> Result<TrackerReadingView, ApiError> {
        let reading = self.engine.read_tracker(&self.actor, id("id", &request.id)?).await?;
        Ok(TrackerReadingView { added: reading.added, changed: reading.changed, left: reading.left, is_cut: reading.is_cut })
    }

    /// An issue as a feedback would become one.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn draft_issue(&self, request: IdRequest) -> Result<IssueDraftBody, ApiError> {
        let draft = self.engine.draft_issue(id("id", &request.id)?).await?;
        Ok(IssueDraftBody {
            connection_id: draft.connection.to_string(),
            repository: draft.repository,
            title: draft.title,
            body: draft.body,
            labels: draft.labels,
        })
    }

    /// Has a feedback become an issue, once.
    ///
    /// # Errors
    /// `conflict` where it is one, or is about to be; `invalid` for what can't be written.
    pub async fn file_issue(&self, request: FileIssueRequest) -> Result<FeedbackView, ApiError> {
        let IssueDraftBody { connection_id, repository, title, body, labels } = request.issue;
        let draft = IssueDraft { connection: id("connection_id", &connection_id)?, repository, title, body, labels };
        let feedback = self.engine.file_issue(&self.actor, id("id", &request.id)?, draft).await?;
        self.get_feedback(IdRequest { id: feedback.id.to_string() }).await
    }

    /// Answers, labels or closes the issue of a feedback.
    ///
    /// # Errors
    /// `conflict` where it has none, or something is being written; `invalid` where there is nothing to write.
    pub async fn tell_issue(&self, request: TellIssueRequest) -> Result<FeedbackView, ApiError> {
        let answer = IssueAnswer { text: request.text, labels: request.labels, close: request.close };
        let feedback = self.engine.tell_issue(&self.actor, id("id", &request.id)?, answer).await?;
        self.get_feedback(IdRequest { id: feedback.id.to_string() }).await
    }

    /// Looks once more for what may have been written, or is done with it.
    ///
    /// # Errors
    /// `conflict` where nothing waits for a person.
    pub async fn settle_errand(&self, request: SettleErrandRequest) -> Result<FeedbackView, ApiError> {
        let feedback = self.engine.settle_errand(&self.actor, id("id", &request.id)?, request.look_again).await?;
        self.get_feedback(IdRequest { id: feedback.id.to_string() }).await
    }

    /// Adds the task list of an issue to a template's draft.
    ///
    /// # Errors
    /// `invalid` where no connection leads to the issue, or it holds no task list; what the provider says.
    pub async fn import_checklist_issue(&self, request: ImportChecklistIssueRequest) -> Result<ImportReportView, ApiError> {
        let template = id("template_id", &request.template_id)?;
        let (template, report) = self.engine.import_checklist_issue(&self.actor, template, &request.issue).await?;
        self.imported_items(&template, report).await
    }
}
