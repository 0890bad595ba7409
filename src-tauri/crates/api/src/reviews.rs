//! Reviews of releases: read with how the release went, write, tick actions, close.

use crate::decode::{id, optional_id, shown, time};
use crate::error::ApiError;
use crate::releases::glyph;
use crate::words::Glyph;
use crate::{Api, ErrorCode, IdRequest};
use pilothouse_domain::Timestamp;
use pilothouse_domain::metrics::duration_words;
use pilothouse_domain::review::{Milestone, Review, ReviewAction, ReviewRefusal, Signed, course, may_begin};
use pilothouse_engine::usecases::{ReviewActionText, ReviewText};
use serde::{Deserialize, Serialize};
use specta::Type;

/// A release's review, and how the release went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ReleaseReviewView {
    /// The release.
    pub release_id: String,
    /// Its version.
    pub version: String,
    /// Why a review can't be begun yet; none where it can.
    pub refused: Option<String>,
    /// The review, where somebody has begun it.
    pub review: Option<ReviewBody>,
    /// How the release went, oldest first.
    pub course: Vec<MilestoneView>,
}

/// A review.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ReviewBody {
    /// Its id.
    pub id: String,
    /// Counts the writes.
    pub revision: u32,
    /// What is to be said first, in Markdown.
    pub summary: String,
    /// What went well.
    pub went_well: Vec<String>,
    /// What should go better.
    pub to_improve: Vec<String>,
    /// What is to be done.
    pub actions: Vec<ReviewActionView>,
    /// Who began it.
    pub begun_by: String,
    /// When.
    pub begun_at: String,
    /// Who closed it; none while it is open.
    pub closed_by: Option<String>,
    /// When.
    pub closed_at: Option<String>,
}

/// Something to be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ReviewActionView {
    /// Its id.
    pub id: String,
    /// What.
    pub what: String,
    /// Who.
    pub owner: String,
    /// Until when.
    pub due: Option<String>,
    /// Whether it should have been done by now.
    pub is_overdue: bool,
    /// Who did it; none while it is open.
    pub done_by: Option<String>,
    /// When.
    pub done_at: Option<String>,
}

/// Something that people remember of a release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct MilestoneView {
    /// Its number in the audit chain.
    pub seq: u32,
    /// When.
    pub at: String,
    /// Since the one before, in words; none of the first.
    pub since: Option<String>,
    /// Who.
    pub actor: String,
    /// What was done.
    pub action: String,
    /// One sentence.
    pub summary: String,
    /// What it is marked with.
    pub glyph: Glyph,
}

/// A review to write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct WriteReviewRequest {
    /// The release.
    pub release_id: String,
    /// The revision that was looked at; 0 where there was none.
    pub revision: u32,
    /// What is to be said first, in Markdown.
    pub summary: String,
    /// What went well.
    pub went_well: Vec<String>,
    /// What should go better.
    pub to_improve: Vec<String>,
    /// What is to be done.
    pub actions: Vec<ReviewActionBody>,
}

/// An action as it is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ReviewActionBody {
    /// Its id; none for a new one.
    pub id: Option<String>,
    /// What.
    pub what: String,
    /// Who.
    pub owner: String,
    /// Until when.
    pub due: Option<String>,
}

/// An action to tick, or to open again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct SetReviewActionRequest {
    /// The review.
    pub review_id: String,
    /// The action.
    pub action_id: String,
    /// Whether it is done.
    pub done: bool,
}

/// A review to close, or to open again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct CloseReviewRequest {
    /// The review.
    pub review_id: String,
    /// False opens it again.
    pub close: bool,
}

/// What is told to whoever asks for something that a review doesn't allow.
pub(crate) fn review_refused(refusal: &ReviewRefusal) -> ApiError {
    let error = ApiError::new(ErrorCode::Conflict, refusal.to_string(), refusal.next_step());
    match refusal {
        ReviewRefusal::Unfit { part, .. } => ApiError { code: ErrorCode::Invalid, field: Some((*part).to_owned()), ..error },
        _ => error,
    }
}

fn told(signed: Option<&Signed>) -> (Option<String>, Option<String>) {
    signed.map(|signed| (signed.by.to_string(), shown(signed.at))).unzip()
}

impl ReviewBody {
    fn new(review: &Review, now: Timestamp) -> Self {
        let action = |action: &ReviewAction| {
            let (done_by, done_at) = told(action.done.as_ref());
            ReviewActionView {
                id: action.id.to_string(),
                what: action.what.clone(),
                owner: action.owner.clone(),
                due: action.due.map(shown),
                is_overdue: action.is_overdue(now),
                done_by,
                done_at,
            }
        };
        let (closed_by, closed_at) = told(review.closed.as_ref());
        Self {
            id: review.id.to_string(),
            revision: review.revision,
            summary: review.summary.clone(),
            went_well: review.went_well.clone(),
            to_improve: review.to_improve.clone(),
            actions: review.actions.iter().map(action).collect(),
            begun_by: review.begun_by.to_string(),
            begun_at: shown(review.begun_at),
            closed_by,
            closed_at,
        }
    }
}

impl From<Milestone<'_>> for MilestoneView {
    fn from(milestone: Milestone<'_>) -> Self {
        let entry = &milestone.event.entry;
        Self {
            seq: milestone.event.seq,
            at: shown(entry.at),
            since: milestone.since.map(|since| duration_words(since.as_secs_f64())),
            actor: entry.actor.to_string(),
            action: entry.action.clone(),
            summary: entry.summary.clone(),
            glyph: glyph(&entry.action),
        }
    }
}

impl Api {
    /// A release's review, and how the release went.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn release_review(&self, request: IdRequest) -> Result<ReleaseReviewView, ApiError> {
        let view = self.engine.review_view(id("id", &request.id)?).await?;
        Ok(ReleaseReviewView {
            release_id: view.release.id.to_string(),
            version: view.release.version.to_string(),
            refused: may_begin(&view.release.state).err().map(|refusal| refusal.next_step().to_owned()),
            review: view.review.as_ref().map(|review| ReviewBody::new(review, self.engine.now())),
            course: course(&view.events).into_iter().map(MilestoneView::from).collect(),
        })
    }

    /// Writes a release's review; begins it where there is none.
    ///
    /// # Errors
    /// `conflict` where the release isn't that far, the review is closed, or somebody else changed it; `invalid` for what can't be kept.
    pub async fn write_review(&self, request: WriteReviewRequest) -> Result<ReviewBody, ApiError> {
        let action = |action: ReviewActionBody| -> Result<ReviewActionText, ApiError> {
            Ok(ReviewActionText {
                id: optional_id("actions", action.id.as_deref())?,
                what: action.what,
                owner: action.owner,
                due: action.due.as_deref().filter(|due| !due.trim().is_empty()).map(|due| time("actions", due)).transpose()?,
            })
        };
        let text = ReviewText {
            revision: request.revision,
            summary: request.summary,
            went_well: request.went_well,
            to_improve: request.to_improve,
            actions: request.actions.into_iter().map(action).collect::<Result<_, _>>()?,
        };
        let review = self.engine.write_review(&self.actor, id("release_id", &request.release_id)?, text).await?;
        Ok(ReviewBody::new(&review, self.engine.now()))
    }

    /// Ticks an action of a review, or opens it again.
    ///
    /// # Errors
    /// `conflict` where there is no such action.
    pub async fn set_review_action(&self, request: SetReviewActionRequest) -> Result<ReviewBody, ApiError> {
        let (review, action) = (id("review_id", &request.review_id)?, id("action_id", &request.action_id)?);
        let review = self.engine.set_review_action(&self.actor, review, action, request.done).await?;
        Ok(ReviewBody::new(&review, self.engine.now()))
    }

    /// Closes a review, or opens it again.
    ///
    /// # Errors
    /// `conflict` where it says nothing, or is closed or open already.
    pub async fn close_review(&self, request: CloseReviewRequest) -> Result<ReviewBody, ApiError> {
        let review = self.engine.close_review(&self.actor, id("review_id", &request.review_id)?, request.close).await?;
        Ok(ReviewBody::new(&review, self.engine.now()))
    }
}
