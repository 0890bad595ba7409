//! What documents are read from, and asked for by: the repository's default branch, and the paths that change where a release goes.

use super::source::Source;
use crate::engine::Engine;
use crate::error::EngineError;
use pilothouse_domain::ProductId;
use pilothouse_domain::arriving::{ReleaseChanges, arriving};
use pilothouse_domain::product::{Environment, Product};
use pilothouse_domain::release::{Release, SourceKind, SourceRef};

impl Engine {
    /// What a product's newest releases change, where one of its environments asks for documents or training.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn release_changes_for(&self, product: ProductId, environments: &[Environment]) -> Result<Vec<ReleaseChanges>, EngineError> {
        if environments.iter().any(|e| e.rules.needs_documents || e.rules.needs_training) {
            return self.release_changes(product).await;
        }
        Ok(Vec::new())
    }

    async fn release_changes(&self, product: ProductId) -> Result<Vec<ReleaseChanges>, EngineError> {
        Ok(self.newest_releases(product).await?.iter().filter_map(ReleaseChanges::of).collect())
    }

    /// The paths that change in each planned environment that is meant by deploying a release there, in promotion order; `None` for one
    /// where they aren't known.
    pub(super) async fn arriving(
        &self,
        release: &Release,
        is_meant: fn(&Environment) -> bool,
    ) -> Result<Vec<Option<Vec<String>>>, EngineError> {
        let mut environments = self.store().environments(Some(release.product_id)).await?;
        environments.retain(|e| is_meant(e) && (release.plan.is_none() || release.planned(e.id).is_some()));
        if environments.is_empty() {
            return Ok(Vec::new());
        }
        let known = self.release_changes(release.product_id).await?;
        let deployments = self.store().policy_deployments(release.product_id).await?;
        Ok(environments.iter().map(|e| arriving(release, &known, &deployments, e.id)).collect())
    }

    /// The repository's default branch, as the provider tells it. A clone doesn't know; there the usual names are looked for.
    pub(super) async fn main_branch(&self, product: &Product, source: &Source<'_>) -> Result<SourceRef, EngineError> {
        let told = match source.provider() {
            Ok(provider) => provider.repository(&product.repository).await.ok(),
            Err(_) => None,
        };
        match told.map(|repository| repository.default_branch).filter(|name| !name.is_empty()) {
            Some(name) => Ok(source.resolve(SourceKind::Branch, &name).await?),
            None => usual_branch(&source.refs().await?),
        }
    }
}

/// The branch that is called as most repositories call theirs; else the first.
fn usual_branch(refs: &[SourceRef]) -> Result<SourceRef, EngineError> {
    let branches = || refs.iter().filter(|known| known.kind == SourceKind::Branch);
    let named = |name: &str| branches().find(|branch| branch.name == name);
    named("main").or_else(|| named("master")).or_else(|| branches().next()).cloned().ok_or_else(|| {
        EngineError::invalid("release", "the repository has no branch to read from", "Choose a release: its commit is read.")
    })
}
