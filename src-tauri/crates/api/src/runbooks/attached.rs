//! The rollback runbook of a release: what is attached, who has acknowledged it, and what its environments ask for.

use super::{NamedThing, RunbookContentBody, RunbookRunSummary};
use crate::decode::{id, shown};
use crate::error::ApiError;
use crate::{Api, IdRequest};
use pilothouse_domain::ReleaseId;
use pilothouse_domain::runbook::AttachedRunbook;
use pilothouse_engine::ports::runbook_store::RunbookRunFilter;
use serde::{Deserialize, Serialize};
use specta::Type;

/// The rollback runbook of a release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ReleaseRunbookView {
    /// The release.
    pub release_id: String,
    /// Its product.
    pub product_id: String,
    /// Its version.
    pub version: String,
    /// True where nothing can be changed any more.
    pub is_closed: bool,
    /// What is attached.
    pub attached: Option<AttachedRunbookView>,
    /// The environments of its plan that ask for one, in promotion order.
    pub asked_by: Vec<RunbookAskView>,
    /// What could be attached, by name.
    pub choices: Vec<RunbookChoice>,
    /// Where it could be run: the environments of its plan.
    pub environments: Vec<NamedThing>,
    /// Runs of runbooks for the release, last begun first.
    pub runs: Vec<RunbookRunSummary>,
}

/// A publication that a release has attached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct AttachedRunbookView {
    /// The runbook.
    pub runbook_id: String,
    /// Its name.
    pub name: String,
    /// The number of the publication.
    pub number: u32,
    /// The number of the last one, where that is later.
    pub newer: Option<u32>,
    /// Its text.
    pub content: RunbookContentBody,
    /// Who attached it.
    pub attached_by: String,
    /// When.
    pub attached_at: String,
    /// Who has acknowledged it.
    pub acknowledgements: Vec<AcknowledgementView>,
    /// Whether whoever asks has.
    pub is_acknowledged_by_me: bool,
}

/// An acknowledgement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct AcknowledgementView {
    /// Who.
    pub by: String,
    /// When.
    pub at: String,
    /// A remark; may be empty.
    pub remark: String,
}

/// An environment that asks for a rollback runbook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RunbookAskView {
    /// Its id.
    pub environment_id: String,
    /// Its name.
    pub environment: String,
    /// Who acknowledges it.
    pub stakeholders: Vec<StakeholderView>,
}

/// Somebody who acknowledges.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct StakeholderView {
    /// Their name.
    pub name: String,
    /// When they did.
    pub acknowledged_at: Option<String>,
}

/// A runbook that could be attached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RunbookChoice {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The number of its last publication.
    pub number: u32,
}

/// A runbook to attach.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct AttachRunbookRequest {
    /// The release.
    pub release_id: String,
    /// The runbook.
    pub runbook_id: String,
}

/// What somebody has read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct AcknowledgeRunbookRequest {
    /// The release.
    pub release_id: String,
    /// The runbook that was read.
    pub runbook_id: String,
    /// The number that was read.
    pub number: u32,
    /// A remark; may be empty.
    pub remark: String,
}

impl Api {
    /// The rollback runbook of a release.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn release_runbook(&self, request: IdRequest) -> Result<ReleaseRunbookView, ApiError> {
        self.release_runbook_view(id("id", &request.id)?).await
    }

    /// Attaches the last publication of a rollback runbook.
    ///
    /// # Errors
    /// `invalid` where it isn't one, was never published, or the release is closed.
    pub async fn attach_runbook(&self, request: AttachRunbookRequest) -> Result<ReleaseRunbookView, ApiError> {
        let (release, runbook) = (id("release_id", &request.release_id)?, id("runbook_id", &request.runbook_id)?);
        self.engine.attach_runbook(&self.actor, release, runbook).await?;
        self.release_runbook_view(release).await
    }

    /// Takes the rollback runbook off a release.
    ///
    /// # Errors
    /// `invalid` where the release is closed.
    pub async fn detach_runbook(&self, request: IdRequest) -> Result<ReleaseRunbookView, ApiError> {
        let release = id("id", &request.id)?;
        self.engine.detach_runbook(&self.actor, release).await?;
        self.release_runbook_view(release).await
    }

    /// Records that somebody has read this very publication and knows their part in it.
    ///
    /// # Errors
    /// `invalid` where another one is attached, or they have acknowledged it.
    pub async fn acknowledge_runbook(&self, request: AcknowledgeRunbookRequest) -> Result<ReleaseRunbookView, ApiError> {
        let release = id("release_id", &request.release_id)?;
        let seen = (id("runbook_id", &request.runbook_id)?, request.number);
        self.engine.acknowledge_runbook(&self.actor, release, seen, &request.remark).await?;
        self.release_runbook_view(release).await
    }

    /// Takes one's own acknowledgement back.
    ///
    /// # Errors
    /// `invalid` where nothing is attached.
    pub async fn withdraw_acknowledgement(&self, request: IdRequest) -> Result<ReleaseRunbookView, ApiError> {
        let release = id("id", &request.id)?;
        self.engine.withdraw_acknowledgement(&self.actor, release).await?;
        self.release_runbook_view(release).await
    }

    async fn release_runbook_view(&self, id: ReleaseId) -> Result<ReleaseRunbookView, ApiError> {
        let known = self.engine.release_runbook(id).await?;
        let environments = self.store().environments(Some(known.release.product_id)).await?;
        let is_planned =
            |e: &&pilothouse_domain::product::Environment| known.release.plan.is_none() || known.release.planned(e.id).is_some();
        let of_release = RunbookRunFilter { release: Some(id), limit: 20, ..RunbookRunFilter::default() };
        let runs = self.store().runbook_runs(&of_release).await?;
        let attached = known.attached.as_ref();
        let said = |name: &str| attached.and_then(|attached| attached.acknowledgement(name)).map(|known| shown(known.at));
        Ok(ReleaseRunbookView {
            release_id: id.to_string(),
            product_id: known.release.product_id.to_string(),
            version: known.release.version.to_string(),
            is_closed: known.release.state.is_terminal(),
            attached: attached.map(|attached| self.attached_view(attached, known.newer)),
            asked_by: known
                .rules
                .iter()
                .map(|(environment, rule)| RunbookAskView {
                    environment_id: rule.environment_id.to_string(),
                    environment: environment.clone(),
                    stakeholders: rule
                        .stakeholders
                        .iter()
                        .map(|name| StakeholderView { name: name.clone(), acknowledged_at: said(name) })
                        .collect(),
                })
                .collect(),
            choices: known
                .choices
                .iter()
                .map(|runbook| RunbookChoice {
                    id: runbook.id.to_string(),
                    name: runbook.name.clone(),
                    number: runbook.published.as_ref().map_or(0, |published| published.number),
                })
                .collect(),
            environments: environments
                .iter()
                .filter(is_planned)
                .map(|e| NamedThing { id: e.id.to_string(), name: e.name.clone() })
                .collect(),
            runs: runs.iter().map(RunbookRunSummary::from).collect(),
        })
    }

    fn attached_view(&self, attached: &AttachedRunbook, newer: Option<u32>) -> AttachedRunbookView {
        let view = |known: &pilothouse_domain::runbook::Acknowledgement| AcknowledgementView {
            by: known.by.to_string(),
            at: shown(known.at),
            remark: known.remark.clone(),
        };
        AttachedRunbookView {
            runbook_id: attached.runbook_id.to_string(),
            name: attached.name.clone(),
            number: attached.number,
            newer,
            content: RunbookContentBody::from(&attached.content),
            attached_by: attached.attached_by.to_string(),
            attached_at: shown(attached.attached_at),
            acknowledgements: attached.acknowledgements.iter().map(view).collect(),
            is_acknowledged_by_me: attached.acknowledgements.iter().any(|known| known.by == self.actor),
        }
    }
}
