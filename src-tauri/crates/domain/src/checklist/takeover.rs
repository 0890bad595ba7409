//! A checklist that was begun takes over a newer publication of its template. What is asked as before keeps its tick; what is asked
//! otherwise is open again, with the old tick kept; what is gone is kept aside.

use super::difference::differences;
use super::{Checklist, ChecklistItem, ItemChange, ItemState, PublishedItems, Standing, TemplateItem};
use crate::{Actor, ChecklistItemId, Timestamp};
use serde::{Deserialize, Serialize};

/// How an item stood under an earlier publication.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EarlierState {
    /// The publication that it stood so under.
    pub number: u32,
    /// What it was called then.
    pub title: String,
    /// How it stood: ticked, or left out.
    pub state: ItemState,
}

/// An item that a publication had and a later one hasn't.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemovedItem {
    /// The publication that it is gone with.
    pub number: u32,
    /// The item as it stood.
    pub item: ChecklistItem,
}

/// That a checklist took over a newer publication.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakenOver {
    /// The publication that it went by before.
    pub from: u32,
    /// The one that it went by afterwards.
    pub to: u32,
    /// What was different.
    pub changes: Vec<ItemChange>,
    /// Why; may be empty where the checklist was not gone through yet.
    pub reason: String,
    /// Who.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
}

/// What taking a publication over comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakeOver {
    /// The checklist afterwards.
    pub checklist: Checklist,
    /// What is different.
    pub changes: Vec<ItemChange>,
    /// The items whose tick, or whose being left out, no longer counts, in order.
    pub reopened: Vec<ChecklistItemId>,
    /// The titles of those that were ticked or left out and are gone.
    pub settled_and_gone: Vec<String>,
}

/// What a checklist becomes by taking `published` over. `None` where it goes by that, or by a later one, already.
///
/// Items of its own stay. Whoever has an item keeps it, unless the template names somebody else than before.
#[must_use]
pub fn take_over(checklist: &Checklist, published: &PublishedItems) -> Option<TakeOver> {
    if published.number <= checklist.template_number {
        return None;
    }
    let of_template = || checklist.items.iter().filter(|item| item.added.is_none());
    let old: Vec<TemplateItem> = of_template().map(|item| item.item.clone()).collect();
    let mut next = Checklist { template_number: published.number, items: Vec::with_capacity(published.items.len()), ..checklist.clone() };
    for item in &published.items {
        let fresh = ChecklistItem::open(item.clone(), checklist.begun_at);
        let known = of_template().find(|known| known.item.id == item.id);
        next.items.push(known.map_or(fresh.clone(), |known| continued(known, fresh, checklist.template_number)));
    }
    next.items.extend(checklist.items.iter().filter(|item| item.added.is_some()).cloned());
    open_what_leans_on_open(&mut next, checklist);
    let gone: Vec<&ChecklistItem> = of_template().filter(|item| next.item(item.item.id).is_none()).collect();
    let settled_and_gone = gone.iter().filter(|item| item.state != ItemState::Open).map(|item| item.item.title.clone()).collect();
    next.removed.extend(gone.into_iter().map(|item| RemovedItem { number: published.number, item: item.clone() }));
    let is_open_again =
        |item: &&ChecklistItem| item.state == ItemState::Open && checklist.item(item.item.id).is_some_and(|b| b.state != ItemState::Open);
    let reopened = next.items.iter().filter(is_open_again).map(|item| item.item.id).collect();
    Some(TakeOver { changes: differences(&old, &published.items), reopened, settled_and_gone, checklist: next })
}

/// Whether a checklist was gone through: to take something over then, somebody says why.
#[must_use]
pub const fn is_gone_through(standing: &Standing) -> bool {
    let sums = &standing.progress;
    sums.required_open == 0 && sums.done + sums.skipped > 0
}

fn continued(known: &ChecklistItem, fresh: ChecklistItem, number: u32) -> ChecklistItem {
    let keep_assignee = known.item.assignee == fresh.item.assignee;
    let keep_due = known.item.due_hours == fresh.item.due_hours;
    let mut next = ChecklistItem {
        assignee: if keep_assignee { known.assignee.clone() } else { fresh.assignee },
        due: if keep_due { known.due } else { fresh.due },
        state: known.state.clone(),
        earlier: known.earlier.clone(),
        ..fresh
    };
    if asks_otherwise(&known.item, &next.item) {
        open_again(&mut next, known, number);
    }
    next
}

fn open_again(item: &mut ChecklistItem, before: &ChecklistItem, number: u32) {
    if item.state != ItemState::Open {
        let state = std::mem::replace(&mut item.state, ItemState::Open);
        item.earlier.push(EarlierState { number, title: before.item.title.clone(), state });
    }
}

/// Whether somebody who has ticked the old one has not said the new one. Who should have it, until when and how long it takes is no
/// part of what a tick says.
fn asks_otherwise(old: &TemplateItem, new: &TemplateItem) -> bool {
    let of = |item: &TemplateItem| TemplateItem { assignee: None, due_hours: None, planned_minutes: None, ..item.clone() };
    of(old) != of(new)
}

/// What was ticked on the strength of an item that nobody has settled now is open again, too.
fn open_what_leans_on_open(next: &mut Checklist, before: &Checklist) {
    // Each round opens at least one, or is the last.
    for _ in 0..=next.items.len() {
        let is_open = |item: &&ChecklistItem| item.state == ItemState::Open && item.item.automatic.is_none();
        let open: Vec<ChecklistItemId> = next.items.iter().filter(is_open).map(|item| item.item.id).collect();
        let leans = |item: &ChecklistItem| item.is_done() && item.item.after.iter().any(|id| open.contains(id));
        let Some(item) = next.items.iter_mut().find(|item| leans(item)) else { return };
        if let Some(known) = before.item(item.item.id) {
            open_again(item, known, before.template_number);
        }
    }
}
