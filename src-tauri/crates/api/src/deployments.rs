//! Deployments: start, list, look at, cancel, decide, read a job's log.

mod decision;
mod phase;
mod phases;
mod run;
mod steering;
mod view;

pub use decision::*;
pub use phase::{FindingView, FindingWord, InstancesView, PhaseDecisionView, PhaseView, PhaseWord, WatchView};
pub use phases::{ChangePhasesRequest, DeploymentPhasesDto, PhasesOutlookView};
pub use run::{JobView, RunView, RunWord, StepView};
pub use steering::{PauseDeploymentRequest, PromoteFullyRequest, SkipPhaseRequest};
pub use view::*;

use crate::decode::{id, optional_id};
use crate::error::ApiError;
use crate::{Api, IdRequest};
use pilothouse_domain::deployment::Deployment;
use pilothouse_engine::ProductFacts;
use pilothouse_engine::ports::store::DeploymentFilter;
use serde::{Deserialize, Serialize};
use specta::Type;

/// At most so much of a log is handed out, from its end.
const MAX_LOG_BYTES: usize = 4 * 1024 * 1024;

/// A release to an environment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct StartDeploymentRequest {
    /// The release's id.
    pub release_id: String,
    /// The environment's id.
    pub environment_id: String,
}

/// Which deployments, last requested first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ListDeploymentsRequest {
    /// Of this product.
    pub product_id: Option<String>,
    /// Of this release.
    pub release_id: Option<String>,
    /// To this environment.
    pub environment_id: Option<String>,
    /// Only those that haven't ended.
    pub active_only: bool,
    /// Requested before this one was: the last id of the page before.
    pub after: Option<String>,
    /// At most so many, 1 to 500; 0 means 100.
    pub limit: u32,
}

/// A deployment to stop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct CancelDeploymentRequest {
    /// The deployment's id.
    pub id: String,
    /// Why; may be empty.
    pub reason: String,
}

/// Which job's log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct JobLogRequest {
    /// The deployment's id.
    pub deployment_id: String,
    /// The job's id at the provider.
    pub job_id: String,
}

/// A job's log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct JobLogView {
    /// The text as far as it can be had; none while there is none.
    pub text: Option<String>,
    /// True where the beginning was left out because the log is too long.
    pub truncated: bool,
    /// True where nothing more will come.
    pub is_complete: bool,
}

impl Api {
    /// Starts a deployment of a release to an environment. Returns once that is written; the engine does the rest.
    ///
    /// # Errors
    /// `blocked` where policy refuses it.
    pub async fn start_deployment(&self, request: StartDeploymentRequest) -> Result<DeploymentView, ApiError> {
        let release = id("release_id", &request.release_id)?;
        let environment = id("environment_id", &request.environment_id)?;
        let deployment = self.engine.deploy(&self.actor, release, environment).await?;
        self.deployment_view(&deployment).await
    }

    /// One deployment.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn get_deployment(&self, request: IdRequest) -> Result<DeploymentView, ApiError> {
        let deployment = self.store().deployment(id("id", &request.id)?).await?;
        self.deployment_view(&deployment).await
    }

    /// Deployments, last requested first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn list_deployments(&self, request: ListDeploymentsRequest) -> Result<Vec<DeploymentView>, ApiError> {
        let filter = DeploymentFilter {
            product: optional_id("product_id", request.product_id.as_deref())?,
            release: optional_id("release_id", request.release_id.as_deref())?,
            environment: optional_id("environment_id", request.environment_id.as_deref())?,
            active_only: request.active_only,
            after: optional_id("after", request.after.as_deref())?,
            limit: request.limit.min(500),
        };
        let products = self.store().products().await?;
        let name = |d: &Deployment| products.iter().find(|p| p.id == d.product_id).map(|p| p.name.clone()).unwrap_or_default();
        let connections = self.store().connections().await?;
        let view = |d: &Deployment| {
            let source = products.iter().find(|p| p.id == d.product_id).map(|p| p.connection_id);
            let capabilities = source.and_then(|source| self.engine.capabilities_for(d, source, &connections));
            DeploymentView::new(d, name(d), capabilities.as_ref(), self.engine.now())
        };
        Ok(self.store().deployments(&filter).await?.iter().map(view).collect())
    }

    /// Asks for a deployment to stop.
    ///
    /// # Errors
    /// `conflict` where it has deployed or ended already.
    pub async fn cancel_deployment(&self, request: CancelDeploymentRequest) -> Result<DeploymentView, ApiError> {
        let deployment = self.engine.cancel_deployment(&self.actor, id("id", &request.id)?, &request.reason).await?;
        self.deployment_view(&deployment).await
    }

    /// Answers what a deployment asks.
    ///
    /// # Errors
    /// `conflict` where it asks nothing, or something else.
    pub async fn decide(&self, request: DecideRequest) -> Result<DeploymentView, ApiError> {
        let deployment = self.engine.decide(&self.actor, id("id", &request.id)?, request.decision.into()).await?;
        self.deployment_view(&deployment).await
    }

    /// The log of a job, as far as the provider hands it out.
    ///
    /// # Errors
    /// Where the provider can't be asked; `not_found` where the deployment has no such job.
    pub async fn job_log(&self, request: JobLogRequest) -> Result<JobLogView, ApiError> {
        let deployment = self.store().deployment(id("deployment_id", &request.deployment_id)?).await?;
        let jobs = deployment.phases.iter().filter_map(|p| p.state.run()).flat_map(|run| &run.jobs);
        let job = jobs.into_iter().find(|job| job.external_id == request.job_id).cloned();
        let Some(job) = job else {
            return Err(ApiError::new(
                crate::ErrorCode::NotFound,
                format!("this deployment has no job {}", request.job_id),
                "Take a job's id as the deployment shows it; a further attempt has jobs of its own.",
            ));
        };
        let source = self.store().product(deployment.product_id).await?.connection_id;
        let connection = deployment.pipeline.connection(source);
        let repository = deployment.repository;
        let text = self.engine.ask_provider(connection, async move |client| client.job_log(&repository, &job.external_id, 0).await).await?;
        let text = text.map(|part| part.text);
        let whole = text.as_ref().map_or(0, String::len);
        let text = text.map(|text| tail(&text, MAX_LOG_BYTES).to_owned());
        Ok(JobLogView {
            truncated: text.as_ref().is_some_and(|t| t.len() < whole),
            is_complete: job.status.is_ended() && text.is_some(),
            text,
        })
    }

    /// A deployment of a product of which all is known.
    pub(crate) fn view_of(&self, deployment: &Deployment, product: &ProductFacts) -> DeploymentView {
        let capabilities = self.engine.capabilities_for(deployment, product.connection.id, &product.connections);
        DeploymentView::new(deployment, product.product.name.clone(), capabilities.as_ref(), self.engine.now())
    }

    pub(crate) async fn deployment_view(&self, deployment: &Deployment) -> Result<DeploymentView, ApiError> {
        let product = self.store().product(deployment.product_id).await?;
        let capabilities = self.engine.capabilities_for(deployment, product.connection_id, &self.store().connections().await?);
        Ok(DeploymentView::new(deployment, product.name, capabilities.as_ref(), self.engine.now()))
    }
}

/// The end of a text, cut at a line.
pub(crate) fn tail(text: &str, max: usize) -> &str {
    let Some(over) = text.len().checked_sub(max).filter(|over| *over > 0) else { return text };
    let cut = (over..text.len()).find(|index| text.is_char_boundary(*index)).unwrap_or(text.len());
    let rest = &text[cut..];
    rest.split_once('\n').map_or(rest, |(_, lines)| lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_log_keeps_its_last_lines_whole() {
        assert_eq!(tail("short\n", 100), "short\n");
        assert_eq!(tail("first\nsecond\nthird\n", 10), "third\n");
        assert_eq!(tail("ääää", 3), "ä", "a character is never cut");
    }
}
