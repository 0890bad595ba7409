//! How far a checklist is: what each item comes to, what it waits for, and the sums.

use super::automatic::AutomaticVerdict;
use super::{Checklist, ChecklistItem, ItemState};
use crate::{ChecklistItemId, Timestamp};

/// How far a checklist is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Its items, in its order.
    pub items: Vec<ItemStanding>,
    /// The sums.
    pub progress: Progress,
}

/// What an item comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemStanding {
    /// The item.
    pub id: ChecklistItemId,
    /// What it says by itself, for an automatic one.
    pub verdict: Option<AutomaticVerdict>,
    /// True where nothing is left to do for it.
    pub is_settled: bool,
    /// The items before it that are not settled.
    pub waits_for: Vec<ChecklistItemId>,
}

/// The sums of a checklist.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Items.
    pub total: u32,
    /// Ticked, or passed by themselves.
    pub done: u32,
    /// Left out.
    pub skipped: u32,
    /// Required ones that are not settled. While there are any, the release is held up.
    pub required_open: u32,
    /// Optional ones that are not settled.
    pub optional_open: u32,
    /// Minutes planned for all items.
    pub planned_minutes: u32,
    /// Minutes planned for the items whose minutes were told: what these are compared with.
    pub planned_for_told: u32,
    /// Minutes that were told.
    pub told_minutes: u32,
}

impl Standing {
    /// What is known about an item.
    #[must_use]
    pub fn item(&self, id: ChecklistItemId) -> Option<&ItemStanding> {
        self.items.iter().find(|item| item.id == id)
    }

    /// The required items that are not settled, in order.
    pub fn missing<'a>(&'a self, checklist: &'a Checklist) -> impl Iterator<Item = (&'a ChecklistItem, &'a ItemStanding)> {
        let known = checklist.items.iter().zip(&self.items);
        known.filter(|(item, standing)| item.item.is_required && !standing.is_settled)
    }
}

impl ChecklistItem {
    /// True where it should have been done by now, and isn't.
    #[must_use]
    pub fn is_overdue(&self, standing: &ItemStanding, now: Timestamp) -> bool {
        !standing.is_settled && self.due.is_some_and(|due| due < now)
    }
}

/// How far a checklist is, where `verdict` tells what automatic items say.
#[must_use]
pub fn standing(checklist: &Checklist, verdict: impl Fn(&super::AutomaticItem) -> AutomaticVerdict) -> Standing {
    let settled = |item: &ChecklistItem, verdict: Option<&AutomaticVerdict>| match &item.state {
        ItemState::Skipped { .. } | ItemState::Done { .. } => true,
        ItemState::Open => verdict.is_some_and(AutomaticVerdict::has_passed),
    };
    let verdicts: Vec<Option<AutomaticVerdict>> = checklist.items.iter().map(|item| item.item.automatic.as_ref().map(&verdict)).collect();
    let open: Vec<ChecklistItemId> = checklist
        .items
        .iter()
        .zip(&verdicts)
        .filter(|(item, verdict)| !settled(item, verdict.as_ref()))
        .map(|(item, _)| item.item.id)
        .collect();
    let items: Vec<ItemStanding> = checklist
        .items
        .iter()
        .zip(verdicts)
        .map(|(item, verdict)| ItemStanding {
            id: item.item.id,
            verdict,
            is_settled: !open.contains(&item.item.id),
            waits_for: item.item.after.iter().filter(|before| open.contains(before)).copied().collect(),
        })
        .collect();
    let progress = checklist.items.iter().zip(&items).fold(Progress::default(), add);
    Standing { items, progress }
}

fn add(sum: Progress, (item, standing): (&ChecklistItem, &ItemStanding)) -> Progress {
    let planned = item.item.planned_minutes.unwrap_or(0);
    let told = if let ItemState::Done { minutes, .. } = &item.state { *minutes } else { None };
    let is_skipped = matches!(item.state, ItemState::Skipped { .. });
    let one = u32::from;
    Progress {
        total: sum.total + 1,
        done: sum.done + one(standing.is_settled && !is_skipped),
        skipped: sum.skipped + one(is_skipped),
        required_open: sum.required_open + one(item.item.is_required && !standing.is_settled),
        optional_open: sum.optional_open + one(!item.item.is_required && !standing.is_settled),
        planned_minutes: sum.planned_minutes + planned,
        planned_for_told: sum.planned_for_told + told.map_or(0, |_| planned),
        told_minutes: sum.told_minutes + told.unwrap_or(0),
    }
}
