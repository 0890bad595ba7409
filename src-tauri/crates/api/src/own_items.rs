//! Items that people add to the checklist of one release.

use crate::Api;
use crate::checklists::ChecklistView;
use crate::decode::id;
use crate::error::ApiError;
use pilothouse_engine::usecases::OwnItem;
use serde::{Deserialize, Serialize};
use specta::Type;

/// An item to add to a checklist.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct AddOwnItemRequest {
    /// The checklist.
    pub checklist_id: String,
    /// In a line, 1 to 200 characters.
    pub title: String,
    /// How, in Markdown; may be empty. At most 10,000 characters.
    pub instructions: String,
    /// Whether it holds the release up.
    pub is_required: bool,
    /// Who has it; none for nobody.
    pub assignee: Option<String>,
    /// Minutes that it should take, 1 to 10,080.
    pub planned_minutes: Option<u32>,
}

/// An item to take away again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RemoveOwnItemRequest {
    /// The checklist.
    pub checklist_id: String,
    /// The item.
    pub item_id: String,
}

impl Api {
    /// Adds an item to a checklist, for its release alone.
    ///
    /// # Errors
    /// `invalid` for what can't be used.
    pub async fn add_own_item(&self, request: AddOwnItemRequest) -> Result<ChecklistView, ApiError> {
        let AddOwnItemRequest { checklist_id, title, instructions, is_required, assignee, planned_minutes } = request;
        let own = OwnItem { title, instructions, is_required, assignee, planned_minutes };
        let changed = self.engine.add_own_item(&self.actor, id("checklist_id", &checklist_id)?, &own).await?;
        self.checklist_view(changed.release_id, changed.id).await
    }

    /// Takes an item away again that was added to a checklist.
    ///
    /// # Errors
    /// `conflict` for one of the template, and for one that is ticked or proven.
    pub async fn remove_own_item(&self, request: RemoveOwnItemRequest) -> Result<ChecklistView, ApiError> {
        let (list, item) = (id("checklist_id", &request.checklist_id)?, id("item_id", &request.item_id)?);
        let changed = self.engine.remove_own_item(&self.actor, list, item).await?;
        self.checklist_view(changed.release_id, changed.id).await
    }
}
