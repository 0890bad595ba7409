//! Items that people add to the checklist of one release, beside those of its template.

use super::{Checklist, ChecklistItem, ChecklistRefusal, TemplateFault, TemplateItem, valid_items};
use crate::{Actor, ChecklistItemId, Timestamp};
use serde::{Deserialize, Serialize};

/// That an item came from no template.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddedItem {
    /// Who added it.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
}

/// The checklist with an item of its own at its end.
///
/// # Errors
/// [`TemplateFault`] for an item that can't be used, or one too many.
pub fn with_own_item(checklist: &Checklist, item: TemplateItem, by: Actor, now: Timestamp) -> Result<Checklist, TemplateFault> {
    let all: Vec<TemplateItem> = checklist.items.iter().map(|known| known.item.clone()).chain([item.clone()]).collect();
    valid_items(&all)?;
    let mut changed = checklist.clone();
    changed.items.push(ChecklistItem { added: Some(AddedItem { by, at: now }), ..ChecklistItem::open(item, now) });
    Ok(changed)
}

/// The checklist without an item of its own. `evidence` is how much there is for it.
///
/// # Errors
/// [`ChecklistRefusal`] for an item of the template, and for one that is ticked or proven.
pub fn without_own_item(checklist: &Checklist, id: ChecklistItemId, evidence: usize) -> Result<Checklist, ChecklistRefusal> {
    let item = checklist.item(id).ok_or(ChecklistRefusal::NoSuchItem)?;
    let title = || item.item.title.clone();
    if item.added.is_none() {
        return Err(ChecklistRefusal::OfTemplate { title: title() });
    }
    if item.is_done() {
        return Err(ChecklistRefusal::Already { title: title(), what: "ticked" });
    }
    if evidence > 0 {
        return Err(ChecklistRefusal::HasEvidence { title: title() });
    }
    let mut changed = checklist.clone();
    changed.items.retain(|known| known.item.id != id);
    Ok(changed)
}
