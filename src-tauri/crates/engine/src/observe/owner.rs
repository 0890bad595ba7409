//! Whose a gate is: of a deployment of ours, where its run is one; else of the product and environment that its pipeline is bound to.

use super::Place;
use super::place::Bound;
use crate::engine::Engine;
use crate::error::EngineError;
use crate::ports::provider::Gate;
use pilothouse_domain::deployment::Deployment;
use pilothouse_domain::gate::GateOwner;
use pilothouse_domain::product::{Environment, Product};
use std::collections::BTreeSet;

/// What tells whose a gate at a place is.
pub(super) struct Owners {
    products: Vec<Product>,
    environments: Vec<Environment>,
    /// Ours, whose runs are at the place.
    deployments: Vec<Deployment>,
    bound: BTreeSet<Bound>,
}

impl Engine {
    /// What tells whose a gate at a place is.
    pub(super) async fn owners(&self, place: &Place) -> Result<Owners, EngineError> {
        let ids: BTreeSet<_> = place.bound.iter().map(|bound| bound.product_id).collect();
        let mut products = Vec::new();
        let mut deployments = Vec::new();
        for id in ids {
            let product = self.store().product(id).await?;
            let own = self.store().policy_deployments(id).await?;
            deployments.extend(
                own.into_iter()
                    .filter(|d| d.repository == place.repository && d.pipeline.connection(product.connection_id) == place.connection_id),
            );
            products.push(product);
        }
        let bound = place.bound.clone();
        let mut environments = self.store().environments(None).await?;
        environments.retain(|environment| products.iter().any(|product| product.id == environment.product_id));
        Ok(Owners { products, environments, deployments, bound })
    }
}

impl Owners {
    /// Whose a gate is.
    pub(super) fn of(&self, gate: &Gate) -> GateOwner {
        let is_its_run = |d: &&Deployment| d.phases.iter().any(|p| p.state.run().is_some_and(|run| run.external_id == gate.run));
        // The latest, where a run was rerun for another one.
        if let Some(deployment) = self.deployments.iter().filter(is_its_run).max_by_key(|d| (d.requested_at, d.id)) {
            return GateOwner {
                product_id: Some(deployment.product_id),
                environment_id: Some(deployment.environment_id),
                release_id: Some(deployment.release_id),
                deployment_id: Some(deployment.id),
            };
        }
        let bound: Vec<&Bound> = self.bound.iter().filter(|bound| bound.pipeline == gate.pipeline).collect();
        let named = |bound: &&&Bound| {
            let environment = self.environments.iter().find(|environment| environment.id == bound.environment_id);
            gate.environment.as_ref().zip(environment).is_some_and(|(name, environment)| environment.name.eq_ignore_ascii_case(name))
        };
        let by_name: Vec<&Bound> = bound.iter().filter(named).copied().collect();
        let candidates = if by_name.is_empty() { bound } else { by_name };
        let one = |mut ids: Vec<_>| {
            ids.dedup();
            if ids.len() == 1 { ids.pop() } else { None }
        };
        let product_id = one(candidates.iter().map(|bound| bound.product_id).collect());
        let environment_id = match candidates.as_slice() {
            [only] => Some(only.environment_id),
            _ => None,
        };
        GateOwner { product_id, environment_id: environment_id.filter(|_| product_id.is_some()), ..GateOwner::default() }
    }

    /// What it is about, for a heading: "Checkout 1.4.0", "Checkout", or nothing.
    pub(super) fn words(&self, owner: &GateOwner) -> Option<String> {
        let product = self.products.iter().find(|product| Some(product.id) == owner.product_id)?;
        let deployment = self.deployments.iter().find(|deployment| Some(deployment.id) == owner.deployment_id);
        Some(match deployment {
            Some(deployment) => format!("{} {}", product.name, deployment.version),
            None => product.name.clone(),
        })
    }

    /// Who started the deployment.
    pub(super) fn requested_by(&self, owner: &GateOwner) -> Option<pilothouse_domain::Actor> {
        let deployment = self.deployments.iter().find(|deployment| Some(deployment.id) == owner.deployment_id);
        deployment.map(|deployment| deployment.requested_by.clone())
    }
}
