//! Gathers what policy needs to know. Must not judge: that is [`pilothouse_domain::policy::evaluate`].

use crate::engine::Engine;
use crate::error::EngineError;
use crate::ports::store::IncidentFilter;
use pilothouse_domain::approval::Approval;
use pilothouse_domain::check::{CheckState, Health, HealthCheck, worst};
use pilothouse_domain::connection::Connection;
use pilothouse_domain::deployment::Deployment;
use pilothouse_domain::incident::Incident;
use pilothouse_domain::lock::Lock;
use pilothouse_domain::policy::{Action, Blocker, Facts, evaluate};
use pilothouse_domain::product::{Environment, Product};
use pilothouse_domain::release::Release;
use pilothouse_domain::unplanned::UnplannedRun;
use pilothouse_domain::{CheckId, EnvironmentId, ProductId, ReleaseId, Timestamp};
use std::collections::HashMap;

/// What is known about a product: the part of the [`Facts`] that all its releases share.
pub struct ProductFacts {
    /// The product.
    pub product: Product,
    /// Its environments in promotion order.
    pub environments: Vec<Environment>,
    /// Its deployments, as far as policy needs them.
    pub deployments: Vec<Deployment>,
    /// Its locks that were not lifted.
    pub locks: Vec<Lock>,
    /// Its open incidents.
    pub incidents: Vec<Incident>,
    /// Its unplanned runs: those that are open, and the latest of the others.
    pub unplanned: Vec<UnplannedRun>,
    /// Health of each of its environments that has checks.
    pub health: Vec<(EnvironmentId, Health)>,
    /// The connection to its source.
    pub connection: Connection,
    /// Every connection: its pipelines may live elsewhere.
    pub connections: Vec<Connection>,
}

/// What is known about a release: [`Facts`], owned.
pub struct ReleaseFacts {
    /// The release.
    pub release: Release,
    /// Votes on it.
    pub approvals: Vec<Approval>,
    /// What is known about its product.
    pub product: ProductFacts,
}

impl ReleaseFacts {
    /// What doesn't hold for an action in an environment.
    #[must_use]
    pub fn blockers(&self, action: &Action, environment: Option<EnvironmentId>, now: Timestamp) -> Vec<Blocker> {
        evaluate(action, &self.facts(environment), now)
    }

    /// As policy wants them.
    #[must_use]
    pub fn facts(&self, environment: Option<EnvironmentId>) -> Facts<'_> {
        Facts {
            release: &self.release,
            approvals: &self.approvals,
            environment: environment.and_then(|id| self.product.environments.iter().find(|e| e.id == id)),
            environments: &self.product.environments,
            deployments: &self.product.deployments,
            locks: &self.product.locks,
            incidents: &self.product.incidents,
            unplanned: &self.product.unplanned,
            health: &self.product.health,
            connection: &self.product.connection,
            connections: &self.product.connections,
        }
    }

    /// An environment of the product.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] where the product has no such environment.
    pub fn environment(&self, id: EnvironmentId) -> Result<&Environment, EngineError> {
        self.product.environments.iter().find(|e| e.id == id).ok_or_else(|| {
            EngineError::invalid(
                "environment",
                format!("{} has no such environment", self.product.product.name),
                "Choose one of the product's environments.",
            )
        })
    }
}

impl Engine {
    /// What is known about a product.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn product_facts(&self, id: ProductId) -> Result<ProductFacts, EngineError> {
        let store = self.store();
        let product = store.product(id).await?;
        let connections = store.connections().await?;
        let connection = store.connection(product.connection_id).await?;
        let environments = store.environments(Some(id)).await?;
        let checks: Vec<HealthCheck> = store.checks(None).await?.into_iter().filter(|c| c.product_id == id).collect();
        let states: HashMap<CheckId, CheckState> = store.check_states().await?.into_iter().collect();
        let health = environment_health(&environments, &checks, &states);
        let incidents = store.incidents(&IncidentFilter { product: Some(id), open_only: true, ..IncidentFilter::default() }).await?;
        Ok(ProductFacts {
            deployments: store.policy_deployments(id).await?,
            unplanned: self.unplanned_facts(id).await?,
            locks: store.locks(Some(id)).await?,
            product,
            environments,
            incidents,
            health,
            connection,
            connections,
        })
    }

    /// What is known about a release.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn release_facts(&self, id: ReleaseId) -> Result<ReleaseFacts, EngineError> {
        let release = self.store().release(id).await?;
        let product = self.product_facts(release.product_id).await?;
        let approvals = self.store().approvals(id).await?;
        Ok(ReleaseFacts { release, approvals, product })
    }
}

/// Health of each environment that has enabled checks.
#[must_use]
pub fn environment_health(
    environments: &[Environment],
    checks: &[HealthCheck],
    states: &HashMap<CheckId, CheckState>,
) -> Vec<(EnvironmentId, Health)> {
    environments
        .iter()
        .filter_map(|environment| {
            let mut own = checks.iter().filter(|c| c.enabled && c.environment_id == environment.id).peekable();
            own.peek()?;
            let health = worst(own.map(|c| states.get(&c.id).map_or(Health::NoData, |s| s.health)));
            Some((environment.id, health))
        })
        .collect()
}
