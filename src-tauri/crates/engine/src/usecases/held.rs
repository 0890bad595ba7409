//! What is held at the providers where a product's pipelines live: shown beside its plan, and asked right before a deployment is started.
//! A provider that can't be asked in time holds nothing up: it will say no itself.

use crate::engine::Engine;
use crate::error::EngineError;
use crate::ports::provider::{Capability, Hold, HoldTarget};
use futures::future::join_all;
use pilothouse_domain::pipeline::PipelineBinding;
use pilothouse_domain::policy::{Blocker, held};
use pilothouse_domain::product::{Environment, Product};
use pilothouse_domain::{ConnectionId, ProductId};
use std::collections::BTreeSet;
use std::time::Duration;

/// How long a provider is waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// A pipeline of an environment that is held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldPipeline {
    /// The environment that it deploys to.
    pub environment: Environment,
    /// Through which connection.
    pub connection_id: ConnectionId,
    /// Where it lives.
    pub repository: String,
    /// What is held.
    pub hold: Hold,
}

impl Engine {
    /// What holds the deploy pipelines of a product up. Asks each provider once; those that don't answer in time are left out.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn held_pipelines(&self, id: ProductId) -> Result<Vec<HeldPipeline>, EngineError> {
        let product = self.store().product(id).await?;
        let environments = self.store().environments(Some(id)).await?;
        let places: BTreeSet<(ConnectionId, String)> =
            environments.iter().map(|environment| place(&product, &environment.deploy)).collect();
        let asked = join_all(places.into_iter().map(async |at| {
            let holds = self.held_at(at.0, &at.1).await;
            (at, holds)
        }))
        .await;
        let mut found = Vec::new();
        for environment in environments {
            let at = place(&product, &environment.deploy);
            let holds = asked.iter().filter(|(place, _)| *place == at).flat_map(|(_, holds)| holds);
            found.extend(holds.filter(|hold| concerns(hold, &environment.deploy)).map(|hold| HeldPipeline {
                environment: environment.clone(),
                connection_id: at.0,
                repository: at.1.clone(),
                hold: hold.clone(),
            }));
        }
        Ok(found)
    }

    /// What stands against a deployment because its pipeline is held; `None` where nothing is, or it isn't known.
    pub(super) async fn held_up(&self, product: &Product, environment: &Environment, pipeline: &PipelineBinding) -> Option<Blocker> {
        let (connection, repository) = place(product, pipeline);
        let holds = self.held_at(connection, &repository).await;
        // A freeze stops nothing by itself: jobs are told, and decide.
        let hold = holds.into_iter().find(|hold| hold.target != HoldTarget::Freeze && concerns(hold, pipeline))?;
        Some(held(environment, &hold.title, hold.reason.as_deref(), hold.stops))
    }

    /// What is held in a repository, as far as the provider tells in time.
    async fn held_at(&self, connection: ConnectionId, repository: &str) -> Vec<Hold> {
        let asking = async {
            self.must_be_offered(connection, Capability::Hold).await?;
            self.holds(connection, repository).await
        };
        let told = tokio::select! {
            biased;
            told = asking => Some(told),
            () = self.sleep_until(self.now().plus(PATIENCE)) => None,
        };
        match told {
            Some(Ok(holds)) => holds.into_iter().filter(|hold| hold.is_held).collect(),
            Some(Err(error)) => {
                tracing::info!(%connection, repository, %error, "what is held could not be asked");
                Vec::new()
            }
            None => {
                tracing::info!(%connection, repository, "what is held was not told in time");
                Vec::new()
            }
        }
    }
}

fn place(product: &Product, pipeline: &PipelineBinding) -> (ConnectionId, String) {
    (pipeline.connection(product.connection_id), pipeline.repository(&product.repository).to_owned())
}

fn concerns(hold: &Hold, pipeline: &PipelineBinding) -> bool {
    match &hold.target {
        HoldTarget::Pipeline { pipeline: held } | HoldTarget::Stage { pipeline: held, .. } => *held == pipeline.pipeline,
        HoldTarget::Freeze => true,
    }
}
