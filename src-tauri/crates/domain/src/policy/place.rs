//! Rules about the environment itself: what is locked, under way, there already, or was there before.

use super::{Blocker, Clearance, Facts, Gate, brought, current_deployment};
use crate::deployment::{Deployment, DeploymentKind};
use crate::lock::Lock;
use crate::product::Environment;
use crate::release::Release;
use crate::{DeploymentId, Timestamp};

/// The locks that hold up a release, or with `None` what belongs to no release.
pub(super) fn locks<'a>(
    locks: &'a [Lock],
    environment: &'a Environment,
    release: Option<&'a Release>,
    now: Timestamp,
) -> impl Iterator<Item = Blocker> + 'a {
    let holds = move |lock: &&Lock| lock.stops(release) && lock.is_active(now) && lock.covers(environment.id);
    locks.iter().filter(holds).map(move |lock| Blocker {
        gate: Gate::Lock,
        title: match (lock.environment_id, lock.product_id) {
            (Some(_), _) => format!("{} is locked", environment.name),
            (None, Some(_)) => "The product is locked".to_owned(),
            (None, None) => "Everything is locked".to_owned(),
        },
        detail: format!("{} locked it: {}{}", lock.by, lock.reason, if lock.hotfixes_pass { ". Hotfixes pass." } else { "" }),
        cleared_by: Clearance::LiftingLock { lock: lock.id },
    })
}

pub(super) fn occupied(deployments: &[Deployment], environment: &Environment, own: Option<DeploymentId>, forced: bool) -> Option<Blocker> {
    let mut others = deployments.iter().filter(|d| d.environment_id == environment.id && !d.state.is_terminal() && Some(d.id) != own);
    // A forced rollback aborts a deployment first; nothing aborts a rollback.
    let other = if forced { others.find(|d| d.is_rollback()) } else { others.next() }?;
    let what = if other.is_rollback() { "A rollback" } else { "A deployment" };
    Some(Blocker {
        gate: Gate::Occupied,
        title: format!("{what} is under way in {}", environment.name),
        detail: format!("{} of {} by {} has not ended. One at a time.", what, other.version, other.requested_by),
        cleared_by: Clearance::EndOfDeployment { deployment: other.id },
    })
}

pub(super) fn unexplained(facts: &Facts<'_>, environment: &Environment) -> Option<Blocker> {
    if !environment.rules.needs_reasons {
        return None;
    }
    let mut open: Vec<_> = facts.unplanned.iter().filter(|run| run.is_open() && run.touches(environment.id)).collect();
    open.sort_by_key(|run| (run.began(), run.id));
    let first = open.first()?;
    let who = first.started_by.as_deref().unwrap_or("Somebody");
    let what = format!("{who} started {} elsewhere", first.pipeline);
    let more = match open.len() - 1 {
        0 => String::new(),
        1 => ", and there is 1 more run like it".to_owned(),
        more => format!(", and there are {more} more runs like it"),
    };
    Some(Blocker {
        gate: Gate::UnplannedRun,
        title: match open.len() {
            1 => format!("A run that may have changed {} has no reason", environment.name),
            runs => format!("{runs} runs that may have changed {} have no reason", environment.name),
        },
        detail: format!("{what}{more}. {} asks for the reason before the next deployment. Anybody can give it.", environment.name),
        cleared_by: Clearance::Explaining { unplanned_run: first.id },
    })
}

pub(super) fn outdated(facts: &Facts<'_>, environment: &Environment) -> Option<Blocker> {
    let current = current_deployment(facts.deployments, environment.id)?;
    let newer = current.version > facts.release.version && matches!(current.kind, DeploymentKind::Deploy) && current.is_verified();
    newer.then(|| Blocker {
        gate: Gate::Outdated,
        title: format!("{} already runs {}", environment.name, current.version),
        detail: format!("{} is older. To bring it back, roll back to it.", facts.release.version),
        cleared_by: Clearance::AnotherRelease,
    })
}

pub(super) fn already_there(facts: &Facts<'_>, environment: &Environment, own: Option<DeploymentId>) -> Option<Blocker> {
    let current = current_deployment(facts.deployments, environment.id)?;
    // A later deployment that was triggered and didn't arrive may have left something half done: worth deploying over.
    let half_done = facts.deployments.iter().any(|d| {
        d.environment_id == environment.id
            && Some(d.id) != own
            && (d.requested_at, d.id) > (current.requested_at, current.id)
            && d.phases.iter().any(|p| p.triggers > 0)
    });
    // So may a run that somebody started elsewhere since.
    let changed = current.deployed_at.is_some_and(|at| facts.unplanned.iter().any(|run| run.may_have_changed(environment.id, at)));
    let there = brought(current, facts.release) && current.is_verified() && Some(current.id) != own && !half_done && !changed;
    there.then(|| Blocker {
        gate: Gate::AlreadyThere,
        title: format!("{} runs {} already", environment.name, current.version),
        detail: "It was deployed there and verified; nothing would change.".to_owned(),
        cleared_by: Clearance::AnotherRelease,
    })
}

pub(super) fn verified_before(facts: &Facts<'_>, environment: &Environment) -> Option<Blocker> {
    let known = facts.deployments.iter().any(|d| d.environment_id == environment.id && brought(d, facts.release) && d.is_verified());
    (!known).then(|| Blocker {
        gate: Gate::VerifiedBefore,
        title: format!("{} was never verified in {}", facts.release.version, environment.name),
        detail: format!("A rollback goes to a version that is known to work in {}. Deploy this one instead.", environment.name),
        cleared_by: Clearance::AnotherRelease,
    })
}
