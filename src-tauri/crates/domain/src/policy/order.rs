//! Rules about the promotion order: verified in the environment before, long enough, well there, and tested.

use super::smoke::smoke;
use super::{Blocker, Clearance, Facts, Gate, brought, current_deployment};
use crate::Timestamp;
use crate::check::Health;
use crate::product::Environment;
use std::time::Duration;

pub(super) fn upstream<'a>(facts: &Facts<'a>, environment: &Environment, now: Timestamp) -> Option<Blocker> {
    let before = planned_before(facts, environment)?;
    let verified = facts
        .deployments
        .iter()
        .filter(|d| d.environment_id == before.id && brought(d, facts.release) && d.is_verified())
        .max_by_key(|d| d.deployed_at);
    let Some(verified) = verified else {
        return Some(Blocker {
            gate: Gate::Upstream,
            title: format!("Not verified in {}", before.name),
            detail: format!("{} must run in {} and be found well there first.", facts.release.version, before.name),
            cleared_by: Clearance::Deploying { environment: before.id },
        });
    };
    let running = current_deployment(facts.deployments, before.id);
    if running.is_some_and(|d| !brought(d, facts.release)) {
        return Some(Blocker {
            gate: Gate::Upstream,
            title: format!("No longer in {}", before.name),
            detail: format!(
                "{} runs {} by now, so {} is not what was tried there last.",
                before.name,
                running.map(|d| d.version.to_string()).unwrap_or_default(),
                facts.release.version
            ),
            cleared_by: Clearance::Deploying { environment: before.id },
        });
    }
    let soak = Duration::from_secs(u64::from(environment.rules.soak_minutes) * 60);
    let ends = verified.deployed_at?.plus(soak);
    (now < ends).then(|| Blocker {
        gate: Gate::Soak,
        title: format!("Soaks in {}", before.name),
        detail: format!("{} asks for {} minutes in {}. Clears by itself.", environment.name, environment.rules.soak_minutes, before.name),
        cleared_by: Clearance::Time { at: ends },
    })
}

/// The environment of the plan that comes right before, where the rules ask for it.
fn planned_before<'a>(facts: &Facts<'a>, environment: &Environment) -> Option<&'a Environment> {
    if !environment.rules.needs_upstream {
        return None;
    }
    let plan = facts.release.plan.as_ref()?;
    facts
        .environments
        .iter()
        .filter(|e| e.position < environment.position && plan.environments.iter().any(|p| p.environment_id == e.id))
        .max_by_key(|e| e.position)
}

pub(super) fn upstream_health(facts: &Facts<'_>, environment: &Environment) -> Option<Blocker> {
    let before = planned_before(facts, environment)?;
    let failing = facts.health.iter().any(|(id, health)| *id == before.id && *health == Health::Failing);
    let incident = facts.incidents.iter().find(|i| i.is_open() && i.environment_id == before.id)?;
    failing.then(|| Blocker {
        gate: Gate::UpstreamHealth,
        title: format!("{} is failing", before.name),
        detail: format!(
            "Incident {} is open there: {}.",
            incident.number,
            incident.checks.first().map(|c| format!("{}, {}", c.name, c.reason)).unwrap_or_default()
        ),
        cleared_by: Clearance::Incident { incident: incident.id },
    })
}

/// The smoke tests of the environment before. Where the release is not what runs there, another rule says so.
pub(super) fn upstream_smoke(facts: &Facts<'_>, environment: &Environment) -> Vec<Blocker> {
    let Some(before) = planned_before(facts, environment) else { return Vec::new() };
    let is_there = current_deployment(facts.deployments, before.id).is_some_and(|d| brought(d, facts.release));
    if is_there { smoke(facts, before) } else { Vec::new() }
}
