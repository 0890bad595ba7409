//! A release's checklist takes over a newer publication of its template: what that comes to, and what earlier ones have left.

use crate::Api;
use crate::checklists::{ChecklistView, ItemChangeView, ItemStateWord};
use crate::decode::{id, shown};
use crate::error::ApiError;
use crate::evidence::EvidenceView;
use pilothouse_domain::checklist::{Checklist, EarlierState, ItemState, RemovedItem, TakenOver};
use pilothouse_engine::usecases::{NewerPublication, TakeOverDeed};
use serde::{Deserialize, Serialize};
use specta::Type;

/// A publication to take over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct TakeOverRequest {
    /// The checklist.
    pub checklist_id: String,
    /// The publication's number, as it was shown.
    pub number: u32,
    /// Why; may be empty where none is asked for. At most 2,000 characters.
    pub reason: String,
}

/// The template's last publication, where a checklist goes by an earlier one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct NewerPublicationView {
    /// Its number.
    pub number: u32,
    /// What it has that the checklist hasn't.
    pub changes: Vec<ItemChangeView>,
    /// The titles of the items that are open again by taking it over.
    pub reopened: Vec<String>,
    /// The titles of the items that were ticked or left out and are gone by it.
    pub settled_and_gone: Vec<String>,
    /// Whether somebody has to say why.
    pub needs_reason: bool,
}

/// That a checklist took over a publication.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct TakenOverView {
    /// The publication that it went by before.
    pub from: u32,
    /// The one that it went by afterwards.
    pub to: u32,
    /// What was different.
    pub changes: Vec<ItemChangeView>,
    /// Why; may be empty.
    pub reason: String,
    /// Who.
    pub by: String,
    /// When.
    pub at: String,
}

/// How an item stood under an earlier publication.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct EarlierStateView {
    /// The publication.
    pub number: u32,
    /// What it was called then.
    pub title: String,
    /// Ticked, or left out; open for one that nobody had touched.
    pub state: ItemStateWord,
    /// Who.
    pub by: Option<String>,
    /// When.
    pub at: Option<String>,
    /// The remark, or why it was left out; may be empty.
    pub remark: String,
}

/// An item that is gone by a publication.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RemovedItemView {
    /// The item.
    pub id: String,
    /// The publication that it is gone with.
    pub number: u32,
    /// How it stood.
    pub was: EarlierStateView,
    /// Its evidence, oldest first.
    pub evidence: Vec<EvidenceView>,
}

impl From<&NewerPublication> for NewerPublicationView {
    fn from(newer: &NewerPublication) -> Self {
        let after = &newer.take_over.checklist;
        let title = |id| after.item(id).map(|item| item.item.title.clone());
        Self {
            number: newer.number,
            changes: newer.take_over.changes.iter().map(ItemChangeView::from).collect(),
            reopened: newer.take_over.reopened.iter().filter_map(|id| title(*id)).collect(),
            settled_and_gone: newer.take_over.settled_and_gone.clone(),
            needs_reason: newer.needs_reason,
        }
    }
}

impl From<&TakenOver> for TakenOverView {
    fn from(taken: &TakenOver) -> Self {
        Self {
            from: taken.from,
            to: taken.to,
            changes: taken.changes.iter().map(ItemChangeView::from).collect(),
            reason: taken.reason.clone(),
            by: taken.by.to_string(),
            at: shown(taken.at),
        }
    }
}

impl EarlierStateView {
    fn new(number: u32, title: &str, state: &ItemState) -> Self {
        let (word, by, at, remark) = match state {
            ItemState::Open => (ItemStateWord::Open, None, None, String::new()),
            ItemState::Done { by, at, note, .. } => (ItemStateWord::Done, Some(by.to_string()), Some(shown(*at)), note.clone()),
            ItemState::Skipped { by, at, reason } => (ItemStateWord::Skipped, Some(by.to_string()), Some(shown(*at)), reason.clone()),
        };
        Self { number, title: title.to_owned(), state: word, by, at, remark }
    }
}

impl From<&EarlierState> for EarlierStateView {
    fn from(earlier: &EarlierState) -> Self {
        Self::new(earlier.number, &earlier.title, &earlier.state)
    }
}

impl RemovedItemView {
    pub(crate) fn of(removed: &RemovedItem, checklist: &Checklist, evidence: Vec<EvidenceView>) -> Self {
        let item = &removed.item;
        let went_by = checklist.taken_over.iter().find(|taken| taken.to == removed.number).map_or(removed.number, |taken| taken.from);
        let was = EarlierStateView::new(went_by, &item.item.title, &item.state);
        Self { id: item.item.id.to_string(), number: removed.number, was, evidence }
    }
}

impl Api {
    /// Takes the last publication of its template over into a checklist.
    ///
    /// # Errors
    /// `invalid` where there is none that is newer, or a reason is missing; `conflict` where another one was published meanwhile.
    pub async fn take_over_publication(&self, request: TakeOverRequest) -> Result<ChecklistView, ApiError> {
        let TakeOverRequest { checklist_id, number, reason } = request;
        let deed = TakeOverDeed { number, reason };
        let changed = self.engine.take_over_publication(&self.actor, id("checklist_id", &checklist_id)?, &deed).await?;
        self.checklist_view(changed.release_id, changed.id).await
    }
}
