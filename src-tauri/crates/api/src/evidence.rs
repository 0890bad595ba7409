//! Evidence: attach, take back, look at safely.

use crate::decode::{id, optional_id, shown};
use crate::error::ApiError;
use crate::{Api, IdRequest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use pilothouse_domain::EvidenceId;
use pilothouse_domain::evidence::{Evidence, EvidenceContent, EvidenceOwner, EvidenceOwnerKind, SafeView, safe_view};
use pilothouse_engine::usecases::{EvidencePreview, NewEvidence};
use serde::{Deserialize, Serialize};
use specta::Type;
use uuid::Uuid;

/// Evidence to attach.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct AttachEvidenceRequest {
    /// The kind of thing that it belongs to.
    pub owner_kind: EvidenceOwnerWord,
    /// The thing's id: the checklist's.
    pub owner_id: String,
    /// Its part: the item's id.
    pub part_id: Option<String>,
    /// What it is.
    pub evidence: NewEvidenceBody,
}

/// What is attached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum NewEvidenceBody {
    /// A file of at most 10 MiB.
    File {
        /// Its name.
        name: String,
        /// Its content in Base64 (RFC 4648, with padding).
        content: String,
    },
    /// A page elsewhere.
    Link {
        /// Its address, `http` or `https`.
        url: String,
        /// What it shows; may be empty.
        title: String,
    },
    /// A remark.
    Note {
        /// In Markdown.
        text: String,
    },
    /// A time that was measured.
    MeasuredTime {
        /// Of what.
        what: String,
        /// Seconds.
        seconds: u32,
    },
}

/// Evidence to take back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct WithdrawEvidenceRequest {
    /// Its id.
    pub id: String,
    /// Why; may be empty.
    pub reason: String,
}

/// A piece of evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct EvidenceView {
    /// Its id.
    pub id: String,
    /// What it is.
    pub kind: EvidenceKindWord,
    /// What it is called: a file's name, a link's title or address, what was measured, the note's first line.
    pub title: String,
    /// A note's text, in Markdown.
    pub text: Option<String>,
    /// A link's address.
    pub url: Option<String>,
    /// A file's type, found in its content.
    pub media_type: Option<String>,
    /// A file's length in bytes.
    pub bytes: Option<u32>,
    /// SHA-256 of a file's content, in hexadecimal.
    pub digest: Option<String>,
    /// True where a file can be shown.
    pub can_show: bool,
    /// A measured time in seconds.
    pub seconds: Option<u32>,
    /// Who attached it.
    pub by: String,
    /// When.
    pub at: String,
}

/// What evidence can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceKindWord {
    /// A file.
    File,
    /// A page elsewhere.
    Link,
    /// A remark.
    Note,
    /// A time that was measured.
    MeasuredTime,
}

/// What has evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceOwnerWord {
    /// A checklist; the part is its item.
    Checklist,
    /// Feedback of a tester.
    Feedback,
    /// A runbook that is carried out; the part is its step.
    RunbookRun,
    /// A drill that restores a backup.
    RestoreDrill,
    /// A document.
    Document,
    /// A session of a course.
    TrainingSession,
}

/// What a file shows, made safe.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct EvidencePreviewView {
    /// A picture, drawn anew: a PNG in Base64.
    pub png: Option<String>,
    /// A text, or its beginning.
    pub text: Option<String>,
    /// True where the text goes on.
    pub is_cut: bool,
    /// Why it can only be saved.
    pub save_only: Option<String>,
}

impl From<EvidenceOwnerWord> for EvidenceOwnerKind {
    fn from(word: EvidenceOwnerWord) -> Self {
        match word {
            EvidenceOwnerWord::Checklist => Self::Checklist,
            EvidenceOwnerWord::Feedback => Self::Feedback,
            EvidenceOwnerWord::RunbookRun => Self::RunbookRun,
            EvidenceOwnerWord::RestoreDrill => Self::RestoreDrill,
            EvidenceOwnerWord::Document => Self::Document,
            EvidenceOwnerWord::TrainingSession => Self::TrainingSession,
        }
    }
}

impl From<&Evidence> for EvidenceView {
    fn from(evidence: &Evidence) -> Self {
        let mut view = Self {
            id: evidence.id.to_string(),
            kind: EvidenceKindWord::Note,
            title: String::new(),
            text: None,
            url: None,
            media_type: None,
            bytes: None,
            digest: None,
            can_show: false,
            seconds: None,
            by: evidence.by.to_string(),
            at: shown(evidence.at),
        };
        match &evidence.content {
            EvidenceContent::File { name, media_type, bytes, digest } => {
                view.kind = EvidenceKindWord::File;
                view.title.clone_from(name);
                view.can_show = safe_view(media_type) != SafeView::SaveOnly;
                view.media_type = Some(media_type.clone());
                view.bytes = Some(*bytes);
                view.digest = Some(digest.to_string());
            }
            EvidenceContent::Link { url, title } => {
                view.kind = EvidenceKindWord::Link;
                view.title.clone_from(if title.is_empty() { url } else { title });
                view.url = Some(url.clone());
            }
            EvidenceContent::Note { text } => {
                view.title = text.lines().next().unwrap_or_default().to_owned();
                view.text = Some(text.clone());
            }
            EvidenceContent::MeasuredTime { what, seconds } => {
                view.kind = EvidenceKindWord::MeasuredTime;
                view.title.clone_from(what);
                view.seconds = Some(*seconds);
            }
        }
        view
    }
}

impl TryFrom<NewEvidenceBody> for NewEvidence {
    type Error = ApiError;
    fn try_from(body: NewEvidenceBody) -> Result<Self, ApiError> {
        Ok(match body {
            NewEvidenceBody::File { name, content } => {
                let read = BASE64.decode(content.as_bytes());
                let wrong = |_| ApiError::invalid("content", "the file's content is no Base64", "Attach the file again.");
                Self::File { name, content: read.map_err(wrong)? }
            }
            NewEvidenceBody::Link { url, title } => Self::Link { url, title },
            NewEvidenceBody::Note { text } => Self::Note { text },
            NewEvidenceBody::MeasuredTime { what, seconds } => Self::MeasuredTime { what, seconds },
        })
    }
}

impl Api {
    /// Attaches evidence.
    ///
    /// # Errors
    /// `invalid` for a file that is empty or too large, and for an address that is none.
    pub async fn attach_evidence(&self, request: AttachEvidenceRequest) -> Result<EvidenceView, ApiError> {
        let owner = EvidenceOwner {
            kind: request.owner_kind.into(),
            id: id("owner_id", &request.owner_id)?,
            part: optional_id::<Uuid>("part_id", request.part_id.as_deref())?,
        };
        Ok((&self.engine.attach_evidence(&self.actor, owner, request.evidence.try_into()?).await?).into())
    }

    /// Takes evidence back.
    ///
    /// # Errors
    /// `invalid` where an item that is ticked needs it.
    pub async fn withdraw_evidence(&self, request: WithdrawEvidenceRequest) -> Result<(), ApiError> {
        self.engine.withdraw_evidence(&self.actor, id("id", &request.id)?, &request.reason).await?;
        Ok(())
    }

    /// What a file shows, made safe.
    ///
    /// # Errors
    /// `invalid` for what is no file, or was taken back.
    pub async fn preview_evidence(&self, request: IdRequest) -> Result<EvidencePreviewView, ApiError> {
        let mut view = EvidencePreviewView { png: None, text: None, is_cut: false, save_only: None };
        match self.engine.preview_evidence(id::<EvidenceId>("id", &request.id)?).await? {
            EvidencePreview::Picture { png } => view.png = Some(BASE64.encode(png)),
            EvidencePreview::Text { text, is_cut } => (view.text, view.is_cut) = (Some(text), is_cut),
            EvidencePreview::SaveOnly { reason } => view.save_only = Some(reason),
        }
        Ok(view)
    }

    /// A file's name and content, for a host that saves it.
    ///
    /// # Errors
    /// `invalid` for what is no file, or was taken back.
    pub async fn evidence_content(&self, request: IdRequest) -> Result<(String, Vec<u8>), ApiError> {
        Ok(self.engine.evidence_content(id("id", &request.id)?).await?)
    }
}
