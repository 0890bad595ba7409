//! Rules about the promotion order: verified in what comes before, long enough and without a break, well there, and tested. Environments
//! that stand beside each other are one place of the path: all of them are asked, or at least some. Optional ones are asked by nobody.

use super::smoke::smoke;
use super::{Blocker, Clearance, Facts, Gate, brought, current_deployment};
use crate::Timestamp;
use crate::check::Health;
use crate::deployment::Deployment;
use crate::incident::Incident;
use crate::product::Environment;
use std::time::Duration;

/// What stands against the way from the environments before.
pub(super) fn upstream(facts: &Facts<'_>, environment: &Environment, now: Timestamp) -> Vec<Blocker> {
    let before = required_before(facts, environment);
    let needed = needed(environment, before.len());
    let judged: Vec<Vec<Blocker>> = before.iter().map(|before| of_one(facts, before, environment, now)).collect();
    if judged.iter().filter(|blockers| blockers.is_empty()).count() >= needed {
        return Vec::new();
    }
    let mut blockers: Vec<Blocker> = judged.into_iter().flatten().collect();
    if needed < before.len() {
        let names: Vec<&str> = before.iter().map(|e| e.name.as_str()).collect();
        let verb = if needed == 1 { "is" } else { "are" };
        for blocker in &mut blockers {
            blocker.detail.push_str(&format!(" {needed} of {} {verb} enough.", names.join(", ")));
        }
    }
    blockers
}

/// How many of the environments before must be well.
fn needed(environment: &Environment, before: usize) -> usize {
    match usize::from(environment.rules.upstream_at_least) {
        0 => before,
        some => some.min(before),
    }
}

/// The environments of the plan in which the release must be verified before it comes here: those at the nearest place before this one
/// that has any which it can't leave out. Empty where the rules don't ask for it.
#[must_use]
pub fn required_before<'a>(facts: &Facts<'a>, environment: &Environment) -> Vec<&'a Environment> {
    if environment.rules.needs_upstream { required(facts, environment) } else { Vec::new() }
}

fn required<'a>(facts: &Facts<'a>, environment: &Environment) -> Vec<&'a Environment> {
    let counts = |e: &&Environment| !e.rules.can_be_left_out_by(facts.release);
    let earlier: Vec<&Environment> = earlier(facts, environment).filter(counts).collect();
    let nearest = earlier.iter().map(|e| place(facts, e)).max();
    earlier.into_iter().filter(|e| Some(place(facts, e)) == nearest).collect()
}

/// The environments of the plan that the release comes by right before this one: those that it must be verified in, and of others from
/// there on those that it has come to.
pub(super) fn passed_before<'a>(facts: &Facts<'a>, environment: &Environment) -> Vec<&'a Environment> {
    let required = required(facts, environment);
    let from = required.first().map_or(0, |e| place(facts, e));
    let all_are_needed = needed(environment, required.len()) == required.len();
    let is_needed = |e: &Environment| all_are_needed && required.iter().any(|r| r.id == e.id);
    earlier(facts, environment).filter(|e| place(facts, e) >= from && (is_needed(e) || has_come(facts, e))).collect()
}

/// The environments of the plan at places before this one's.
fn earlier<'a>(facts: &Facts<'a>, environment: &Environment) -> impl Iterator<Item = &'a Environment> {
    let (facts, own) = (*facts, place(facts, environment));
    facts.environments.iter().filter(move |e| place(&facts, e) < own && facts.release.planned(e.id).is_some())
}

/// Which place of the path an environment has, from 1: those that stand beside each other share one.
fn place(facts: &Facts<'_>, environment: &Environment) -> usize {
    let opens = |e: &&Environment| e.position <= environment.position && (e.position == 0 || !e.rules.is_beside);
    facts.environments.iter().filter(opens).count()
}

fn has_come(facts: &Facts<'_>, environment: &Environment) -> bool {
    facts.deployments.iter().any(|d| d.environment_id == environment.id && d.deployed_at.is_some() && brought(d, facts.release))
}

fn of_one(facts: &Facts<'_>, before: &Environment, environment: &Environment, now: Timestamp) -> Vec<Blocker> {
    let mut blockers: Vec<Blocker> = match verified(facts, before) {
        Ok(verified) => soak(facts, before, environment, verified, now).into_iter().collect(),
        Err(blocker) => vec![blocker],
    };
    blockers.extend(health(facts, before));
    blockers.extend(tested(facts, before));
    blockers
}

/// The release's deployment there that was found well last, where it is what runs there.
fn verified<'a>(facts: &Facts<'a>, before: &Environment) -> Result<&'a Deployment, Blocker> {
    let own = facts.deployments.iter().filter(|d| d.environment_id == before.id && brought(d, facts.release) && d.is_verified());
    let blocker = |title: String, detail: String| Blocker {
        gate: Gate::Upstream,
        title,
        detail,
        cleared_by: Clearance::Deploying { environment: before.id },
    };
    let Some(verified) = own.max_by_key(|d| d.deployed_at) else {
        let detail = format!("{} must run in {} and be found well there first.", facts.release.version, before.name);
        return Err(blocker(format!("Not verified in {}", before.name), detail));
    };
    match current_deployment(facts.deployments, before.id) {
        Some(running) if !brought(running, facts.release) => Err(blocker(
            format!("No longer in {}", before.name),
            format!("{} runs {} by now, so {} is not what was tried there last.", before.name, running.version, facts.release.version),
        )),
        _ => Ok(verified),
    }
}

/// The soak: so long without a break. An incident there is one; another version is told by [`verified`], and what comes back after it
/// begins anew with its deployment.
fn soak(facts: &Facts<'_>, before: &Environment, environment: &Environment, verified: &Deployment, now: Timestamp) -> Option<Blocker> {
    let minutes = environment.rules.soak_for(facts.release);
    if minutes == 0 {
        return None;
    }
    let deployed = verified.deployed_at?;
    let breaks = |i: &&Incident| i.environment_id == before.id && i.closed_at.is_none_or(|closed| closed > deployed);
    // One that is open outlasts every other.
    let last = facts.incidents.iter().filter(breaks).max_by_key(|i| (i.is_open(), i.closed_at, i.id));
    let path = environment.rules.path_of(facts.release).map_or("", |_| " on its path for hotfixes");
    let unit = if minutes == 1 { "minute" } else { "minutes" };
    let asks = format!("{} asks for {minutes} {unit} in {}{path}", environment.name, before.name);
    let began = match last {
        Some(Incident { closed_at: None, id, number, .. }) => {
            return Some(Blocker {
                gate: Gate::Soak,
                title: format!("The soak in {} is interrupted", before.name),
                detail: format!("{asks}, without a break. Incident {number} is open there; the time begins anew when it ends."),
                cleared_by: Clearance::Incident { incident: *id },
            });
        }
        Some(Incident { closed_at: Some(closed), .. }) => *closed,
        None => deployed,
    };
    let ends = began.plus(Duration::from_secs(u64::from(minutes) * 60));
    let anew = last.map_or_else(String::new, |i| format!(" Incident {} interrupted it: the time began anew when it ended.", i.number));
    (now < ends).then(|| Blocker {
        gate: Gate::Soak,
        title: format!("Soaks in {}", before.name),
        detail: format!("{asks}.{anew} Clears by itself."),
        cleared_by: Clearance::Time { at: ends },
    })
}

fn health(facts: &Facts<'_>, before: &Environment) -> Option<Blocker> {
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

/// The smoke tests there. Where the release is not what runs there, another rule says so.
fn tested(facts: &Facts<'_>, before: &Environment) -> Vec<Blocker> {
    let is_there = current_deployment(facts.deployments, before.id).is_some_and(|d| brought(d, facts.release));
    if is_there { smoke(facts, before) } else { Vec::new() }
}
