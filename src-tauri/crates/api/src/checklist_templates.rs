//! Templates of checklists: list, draft, fill from a list, publish, take away.

use crate::checklists::{ItemChangeView, MomentWord};
use crate::decode::{id, shown};
use crate::error::ApiError;
use crate::{Api, IdRequest};
use pilothouse_domain::checklist::{AutomaticItem, ChecklistTemplate, TemplateItem, differences};
use pilothouse_domain::product::Environment;
use pilothouse_domain::{ChecklistItemId, ChecklistTemplateId};
use pilothouse_engine::usecases::{ImportFormat, ImportReport, TemplateEdit};
use serde::{Deserialize, Serialize};
use specta::Type;
use std::collections::HashMap;

/// A template to add, or to change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct PutChecklistTemplateRequest {
    /// Its id; none adds one.
    pub id: Option<String>,
    /// The revision that was read; 0 for a new one.
    pub revision: u32,
    /// The environment.
    pub environment_id: String,
    /// Its name.
    pub name: String,
    /// When its checklists are gone through.
    pub moment: MomentWord,
    /// The items to work on.
    pub items: Vec<TemplateItemBody>,
}

/// Items to add to a template's draft.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ImportChecklistItemsRequest {
    /// The template.
    pub template_id: String,
    /// How the list is written.
    pub format: ImportFormatWord,
    /// The list.
    pub text: String,
}

/// How a list is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum ImportFormatWord {
    /// Markdown with a task list; also the text of an issue.
    Markdown,
    /// Comma-separated values with a line of names.
    Csv,
}

/// A template of an environment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ChecklistTemplateView {
    /// Its id.
    pub id: String,
    /// Counts the writes.
    pub revision: u32,
    /// The product.
    pub product_id: String,
    /// The environment.
    pub environment_id: String,
    /// Its name.
    pub environment: String,
    /// What it is called.
    pub name: String,
    /// When its checklists are gone through.
    pub moment: MomentWord,
    /// The items that are worked on.
    pub items: Vec<TemplateItemBody>,
    /// True where they are not those that were published.
    pub has_draft: bool,
    /// Who changed the draft last.
    pub draft_by: Option<String>,
    /// When.
    pub draft_at: Option<String>,
    /// The number of the last publication.
    pub published_number: Option<u32>,
    /// Who published it.
    pub published_by: Option<String>,
    /// When.
    pub published_at: Option<String>,
    /// What the draft has that what was published hasn't.
    pub changes: Vec<ItemChangeView>,
}

/// An item of a template.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct TemplateItemBody {
    /// Its id; of a new one any text that no other item has.
    pub id: String,
    /// What is to be done, in a line.
    pub title: String,
    /// How, in Markdown; may be empty.
    pub instructions: String,
    /// Whether it holds the release up.
    pub is_required: bool,
    /// Whether it can be ticked only with evidence.
    pub needs_evidence: bool,
    /// The ids of the items that come before it.
    pub after: Vec<String>,
    /// Who has it, unless somebody else is named.
    pub assignee: Option<String>,
    /// Hours after the beginning when it should be done, 1 to 8,760.
    pub due_hours: Option<u32>,
    /// Minutes that it should take, 1 to 10,080.
    pub planned_minutes: Option<u32>,
    /// What looks at it in a person's place.
    pub automatic: Option<AutomaticItemWord>,
}

/// What an automatic item looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum AutomaticItemWord {
    /// Each health check of the environment is healthy.
    EnvironmentHealthy,
    /// The environment runs the release's version.
    RunsVersion,
    /// The required smoke tests of the environment have passed for the release.
    SmokeTestsPass,
}

/// What came of an import.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ImportReportView {
    /// The template now.
    pub template: ChecklistTemplateView,
    /// The titles of the items that are new.
    pub added: Vec<String>,
    /// Those that were there already.
    pub already_there: Vec<String>,
    /// What can't be read.
    pub faults: Vec<ImportFaultView>,
}

/// A part of a list that can't be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ImportFaultView {
    /// Its line, from 1.
    pub line: u32,
    /// What is wrong.
    pub reason: String,
}

impl From<&AutomaticItem> for AutomaticItemWord {
    fn from(item: &AutomaticItem) -> Self {
        match item {
            AutomaticItem::EnvironmentHealthy => Self::EnvironmentHealthy,
            AutomaticItem::RunsVersion => Self::RunsVersion,
            AutomaticItem::SmokeTestsPass => Self::SmokeTestsPass,
        }
    }
}

impl From<AutomaticItemWord> for AutomaticItem {
    fn from(word: AutomaticItemWord) -> Self {
        match word {
            AutomaticItemWord::EnvironmentHealthy => Self::EnvironmentHealthy,
            AutomaticItemWord::RunsVersion => Self::RunsVersion,
            AutomaticItemWord::SmokeTestsPass => Self::SmokeTestsPass,
        }
    }
}

impl From<&TemplateItem> for TemplateItemBody {
    fn from(item: &TemplateItem) -> Self {
        Self {
            id: item.id.to_string(),
            title: item.title.clone(),
            instructions: item.instructions.clone(),
            is_required: item.is_required,
            needs_evidence: item.needs_evidence,
            after: item.after.iter().map(ToString::to_string).collect(),
            assignee: item.assignee.clone(),
            due_hours: item.due_hours,
            planned_minutes: item.planned_minutes,
            automatic: item.automatic.as_ref().map(AutomaticItemWord::from),
        }
    }
}

impl ChecklistTemplateView {
    fn new(template: &ChecklistTemplate, environments: &[Environment]) -> Self {
        let (draft, published) = (template.draft.as_ref(), template.published.as_ref());
        let environment = environments.iter().find(|e| e.id == template.environment_id);
        let changes = match (draft, published) {
            (Some(draft), Some(published)) => differences(&published.items, &draft.items),
            _ => Vec::new(),
        };
        Self {
            id: template.id.to_string(),
            revision: template.revision,
            product_id: template.product_id.to_string(),
            environment_id: template.environment_id.to_string(),
            environment: environment.map(|e| e.name.clone()).unwrap_or_default(),
            name: template.name.clone(),
            moment: template.moment.into(),
            items: template.items().iter().map(TemplateItemBody::from).collect(),
            has_draft: draft.is_some(),
            draft_by: draft.map(|draft| draft.by.to_string()),
            draft_at: draft.map(|draft| shown(draft.at)),
            published_number: published.map(|published| published.number),
            published_by: published.map(|published| published.by.to_string()),
            published_at: published.map(|published| shown(published.at)),
            changes: changes.iter().map(ItemChangeView::from).collect(),
        }
    }
}

impl Api {
    /// The templates of a product's checklists, by name.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn list_checklist_templates(&self, request: IdRequest) -> Result<Vec<ChecklistTemplateView>, ApiError> {
        let product = id("id", &request.id)?;
        let environments = self.store().environments(Some(product)).await?;
        let templates = self.store().checklist_templates(Some(product)).await?;
        Ok(templates.iter().map(|template| ChecklistTemplateView::new(template, &environments)).collect())
    }

    /// Adds a template, or changes one: the items become its draft.
    ///
    /// # Errors
    /// `taken` where the environment has one of this name; `conflict` where somebody was faster; `invalid` for items that can't be used.
    pub async fn put_checklist_template(&self, request: PutChecklistTemplateRequest) -> Result<ChecklistTemplateView, ApiError> {
        let known = match request.id.as_deref() {
            Some(text) => Some(self.store().checklist_template(id("id", text)?).await?),
            None => None,
        };
        let edit = TemplateEdit {
            environment_id: id("environment_id", &request.environment_id)?,
            name: request.name,
            moment: request.moment.into(),
            items: Some(self.items(&request.items, known.as_ref())),
        };
        let template = match known {
            Some(known) => self.engine.change_checklist_template(&self.actor, known.id, request.revision, edit).await?,
            None => self.engine.add_checklist_template(&self.actor, edit).await?,
        };
        self.template_view(&template).await
    }

    /// Publishes a template's draft.
    ///
    /// # Errors
    /// `invalid` where there is none, or it has no items.
    pub async fn publish_checklist_template(&self, request: IdRequest) -> Result<ChecklistTemplateView, ApiError> {
        let template = self.engine.publish_checklist_template(&self.actor, id("id", &request.id)?).await?;
        self.template_view(&template).await
    }

    /// Takes a template away. Checklists that were begun stay.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn remove_checklist_template(&self, request: IdRequest) -> Result<(), ApiError> {
        Ok(self.engine.remove_checklist_template(&self.actor, id("id", &request.id)?).await?)
    }

    /// Adds the items of a list to a template's draft. What can't be read is told; what is there already is left out.
    ///
    /// # Errors
    /// `invalid` where there is nothing that could be an item.
    pub async fn import_checklist_items(&self, request: ImportChecklistItemsRequest) -> Result<ImportReportView, ApiError> {
        let format = match request.format {
            ImportFormatWord::Markdown => ImportFormat::Markdown,
            ImportFormatWord::Csv => ImportFormat::Csv,
        };
        let template: ChecklistTemplateId = id("template_id", &request.template_id)?;
        let (template, report) = self.engine.import_checklist_items(&self.actor, template, format, &request.text).await?;
        self.imported_items(&template, report).await
    }

    /// What came of an import.
    pub(crate) async fn imported_items(&self, template: &ChecklistTemplate, report: ImportReport) -> Result<ImportReportView, ApiError> {
        Ok(ImportReportView {
            template: self.template_view(template).await?,
            added: report.added,
            already_there: report.already_there,
            faults: report.faults.into_iter().map(|fault| ImportFaultView { line: fault.line, reason: fault.reason }).collect(),
        })
    }

    async fn template_view(&self, template: &ChecklistTemplate) -> Result<ChecklistTemplateView, ApiError> {
        let environments = self.store().environments(Some(template.product_id)).await?;
        Ok(ChecklistTemplateView::new(template, &environments))
    }

    /// The items with ids of ours: those that the template has keep theirs, new ones get one, and what refers to them follows.
    fn items(&self, given: &[TemplateItemBody], template: Option<&ChecklistTemplate>) -> Vec<TemplateItem> {
        let known = |text: &str| {
            let draft = template.and_then(|t| t.draft.as_ref()).map(|draft| draft.items.as_slice()).unwrap_or_default();
            let published = template.and_then(|t| t.published.as_ref()).map(|published| published.items.as_slice()).unwrap_or_default();
            let wanted = text.parse::<ChecklistItemId>().ok()?;
            draft.iter().chain(published).map(|item| item.id).find(|id| *id == wanted)
        };
        let mut ids: HashMap<&str, ChecklistItemId> = HashMap::new();
        for item in given {
            ids.entry(&item.id).or_insert_with(|| known(&item.id).unwrap_or_else(|| self.engine.new_checklist_item_id()));
        }
        let id_of = |text: &str| ids.get(text).copied();
        // What waits for nothing that is there is refused by the engine: it gets an id that no item has.
        let before = |text: &String| id_of(text).unwrap_or_else(|| self.engine.new_checklist_item_id());
        let one = |item: &TemplateItemBody| TemplateItem {
            id: before(&item.id),
            title: item.title.clone(),
            instructions: item.instructions.clone(),
            is_required: item.is_required,
            needs_evidence: item.needs_evidence,
            after: item.after.iter().map(before).collect(),
            assignee: item.assignee.clone(),
            due_hours: item.due_hours,
            planned_minutes: item.planned_minutes,
            automatic: item.automatic.map(AutomaticItem::from),
        };
        given.iter().map(one).collect()
    }
}
