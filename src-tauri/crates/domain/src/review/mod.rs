//! The review after a release: what happened (told by the audit), what went well, what should go better, and what is to be done about it,
//! by whom and until when. A release has one.
//!
//! Must not: judge people, or hold anything up: a review is no gate. What it says is changed by [`apply`] alone.

mod course;

pub use course::{Milestone, course, is_milestone};

use crate::release::ReleaseState;
use crate::{Actor, ProductId, ReleaseId, ReviewActionId, ReviewId, Timestamp};
use serde::{Deserialize, Serialize};

/// The longest text of a part of a review, in characters.
pub const MAX_TEXT: usize = 10_000;
/// The longest name of an owner, in characters.
pub const MAX_OWNER: usize = 100;
/// So many notes of a kind, and so many actions, a review has at most.
pub const MAX_PARTS: usize = 100;

/// The review of a release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    /// Its id.
    pub id: ReviewId,
    /// Counts the writes; 0 before the first.
    pub revision: u32,
    /// The product.
    pub product_id: ProductId,
    /// The release.
    pub release_id: ReleaseId,
    /// What is to be said first, in Markdown; may be empty.
    pub summary: String,
    /// What went well, in order.
    pub went_well: Vec<String>,
    /// What should go better, in order.
    pub to_improve: Vec<String>,
    /// What is to be done, in order.
    pub actions: Vec<ReviewAction>,
    /// Who began it.
    pub begun_by: Actor,
    /// When.
    pub begun_at: Timestamp,
    /// Set while it is closed.
    pub closed: Option<Signed>,
}

/// Something to be done that a review came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewAction {
    /// Its id, which stays when it is worded anew.
    pub id: ReviewActionId,
    /// What, never empty.
    pub what: String,
    /// Who does it, never empty.
    pub owner: String,
    /// Until when.
    pub due: Option<Timestamp>,
    /// Set once it is done.
    pub done: Option<Signed>,
}

/// By whom, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signed {
    /// Who.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
}

/// What happens to a review.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReviewEvent {
    /// It says this from now on. An action that keeps its id stays done, where it was.
    Written {
        /// What is to be said first.
        summary: String,
        /// What went well.
        went_well: Vec<String>,
        /// What should go better.
        to_improve: Vec<String>,
        /// What is to be done; `done` is not read.
        actions: Vec<ReviewAction>,
    },
    /// An action is done, or isn't after all. That goes on after the review was closed.
    ActionDone {
        /// The action.
        id: ReviewActionId,
        /// Whether it is done.
        done: bool,
    },
    /// Everything was said.
    Closed,
    /// There is more to say.
    Reopened,
}

/// Why something can't be done with a review.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReviewRefusal {
    /// It isn't over yet, so there is nothing to look back on.
    #[error("the release is {0}: there is nothing to look back on yet")]
    TooEarly(&'static str),
    /// It was closed.
    #[error("the review is closed")]
    IsClosed,
    /// It is open.
    #[error("the review is open")]
    IsOpen,
    /// It says nothing.
    #[error("the review says nothing yet")]
    SaysNothing,
    /// There is no such action.
    #[error("the review has no such action")]
    NoAction,
    /// A part of it can't be kept.
    #[error("{message}")]
    Unfit {
        /// Which part: `went_well`, `to_improve`, `actions`, `summary`.
        part: &'static str,
        /// What is wrong.
        message: String,
    },
}

impl ReviewRefusal {
    /// What a person can do.
    #[must_use]
    pub const fn next_step(&self) -> &'static str {
        match self {
            Self::TooEarly(_) => "Write the review once the release was deployed, or was aborted.",
            Self::IsClosed => "Open it again first. Actions can be ticked all the same.",
            Self::IsOpen => "Go on writing.",
            Self::SaysNothing => "Write down what went well, what should go better or what is to be done, then close it.",
            Self::NoAction => "Load the review again: somebody may have taken the action out.",
            Self::Unfit { .. } => "Change it, then save again.",
        }
    }
}

/// Whether a release can be looked back on.
///
/// # Errors
/// [`ReviewRefusal::TooEarly`].
pub const fn may_begin(state: &ReleaseState) -> Result<(), ReviewRefusal> {
    match state {
        ReleaseState::Draft | ReleaseState::Planned | ReleaseState::InApproval { .. } | ReleaseState::Approved { .. } => {
            Err(ReviewRefusal::TooEarly(state.label()))
        }
        ReleaseState::InProgress { .. }
        | ReleaseState::Verifying { .. }
        | ReleaseState::Completed { .. }
        | ReleaseState::RolledBack { .. }
        | ReleaseState::Aborted { .. } => Ok(()),
    }
}

/// The review after an event.
///
/// # Errors
/// [`ReviewRefusal`]; the review is unchanged then.
pub fn apply(review: &Review, event: ReviewEvent, by: &Actor, now: Timestamp) -> Result<Review, ReviewRefusal> {
    let signed = || Signed { by: by.clone(), at: now };
    let mut next = review.clone();
    match event {
        ReviewEvent::Written { .. } | ReviewEvent::Closed if review.closed.is_some() => return Err(ReviewRefusal::IsClosed),
        ReviewEvent::Written { summary, went_well, to_improve, actions } => {
            next.summary = fit("summary", &summary, MAX_TEXT)?;
            next.went_well = notes("went_well", went_well)?;
            next.to_improve = notes("to_improve", to_improve)?;
            next.actions = kept(review, actions)?;
        }
        ReviewEvent::ActionDone { id, done } => {
            let action = next.actions.iter_mut().find(|action| action.id == id).ok_or(ReviewRefusal::NoAction)?;
            if done != action.done.is_some() {
                action.done = done.then(signed);
            }
        }
        ReviewEvent::Closed if review.says_nothing() => return Err(ReviewRefusal::SaysNothing),
        ReviewEvent::Closed => next.closed = Some(signed()),
        ReviewEvent::Reopened if review.closed.is_none() => return Err(ReviewRefusal::IsOpen),
        ReviewEvent::Reopened => next.closed = None,
    }
    Ok(next)
}

impl Review {
    /// Whether nothing was written yet.
    #[must_use]
    pub const fn says_nothing(&self) -> bool {
        self.summary.is_empty() && self.went_well.is_empty() && self.to_improve.is_empty() && self.actions.is_empty()
    }

    /// The actions that are still to be done.
    pub fn open_actions(&self) -> impl Iterator<Item = &ReviewAction> {
        self.actions.iter().filter(|action| action.done.is_none())
    }
}

impl ReviewAction {
    /// Whether it should have been done by now.
    #[must_use]
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        self.done.is_none() && self.due.is_some_and(|due| due < now)
    }
}

fn kept(review: &Review, actions: Vec<ReviewAction>) -> Result<Vec<ReviewAction>, ReviewRefusal> {
    few("actions", actions.len())?;
    let unfit = |message: String| ReviewRefusal::Unfit { part: "actions", message };
    let mut kept: Vec<ReviewAction> = Vec::with_capacity(actions.len());
    for action in actions {
        let (what, owner) = (fit("actions", &action.what, MAX_TEXT)?, fit("actions", &action.owner, MAX_OWNER)?);
        if what.is_empty() {
            return Err(unfit("an action says nothing".to_owned()));
        }
        if owner.is_empty() {
            return Err(unfit(format!("nobody is named for “{what}”")));
        }
        if kept.iter().any(|other| other.id == action.id) {
            return Err(unfit("an action is there twice".to_owned()));
        }
        let done = review.actions.iter().find(|known| known.id == action.id).and_then(|known| known.done.clone());
        kept.push(ReviewAction { what, owner, done, ..action });
    }
    Ok(kept)
}

fn notes(part: &'static str, texts: Vec<String>) -> Result<Vec<String>, ReviewRefusal> {
    let texts = texts.iter().map(|text| fit(part, text, MAX_TEXT)).collect::<Result<Vec<_>, _>>()?;
    let said: Vec<String> = texts.into_iter().filter(|text| !text.is_empty()).collect();
    few(part, said.len()).map(|()| said)
}

fn few(part: &'static str, count: usize) -> Result<(), ReviewRefusal> {
    let message = || format!("there are more than {MAX_PARTS}");
    if count <= MAX_PARTS { Ok(()) } else { Err(ReviewRefusal::Unfit { part, message: message() }) }
}

fn fit(part: &'static str, text: &str, longest: usize) -> Result<String, ReviewRefusal> {
    let text = text.trim();
    if text.chars().count() > longest {
        return Err(ReviewRefusal::Unfit { part, message: format!("a text is longer than {longest} characters") });
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests;
