//! Runs that Pilothouse did not start: list, explain.

use crate::Api;
use crate::decode::{id, optional_id, shown};
use crate::deployments::RunWord;
use crate::error::ApiError;
use pilothouse_domain::connection::Connection;
use pilothouse_domain::product::{Environment, Product};
use pilothouse_domain::release::Release;
use pilothouse_domain::unplanned::{UnplannedRun, UnplannedState};
use pilothouse_engine::ports::StoreError;
use pilothouse_engine::ports::store::UnplannedRunFilter;
use serde::{Deserialize, Serialize};
use specta::Type;

/// Which unplanned runs, last seen first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ListUnplannedRunsRequest {
    /// Of this product.
    pub product_id: Option<String>,
    /// Only those that ask for a reason.
    pub open_only: bool,
    /// At most so many, 1 to 500; 0 means 100.
    pub limit: u32,
}

/// Why a run was started elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ExplainUnplannedRunRequest {
    /// The run's id.
    pub id: String,
    /// Why.
    pub reason: String,
    /// The release that it brought, where it was one of the product's.
    pub release_id: Option<String>,
}

/// A run of a bound pipeline that Pilothouse did not start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct UnplannedRunView {
    /// Its id.
    pub id: String,
    /// The product's id.
    pub product_id: String,
    /// The product's name.
    pub product: String,
    /// The environments that it may have changed, in promotion order.
    pub environments: Vec<UnplannedEnvironment>,
    /// The connection's name; none where it was taken away since.
    pub connection: Option<String>,
    /// What holds the pipeline at the provider.
    pub repository: String,
    /// The pipeline.
    pub pipeline: String,
    /// The provider's id of the run.
    pub external_id: String,
    /// Which attempt of it, from 1.
    pub attempt: u32,
    /// Its page at the provider.
    pub url: String,
    /// What it is called there.
    pub title: String,
    /// Who started it, where the provider tells.
    pub started_by: Option<String>,
    /// The branch or tag that it runs at, where the provider tells.
    pub git_ref: Option<String>,
    /// The commit that it runs at, where the provider tells.
    pub commit: Option<String>,
    /// When it was made; where the provider doesn't tell, when it was first seen.
    pub started_at: String,
    /// How it went when it was last seen.
    pub status: RunWord,
    /// The deployment of which it is a further attempt, or to which it was found to belong.
    pub deployment_id: Option<String>,
    /// What is known about why it ran.
    pub state: UnplannedStateWord,
    /// Why.
    pub reason: Option<String>,
    /// Who said so.
    pub explained_by: Option<String>,
    /// When.
    pub explained_at: Option<String>,
    /// The release that it brought.
    pub release_id: Option<String>,
    /// That release's version.
    pub version: Option<String>,
}

/// An environment that an unplanned run may have changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct UnplannedEnvironment {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// What is known about why an unplanned run ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum UnplannedStateWord {
    /// Nothing: a reason is asked for.
    Open,
    /// A person has said why.
    Explained,
    /// It was a deployment's own run after all.
    Ours,
}

impl UnplannedRunView {
    pub(crate) fn new(
        run: &UnplannedRun,
        product: &Product,
        environments: &[Environment],
        connections: &[Connection],
        release: Option<&Release>,
    ) -> Self {
        let touched = environments.iter().filter(|e| run.touches(e.id));
        let mut view = Self {
            id: run.id.to_string(),
            product_id: run.product_id.to_string(),
            product: product.name.clone(),
            environments: touched.map(|e| UnplannedEnvironment { id: e.id.to_string(), name: e.name.clone() }).collect(),
            connection: connections.iter().find(|c| c.id == run.connection_id).map(|c| c.name.clone()),
            repository: run.repository.clone(),
            pipeline: run.pipeline.clone(),
            external_id: run.external_id.clone(),
            attempt: run.attempt,
            url: run.url.clone(),
            title: run.title.clone(),
            started_by: run.started_by.clone(),
            git_ref: run.git_ref.clone(),
            commit: run.commit.clone(),
            started_at: shown(run.began()),
            status: (&run.status).into(),
            deployment_id: run.rerun_of.map(|id| id.to_string()),
            state: UnplannedStateWord::Open,
            reason: None,
            explained_by: None,
            explained_at: None,
            release_id: None,
            version: release.map(|r| r.version.to_string()),
        };
        match &run.state {
            UnplannedState::Open => {}
            UnplannedState::Explained { reason, by, at, release_id } => {
                view.state = UnplannedStateWord::Explained;
                view.reason = Some(reason.clone());
                view.explained_by = Some(by.to_string());
                view.explained_at = Some(shown(*at));
                view.release_id = release_id.map(|id| id.to_string());
            }
            UnplannedState::Ours { deployment_id, .. } => {
                view.state = UnplannedStateWord::Ours;
                view.deployment_id = Some(deployment_id.to_string());
            }
        }
        view
    }
}

impl Api {
    /// Runs that Pilothouse did not start, last seen first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn list_unplanned_runs(&self, request: ListUnplannedRunsRequest) -> Result<Vec<UnplannedRunView>, ApiError> {
        let filter = UnplannedRunFilter {
            product: optional_id("product_id", request.product_id.as_deref())?,
            open_only: request.open_only,
            limit: request.limit.min(500),
            ..UnplannedRunFilter::default()
        };
        let runs = self.store().unplanned_runs(&filter).await?;
        self.unplanned_views(&runs).await
    }

    /// One run that Pilothouse did not start.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn get_unplanned_run(&self, request: crate::IdRequest) -> Result<UnplannedRunView, ApiError> {
        let run = self.store().unplanned_run(id("id", &request.id)?).await?;
        self.unplanned_view(&run).await
    }

    /// Gives the reason for a run, in place of an earlier one.
    ///
    /// # Errors
    /// `invalid` without a reason.
    pub async fn explain_unplanned_run(&self, request: ExplainUnplannedRunRequest) -> Result<UnplannedRunView, ApiError> {
        let release = optional_id("release_id", request.release_id.as_deref())?;
        let run = self.engine.explain_unplanned_run(&self.actor, id("id", &request.id)?, &request.reason, release).await?;
        self.unplanned_view(&run).await
    }

    async fn unplanned_view(&self, run: &UnplannedRun) -> Result<UnplannedRunView, ApiError> {
        let views = self.unplanned_views(std::slice::from_ref(run)).await?;
        let gone = StoreError::NotFound { kind: "unplanned_run", id: run.id.to_string() };
        views.into_iter().next().ok_or_else(|| gone.into())
    }

    async fn unplanned_views(&self, runs: &[UnplannedRun]) -> Result<Vec<UnplannedRunView>, ApiError> {
        let (products, environments) = (self.store().products().await?, self.store().environments(None).await?);
        let connections = self.store().connections().await?;
        let mut views = Vec::with_capacity(runs.len());
        for run in runs {
            let Some(product) = products.iter().find(|p| p.id == run.product_id) else { continue };
            let release = match &run.state {
                UnplannedState::Explained { release_id: Some(release), .. } => Some(self.store().release(*release).await?),
                _ => None,
            };
            views.push(UnplannedRunView::new(run, product, &environments, &connections, release.as_ref()));
        }
        Ok(views)
    }
}
