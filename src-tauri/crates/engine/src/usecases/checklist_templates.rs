//! Templates of checklists: drafted, filled from lists that people have already, published, taken away.

use super::checklist_import::{ImportFormat, ImportReport, ImportedItem, read_items};
use super::products::set_here;
use super::valid_name;
use crate::engine::Engine;
use crate::error::EngineError;
use crate::ports::StoreError;
use crate::ports::store::Write;
use pilothouse_domain::checklist::{
    ChecklistTemplate, MAX_ITEMS, Moment, PublishedItems, TemplateDraft, TemplateFault, TemplateItem, valid_items,
};
use pilothouse_domain::settings::SettingsPart;
use pilothouse_domain::{Actor, ChecklistItemId, ChecklistTemplateId, EnvironmentId};

/// What of a template is written: of a new one all, of an old one what is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateEdit {
    /// The environment.
    pub environment_id: EnvironmentId,
    /// Its name.
    pub name: String,
    /// When its checklists are gone through.
    pub moment: Moment,
    /// The items to work on; `None` leaves them as they are.
    pub items: Option<Vec<TemplateItem>>,
}

impl From<TemplateFault> for EngineError {
    fn from(fault: TemplateFault) -> Self {
        let next_step = match &fault {
            TemplateFault::Empty => "Write at least one item.",
            TemplateFault::TooMany { .. } => "Make several checklists of it.",
            TemplateFault::Item { .. } => "Correct that item.",
            TemplateFault::Circle { .. } => "Take one of the “comes after” away.",
        };
        Self::invalid("items", fault.to_string(), next_step)
    }
}

impl Engine {
    /// Adds a template, as a draft.
    ///
    /// # Errors
    /// [`StoreError::Taken`] where the environment has one of this name; [`EngineError::Invalid`] for items that can't be used.
    pub async fn add_checklist_template(&self, actor: &Actor, new: TemplateEdit) -> Result<ChecklistTemplate, EngineError> {
        let environment = self.store().environment(new.environment_id).await?;
        let (now, items) = (self.now(), trimmed(new.items.unwrap_or_default()));
        valid_items(&items)?;
        let template = ChecklistTemplate {
            id: self.new_id(ChecklistTemplateId::new),
            revision: 0,
            product_id: environment.product_id,
            environment_id: environment.id,
            name: valid_name("name", &new.name, 80)?,
            moment: new.moment,
            draft: Some(TemplateDraft { items, by: actor.clone(), at: now }),
            published: None,
            created_by: actor.clone(),
            created_at: now,
        };
        let summary = format!("Added the checklist “{}” of {}", template.name, environment.name);
        self.write_template(actor, "checklist_template.added", template, summary).await
    }

    /// Changes a template. Other items become its draft: what was published holds until that is published too.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where somebody changed it since `revision`; [`EngineError::Invalid`] for items that can't be used.
    pub async fn change_checklist_template(
        &self,
        actor: &Actor,
        id: ChecklistTemplateId,
        revision: u32,
        edit: TemplateEdit,
    ) -> Result<ChecklistTemplate, EngineError> {
        let mut template = self.store().checklist_template(id).await?;
        if template.revision != revision {
            return Err(StoreError::Conflict { kind: "checklist_template", id: id.to_string() }.into());
        }
        let before = template.clone();
        template.name = valid_name("name", &edit.name, 80)?;
        template.moment = edit.moment;
        if template.environment_id != edit.environment_id {
            let message = "a checklist stays with its environment";
            return Err(EngineError::invalid("environment_id", message, "Add one to the other environment."));
        }
        if let Some(items) = edit.items {
            let items = trimmed(items);
            valid_items(&items)?;
            let is_published = template.published.as_ref().is_some_and(|published| published.items == items);
            template.draft = (!is_published).then(|| TemplateDraft { items, by: actor.clone(), at: self.now() });
            if let (Some(new), Some(old)) = (&template.draft, &before.draft)
                && new.items == old.items
            {
                template.draft.clone_from(&before.draft);
            }
        }
        if template == before {
            return Ok(template);
        }
        let summary = format!("Changed the checklist “{}”", template.name);
        self.write_template(actor, "checklist_template.changed", template, summary).await
    }

    /// Publishes the draft: the releases that are planned from now on have it.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] where there is no draft, or it has no items.
    pub async fn publish_checklist_template(&self, actor: &Actor, id: ChecklistTemplateId) -> Result<ChecklistTemplate, EngineError> {
        let mut template = self.store().checklist_template(id).await?;
        let Some(draft) = template.draft.take() else {
            let message = format!("“{}” has nothing that was not published", template.name);
            return Err(EngineError::invalid("draft", message, "Change its items first."));
        };
        if draft.items.is_empty() {
            return Err(TemplateFault::Empty.into());
        }
        let number = template.published.as_ref().map_or(0, |published| published.number) + 1;
        template.published = Some(PublishedItems { number, items: draft.items, by: actor.clone(), at: self.now() });
        let summary = format!("Published number {number} of the checklist “{}”", template.name);
        self.write_template(actor, "checklist_template.published", template, summary).await
    }

    /// Takes a template away. Checklists that were begun stay, and still hold their releases.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn remove_checklist_template(&self, actor: &Actor, id: ChecklistTemplateId) -> Result<(), EngineError> {
        let template = self.store().checklist_template(id).await?;
        set_here(&self.store().product(template.product_id).await?, SettingsPart::Checklists)?;
        let mut change = self.change(actor);
        change.audit_checklist_template("checklist_template.removed", &template, format!("Removed the checklist “{}”", template.name));
        change.write(Write::RemoveChecklistTemplate(template));
        self.ports.store.commit(change.into_set()).await?;
        Ok(())
    }

    /// Adds the items of a list to a template's draft. Those whose title is there already are left out, so that the same list can be read
    /// again.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] where nothing in it can be read as an item, or there would be too many.
    pub async fn import_checklist_items(
        &self,
        actor: &Actor,
        id: ChecklistTemplateId,
        format: ImportFormat,
        text: &str,
    ) -> Result<(ChecklistTemplate, ImportReport), EngineError> {
        let read = read_items(format, text)?;
        let mut template = self.store().checklist_template(id).await?;
        let mut items = template.items().to_vec();
        let mut report = ImportReport { faults: read.faults, ..ImportReport::default() };
        for imported in read.items {
            if items.iter().any(|item| item.title.to_lowercase() == imported.title.to_lowercase()) {
                report.already_there.push(imported.title);
                continue;
            }
            report.added.push(imported.title.clone());
            items.push(self.imported(imported));
        }
        if items.len() > MAX_ITEMS {
            return Err(TemplateFault::TooMany { count: items.len() }.into());
        }
        if report.added.is_empty() {
            return Ok((template, report));
        }
        valid_items(&items)?;
        template.draft = Some(TemplateDraft { items, by: actor.clone(), at: self.now() });
        let count = report.added.len();
        let summary = format!("Imported {count} {} into the checklist “{}”", if count == 1 { "item" } else { "items" }, template.name);
        let template = self.write_template(actor, "checklist_template.changed", template, summary).await?;
        Ok((template, report))
    }

    async fn write_template(
        &self,
        actor: &Actor,
        action: &str,
        template: ChecklistTemplate,
        summary: String,
    ) -> Result<ChecklistTemplate, EngineError> {
        set_here(&self.store().product(template.product_id).await?, SettingsPart::Checklists)?;
        let id = template.id;
        let mut change = self.change(actor);
        change.audit_checklist_template(action, &template, summary);
        change.write(Write::ChecklistTemplate(template));
        self.ports.store.commit(change.into_set()).await?;
        Ok(self.store().checklist_template(id).await?)
    }

    /// The id of a new item.
    #[must_use]
    pub fn new_checklist_item_id(&self) -> ChecklistItemId {
        self.new_id(ChecklistItemId::new)
    }

    fn imported(&self, item: ImportedItem) -> TemplateItem {
        TemplateItem {
            id: self.new_checklist_item_id(),
            title: item.title,
            instructions: item.instructions,
            is_required: item.is_required,
            needs_evidence: item.needs_evidence,
            after: Vec::new(),
            assignee: item.assignee,
            due_hours: item.due_hours,
            planned_minutes: item.planned_minutes,
            automatic: None,
        }
    }
}

pub(super) fn trimmed(items: Vec<TemplateItem>) -> Vec<TemplateItem> {
    let text = |text: &str| text.trim().to_owned();
    let one = |item: TemplateItem| TemplateItem {
        title: text(&item.title),
        instructions: text(&item.instructions),
        assignee: item.assignee.as_deref().map(text).filter(|name| !name.is_empty()),
        ..item
    };
    items.into_iter().map(one).collect()
}
