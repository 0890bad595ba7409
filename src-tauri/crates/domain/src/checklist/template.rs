//! Templates of checklists: what is worked on (the draft) and what holds (what was published last). Earlier publications are in the
//! audit, and in the checklists that were made from them.

use super::automatic::AutomaticItem;
use crate::{Actor, ChecklistItemId, ChecklistTemplateId, EnvironmentId, ProductId, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The most items that a template may have.
pub const MAX_ITEMS: usize = 300;

/// A template of an environment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChecklistTemplate {
    /// Its id.
    pub id: ChecklistTemplateId,
    /// Counts the writes; 0 before the first.
    pub revision: u32,
    /// The product.
    pub product_id: ProductId,
    /// The environment.
    pub environment_id: EnvironmentId,
    /// Its name, unique within the environment.
    pub name: String,
    /// When its checklists are gone through.
    pub moment: Moment,
    /// What is worked on; `None` where that is what was published.
    pub draft: Option<TemplateDraft>,
    /// What holds; `None` before the first publication.
    pub published: Option<PublishedItems>,
    /// Who made it.
    pub created_by: Actor,
    /// When.
    pub created_at: Timestamp,
}

/// When a checklist is gone through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Moment {
    /// Before the release goes to the environment: holds that deployment.
    Before,
    /// After it has come there: holds the way onward.
    After,
}

/// What is worked on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateDraft {
    /// The items, in order.
    pub items: Vec<TemplateItem>,
    /// Who changed it last.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
}

/// What was published.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishedItems {
    /// Counts the template's publications, from 1.
    pub number: u32,
    /// The items, in order; never empty.
    pub items: Vec<TemplateItem>,
    /// Who published it.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateItem {
    /// Its id, kept from one publication to the next.
    pub id: ChecklistItemId,
    /// In a line: "Back up the ledger". 1 to 200 characters.
    pub title: String,
    /// How, in Markdown; may be empty. At most 10,000 characters.
    pub instructions: String,
    /// Whether it holds the release up.
    pub is_required: bool,
    /// Whether it can be ticked only with evidence.
    pub needs_evidence: bool,
    /// The items that come before it.
    pub after: Vec<ChecklistItemId>,
    /// Who has it, unless somebody else is named.
    pub assignee: Option<String>,
    /// Hours after the checklist was begun when it should be done. 1 to 8,760.
    pub due_hours: Option<u32>,
    /// Minutes that it should take. 1 to 10,080.
    pub planned_minutes: Option<u32>,
    /// What looks at it in a person's place.
    pub automatic: Option<AutomaticItem>,
}

/// What is wrong with the items of a template.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateFault {
    /// There are none.
    #[error("the checklist has no items")]
    Empty,
    /// There are too many.
    #[error("the checklist has {count} items, and may have {MAX_ITEMS}")]
    TooMany {
        /// So many.
        count: usize,
    },
    /// An item's value can't be used.
    #[error("item {place}: {what}")]
    Item {
        /// Its place, from 1.
        place: usize,
        /// What is wrong.
        what: String,
    },
    /// Items wait for each other.
    #[error("“{title}” waits, through others, for itself")]
    Circle {
        /// One of them.
        title: String,
    },
}

impl Moment {
    /// The moment's word, as in the database.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::After => "after",
        }
    }
}

impl ChecklistTemplate {
    /// The items that are worked on: the draft, else what was published.
    #[must_use]
    pub fn items(&self) -> &[TemplateItem] {
        match (&self.draft, &self.published) {
            (Some(draft), _) => &draft.items,
            (None, Some(published)) => &published.items,
            (None, None) => &[],
        }
    }
}

/// Checks the items of a draft. One without items may be kept, and not be published.
///
/// # Errors
/// The first [`TemplateFault`].
pub fn valid_items(items: &[TemplateItem]) -> Result<(), TemplateFault> {
    if items.len() > MAX_ITEMS {
        return Err(TemplateFault::TooMany { count: items.len() });
    }
    let mut ids = BTreeSet::new();
    for (item, place) in items.iter().zip(1..) {
        let fault = |what: &str| Err(TemplateFault::Item { place, what: what.to_owned() });
        if !ids.insert(item.id) {
            return fault("it is in the list twice");
        }
        if item.title.trim().is_empty() {
            return fault("it has no title");
        }
        if item.title.chars().count() > 200 || item.title.chars().any(char::is_control) {
            return fault("its title is longer than a line of 200 characters");
        }
        if item.instructions.chars().count() > 10_000 {
            return fault("its instructions are longer than 10,000 characters");
        }
        if item.due_hours.is_some_and(|hours| !(1..=8_760).contains(&hours)) {
            return fault("it should be due 1 to 8,760 hours after the beginning");
        }
        if item.planned_minutes.is_some_and(|minutes| !(1..=10_080).contains(&minutes)) {
            return fault("it should be planned with 1 to 10,080 minutes");
        }
        if item.assignee.as_ref().is_some_and(|name| name.trim().is_empty() || name.chars().count() > 120) {
            return fault("its assignee's name is empty or longer than 120 characters");
        }
        if item.automatic.is_some() && item.needs_evidence {
            return fault("an automatic item gives its own evidence");
        }
        if item.after.iter().any(|before| !items.iter().any(|other| other.id == *before)) {
            return fault("it waits for an item that is not in the list");
        }
    }
    match items.iter().find(|item| waits_for_itself(item.id, items)) {
        Some(item) => Err(TemplateFault::Circle { title: item.title.clone() }),
        None => Ok(()),
    }
}

fn waits_for_itself(id: ChecklistItemId, items: &[TemplateItem]) -> bool {
    let mut seen: BTreeSet<ChecklistItemId> = BTreeSet::new();
    let mut next = vec![id];
    while let Some(at) = next.pop() {
        for before in items.iter().filter(|item| item.id == at).flat_map(|item| &item.after) {
            if *before == id {
                return true;
            }
            if seen.insert(*before) {
                next.push(*before);
            }
        }
    }
    false
}
