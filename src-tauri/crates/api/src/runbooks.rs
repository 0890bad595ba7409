//! Runbooks of a product: list, write, publish, take away; and what environments ask for.

mod attached;
mod content;
mod run_view;
mod runs;

pub use attached::*;
pub use content::*;
pub use run_view::*;
pub use runs::*;

use crate::decode::{id, optional_id, shown};
use crate::error::ApiError;
use crate::{Api, IdRequest};
use pilothouse_domain::product::Environment;
use pilothouse_domain::runbook::{Runbook, RunbookKind};
use pilothouse_domain::{ProductId, RunbookId};
use pilothouse_engine::ports::runbook_store::RunbookRunFilter;
use pilothouse_engine::usecases::RunbookEdit;
use serde::{Deserialize, Serialize};
use specta::Type;

/// So many runs are listed with the runbooks.
const LATEST_RUNS: u32 = 30;

/// Runbooks of a product, with what their editor chooses from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RunbooksView {
    /// The product.
    pub product_id: String,
    /// Its name.
    pub product: String,
    /// What holds its source.
    pub repository: String,
    /// Its environments, in promotion order, with what they ask for.
    pub environments: Vec<RunbookEnvironmentView>,
    /// The runbooks, by name.
    pub runbooks: Vec<RunbookView>,
    /// The latest runs, last begun first.
    pub runs: Vec<RunbookRunSummary>,
    /// Its smoke tests.
    pub smoke_scenarios: Vec<NamedThing>,
    /// The templates of its checklists.
    pub checklist_templates: Vec<NamedThing>,
    /// Where pipelines may live.
    pub connections: Vec<NamedThing>,
    /// The pipelines that its environments are bound to.
    pub pipelines: Vec<String>,
    /// Its releases that are not closed, last drafted first.
    pub releases: Vec<NamedThing>,
}

/// A thing to choose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct NamedThing {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// An environment, and what it asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RunbookEnvironmentView {
    /// Its id.
    pub environment_id: String,
    /// Its name.
    pub environment: String,
    /// Whether it takes releases only with a rollback runbook.
    pub needs_rollback: bool,
    /// Who acknowledges it.
    pub stakeholders: Vec<String>,
}

/// What a runbook is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum RunbookKindWord {
    /// To bring an earlier version back.
    Rollback,
    /// To bring a version there.
    Deployment,
    /// To come back after an outage or a loss.
    Recovery,
    /// Anything else.
    Other,
}

/// A runbook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RunbookView {
    /// Its id.
    pub id: String,
    /// Its revision, for changing it.
    pub revision: u32,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub kind: RunbookKindWord,
    /// Where it may be run; empty for everywhere.
    pub environment_ids: Vec<String>,
    /// The text that is worked on.
    pub content: RunbookContentBody,
    /// True where that was not published.
    pub is_draft: bool,
    /// What was published last.
    pub published: Option<RunbookPublicationView>,
}

/// A publication.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RunbookPublicationView {
    /// Its number.
    pub number: u32,
    /// Its text.
    pub content: RunbookContentBody,
    /// What is different; may be empty.
    pub note: String,
    /// Who published it.
    pub by: String,
    /// When.
    pub at: String,
    /// Whether a run of it is for a release.
    pub needs_release: bool,
}

/// A runbook to add or to change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct PutRunbookRequest {
    /// The runbook; none for a new one.
    pub id: Option<String>,
    /// The revision that was looked at, of one that is changed.
    pub revision: u32,
    /// The product.
    pub product_id: String,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub kind: RunbookKindWord,
    /// Where it may be run; empty for everywhere.
    pub environment_ids: Vec<String>,
    /// The text to work on; none leaves it as it is.
    pub content: Option<RunbookContentBody>,
}

/// A runbook to publish.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct PublishRunbookRequest {
    /// The runbook.
    pub id: String,
    /// What is different, in a line; may be empty.
    pub note: String,
}

/// What an environment is to ask for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct SetRunbookRuleRequest {
    /// The environment.
    pub environment_id: String,
    /// Whether it takes releases only with a rollback runbook.
    pub needs_rollback: bool,
    /// Who acknowledges it, by name.
    pub stakeholders: Vec<String>,
}

impl From<RunbookKind> for RunbookKindWord {
    fn from(kind: RunbookKind) -> Self {
        match kind {
            RunbookKind::Rollback => Self::Rollback,
            RunbookKind::Deployment => Self::Deployment,
            RunbookKind::Recovery => Self::Recovery,
            RunbookKind::Other => Self::Other,
        }
    }
}

impl From<RunbookKindWord> for RunbookKind {
    fn from(word: RunbookKindWord) -> Self {
        match word {
            RunbookKindWord::Rollback => Self::Rollback,
            RunbookKindWord::Deployment => Self::Deployment,
            RunbookKindWord::Recovery => Self::Recovery,
            RunbookKindWord::Other => Self::Other,
        }
    }
}

impl From<&Runbook> for RunbookView {
    fn from(runbook: &Runbook) -> Self {
        let published = runbook.published.as_ref().map(|published| RunbookPublicationView {
            number: published.number,
            content: RunbookContentBody::from(&published.content),
            note: published.note.clone(),
            by: published.by.to_string(),
            at: shown(published.at),
            needs_release: pilothouse_domain::runbook::needs_release(&published.content),
        });
        Self {
            id: runbook.id.to_string(),
            revision: runbook.revision,
            name: runbook.name.clone(),
            kind: runbook.kind.into(),
            environment_ids: runbook.environments.iter().map(ToString::to_string).collect(),
            content: runbook.content().map(RunbookContentBody::from).unwrap_or_default(),
            is_draft: runbook.draft.is_some(),
            published,
        }
    }
}

impl Api {
    /// The runbooks of a product, their latest runs, and what their editor chooses from.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn list_runbooks(&self, request: IdRequest) -> Result<RunbooksView, ApiError> {
        let product = self.store().product(id::<ProductId>("id", &request.id)?).await?;
        let environments = self.store().environments(Some(product.id)).await?;
        let rules = self.store().runbook_rules(product.id).await?;
        let runbooks = self.store().runbooks(product.id).await?;
        let latest = RunbookRunFilter { product: Some(product.id), limit: LATEST_RUNS, ..RunbookRunFilter::default() };
        let runs = self.store().runbook_runs(&latest).await?;
        let scenarios = self.store().smoke_scenarios(product.id).await?;
        let templates = self.store().checklist_templates(Some(product.id)).await?;
        let connections = self.store().connections().await?;
        let open = pilothouse_engine::ports::store::ReleaseFilter {
            product: Some(product.id),
            open_only: true,
            ..pilothouse_engine::ports::store::ReleaseFilter::default()
        };
        let releases = self.store().releases(&open).await?;
        let named = |id: String, name: String| NamedThing { id, name };
        let place = |e: &Environment| {
            let rule = rules.iter().find(|rule| rule.environment_id == e.id);
            RunbookEnvironmentView {
                environment_id: e.id.to_string(),
                environment: e.name.clone(),
                needs_rollback: rule.is_some_and(|rule| rule.needs_rollback),
                stakeholders: rule.map(|rule| rule.stakeholders.clone()).unwrap_or_default(),
            }
        };
        let of_environment = |id| environments.iter().find(|e| e.id == id).map(|e| e.name.as_str()).unwrap_or_default();
        let mut pipelines: Vec<String> = Vec::new();
        for (binding, _) in environments.iter().flat_map(Environment::pipelines) {
            if !pipelines.contains(&binding.pipeline) {
                pipelines.push(binding.pipeline.clone());
            }
        }
        Ok(RunbooksView {
            product_id: product.id.to_string(),
            product: product.name,
            repository: product.repository,
            environments: environments.iter().map(place).collect(),
            runbooks: runbooks.iter().map(RunbookView::from).collect(),
            runs: runs.iter().map(RunbookRunSummary::from).collect(),
            smoke_scenarios: scenarios.into_iter().map(|s| named(s.id.to_string(), s.name)).collect(),
            checklist_templates: templates
                .into_iter()
                .map(|t| named(t.id.to_string(), format!("{} ({})", t.name, of_environment(t.environment_id))))
                .collect(),
            connections: connections.into_iter().map(|c| named(c.id.to_string(), c.name)).collect(),
            pipelines,
            releases: releases.into_iter().map(|r| named(r.id.to_string(), r.version.to_string())).collect(),
        })
    }

    /// Adds a runbook, as a draft, or changes one.
    ///
    /// # Errors
    /// `taken` for its name; `invalid` for a text that can't be used; `conflict` where somebody else changed it.
    pub async fn put_runbook(&self, request: PutRunbookRequest) -> Result<RunbookView, ApiError> {
        let product = id("product_id", &request.product_id)?;
        let known = optional_id::<RunbookId>("id", request.id.as_deref())?;
        let before = match known {
            Some(id) => Some(self.store().runbook(id).await?),
            None => None,
        };
        let content = match &request.content {
            Some(body) => Some(self.read_content(body, before.as_ref(), product).await?),
            None => None,
        };
        let edit = RunbookEdit {
            name: request.name,
            kind: request.kind.into(),
            environments: request.environment_ids.iter().map(|text| id("environment_ids", text)).collect::<Result<_, _>>()?,
            content,
        };
        let runbook = match known {
            Some(id) => self.engine.change_runbook(&self.actor, id, request.revision, edit).await?,
            None => self.engine.add_runbook(&self.actor, product, edit).await?,
        };
        Ok(RunbookView::from(&runbook))
    }

    /// Publishes a runbook's draft.
    ///
    /// # Errors
    /// `invalid` where there is no draft, or it has no steps.
    pub async fn publish_runbook(&self, request: PublishRunbookRequest) -> Result<RunbookView, ApiError> {
        let runbook = self.engine.publish_runbook(&self.actor, id("id", &request.id)?, &request.note).await?;
        Ok(RunbookView::from(&runbook))
    }

    /// Takes a runbook away. Its runs stay, and what releases have attached.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn remove_runbook(&self, request: IdRequest) -> Result<(), ApiError> {
        Ok(self.engine.remove_runbook(&self.actor, id("id", &request.id)?).await?)
    }

    /// Says whether an environment takes releases only with a rollback runbook, and who acknowledges it.
    ///
    /// # Errors
    /// `invalid` for names that can't be used.
    pub async fn set_runbook_rule(&self, request: SetRunbookRuleRequest) -> Result<RunbookEnvironmentView, ApiError> {
        let environment = id("environment_id", &request.environment_id)?;
        let rule = self.engine.set_runbook_rule(&self.actor, environment, request.needs_rollback, &request.stakeholders).await?;
        let environment = self.store().environment(environment).await?;
        Ok(RunbookEnvironmentView {
            environment_id: environment.id.to_string(),
            environment: environment.name,
            needs_rollback: rule.needs_rollback,
            stakeholders: rule.stakeholders,
        })
    }
}
