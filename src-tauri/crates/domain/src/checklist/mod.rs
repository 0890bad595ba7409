//! Checklists: what people and Pilothouse look at before a release goes to an environment, and after it has come there. A template belongs
//! to an environment of a product; each release has a checklist of its own, made from what was published then, and changed by [`apply`].
//!
//! Must not: know evidence itself (it is told how much there is), or judge whether a deployment may start: that is
//! [`policy`](crate::policy), which asks [`Standing`].

mod automatic;
mod difference;
mod machine;
mod own;
mod standing;
mod takeover;
mod template;

pub use automatic::{AutomaticItem, AutomaticSight, AutomaticVerdict, EnvironmentReadings, RunningReading};
pub use difference::{ItemChange, ItemField, differences};
pub use machine::{ChecklistRefusal, ItemEvent, apply, carried_over};
pub use own::{AddedItem, with_own_item, without_own_item};
pub use standing::{ItemStanding, Progress, Standing, standing};
pub use takeover::{EarlierState, RemovedItem, TakeOver, TakenOver, is_gone_through, take_over};
pub use template::{ChecklistTemplate, MAX_ITEMS, Moment, PublishedItems, TemplateDraft, TemplateFault, TemplateItem, valid_items};

use crate::{Actor, ChecklistId, ChecklistItemId, ChecklistTemplateId, EnvironmentId, ProductId, ReleaseId, Timestamp, Version};
use serde::{Deserialize, Serialize};

/// A release's checklist for an environment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checklist {
    /// Its id.
    pub id: ChecklistId,
    /// Counts the writes; 0 before the first.
    pub revision: u32,
    /// The product.
    pub product_id: ProductId,
    /// The release.
    pub release_id: ReleaseId,
    /// The environment.
    pub environment_id: EnvironmentId,
    /// Its name then.
    pub environment: String,
    /// The template that it was made from. That may be gone since.
    pub template_id: ChecklistTemplateId,
    /// The number of the template's publication that it was made from.
    pub template_number: u32,
    /// The template's name then.
    pub name: String,
    /// When it is gone through.
    pub moment: Moment,
    /// Its items, in order.
    pub items: Vec<ChecklistItem>,
    /// The checklist of an earlier release that it continues, and what is different since.
    pub since: Option<Since>,
    /// Who began it.
    pub begun_by: Actor,
    /// When.
    pub begun_at: Timestamp,
    /// The newer publications that it took over since, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub taken_over: Vec<TakenOver>,
    /// The items that are gone by that, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub removed: Vec<RemovedItem>,
}

/// An item of a checklist.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChecklistItem {
    /// What is to be done, as it was published.
    pub item: TemplateItem,
    /// Who has it.
    pub assignee: Option<String>,
    /// When it should be done.
    pub due: Option<Timestamp>,
    /// Where it is.
    pub state: ItemState,
    /// Who added it to this checklist; `None` for an item of the template.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub added: Option<AddedItem>,
    /// How it stood under earlier publications, where that no longer counts, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<EarlierState>,
}

/// Where an item is. An automatic one stays [`Open`](Self::Open), or is skipped: what it says is read anew each time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum ItemState {
    /// Not done.
    Open,
    /// A person has ticked it.
    Done {
        /// Who.
        by: Actor,
        /// When.
        at: Timestamp,
        /// Minutes that it took, where they were told.
        minutes: Option<u32>,
        /// A remark; may be empty.
        note: String,
    },
    /// A person has left it out.
    Skipped {
        /// Who.
        by: Actor,
        /// When.
        at: Timestamp,
        /// Why, never empty.
        reason: String,
    },
}

/// The checklist of an earlier release that one continues.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Since {
    /// That release.
    pub release_id: ReleaseId,
    /// Its version.
    pub version: Version,
    /// What the template has changed since, in the items' order.
    pub changes: Vec<ItemChange>,
}

impl Checklist {
    /// An item.
    #[must_use]
    pub fn item(&self, id: ChecklistItemId) -> Option<&ChecklistItem> {
        self.items.iter().find(|item| item.item.id == id)
    }
}

impl ChecklistItem {
    /// An item that nobody has touched.
    #[must_use]
    pub fn open(item: TemplateItem, begun_at: Timestamp) -> Self {
        let hour = std::time::Duration::from_secs(3_600);
        let due = item.due_hours.map(|hours| begun_at.plus(hour * hours));
        Self { assignee: item.assignee.clone(), due, state: ItemState::Open, added: None, earlier: Vec::new(), item }
    }

    /// True once a person has ticked it.
    #[must_use]
    pub const fn is_done(&self) -> bool {
        matches!(self.state, ItemState::Done { .. })
    }
}
