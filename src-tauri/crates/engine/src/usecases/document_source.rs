//! What documents are read from, and asked for by: the repository's default branch, and the paths that change where a release goes; and,
//! by the same paths, what changed since a round of acceptance tests.

use super::source::Source;
use crate::engine::Engine;
use crate::error::EngineError;
use crate::ports::store::DeploymentFilter;
use pilothouse_domain::ProductId;
use pilothouse_domain::arriving::{Earlier, ReleaseChanges, arrived, arriving, between};
use pilothouse_domain::changelog::Commit;
use pilothouse_domain::product::{Environment, Product};
use pilothouse_domain::release::{Release, SourceKind, SourceRef};
use pilothouse_domain::uat::UatRound;

/// So many deployments to an environment are looked through, the newest.
const DEPLOYMENTS: u32 = 500;

impl Engine {
    /// What a product's newest releases change, where one of its environments asks for documents or training.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn release_changes_for(&self, product: ProductId, environments: &[Environment]) -> Result<Vec<ReleaseChanges>, EngineError> {
        if environments.iter().any(|e| e.rules.needs_documents || e.rules.needs_training || e.rules.max_commits > 0) {
            return self.release_changes(product).await;
        }
        Ok(Vec::new())
    }

    async fn release_changes(&self, product: ProductId) -> Result<Vec<ReleaseChanges>, EngineError> {
        Ok(self.newest_releases(product).await?.iter().filter_map(ReleaseChanges::of).collect())
    }

    /// The environments that a release is planned for, or may be, of those that are meant, in promotion order.
    async fn planned_environments(&self, release: &Release, is_meant: fn(&Environment) -> bool) -> Result<Vec<Environment>, EngineError> {
        let mut environments = self.store().environments(Some(release.product_id)).await?;
        environments.retain(|e| is_meant(e) && (release.plan.is_none() || release.planned(e.id).is_some()));
        Ok(environments)
    }

    /// The paths that change in each planned environment that is meant by deploying a release there, in promotion order; `None` for one
    /// where they aren't known.
    pub(super) async fn arriving(
        &self,
        release: &Release,
        is_meant: fn(&Environment) -> bool,
    ) -> Result<Vec<Option<Vec<String>>>, EngineError> {
        let environments = self.planned_environments(release, is_meant).await?;
        if environments.is_empty() {
            return Ok(Vec::new());
        }
        let known = self.release_changes(release.product_id).await?;
        let deployments = self.store().policy_deployments(release.product_id).await?;
        Ok(environments.iter().map(|e| arriving(release, &known, &deployments, e.id)).collect())
    }

    /// The paths that changed in each planned environment that is meant when a release came there, or will when it comes, in promotion
    /// order; `None` for one where they aren't known.
    pub(super) async fn arrived(
        &self,
        release: &Release,
        is_meant: fn(&Environment) -> bool,
    ) -> Result<Vec<Option<Vec<String>>>, EngineError> {
        let environments = self.planned_environments(release, is_meant).await?;
        if environments.is_empty() {
            return Ok(Vec::new());
        }
        let known = self.release_changes(release.product_id).await?;
        let mut changed = Vec::new();
        for environment in environments {
            let there = DeploymentFilter { environment: Some(environment.id), limit: DEPLOYMENTS, ..DeploymentFilter::default() };
            changed.push(arrived(release, &known, &self.store().deployments(&there).await?, environment.id));
        }
        Ok(changed)
    }

    /// The commits and paths of a release since the version that a round was about; `None` where there is no known way from one to the other.
    pub(super) async fn changes_since(
        &self,
        release: &Release,
        round: &UatRound,
    ) -> Result<Option<(Vec<Commit>, Option<Vec<String>>)>, EngineError> {
        if round.release_id == release.id {
            return Ok(Some((release.changelog.clone(), release.changed_paths.clone())));
        }
        let releases = self.newest_releases(release.product_id).await?;
        let known: Vec<ReleaseChanges> = releases.iter().filter_map(ReleaseChanges::of).collect();
        let tested = known.iter().find(|other| other.release_id == round.release_id && other.commit == round.commit);
        let tag = tested.map_or("", |tested| tested.tag.as_str());
        let Some(between) = between(release, &known, Earlier { release_id: round.release_id, tag, commit: &round.commit }) else {
            return Ok(None);
        };
        let passed = between.releases.iter().filter(|id| **id != release.id).filter_map(|id| releases.iter().find(|other| other.id == *id));
        let commits = release.changelog.iter().chain(passed.flat_map(|passed| &passed.changelog)).cloned().collect();
        Ok(Some((commits, between.paths)))
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
