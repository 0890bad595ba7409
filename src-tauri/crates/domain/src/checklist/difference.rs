//! What one list of items has that another one hadn't.

use super::TemplateItem;
use serde::{Deserialize, Serialize};

/// A difference between two lists of items. Items are known by their ids.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum ItemChange {
    /// It is new.
    Added {
        /// The item.
        title: String,
    },
    /// It is gone.
    Removed {
        /// The item.
        title: String,
    },
    /// Something about it is different.
    Changed {
        /// The item, as it is called now.
        title: String,
        /// What; never empty.
        fields: Vec<ItemField>,
    },
    /// It stands elsewhere among the items that both have.
    Moved {
        /// The item.
        title: String,
    },
}

/// What can be different about an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each is the item's field")]
pub enum ItemField {
    Title,
    Instructions,
    Required,
    Evidence,
    Order,
    Assignee,
    Due,
    PlannedMinutes,
    Automatic,
}

impl ItemField {
    /// What it is called.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Instructions => "instructions",
            Self::Required => "required or optional",
            Self::Evidence => "evidence",
            Self::Order => "what comes before it",
            Self::Assignee => "assignee",
            Self::Due => "due",
            Self::PlannedMinutes => "planned time",
            Self::Automatic => "automatic",
        }
    }
}

/// What the new list has that the old one hadn't, in the new one's order; what is gone comes last.
#[must_use]
pub fn differences(old: &[TemplateItem], new: &[TemplateItem]) -> Vec<ItemChange> {
    let common = |one: &[TemplateItem], other: &[TemplateItem]| -> Vec<_> {
        one.iter().map(|item| item.id).filter(|id| other.iter().any(|item| item.id == *id)).collect()
    };
    let moved = moved(&common(old, new), &common(new, old));
    let mut changes = Vec::new();
    for item in new {
        let title = item.title.clone();
        match old.iter().find(|before| before.id == item.id) {
            None => changes.push(ItemChange::Added { title }),
            Some(before) => {
                let fields = fields(before, item);
                if !fields.is_empty() {
                    changes.push(ItemChange::Changed { title, fields });
                } else if moved.contains(&item.id) {
                    changes.push(ItemChange::Moved { title });
                }
            }
        }
    }
    let gone = old.iter().filter(|item| !new.iter().any(|now| now.id == item.id));
    changes.extend(gone.map(|item| ItemChange::Removed { title: item.title.clone() }));
    changes
}

/// What stands elsewhere: all that is not in the longest run that both orders share.
fn moved<T: Copy + PartialEq>(old: &[T], new: &[T]) -> Vec<T> {
    let places: Vec<usize> = new.iter().filter_map(|id| old.iter().position(|other| other == id)).collect();
    // The longest rising sequence of places stayed where it was. Lists are short.
    let mut best: Vec<(usize, Option<usize>)> = Vec::with_capacity(places.len());
    for (at, place) in places.iter().enumerate() {
        let before = (0..at).filter(|&other| places[other] < *place).max_by_key(|&other| best[other].0);
        best.push((before.map_or(0, |other| best[other].0) + 1, before));
    }
    let mut stays = vec![false; places.len()];
    let mut next = (0..places.len()).max_by_key(|&at| (best[at].0, std::cmp::Reverse(at)));
    while let Some(at) = next {
        stays[at] = true;
        next = best[at].1;
    }
    new.iter().zip(stays).filter(|(_, stays)| !stays).map(|(id, _)| *id).collect()
}

fn fields(old: &TemplateItem, new: &TemplateItem) -> Vec<ItemField> {
    let mut fields = Vec::new();
    let mut note = |is_same: bool, field| {
        if !is_same {
            fields.push(field);
        }
    };
    note(old.title == new.title, ItemField::Title);
    note(old.instructions == new.instructions, ItemField::Instructions);
    note(old.is_required == new.is_required, ItemField::Required);
    note(old.needs_evidence == new.needs_evidence, ItemField::Evidence);
    note(old.after == new.after, ItemField::Order);
    note(old.assignee == new.assignee, ItemField::Assignee);
    note(old.due_hours == new.due_hours, ItemField::Due);
    note(old.planned_minutes == new.planned_minutes, ItemField::PlannedMinutes);
    note(old.automatic == new.automatic, ItemField::Automatic);
    fields
}
