//! What starts by itself leaves more to people than policy asks of them: it steps back after somebody has chosen an older version, and it
//! doesn't bring more at once than is meant to come. A person is warned of the same, and may go on. Sources: Kargo, "hold" (automation
//! neither sets nor lifts it, and what failed doesn't count); Shipit, `max_commits`. Must not refuse a person anything.

use super::{Facts, current_deployment};
use crate::arriving::commits_arriving;
use crate::deployment::Deployment;
use crate::product::Environment;
use crate::{Actor, EnvironmentId, Timestamp};

/// The deployment by which a person chose an older version than there was, where that is what the environment has: nothing goes there by
/// itself until a person deploys there again.
#[must_use]
pub fn older_by_choice(deployments: &[Deployment], environment: EnvironmentId) -> Option<&Deployment> {
    let current = current_deployment(deployments, environment)?;
    if matches!(current.requested_by, Actor::Engine) {
        return None;
    }
    let before = deployments
        .iter()
        .filter(|d| d.environment_id == environment && d.id != current.id && d.deployed_at.is_some() && d.deployed_at < current.deployed_at)
        .max_by_key(|d| d.deployed_at)?;
    (current.version < before.version).then_some(current)
}

/// How many commits the release brings to the environment, where that is more than are meant to come at once: with the limit.
fn batch_too_large(facts: &Facts<'_>, environment: &Environment) -> Option<(u32, u16)> {
    let limit = environment.rules.max_commits;
    if limit == 0 {
        return None;
    }
    let commits = commits_arriving(facts.release, facts.releases, facts.deployments, environment.id)?;
    (commits > u32::from(limit)).then_some((commits, limit))
}

/// What a person is warned of who deploys the release to the environment.
#[must_use]
pub fn cautions(facts: &Facts<'_>, environment: &Environment) -> Vec<String> {
    let large = batch_too_large(facts, environment).map(|(commits, limit)| {
        format!("It brings {commits} commits to {}; more than {limit} at once are not meant to come", environment.name)
    });
    large.into_iter().collect()
}

/// Why a start that was set at some time doesn't start by itself. A person who sets one knows what there is then; a train doesn't.
#[must_use]
pub fn left_to_people(facts: &Facts<'_>, environment: &Environment, set_at: Timestamp, is_by_train: bool) -> Option<String> {
    let chosen = older_by_choice(facts.deployments, environment.id).filter(|d| is_by_train || d.requested_at > set_at);
    if let Some(chosen) = chosen {
        let (who, version, place) = (&chosen.requested_by, &chosen.version, &environment.name);
        return Some(format!("{who} chose the older {version} in {place} meanwhile, so a person says when a newer one goes there"));
    }
    if is_by_train { cautions(facts, environment).into_iter().next() } else { None }
}
