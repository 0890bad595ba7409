//! What would change where: for each environment the commits between the version that was last verified there and a release, and
//! those that would be taken away. Must not write anything.

use super::source::{Source, ToldBy};
use crate::engine::Engine;
use crate::error::EngineError;
use crate::ports::ProviderError;
use crate::ports::provider::SourcePage;
use pilothouse_domain::changelog::Commit;
use pilothouse_domain::deployment::Deployment;
use pilothouse_domain::policy::{current_deployment, rollback_candidates};
use pilothouse_domain::product::Environment;
use pilothouse_domain::release::Release;
use pilothouse_domain::{EnvironmentId, ReleaseId};
use std::collections::HashMap;

/// At most so many environments are compared at once.
const MOST_ENVIRONMENTS: usize = 20;

/// What a release would change.
#[derive(Clone, Debug)]
pub struct ReleaseComparison {
    /// The release.
    pub release: Release,
    /// Its product's name.
    pub product: String,
    /// Each environment, in promotion order.
    pub environments: Vec<EnvironmentComparison>,
    /// Who told it.
    pub told_by: ToldBy,
}

/// What a release would change in one environment.
#[derive(Clone, Debug)]
pub struct EnvironmentComparison {
    /// The environment.
    pub environment: Environment,
    /// What was last verified there; `None` where nothing was.
    pub verified: Option<Deployment>,
    /// What has come there since and isn't verified.
    pub unverified: Option<Deployment>,
    /// The difference; `None` where there is nothing to compare with.
    pub difference: Option<Result<Difference, ProviderError>>,
}

/// The way from one commit to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What comes, newest first; each with its page, where it has one.
    pub brings: Vec<(Commit, Option<String>)>,
    /// How many that are; more than `brings` holds where there are too many.
    pub ahead: u32,
    /// What is taken away, newest first.
    pub takes_away: Vec<(Commit, Option<String>)>,
    /// How many that are.
    pub behind: u32,
    /// The comparison's page.
    pub page: Option<String>,
}

impl Engine {
    /// What a release would change in an environment, or in each of its plan (of its product, where it has none).
    ///
    /// # Errors
    /// Where neither provider nor clone can be asked at all. What can't be compared is told with its environment.
    pub async fn compare_release(&self, id: ReleaseId, environment: Option<EnvironmentId>) -> Result<ReleaseComparison, EngineError> {
        let release = self.store().release(id).await?;
        let product = self.store().product(release.product_id).await?;
        let deployments = self.store().policy_deployments(product.id).await?;
        let environments = self.store().environments(Some(product.id)).await?;
        let is_wanted = |e: &Environment| match environment {
            Some(wanted) => e.id == wanted,
            None => release.plan.is_none() || release.planned(e.id).is_some(),
        };
        let source = self.source(&product).await?;
        let mut known: HashMap<String, Result<Difference, ProviderError>> = HashMap::new();
        let mut compared = Vec::new();
        for environment in environments.into_iter().filter(is_wanted).take(MOST_ENVIRONMENTS) {
            let current = current_deployment(&deployments, environment.id);
            let verified =
                current.filter(|d| d.is_verified()).or_else(|| rollback_candidates(&deployments, environment.id).first().copied());
            let difference = match verified {
                None => None,
                Some(verified) => Some(match known.get(&verified.commit) {
                    Some(difference) => difference.clone(),
                    None => {
                        let difference = difference(&source, &verified.commit, &release.source.commit).await;
                        known.insert(verified.commit.clone(), difference.clone());
                        difference
                    }
                }),
            };
            compared.push(EnvironmentComparison {
                verified: verified.cloned(),
                unverified: current.filter(|d| !d.is_verified()).cloned(),
                environment,
                difference,
            });
        }
        Ok(ReleaseComparison { product: product.name, told_by: source.told_by(), release, environments: compared })
    }
}

async fn difference(source: &Source<'_>, base: &str, head: &str) -> Result<Difference, ProviderError> {
    let none = Difference { brings: Vec::new(), ahead: 0, takes_away: Vec::new(), behind: 0, page: None };
    if base == head {
        return Ok(none);
    }
    let forward = source.compare(base, head).await?;
    let back = if forward.behind > 0 { source.compare(head, base).await?.commits } else { Vec::new() };
    let linked = |commits: Vec<Commit>| {
        let page = |commit: Commit| (source.page(SourcePage::Commit(&commit.sha)), commit);
        commits.into_iter().map(page).map(|(page, commit)| (commit, page)).collect()
    };
    Ok(Difference {
        ahead: forward.ahead,
        behind: forward.behind,
        brings: linked(forward.commits),
        takes_away: linked(back),
        page: source.page(SourcePage::Comparison { base, head }),
    })
}
