//! What each metric counts. Must not know a window, but for what is still open in it.

use super::{DeliveryFacts, Sample, Window};
use crate::deployment::{Deployment, DeploymentKind, DeploymentState};
use crate::{DeploymentId, Timestamp};
use std::collections::BTreeMap;

/// Deployments to the environment that ended well.
fn succeeded<'a>(facts: &DeliveryFacts<'a>) -> impl Iterator<Item = (&'a Deployment, Timestamp)> {
    let here = facts.environment_id;
    facts.deployments.iter().filter(move |d| d.environment_id == here).filter_map(|d| match d.state {
        DeploymentState::Succeeded { at, .. } => Some((d, at)),
        _ => None,
    })
}

pub(super) fn successes(facts: &DeliveryFacts<'_>) -> Vec<Sample> {
    succeeded(facts).filter(|(d, _)| !d.is_rollback()).map(|(_, at)| Sample { at, value: 1.0 }).collect()
}

/// A sample for each commit of a release that came here for the first time.
pub(super) fn lead_times(facts: &DeliveryFacts<'_>) -> Vec<Sample> {
    let mut first = BTreeMap::new();
    for (deployment, at) in succeeded(facts).filter(|(d, _)| !d.is_rollback()) {
        let known = first.entry(deployment.release_id).or_insert(at);
        *known = at.min(*known);
    }
    let releases = facts.releases.iter().filter_map(|release| first.get(&release.id).map(|at| (release, *at)));
    releases
        .flat_map(|(release, at)| {
            let commits = release.changelog.iter().filter_map(|commit| commit.at);
            commits.map(move |written| Sample { at, value: at.since(written).as_secs_f64() })
        })
        .collect()
}

/// A sample for each deployment forward that can be judged: 1 where it failed.
pub(super) fn judged(facts: &DeliveryFacts<'_>) -> Vec<Sample> {
    let here = facts.deployments.iter().filter(|d| d.environment_id == facts.environment_id && !d.is_rollback());
    here.filter_map(|d| {
        let at = match d.state {
            DeploymentState::Succeeded { at, .. } | DeploymentState::Failed { at, .. } => at,
            _ => return None,
        };
        Some(Sample { at, value: if has_failed(facts, d) { 1.0 } else { 0.0 } })
    })
    .collect()
}

/// How long each disturbance took that began in the environment, by its beginning, and how many of the window are open.
pub(super) fn restores(facts: &DeliveryFacts<'_>, window: Window) -> (Vec<Sample>, u32) {
    let here = |id| id == facts.environment_id;
    let of_incidents = facts.incidents.iter().filter(|i| here(i.environment_id)).map(|i| (i.opened_at, i.closed_at));
    let without_incident = facts.deployments.iter().filter(|d| here(d.environment_id) && !d.is_rollback() && !has_incident(facts, d.id));
    let of_deployments = without_incident.filter_map(|d| {
        let began = began_to_fail(facts, d)?;
        Some((began, succeeded(facts).filter(|(other, at)| other.id != d.id && *at >= began).map(|(_, at)| at).min()))
    });
    let (mut samples, mut open) = (Vec::new(), 0_u32);
    for (began, ended) in of_incidents.chain(of_deployments) {
        match ended {
            Some(ended) => samples.push(Sample { at: began, value: ended.since(began).as_secs_f64() }),
            None if window.holds(began) => open = open.saturating_add(1),
            None => {}
        }
    }
    (samples, open)
}

/// When people began to be without a service that works: where a version that had come here failed, or went back.
fn began_to_fail(facts: &DeliveryFacts<'_>, deployment: &Deployment) -> Option<Timestamp> {
    let back = rollback_of(facts, deployment.id).map(|rollback| rollback.requested_at);
    match deployment.state {
        DeploymentState::Failed { at, .. } if deployment.deployed_at.is_some() => Some(back.map_or(at, |back| back.min(at))),
        _ => back,
    }
}

fn rollback_of<'a>(facts: &DeliveryFacts<'a>, id: DeploymentId) -> Option<&'a Deployment> {
    let is_back = |d: &&Deployment| matches!(d.kind, DeploymentKind::Rollback { parent, .. } if parent == Some(id));
    facts.deployments.iter().filter(is_back).min_by_key(|d| d.requested_at)
}

fn has_incident(facts: &DeliveryFacts<'_>, id: DeploymentId) -> bool {
    facts.incidents.iter().any(|incident| incident.deployment_id == Some(id))
}

fn has_failed(facts: &DeliveryFacts<'_>, deployment: &Deployment) -> bool {
    matches!(deployment.state, DeploymentState::Failed { .. })
        || rollback_of(facts, deployment.id).is_some()
        || has_incident(facts, deployment.id)
        || facts.releases.iter().any(|release| release.id == deployment.release_id && release.marked_bad.is_some())
}
