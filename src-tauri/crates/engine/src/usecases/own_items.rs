//! Items that people add to the checklist of one release. Each is an audit event.

use super::checklists::must_be_open;
use crate::engine::Engine;
use crate::error::EngineError;
use crate::ports::StoreError;
use crate::ports::store::Write;
use pilothouse_domain::checklist::{Checklist, TemplateItem, with_own_item, without_own_item};
use pilothouse_domain::release::Release;
use pilothouse_domain::{Actor, ChecklistId, ChecklistItemId};

/// How often a change is tried again when somebody else was faster.
const MAX_CONFLICTS: u8 = 5;

/// An item for one checklist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnItem {
    /// In a line.
    pub title: String,
    /// How, in Markdown; may be empty.
    pub instructions: String,
    /// Whether it holds the release up.
    pub is_required: bool,
    /// Who has it.
    pub assignee: Option<String>,
    /// Minutes that it should take.
    pub planned_minutes: Option<u32>,
}

impl Engine {
    /// Adds an item to a checklist, for its release alone.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] for what can't be used, and for a release that was given up.
    pub async fn add_own_item(&self, actor: &Actor, id: ChecklistId, own: &OwnItem) -> Result<Checklist, EngineError> {
        let assignee = own.assignee.as_deref().map(str::trim).filter(|name| !name.is_empty());
        let item = TemplateItem {
            id: self.new_id(ChecklistItemId::new),
            title: super::valid_name("title", &own.title, 200)?,
            instructions: own.instructions.trim().to_owned(),
            is_required: own.is_required,
            needs_evidence: false,
            after: Vec::new(),
            assignee: assignee.map(|name| super::valid_name("assignee", name, 120)).transpose()?,
            due_hours: None,
            planned_minutes: own.planned_minutes,
            automatic: None,
        };
        self.change_items(actor, id, "checklist.item_added", "Added", &item.title, |list| {
            Ok(with_own_item(list, item.clone(), actor.clone(), self.now())?)
        })
        .await
    }

    /// Takes an item away again that was added to a checklist.
    ///
    /// # Errors
    /// [`EngineError::Checklist`] for one of the template, and for one that is ticked or proven.
    pub async fn remove_own_item(&self, actor: &Actor, id: ChecklistId, item: ChecklistItemId) -> Result<Checklist, EngineError> {
        let list = self.store().checklist(id).await?;
        let title = list.item(item).map(|known| known.item.title.clone()).unwrap_or_default();
        let evidence = self.current_evidence(id).await?;
        let count = evidence.iter().filter(|known| known.owner.part == Some(item.uuid())).count();
        let without = |list: &Checklist| Ok(without_own_item(list, item, count)?);
        self.change_items(actor, id, "checklist.item_removed", "Removed", &title, without).await
    }

    async fn change_items(
        &self,
        actor: &Actor,
        id: ChecklistId,
        action: &str,
        verb: &str,
        title: &str,
        apply: impl Fn(&Checklist) -> Result<Checklist, EngineError> + Sync,
    ) -> Result<Checklist, EngineError> {
        for _ in 0..MAX_CONFLICTS {
            let before = self.store().checklist(id).await?;
            let release: Release = self.store().release(before.release_id).await?;
            must_be_open(&release)?;
            let next = apply(&before)?;
            let mut change = self.change(actor);
            let summary = format!("{verb} “{title}” in “{}” for {} in {}", next.name, release.version, next.environment);
            let data = serde_json::json!({ "release_id": release.id, "title": title });
            change.audit_checklist(action, &next, summary, data);
            change.write(Write::Checklist(next));
            match self.ports.store.commit(change.into_set()).await {
                Ok(_) => return Ok(self.store().checklist(id).await?),
                Err(StoreError::Conflict { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(StoreError::Conflict { kind: "checklist", id: id.to_string() }.into())
    }
}
