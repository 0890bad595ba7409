//! The rules for starting, outside of any release, a pipeline that changes an environment; and for a pipeline that is held.

use super::{Blocker, Clearance, Gate, freezes, place};
use crate::Timestamp;
use crate::calendar::CalendarWindow;
use crate::deployment::Deployment;
use crate::lock::Lock;
use crate::product::Environment;

/// What is known about an environment that a run by hand would change.
#[derive(Clone, Copy, Debug)]
pub struct ByHand<'a> {
    /// The environment.
    pub environment: &'a Environment,
    /// The product's deployments that haven't ended.
    pub deployments: &'a [Deployment],
    /// The product's locks.
    pub locks: &'a [Lock],
    /// Freezes and change windows.
    pub windows: &'a [CalendarWindow],
    /// The pipeline, as the provider names it. One that only brings earlier versions back is not held by freezes.
    pub pipeline: &'a str,
}

/// What doesn't hold, worst gates first. Empty: it may be started.
#[must_use]
pub fn evaluate_by_hand(facts: &ByHand<'_>, now: Timestamp) -> Vec<Blocker> {
    let occupied = place::occupied(facts.deployments, facts.environment, None, false);
    let is_deploy = facts.environment.deploy.pipeline == facts.pipeline;
    let windows = if is_deploy { facts.windows } else { &[] };
    let frozen = freezes::outside_releases(windows, facts.environment, now).into_iter();
    let mut blockers: Vec<Blocker> = frozen.chain(place::locks(facts.locks, facts.environment, None, now)).chain(occupied).collect();
    blockers.sort_by_key(|b| b.gate);
    blockers
}

/// That the pipeline of an environment is held at its provider: by the name of what is held, why where that is known, and what it stops.
#[must_use]
pub fn held(environment: &Environment, title: &str, reason: Option<&str>, stops: &str) -> Blocker {
    let why = reason.map(|reason| format!(" Reason: {reason}")).unwrap_or_default();
    Blocker {
        gate: Gate::Held,
        title: format!("{title}, which deploys to {}, is held at the provider", environment.name),
        detail: format!("{stops}{why}"),
        cleared_by: Clearance::Releasing,
    }
}
