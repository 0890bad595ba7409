//! The helm: the one thing that is to be done next with a release, who is waited for, or why nothing is. Asks policy; the order
//! in which it looks is the only thing it knows.

use crate::blockers::{BlockerView, shown_blockers};
use crate::scene::Scene;
use pilothouse_domain::approval::{Verdict, counts};
use pilothouse_domain::deployment::{Deployment, DeploymentKind, DeploymentState};
use pilothouse_domain::policy::{Action, Blocker, Clearance, Gate};
use pilothouse_domain::product::Environment;
use pilothouse_domain::release::ReleaseState;
use pilothouse_domain::{Actor, Timestamp};
use serde::{Deserialize, Serialize};
use specta::Type;

/// What is to be done next with a release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct HelmView {
    /// What to do.
    pub action: HelmAction,
    /// The verb on the button: `Deploy`; empty where there is nothing to do.
    pub verb: String,
    /// What the verb is about: `1.4.0 to production`.
    pub object: String,
    /// The environment, where it is about one.
    pub environment_id: Option<String>,
    /// The deployment, where it is about one.
    pub deployment_id: Option<String>,
    /// Whether it can be done now.
    pub enabled: bool,
    /// Why not, what is waited for, or why nothing is to be done.
    pub reason: String,
    /// When it can be done, where time alone stands against it.
    pub clears_at: Option<String>,
    /// The rules that don't hold.
    pub blockers: Vec<BlockerView>,
}

/// What can be next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum HelmAction {
    /// Plan it.
    Plan,
    /// Ask for votes.
    RequestApproval,
    /// Vote on it.
    Vote,
    /// Deploy it to the environment.
    Deploy,
    /// Answer the deployment's question.
    Decide,
    /// Close it.
    Complete,
    /// Wait: somebody else, time, or the deployment under way.
    Wait,
    /// Nothing: it is closed, or can't advance.
    None,
}

impl HelmView {
    fn new(action: HelmAction, verb: &str, object: String) -> Self {
        Self {
            action,
            verb: verb.to_owned(),
            object,
            environment_id: None,
            deployment_id: None,
            enabled: !matches!(action, HelmAction::Wait | HelmAction::None),
            reason: String::new(),
            clears_at: None,
            blockers: Vec::new(),
        }
    }

    fn none(reason: String) -> Self {
        Self { reason, ..Self::new(HelmAction::None, "", String::new()) }
    }

    fn wait(object: String, reason: String) -> Self {
        Self { reason, ..Self::new(HelmAction::Wait, "Wait for", object) }
    }

    fn blocked_by(mut self, blockers: &[Blocker]) -> Self {
        if let Some(first) = blockers.first() {
            self.enabled = false;
            self.reason = match blockers.len() - 1 {
                0 => first.title.clone(),
                1 => format!("{}, and 1 more rule doesn’t hold", first.title),
                more => format!("{}, and {more} more rules don’t hold", first.title),
            };
        }
        self.blockers = shown_blockers(blockers);
        self
    }
}

/// What is to be done next with a release, by this person.
pub(crate) fn helm(scene: &Scene<'_>, actor: &Actor, now: Timestamp) -> HelmView {
    let release = scene.release;
    if is_changed_on_the_way(scene) && may_vote(scene, actor, now) {
        return vote(scene, &[]);
    }
    if let Some(under_way) = under_way(scene) {
        return of_deployment(under_way, release.id == under_way.release_id);
    }
    if let ReleaseState::Aborted { reason, .. } = &release.state {
        return HelmView::none(format!("It was given up: {reason}"));
    }
    if matches!(release.state, ReleaseState::RolledBack { .. }) {
        return HelmView::none("An environment was rolled back from it. Fix the cause and release a new version.".to_owned());
    }
    if matches!(release.state, ReleaseState::Completed { .. }) {
        return HelmView::none("It is completed.".to_owned());
    }
    if let Some(bad) = &release.marked_bad {
        return HelmView::none(format!("{} marked it bad: {}", bad.by, bad.reason));
    }
    match &release.state {
        ReleaseState::Draft => HelmView::new(HelmAction::Plan, "Plan", release.version.to_string()),
        ReleaseState::Planned => {
            let helm = HelmView::new(HelmAction::RequestApproval, "Ask for approval", format!("of {}", release.version));
            helm.blocked_by(&scene.blockers(&Action::RequestApproval, None, now))
        }
        ReleaseState::Verifying { .. } => {
            let helm = HelmView::new(HelmAction::Complete, "Complete", release.version.to_string());
            helm.blocked_by(&scene.blockers(&Action::Complete, None, now))
        }
        ReleaseState::InApproval { .. } if may_vote(scene, actor, now) => vote(scene, &[]),
        ReleaseState::InApproval { .. } | ReleaseState::Approved { .. } | ReleaseState::InProgress { .. } => onwards(scene, actor, now),
        ReleaseState::Completed { .. } | ReleaseState::RolledBack { .. } | ReleaseState::Aborted { .. } => HelmView::none(String::new()),
    }
}

/// True while the release goes somewhere in phases that were changed on the way: what comes waits for votes on the plan as it is now.
fn is_changed_on_the_way(scene: &Scene<'_>) -> bool {
    let mut own = scene.product.deployments.iter().filter(|d| d.release_id == scene.release.id && !d.state.is_terminal());
    own.any(|d| !d.phase_changes.is_empty())
}

/// The deployment under way that has the word: one of the release, or a rollback from it; one that asks a person first.
fn under_way<'a>(scene: &Scene<'a>) -> Option<&'a Deployment> {
    let own = |d: &&Deployment| match &d.kind {
        DeploymentKind::Deploy => d.release_id == scene.release.id,
        DeploymentKind::Rollback { parent, .. } => parent
            .and_then(|id| scene.product.deployments.iter().find(|d| d.id == id))
            .is_some_and(|parent| parent.release_id == scene.release.id),
    };
    let active = scene.product.deployments.iter().filter(|d| !d.state.is_terminal()).filter(own);
    active.min_by_key(|d| (!matches!(d.state, DeploymentState::AwaitingDecision { .. }), d.requested_at))
}

fn of_deployment(deployment: &Deployment, is_own: bool) -> HelmView {
    let what = if deployment.is_rollback() && !is_own {
        format!("the rollback of {} to {}", deployment.environment, deployment.version)
    } else {
        format!("{} to {}", deployment.version, deployment.environment)
    };
    let line = crate::deployments::state_line(deployment);
    let mut helm = if matches!(deployment.state, DeploymentState::AwaitingDecision { .. }) {
        HelmView { reason: line, ..HelmView::new(HelmAction::Decide, "Decide", format!("about {what}")) }
    } else {
        HelmView::wait(what, line)
    };
    helm.environment_id = Some(deployment.environment_id.to_string());
    helm.deployment_id = Some(deployment.id.to_string());
    helm
}

fn vote(scene: &Scene<'_>, blockers: &[Blocker]) -> HelmView {
    let helm = HelmView::new(HelmAction::Vote, "Vote", format!("on {}", scene.release.version));
    HelmView { blockers: shown_blockers(blockers), ..helm }
}

/// The next environment of the plan.
fn onwards(scene: &Scene<'_>, actor: &Actor, now: Timestamp) -> HelmView {
    let Some(next) = next_environment(scene) else {
        return HelmView::none("It is verified in every environment of its plan.".to_owned());
    };
    let blockers = scene.deploy_blockers(next, now);
    let needs_votes = blockers.iter().any(|b| b.gate == Gate::Approvals);
    let mut helm = if needs_votes && may_vote(scene, actor, now) {
        vote(scene, &blockers)
    } else if let Some(at) = clears_at(&blockers) {
        let first = blockers.first().map(|b| b.title.clone()).unwrap_or_default();
        let wait = HelmView::wait(format!("{} to {}", scene.release.version, next.name), first);
        HelmView { clears_at: Some(crate::decode::shown(at)), blockers: shown_blockers(&blockers), ..wait }
    } else {
        HelmView::new(HelmAction::Deploy, "Deploy", format!("{} to {}", scene.release.version, next.name)).blocked_by(&blockers)
    };
    helm.environment_id = Some(next.id.to_string());
    helm
}

/// The first environment of the plan in which the release was not found well yet; one that it can leave out comes last.
pub(crate) fn next_environment<'a>(scene: &Scene<'a>) -> Option<&'a Environment> {
    let missing = || scene.planned().filter(|e| !scene.is_verified_in(e));
    missing().find(|e| !e.rules.can_be_left_out_by(scene.release)).or_else(|| missing().next())
}

/// When the last of the blockers clears, where all of them clear by themselves.
fn clears_at(blockers: &[Blocker]) -> Option<Timestamp> {
    let times = blockers.iter().map(|b| match &b.cleared_by {
        Clearance::Time { at } => Some(*at),
        _ => None,
    });
    times.collect::<Option<Vec<_>>>()?.into_iter().max()
}

/// True where this person's vote is asked for: it may be given, is missing somewhere, and would count there.
pub(crate) fn may_vote(scene: &Scene<'_>, actor: &Actor, now: Timestamp) -> bool {
    let vote = Action::Vote { by: actor.clone(), verdict: Verdict::Approved };
    if !scene.blockers(&vote, None, now).is_empty() {
        return false;
    }
    let would_count = |e: &Environment| counts(actor, now, scene.release, &e.rules, now).is_ok();
    scene.planned().any(|e| would_count(e) && scene.deploy_blockers(e, now).iter().any(|b| b.gate == Gate::Approvals))
}

#[cfg(test)]
#[path = "helm_tests.rs"]
mod tests;
