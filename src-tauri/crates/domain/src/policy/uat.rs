//! The rules about user acceptance testing: a round in an environment holds the way onward until it is signed off, for the very version
//! that goes on.

use super::order::passed_before;
use super::{Blocker, Clearance, Facts, Gate};
use crate::product::Environment;
use crate::release::ReleaseState;
use crate::uat::{UatRound, Unmet, standing};

/// What holds of the rounds in the environments that come before this one in the plan.
pub(super) fn upstream(facts: &Facts<'_>, environment: &Environment) -> Vec<Blocker> {
    passed_before(facts, environment).into_iter().flat_map(|upstream| in_environment(facts, upstream)).collect()
}

/// What holds of the rounds in each environment of the plan.
pub(super) fn everywhere(facts: &Facts<'_>) -> Vec<Blocker> {
    facts.environments.iter().filter(|e| facts.release.planned(e.id).is_some()).flat_map(|e| in_environment(facts, e)).collect()
}

fn in_environment(facts: &Facts<'_>, environment: &Environment) -> Vec<Blocker> {
    let here = || facts.rounds.iter().filter(|round| round.environment_id == environment.id && round.given_up.is_none());
    let newest = |rounds: Vec<&'_ UatRound>| -> Option<UatRound> { rounds.into_iter().max_by_key(|r| (r.begun_at, r.id)).cloned() };
    let blocker = |title: String, detail: String| {
        vec![Blocker { gate: Gate::Uat, title, detail, cleared_by: Clearance::Accepting { environment: environment.id } }]
    };
    if let Some(round) = newest(here().filter(|round| round.is_about(facts.release)).collect()) {
        return of_round(facts, &round);
    }
    let version = &facts.release.version;
    if let Some(other) = newest(here().filter(|round| round.release_id == facts.release.id).collect()) {
        let title = format!("The UAT round in {} was for another version", environment.name);
        let what = if other.version == *version { "another commit of it".to_owned() } else { other.version.to_string() };
        return blocker(title, format!("It tested {what}, and a verdict never counts for another version. Begin a round for {version}."));
    }
    // What was completed before may be deployed again.
    let is_completed = matches!(facts.release.state, ReleaseState::Completed { .. });
    match newest(here().collect()) {
        Some(last) if last.criteria.every_version && !is_completed => blocker(
            format!("{version} has no UAT round in {}", environment.name),
            format!("The round for {} asks for one for every version. Begin it: it takes over what needs no second look.", last.version),
        ),
        _ => Vec::new(),
    }
}

fn of_round(facts: &Facts<'_>, round: &UatRound) -> Vec<Blocker> {
    let standing = standing(round, facts.feedback);
    let blocker = |title: String, detail: String| Blocker {
        gate: Gate::Uat,
        title,
        detail,
        cleared_by: Clearance::Accepting { environment: round.environment_id },
    };
    let mut found = Vec::new();
    // Nobody signs blockers away: they hold also where it was signed before they came.
    for unmet in &standing.unmet {
        if let Unmet::Blockers(titles) = unmet {
            let title =
                if titles.len() == 1 { "1 UAT blocker is open".to_owned() } else { format!("{} UAT blockers are open", titles.len()) };
            let detail =
                format!("In the round for {} in {}: {}. Solve it, or triage it anew.", round.version, round.environment, unmet.words());
            found.push(blocker(title, detail));
        }
    }
    if !standing.unsigned.is_empty() {
        let others: Vec<String> = standing.unmet.iter().filter(|u| !matches!(u, Unmet::Blockers(_))).map(Unmet::words).collect();
        let waits = if others.is_empty() { "Everything that it asks for is met".to_owned() } else { others.join("; ") };
        let title = format!("UAT in {} is not signed off", round.environment);
        found.push(blocker(title, format!("{waits}. {} for {}.", missing(&standing.unsigned), round.version)));
    }
    found
}

/// Whose signature is missing, to begin a sentence with.
fn missing(names: &[String]) -> String {
    match names {
        [only] if only == "somebody" => "Somebody has to sign".to_owned(),
        [only] => format!("{only} has not signed"),
        more => format!("{} have not signed", more.join(", ")),
    }
}
