//! Which environments a pipeline is bound to, what stands against changing them by hand, and which deployment follows a run.

use crate::engine::Engine;
use crate::error::EngineError;
use crate::ports::store::DeploymentFilter;
use pilothouse_domain::deployment::Deployment;
use pilothouse_domain::manual_run::ChangedEnvironment;
use pilothouse_domain::pipeline::{InputValue, PipelineBinding};
use pilothouse_domain::policy::{Blocker, ByHand, evaluate_by_hand};
use pilothouse_domain::{ConnectionId, ProductId};

/// How many deployments are looked through for the one that follows a run.
const MOST_DEPLOYMENTS: u32 = 200;

/// A pipeline that changes an environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoundPipeline {
    /// The pipeline, as the provider names it.
    pub pipeline: String,
    /// The environment.
    pub changed: ChangedEnvironment,
    /// False where it only brings earlier versions back.
    pub is_deploy: bool,
    /// The input that takes the environment's name, where one does.
    pub environment_input: Option<String>,
    /// The input that takes the correlation token, where one does.
    pub correlation_input: Option<String>,
}

impl Engine {
    /// The environments that a repository's pipelines, or one of them, are bound to. By products and promotion order.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn bound(
        &self,
        connection: ConnectionId,
        repository: &str,
        pipeline: Option<&str>,
    ) -> Result<Vec<BoundPipeline>, EngineError> {
        let products = self.store().products().await?;
        let mut found = Vec::new();
        for environment in self.store().environments(None).await? {
            let Some(product) = products.iter().find(|p| p.id == environment.product_id) else { continue };
            let is_there = |binding: &&PipelineBinding| {
                binding.connection(product.connection_id) == connection
                    && binding.repository(&product.repository) == repository
                    && pipeline.is_none_or(|pipeline| binding.pipeline == pipeline)
            };
            for (binding, is_deploy) in environment.pipelines().into_iter().filter(|(binding, _)| is_there(&binding)) {
                let input = |wanted: &InputValue| binding.inputs.iter().find(|i| i.value == *wanted).map(|i| i.name.clone());
                found.push(BoundPipeline {
                    pipeline: binding.pipeline.clone(),
                    changed: ChangedEnvironment {
                        product_id: product.id,
                        product: product.name.clone(),
                        environment_id: environment.id,
                        environment: environment.name.clone(),
                    },
                    is_deploy,
                    environment_input: input(&InputValue::Environment),
                    correlation_input: input(&InputValue::Correlation),
                });
            }
        }
        Ok(found)
    }

    /// What stands against changing these environments by hand, with this pipeline.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn by_hand_blockers(&self, pipeline: &str, changes: &[ChangedEnvironment]) -> Result<Vec<Blocker>, EngineError> {
        let mut blockers: Vec<Blocker> = Vec::new();
        let windows = if changes.is_empty() { Vec::new() } else { self.store().calendar_windows().await? };
        let mut seen: Option<(ProductId, Vec<Deployment>)> = None;
        for changed in changes {
            let deployments = match seen.take() {
                Some((product, deployments)) if product == changed.product_id => deployments,
                _ => self.store().policy_deployments(changed.product_id).await?,
            };
            let locks = self.store().locks(Some(changed.product_id)).await?;
            let environment = self.store().environment(changed.environment_id).await?;
            let facts = ByHand { environment: &environment, deployments: &deployments, locks: &locks, windows: &windows, pipeline };
            for blocker in evaluate_by_hand(&facts, self.now()) {
                if !blockers.contains(&blocker) {
                    blockers.push(blocker);
                }
            }
            seen = Some((changed.product_id, deployments));
        }
        Ok(blockers)
    }

    /// The deployment that follows, or followed, a run; of the latest ones.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn deployment_of_run(
        &self,
        connection: ConnectionId,
        repository: &str,
        external_id: &str,
    ) -> Result<Option<Deployment>, EngineError> {
        let found = self.deployments_at(connection, repository).await?;
        Ok(found.into_iter().find(|deployment| deployment_runs(deployment).any(|id| id == external_id)))
    }

    /// The latest deployments through a repository's pipelines, last requested first.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn deployments_at(&self, connection: ConnectionId, repository: &str) -> Result<Vec<Deployment>, EngineError> {
        let products = self.store().products().await?;
        let latest = self.store().deployments(&DeploymentFilter { limit: MOST_DEPLOYMENTS, ..DeploymentFilter::default() }).await?;
        let is_there = |deployment: &Deployment| {
            let source = products.iter().find(|p| p.id == deployment.product_id).map(|p| p.connection_id);
            deployment.repository == repository && source.is_some_and(|source| deployment.pipeline.connection(source) == connection)
        };
        Ok(latest.into_iter().filter(is_there).collect())
    }
}

/// The ids of the runs of a deployment at the provider.
pub fn deployment_runs(deployment: &Deployment) -> impl Iterator<Item = &str> {
    deployment.phases.iter().filter_map(|phase| phase.state.run()).map(|run| run.external_id.as_str())
}
