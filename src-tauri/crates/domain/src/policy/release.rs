//! Rules about the release itself: its state, its mark, its plan, and when it may be closed.

use super::smoke::smoke;
use super::{Blocker, Clearance, Facts, Gate};
use crate::product::Environment;
use crate::release::{Release, ReleaseState};

pub(super) fn request_approval(facts: &Facts<'_>) -> Vec<Blocker> {
    let release = facts.release;
    let refusal = match &release.state {
        ReleaseState::Planned => return marked_bad(release).into_iter().chain(super::votes::rejected(facts)).collect(),
        ReleaseState::Draft => Blocker {
            gate: Gate::Plan,
            title: "There is no plan yet".to_owned(),
            detail: "Approvers agree to a plan: which environments, which checks, and the way back. Plan the release first.".to_owned(),
            cleared_by: Clearance::Planning,
        },
        state => state_blocker(release, &format!("It is {} already.", state.label())),
    };
    vec![refusal]
}

pub(super) fn complete(facts: &Facts<'_>) -> Vec<Blocker> {
    let release = facts.release;
    if !matches!(release.state, ReleaseState::Verifying { .. }) {
        return vec![state_blocker(
            release,
            &format!(
                "A release is completed once it runs, verified, in the last environment of its plan; it is {}.",
                release.state.label()
            ),
        )];
    }
    let last = release.plan.as_ref().and_then(|p| p.environments.last());
    let incident = last.and_then(|last| facts.incidents.iter().find(|i| i.is_open() && i.environment_id == last.environment_id));
    let tested = || last.and_then(|last| facts.environments.iter().find(|e| e.id == last.environment_id)).map(|e| smoke(facts, e));
    match (last, incident) {
        (Some(last), Some(incident)) => vec![Blocker {
            gate: Gate::Health,
            title: format!("Incident {} is open in {}", incident.number, last.name),
            detail: "A release is completed while its last environment is well. Solve the incident, or roll back.".to_owned(),
            cleared_by: Clearance::Incident { incident: incident.id },
        }],
        _ => super::checklists::after_everywhere(facts)
            .into_iter()
            .chain(tested().unwrap_or_default())
            .chain(super::uat::everywhere(facts))
            .chain(hotfix_review(release))
            .collect(),
    }
}

/// A hotfix is closed once somebody has said what is learned from it.
fn hotfix_review(release: &Release) -> Option<Blocker> {
    release.awaits_hotfix_review().then(|| Blocker {
        gate: Gate::HotfixReview,
        title: format!("The review after the hotfix {} is missing", release.version),
        detail: "A hotfix goes a shorter path, so people look back at it: what broke, what the path left out, what follows. Anybody on the team can record it."
            .to_owned(),
        cleared_by: Clearance::Reviewing,
    })
}

pub(super) fn state_blocker(release: &Release, detail: &str) -> Blocker {
    Blocker {
        gate: Gate::ReleaseState,
        title: format!("{} is {}", release.version, release.state.label()),
        detail: detail.to_owned(),
        cleared_by: Clearance::AnotherRelease,
    }
}

/// Asked without an environment: refused, since an empty list would mean go.
pub(super) fn nowhere(release: &Release) -> Blocker {
    Blocker {
        gate: Gate::Plan,
        title: "No environment is named".to_owned(),
        detail: format!("{} is deployed to an environment of its plan. Choose one.", release.version),
        cleared_by: Clearance::Planning,
    }
}

pub(super) fn deployable_state(release: &Release) -> Option<Blocker> {
    match &release.state {
        ReleaseState::Draft => Some(Blocker {
            gate: Gate::ReleaseState,
            title: format!("{} is a draft", release.version),
            detail: "A deployment follows a plan. Plan the release first.".to_owned(),
            cleared_by: Clearance::Planning,
        }),
        ReleaseState::Aborted { reason, .. } => Some(state_blocker(release, &format!("It was given up: {reason}."))),
        ReleaseState::RolledBack { .. } => {
            Some(state_blocker(release, "An environment was rolled back from it. Fix the cause and release a new version."))
        }
        ReleaseState::Planned
        | ReleaseState::InApproval { .. }
        | ReleaseState::Approved { .. }
        | ReleaseState::InProgress { .. }
        | ReleaseState::Verifying { .. }
        | ReleaseState::Completed { .. } => None,
    }
}

pub(super) fn marked_bad(release: &Release) -> Option<Blocker> {
    release.marked_bad.as_ref().map(|bad| Blocker {
        gate: Gate::MarkedBad,
        title: format!("{} is marked bad", release.version),
        detail: format!("{} marked it: {}. A person can take the mark back.", bad.by, bad.reason),
        cleared_by: Clearance::AnotherRelease,
    })
}

pub(super) fn in_plan(release: &Release, environment: &Environment) -> Option<Blocker> {
    let plan = release.plan.as_ref()?;
    let planned = plan.environments.iter().any(|e| e.environment_id == environment.id);
    (!planned).then(|| Blocker {
        gate: Gate::Plan,
        title: format!("{} is not in the plan", environment.name),
        detail: format!(
            "The plan of {} doesn't name {}. Plan it anew; votes on the old plan are void then.",
            release.version, environment.name
        ),
        cleared_by: Clearance::Planning,
    })
}
