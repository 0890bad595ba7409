//! What was tried of a release: by smoke tests, and by people.

use super::counted;
use crate::policy::{Facts, brought, current_deployment};
use crate::smoke::{Standing, standings};
use crate::uat::{Unmet, standing};

/// Something failed.
const FAILED: u8 = 15;
/// It is not known.
const UNKNOWN: u8 = 8;

/// The smoke tests where the release is now.
pub(super) fn smoke(facts: &Facts<'_>) -> (u8, String) {
    if facts.smoke_scenarios.is_empty() && facts.smoke_runs.is_empty() {
        return (UNKNOWN, "The product has no smoke tests.".to_owned());
    }
    let is_there = |id| current_deployment(facts.deployments, id).is_some_and(|d| brought(d, facts.release));
    let places: Vec<_> = facts.environments.iter().filter(|e| facts.release.planned(e.id).is_some() && is_there(e.id)).collect();
    if places.is_empty() {
        return (UNKNOWN, "It runs nowhere yet, so no smoke test could try it.".to_owned());
    }
    let all: Vec<_> = places
        .into_iter()
        .flat_map(|place| standings(facts.smoke_scenarios, facts.smoke_runs, facts.deployments, facts.release, place))
        .map(|found| found.standing)
        .collect();
    let failed = all.iter().filter(|s| matches!(s, Standing::Failed { .. })).count();
    let open = all.iter().filter(|s| !matches!(s, Standing::Failed { .. } | Standing::Passed)).count();
    match (all.len(), failed, open) {
        (0, ..) => (UNKNOWN, "No smoke test belongs to where it runs.".to_owned()),
        (_, 0, 0) => (0, format!("{} passed.", counted(all.len(), "smoke test"))),
        (_, 0, open) => (UNKNOWN, format!("{} of {} to be run.", open, counted(all.len(), "smoke test"))),
        (_, failed, _) => (FAILED, format!("{} of {} failed.", failed, counted(all.len(), "smoke test"))),
    }
}

/// The newest round about the release in each environment.
pub(super) fn uat(facts: &Facts<'_>) -> (u8, String) {
    let rounds: Vec<_> = facts.rounds.iter().filter(|round| round.given_up.is_none() && round.is_about(facts.release)).collect();
    let newest = rounds.iter().filter(|round| {
        let later = |other: &&&crate::uat::UatRound| {
            other.environment_id == round.environment_id && (other.begun_at, other.id) > (round.begun_at, round.id)
        };
        !rounds.iter().any(|other| later(&other))
    });
    let standings: Vec<_> = newest.map(|round| standing(round, facts.feedback)).collect();
    let blockers: usize = standings
        .iter()
        .flat_map(|s| &s.unmet)
        .map(|unmet| match unmet {
            Unmet::Blockers(titles) | Unmet::Failed(titles) => titles.len(),
            _ => 0,
        })
        .sum();
    match standings.as_slice() {
        [] => (5, "Nobody was asked to test it.".to_owned()),
        _ if blockers > 0 => (10, format!("{} or failed scenarios in user acceptance testing.", counted(blockers, "blocker"))),
        all if all.iter().all(|s| s.unsigned.is_empty() && s.unmet.is_empty()) => (0, "User acceptance testing is signed off.".to_owned()),
        _ => (5, "User acceptance testing is not signed off.".to_owned()),
    }
}
