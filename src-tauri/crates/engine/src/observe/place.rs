//! The places that are observed: each repository, at each connection, that holds a bound pipeline of a product, or issues that are feedback.

use crate::engine::Engine;
use crate::error::EngineError;
use pilothouse_domain::{ConnectionId, EnvironmentId, ProductId, UatRoundId};
use std::collections::{BTreeMap, BTreeSet};

/// What holds pipelines at a provider, and the pipelines that are bound there; or what holds issues, and the rounds that read them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// The account through which it is asked.
    pub(crate) connection_id: ConnectionId,
    /// A repository, a project, a folder, a region.
    pub(crate) repository: String,
    /// Which pipelines deploy to which environments there; none where issues are read.
    pub(crate) bound: BTreeSet<Bound>,
    /// Which rounds read issues there; none where pipelines are looked at, which has a pace of its own.
    pub(crate) rounds: BTreeSet<UatRoundId>,
}

/// A pipeline that deploys to an environment.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Bound {
    /// The pipeline, as in a binding.
    pub(crate) pipeline: String,
    /// The product.
    pub(crate) product_id: ProductId,
    /// The environment.
    pub(crate) environment_id: EnvironmentId,
}

impl Engine {
    /// Every place that holds a bound pipeline, deploying or rolling back.
    pub(crate) async fn places(&self) -> Result<Vec<Place>, EngineError> {
        let products = self.store().products().await?;
        let mut places: BTreeMap<(ConnectionId, String), BTreeSet<Bound>> = BTreeMap::new();
        for environment in self.store().environments(None).await? {
            let Some(product) = products.iter().find(|p| p.id == environment.product_id) else { continue };
            for (pipeline, _) in environment.pipelines() {
                let key = (pipeline.connection(product.connection_id), pipeline.repository(&product.repository).to_owned());
                let bound = Bound { pipeline: pipeline.pipeline.clone(), product_id: product.id, environment_id: environment.id };
                places.entry(key).or_default().insert(bound);
            }
        }
        let place = |((connection_id, repository), bound)| Place { connection_id, repository, bound, rounds: BTreeSet::new() };
        Ok(places.into_iter().map(place).collect())
    }
}
