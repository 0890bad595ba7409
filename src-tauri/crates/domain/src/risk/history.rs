//! How the product's latest releases went where they matter most: in the last environment of its path.

use super::{RiskKind, counted, share};
use crate::deployment::{Deployment, DeploymentKind, DeploymentState};
use crate::policy::Facts;

/// So many releases are looked back at.
const LOOKED_AT: usize = 10;
/// Fewer say nothing.
const ENOUGH: usize = 3;
/// Points where there are too few.
const UNKNOWN: u8 = 5;

pub(super) fn latest(facts: &Facts<'_>) -> (u8, String) {
    let Some(last) = facts.environments.iter().max_by_key(|e| e.position) else {
        return (UNKNOWN, "The product has no environments.".to_owned());
    };
    let here = || facts.deployments.iter().filter(|d| d.environment_id == last.id);
    let undone = |deployment: &Deployment| {
        here().any(|d| matches!(&d.kind, DeploymentKind::Rollback { parent, .. } if *parent == Some(deployment.id)))
    };
    let mut arrived: Vec<&Deployment> = here()
        .filter(|d| d.release_id != facts.release.id && !d.is_rollback())
        .filter(|d| d.deployed_at.is_some() || matches!(d.state, DeploymentState::Failed { .. }))
        .collect();
    arrived.sort_by_key(|d| std::cmp::Reverse((d.requested_at, d.id)));
    // Of a release that came here more than once, the latest counts.
    let mut seen = std::collections::BTreeSet::new();
    arrived.retain(|d| seen.insert(d.release_id));
    arrived.truncate(LOOKED_AT);
    if arrived.len() < ENOUGH {
        let words = format!("{} came to {} before: too few to tell.", counted(arrived.len(), "release"), last.name);
        return (UNKNOWN, words);
    }
    let bad = arrived.iter().filter(|d| matches!(d.state, DeploymentState::Failed { .. }) || undone(d)).count();
    let words = format!("{bad} of the last {} to {} failed or were rolled back.", counted(arrived.len(), "release"), last.name);
    // Half of them is as bad as it gets.
    (share(bad * 2, arrived.len(), RiskKind::History.most()), words)
}
