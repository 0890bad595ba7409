//! The rule about smoke tests: what is required where a release comes from has passed there, on what runs there now.

use super::{Blocker, Clearance, Facts, Gate};
use crate::product::Environment;
use crate::smoke::{SmokeStanding, Standing, standings};

/// What stands against leaving an environment with the release: every required smoke test there that hasn't passed, in one blocker each.
pub(super) fn smoke(facts: &Facts<'_>, environment: &Environment) -> Vec<Blocker> {
    standings(facts.smoke_scenarios, facts.smoke_runs, facts.deployments, facts.release, environment)
        .into_iter()
        .filter(|standing| standing.required)
        .filter_map(|standing| blocker(&standing, facts, environment))
        .collect()
}

fn blocker(standing: &SmokeStanding<'_>, facts: &Facts<'_>, environment: &Environment) -> Option<Blocker> {
    let (name, place, version) = (standing.name, &environment.name, &facts.release.version);
    let again = "Put the cause right and run it again; or release a version that passes.";
    let (title, detail) = match &standing.standing {
        Standing::Passed => return None,
        Standing::NotRun => {
            (format!("Smoke test {name} has not run in {place}"), format!("It must pass in {place} for {version}. Anybody can run it."))
        }
        Standing::Running => (format!("Smoke test {name} is running in {place}"), "Clears by itself when it passes.".to_owned()),
        Standing::Failed { reason } => (format!("Smoke test {name} failed in {place}"), format!("{}. {again}", ended(reason))),
        Standing::Errored { reason } => (
            format!("Smoke test {name} could not tell in {place}"),
            format!("{}. That says nothing about {version}: run it again.", ended(reason)),
        ),
        Standing::Stale { why } => {
            (format!("Smoke test {name} is out of date in {place}"), format!("{}. Run it again for {version}.", ended(why)))
        }
    };
    let cleared_by = Clearance::SmokeTest { environment: environment.id };
    Some(Blocker { gate: Gate::Smoke, title, detail, cleared_by })
}

/// A reason as the beginning of a sentence, without its stop.
fn ended(reason: &str) -> String {
    let mut chars = reason.trim_end_matches('.').chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}
