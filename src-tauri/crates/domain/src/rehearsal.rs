//! A rehearsal of a release's plan: each stage is judged by policy at the time at which it would begin, as if those before it had gone
//! well. What is refused is what would be refused on the day if nothing changes until then.
//!
//! Must not trigger anything, nor foresee what people have yet to do: a missing vote is a finding.

use crate::deployment::{Deployment, DeploymentKind, DeploymentRequest, DeploymentState, Verification};
use crate::policy::{Action, Blocker, Facts, cautions, evaluate, required_before, rollback_candidates};
use crate::product::Environment;
use crate::rollout::Rollout;
use crate::{Actor, DeploymentId, EnvironmentId, PhaseId, Timestamp, Version};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use uuid::Uuid;

/// A stage of the plan, as it would go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RehearsedStage {
    /// The environment.
    pub environment_id: EnvironmentId,
    /// When it would begin.
    pub begins: Timestamp,
    /// True where that is a time that somebody has set.
    pub is_scheduled: bool,
    /// When it would be found well, if its phases take no longer than they must.
    pub ends: Timestamp,
    /// What would refuse it.
    pub blockers: Vec<Blocker>,
    /// What a person would be warned of.
    pub cautions: Vec<String>,
    /// Where a rollback would go; `None` where there is no way back.
    pub back_to: Option<Version>,
    /// True where the release is there and well already: nothing is to be done.
    pub is_done: bool,
}

/// When a stage of the plan is set to begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetStart {
    /// Where.
    pub environment_id: EnvironmentId,
    /// When.
    pub at: Timestamp,
}

/// Goes through the plan from a time on, stage by stage in promotion order. Empty where there is no plan.
#[must_use]
pub fn rehearse(facts: &Facts<'_>, from: Timestamp, set: &[SetStart]) -> Vec<RehearsedStage> {
    let mut deployments = facts.deployments.to_vec();
    let mut ready = from;
    let mut stages = Vec::new();
    for environment in facts.environments.iter().filter(|e| facts.release.planned(e.id).is_some()) {
        let known = Facts { deployments: &deployments, environment: Some(environment), ..*facts };
        let is_done = is_there(&known, environment);
        let scheduled = set.iter().find(|start| start.environment_id == environment.id).map(|start| start.at);
        let begins = scheduled.unwrap_or_else(|| ready.max(soaked(&known, environment, from)));
        let blockers = if is_done { Vec::new() } else { evaluate(&Action::Deploy { deployment: None }, &known, begins) };
        let rollout = facts.release.planned(environment.id).map_or(&environment.rollout, |planned| &planned.rollout);
        let ends = begins.plus(least(rollout, environment.rules.verify_seconds));
        let back_to = crate::policy::current_deployment(&deployments, environment.id)
            .filter(|d| d.is_verified() && d.release_id != facts.release.id)
            .or_else(|| rollback_candidates(&deployments, environment.id).first().copied())
            .map(|d| d.version.clone());
        stages.push(RehearsedStage {
            environment_id: environment.id,
            begins,
            is_scheduled: scheduled.is_some(),
            ends: if is_done { begins } else { ends },
            cautions: if is_done { Vec::new() } else { cautions(&known, environment) },
            blockers,
            back_to,
            is_done,
        });
        if !is_done {
            deployments.push(assumed(facts, environment, ends));
            ready = ready.max(ends);
        }
    }
    stages
}

fn is_there(facts: &Facts<'_>, environment: &Environment) -> bool {
    crate::policy::current_deployment(facts.deployments, environment.id)
        .is_some_and(|d| d.is_verified() && crate::policy::brought(d, facts.release))
}

/// When the soak in what comes before would be over.
fn soaked(facts: &Facts<'_>, environment: &Environment, from: Timestamp) -> Timestamp {
    let soak = Duration::from_secs(u64::from(environment.rules.soak_for(facts.release)) * 60);
    let before = required_before(facts, environment);
    let deployed = |e: &&Environment| {
        let own = facts.deployments.iter().filter(|d| d.environment_id == e.id && crate::policy::brought(d, facts.release));
        own.filter_map(|d| d.deployed_at).max()
    };
    before.iter().filter_map(deployed).max().map_or(from, |at| at.plus(soak).max(from))
}

/// The shortest time that a rollout takes, with its last look at the service.
fn least(rollout: &Rollout, verify_seconds: u32) -> Duration {
    let watched: u64 =
        rollout.planned().iter().map(|phase| u64::from(phase.rules.bake_seconds) + u64::from(phase.rules.limits.settle_seconds)).sum();
    Duration::from_secs(watched + u64::from(verify_seconds))
}

/// The deployment that there would be.
fn assumed(facts: &Facts<'_>, environment: &Environment, at: Timestamp) -> Deployment {
    let pipeline = facts.release.planned(environment.id).map_or(&environment.deploy, |planned| &planned.deploy);
    let (id, kind) = (DeploymentId::new(Uuid::nil()), DeploymentKind::Deploy);
    let request = DeploymentRequest { id, kind, repository: String::new(), by: Actor::Engine, at };
    let requested = Deployment::requested(request, facts.release, environment, pipeline, || PhaseId::new(Uuid::nil()));
    let state = DeploymentState::Succeeded { at, verification: Verification::ByRunOnly };
    Deployment { state, deployed_at: Some(at), ..requested }
}
