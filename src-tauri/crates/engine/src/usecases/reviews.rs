//! Reviews of releases: read with how the release went, write, tick actions, close. The course is read from the audit each time, never kept.

use crate::engine::Engine;
use crate::error::EngineError;
use crate::ports::StoreError;
use crate::ports::review_store::ReviewFilter;
use crate::ports::store::Write;
use pilothouse_domain::audit::AuditEvent;
use pilothouse_domain::release::Release;
use pilothouse_domain::review::{Review, ReviewAction, ReviewEvent, apply, may_begin};
use pilothouse_domain::{Actor, ReleaseId, ReviewActionId, ReviewId, Timestamp};

/// How often a change is tried again when somebody else was faster.
const MAX_CONFLICTS: u8 = 5;

/// What a review says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReviewText {
    /// The revision that was looked at; 0 where there was no review yet.
    pub revision: u32,
    /// What is to be said first, in Markdown.
    pub summary: String,
    /// What went well.
    pub went_well: Vec<String>,
    /// What should go better.
    pub to_improve: Vec<String>,
    /// What is to be done.
    pub actions: Vec<ReviewActionText>,
}

/// An action as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReviewActionText {
    /// Its id; none for a new one.
    pub id: Option<ReviewActionId>,
    /// What.
    pub what: String,
    /// Who.
    pub owner: String,
    /// Until when.
    pub due: Option<Timestamp>,
}

/// A release's review, and how the release went.
#[derive(Clone, Debug, PartialEq)]
pub struct ReviewView {
    /// The release.
    pub release: Release,
    /// Its review, where somebody has begun it.
    pub review: Option<Review>,
    /// What happened, oldest first.
    pub events: Vec<AuditEvent>,
}

impl Engine {
    /// A release's review, and how the release went.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn review_view(&self, release: ReleaseId) -> Result<ReviewView, EngineError> {
        let release = self.store().release(release).await?;
        let events = self.course_events(&release).await?;
        Ok(ReviewView { review: self.review_of(release.id).await?, events, release })
    }

    /// A release's review.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn review_of(&self, release: ReleaseId) -> Result<Option<Review>, EngineError> {
        let of_release = ReviewFilter { release: Some(release), limit: 1, ..ReviewFilter::default() };
        Ok(self.store().reviews(&of_release).await?.pop())
    }

    /// Writes a release's review; begins it where there is none.
    ///
    /// # Errors
    /// [`EngineError::Review`] where the release isn't that far, or the review is closed; a conflict where somebody else changed it.
    pub async fn write_review(&self, actor: &Actor, release: ReleaseId, text: ReviewText) -> Result<Review, EngineError> {
        let release = self.store().release(release).await?;
        may_begin(&release.state)?;
        let now = self.now();
        let known = self.review_of(release.id).await?;
        if let Some(stale) = known.as_ref().filter(|known| known.revision != text.revision) {
            return Err(StoreError::Conflict { kind: "review", id: stale.id.to_string() }.into());
        }
        let is_new = known.is_none();
        let review = known.unwrap_or_else(|| Review {
            id: self.new_id(ReviewId::new),
            revision: 0,
            product_id: release.product_id,
            release_id: release.id,
            summary: String::new(),
            went_well: Vec::new(),
            to_improve: Vec::new(),
            actions: Vec::new(),
            begun_by: actor.clone(),
            begun_at: now,
            closed: None,
        });
        let actions = text.actions.into_iter().map(|action| ReviewAction {
            id: action.id.unwrap_or_else(|| self.new_id(ReviewActionId::new)),
            what: action.what,
            owner: action.owner,
            due: action.due,
            done: None,
        });
        let (summary, went_well, to_improve) = (text.summary, text.went_well, text.to_improve);
        let written = ReviewEvent::Written { summary, went_well, to_improve, actions: actions.collect() };
        let next = apply(&review, written, actor, now)?;
        if !is_new && next == review {
            return Ok(review);
        }
        let (action, verb) = if is_new { ("review.begun", "Began") } else { ("review.written", "Wrote") };
        self.keep_review(actor, action, next, format!("{verb} the review of {}", release.version)).await
    }

    /// Ticks an action of a review, or opens it again.
    ///
    /// # Errors
    /// [`EngineError::Review`] where there is no such action.
    pub async fn set_review_action(&self, actor: &Actor, id: ReviewId, action: ReviewActionId, done: bool) -> Result<Review, EngineError> {
        let what = |review: &Review| review.actions.iter().find(|a| a.id == action).map(|a| a.what.clone()).unwrap_or_default();
        let (name, verb) = if done { ("review.action_done", "Did") } else { ("review.action_reopened", "Opened again") };
        let event = ReviewEvent::ActionDone { id: action, done };
        self.change_review(actor, id, name, event, |review| format!("{verb} “{}”, an action of a review", what(review))).await
    }

    /// Closes a review, or opens it again.
    ///
    /// # Errors
    /// [`EngineError::Review`] where it says nothing, or is closed or open already.
    pub async fn close_review(&self, actor: &Actor, id: ReviewId, close: bool) -> Result<Review, EngineError> {
        let release = self.store().release(self.store().review(id).await?.release_id).await?;
        let version = release.version.clone();
        let (name, verb, event) = match close {
            true => ("review.closed", "Closed", ReviewEvent::Closed),
            false => ("review.reopened", "Opened", ReviewEvent::Reopened),
        };
        let again = if close { "" } else { " again" };
        let review = self.change_review(actor, id, name, event, |_| format!("{verb} the review of {version}{again}")).await?;
        if close && release.awaits_hotfix_review() {
            // What the review of the release says is what is asked for after a hotfix; nobody writes it twice.
            self.review_hotfix(actor, release.id, &in_short(&review)).await?;
        }
        Ok(review)
    }

    async fn change_review(
        &self,
        actor: &Actor,
        id: ReviewId,
        action: &str,
        event: ReviewEvent,
        summary: impl Fn(&Review) -> String + Send + Sync,
    ) -> Result<Review, EngineError> {
        for _ in 0..MAX_CONFLICTS {
            let review = self.store().review(id).await?;
            let next = apply(&review, event.clone(), actor, self.now())?;
            if next == review {
                return Ok(review);
            }
            let words = summary(&next);
            match self.keep_review(actor, action, next, words).await {
                Err(EngineError::Store(StoreError::Conflict { .. })) => {}
                kept => return kept,
            }
        }
        Err(StoreError::Conflict { kind: "review", id: id.to_string() }.into())
    }

    async fn keep_review(&self, actor: &Actor, action: &str, next: Review, summary: String) -> Result<Review, EngineError> {
        let mut change = self.change(actor);
        let id = next.id;
        change.audit_review(action, &next, summary, serde_json::json!(next));
        change.write(Write::Review(next));
        self.ports.store.commit(change.into_set()).await?;
        Ok(self.store().review(id).await?)
    }
}

/// What a review says, short enough for a mark: its summary, or what is to improve.
fn in_short(review: &Review) -> String {
    let said = std::iter::once(&review.summary).chain(&review.to_improve).chain(&review.went_well);
    let first = said.map(|text| text.trim()).find(|text| !text.is_empty()).unwrap_or("See the review of the release.");
    first.chars().take(2_000).collect()
}
