//! What people do to the items of a checklist, and what is refused. Whatever is done can be undone; each step is an audit event.

use super::difference::differences;
use super::standing::Standing;
use super::{Checklist, ChecklistItem, ItemState, Since};
use crate::{Actor, ChecklistItemId, Timestamp, Version};

/// What a person does to an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ItemEvent {
    /// It is done.
    Ticked {
        /// Who says so.
        by: Actor,
        /// Minutes that it took. At most 10,080.
        minutes: Option<u32>,
        /// A remark; may be empty.
        note: String,
        /// How many pieces of evidence there are for it.
        evidence: usize,
    },
    /// It is open again: neither done nor left out.
    Reopened,
    /// It is left out.
    Skipped {
        /// Who says so.
        by: Actor,
        /// Why, never empty.
        reason: String,
    },
    /// Somebody has it, until then.
    Assigned {
        /// Who; `None` for nobody.
        assignee: Option<String>,
        /// Until when.
        due: Option<Timestamp>,
    },
}

/// Why something can't be done to an item.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChecklistRefusal {
    /// It isn't there.
    #[error("the checklist has no such item")]
    NoSuchItem,
    /// It looks at itself.
    #[error("“{title}” is automatic: it passes by itself, and nobody ticks it")]
    Automatic {
        /// The item.
        title: String,
    },
    /// It was done or left out already.
    #[error("“{title}” is {what} already")]
    Already {
        /// The item.
        title: String,
        /// Done, or left out.
        what: &'static str,
    },
    /// Others come first.
    #[error("“{title}” waits for “{first}”{}", more(*.others))]
    WaitsFor {
        /// The item.
        title: String,
        /// The first that it waits for.
        first: String,
        /// How many more.
        others: usize,
    },
    /// There is no evidence.
    #[error("“{title}” needs evidence")]
    NeedsEvidence {
        /// The item.
        title: String,
    },
    /// A required item can't be left out.
    #[error("“{title}” is required and can't be skipped")]
    Required {
        /// The item.
        title: String,
    },
    /// It is one of the template's.
    #[error("“{title}” belongs to the template")]
    OfTemplate {
        /// The item.
        title: String,
    },
    /// Something is attached to it.
    #[error("“{title}” has evidence")]
    HasEvidence {
        /// The item.
        title: String,
    },
    /// Another one was done on its strength.
    #[error("“{title}” came before “{later}”, which is ticked")]
    TickedAfter {
        /// The item.
        title: String,
        /// That one.
        later: String,
    },
}

fn more(others: usize) -> String {
    if others == 0 { String::new() } else { format!(" and {others} more") }
}

impl ChecklistRefusal {
    /// What to do instead.
    #[must_use]
    pub const fn next_step(&self) -> &'static str {
        match self {
            Self::NoSuchItem => "Look at the checklist again.",
            Self::Automatic { .. } => "Clear what it tells; it is looked at anew by itself.",
            Self::Already { .. } => "Undo that first if it was a mistake.",
            Self::WaitsFor { .. } => "Tick what comes before it first.",
            Self::NeedsEvidence { .. } => "Attach a file, a link, a note or a measured time, then tick it.",
            Self::Required { .. } => "Do it and tick it, or make it optional in the template for the releases to come.",
            Self::OfTemplate { .. } => "Skip it if it is optional, or take it out of the template for the releases to come.",
            Self::HasEvidence { .. } => "Take its evidence back first.",
            Self::TickedAfter { .. } => "Undo the later one first.",
        }
    }
}

/// The checklist after something was done to an item. `standing` is that of the checklist as it is.
///
/// # Errors
/// [`ChecklistRefusal`]; the checklist is unchanged then.
pub fn apply(
    checklist: &Checklist,
    standing: &Standing,
    id: ChecklistItemId,
    event: ItemEvent,
    now: Timestamp,
) -> Result<Checklist, ChecklistRefusal> {
    let item = checklist.item(id).ok_or(ChecklistRefusal::NoSuchItem)?;
    let title = || item.item.title.clone();
    let mut next = item.clone();
    match event {
        ItemEvent::Ticked { by, minutes, note, evidence } => {
            may_be_ticked(checklist, standing, item)?;
            if item.item.needs_evidence && evidence == 0 {
                return Err(ChecklistRefusal::NeedsEvidence { title: title() });
            }
            next.state = ItemState::Done { by, at: now, minutes: minutes.map(|minutes| minutes.min(10_080)), note };
        }
        ItemEvent::Reopened => {
            let leans_on = |other: &&ChecklistItem| other.is_done() && other.item.after.contains(&id);
            if let Some(later) = checklist.items.iter().find(leans_on) {
                return Err(ChecklistRefusal::TickedAfter { title: title(), later: later.item.title.clone() });
            }
            next.state = ItemState::Open;
        }
        ItemEvent::Skipped { by, reason } => {
            if item.item.is_required {
                return Err(ChecklistRefusal::Required { title: title() });
            }
            if item.is_done() {
                return Err(ChecklistRefusal::Already { title: title(), what: "ticked" });
            }
            next.state = ItemState::Skipped { by, at: now, reason };
        }
        ItemEvent::Assigned { assignee, due } => {
            next.assignee = assignee;
            next.due = due;
        }
    }
    let mut changed = checklist.clone();
    for place in changed.items.iter_mut().filter(|place| place.item.id == id) {
        *place = next.clone();
    }
    Ok(changed)
}

fn may_be_ticked(checklist: &Checklist, standing: &Standing, item: &ChecklistItem) -> Result<(), ChecklistRefusal> {
    let title = || item.item.title.clone();
    if item.item.automatic.is_some() {
        return Err(ChecklistRefusal::Automatic { title: title() });
    }
    if item.is_done() {
        return Err(ChecklistRefusal::Already { title: title(), what: "ticked" });
    }
    let waits_for = standing.item(item.item.id).map(|known| known.waits_for.as_slice()).unwrap_or_default();
    let Some(first) = waits_for.first().and_then(|id| checklist.item(*id)) else { return Ok(()) };
    Err(ChecklistRefusal::WaitsFor { title: title(), first: first.item.title.clone(), others: waits_for.len() - 1 })
}

/// A checklist that continues that of an earlier release: whoever had an item has it again, unless the template names somebody, and what
/// the template has changed since is kept with it.
#[must_use]
pub fn carried_over(mut checklist: Checklist, earlier: &Checklist, version: Version) -> Checklist {
    let of_template = earlier.items.iter().filter(|item| item.added.is_none());
    let old: Vec<_> = of_template.map(|item| item.item.clone()).collect();
    let new: Vec<_> = checklist.items.iter().filter(|item| item.added.is_none()).map(|item| item.item.clone()).collect();
    for item in &mut checklist.items {
        if item.assignee.is_none() {
            item.assignee = earlier.item(item.item.id).and_then(|before| before.assignee.clone());
        }
    }
    checklist.since = Some(Since { release_id: earlier.release_id, version, changes: differences(&old, &new) });
    checklist
}
