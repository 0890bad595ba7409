//! What must be tested again in a new version. Where nothing says that a scenario is untouched, it is tested again: what isn't known is
//! not taken for fine.

use super::standing::standing;
use super::{Feedback, Outcome, Scenario, ScenarioVerdict, Since, UatRound, holds};
use crate::UatScenarioId;
use crate::changelog::Commit;
use crate::paths::first_match;
use serde::{Deserialize, Serialize};

/// A scenario to test again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Again {
    /// The scenario.
    pub scenario_id: UatScenarioId,
    /// Why, in words without a full stop.
    pub reason: String,
}

/// What a version changes.
#[derive(Clone, Copy, Debug)]
pub struct Changes<'a> {
    /// Its commits; `None` where they aren't known.
    pub commits: Option<&'a [Commit]>,
    /// The paths that they change; `None` where they aren't known.
    pub paths: Option<&'a [String]>,
}

/// What must be tested again after an earlier round, in the round's order.
#[must_use]
pub fn again(earlier: &UatRound, feedback: &[Feedback], changes: Changes<'_>) -> Vec<Again> {
    let standing = standing(earlier, feedback);
    let both = earlier.scenarios.iter().zip(&standing.scenarios);
    both.filter_map(|(scenario, known)| {
        let blocker = feedback.iter().any(|f| f.round_id == earlier.id && f.scenario_id == Some(scenario.id) && holds(f));
        let reason = match known.verdict {
            ScenarioVerdict::Failed => Some(format!("it failed in {}", earlier.version)),
            ScenarioVerdict::Blocked => Some(format!("it could not be tested in {}", earlier.version)),
            ScenarioVerdict::Open => Some(format!("it was not tested in {}", earlier.version)),
            ScenarioVerdict::Passed if blocker => Some(format!("a blocker was found in {}", earlier.version)),
            ScenarioVerdict::Passed => touched(scenario, changes),
        };
        reason.map(|reason| Again { scenario_id: scenario.id, reason })
    })
    .collect()
}

/// Why a scenario may be touched by the changes; `None` where what it names is untouched.
fn touched(scenario: &Scenario, changes: Changes<'_>) -> Option<String> {
    if scenario.paths.is_empty() && scenario.labels.is_empty() {
        return Some("it names no paths or labels, so that any change may touch it".to_owned());
    }
    for label in &scenario.labels {
        let is_meant = |commit: &&Commit| scope(&commit.title).is_some_and(|scope| scope.eq_ignore_ascii_case(label));
        if let Some(commit) = changes.commits.and_then(|commits| commits.iter().find(is_meant)) {
            return Some(format!("{label} was changed: {}", commit.subject()));
        }
    }
    match (changes.paths, changes.commits) {
        (Some(paths), _) => first_match(&scenario.paths, paths).map(|path| format!("{path} was changed")),
        (None, None) => Some("what was changed since is not known".to_owned()),
        (None, Some(_)) if scenario.labels.is_empty() => Some("which paths were changed is not known".to_owned()),
        // A commit without a scope may have touched anything.
        (None, Some(commits)) => {
            let loose = commits.iter().find(|commit| scope(&commit.title).is_none());
            loose.map(|commit| format!("“{}” doesn't say what it touches", commit.title))
        }
    }
}

/// The scope of a title that follows Conventional Commits: `basket` of `fix(basket)!: …`.
fn scope(title: &str) -> Option<&str> {
    let (kind, _) = title.split_once(": ")?;
    let (_, rest) = kind.split_once('(')?;
    let (scope, _) = rest.split_once(')')?;
    Some(scope.trim()).filter(|scope| !scope.is_empty())
}

/// A round that continues an earlier one: its scenarios and testers, what it asks for, and, of what was said, that which needs no second
/// look. Invitations and signatures don't come along.
#[must_use]
pub fn continued(mut round: UatRound, earlier: &UatRound, again: Vec<Again>) -> UatRound {
    let is_again = |outcome: &&Outcome| again.iter().any(|a| a.scenario_id == outcome.scenario_id);
    round.outcomes = earlier.outcomes.iter().filter(|outcome| !is_again(outcome)).cloned().collect();
    round.scenarios.clone_from(&earlier.scenarios);
    round.testers = earlier.testers.iter().cloned().map(|tester| super::Tester { invitation: None, ..tester }).collect();
    round.instructions.clone_from(&earlier.instructions);
    round.signatories.clone_from(&earlier.signatories);
    round.criteria = earlier.criteria;
    round.tracker.clone_from(&earlier.tracker);
    round.since = Some(Since { round_id: earlier.id, version: earlier.version.clone(), again });
    round
}
