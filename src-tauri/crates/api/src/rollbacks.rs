//! Rolling back: where an environment can go back to, and going there.

use crate::blockers::{BlockerView, shown_blockers};
use crate::decode::{id, shown};
use crate::deployments::DeploymentView;
use crate::error::ApiError;
use crate::{Api, IdRequest};

mod way;

pub use way::*;

use pilothouse_domain::deployment::Deployment;
use pilothouse_domain::policy::current_deployment;
use pilothouse_domain::product::RollbackBinding;
use pilothouse_engine::usecases::rollbacks::{RollbackOptions, RollbackTarget};
use serde::{Deserialize, Serialize};
use specta::Type;

/// A rollback to start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct StartRollbackRequest {
    /// The environment's id.
    pub environment_id: String,
    /// The release to go back to.
    pub release_id: String,
    /// Why; becomes the reason of the lock.
    pub reason: String,
    /// Which way.
    #[serde(default)]
    pub way: RollbackWayChoice,
}

/// What a rollback of an environment could be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RollbackOptionsView {
    /// The environment's id.
    pub environment_id: String,
    /// Its name.
    pub environment: String,
    /// The product's id.
    pub product_id: String,
    /// Its name.
    pub product: String,
    /// What is taken back; none where nothing was deployed there.
    pub from: Option<RollbackFrom>,
    /// Which way it goes, as the environment is set.
    pub way: RollbackWayWord,
    /// Where it can go, the last verified version first.
    pub targets: Vec<RollbackTargetView>,
    /// What will happen, in order. `{version}` stands for the chosen version.
    pub steps: Vec<String>,
    /// The same, where the deploy pipeline is started in place of the provider's own way; empty where that isn't set.
    pub steps_redeploying: Vec<String>,
    /// A proposal for the reason of the lock.
    pub lock_reason_proposal: String,
}

/// What a rollback takes back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RollbackFrom {
    /// The deployment's id.
    pub deployment_id: String,
    /// The release's id.
    pub release_id: String,
    /// Its version.
    pub version: String,
    /// Since when it runs there; while it is under way, when it was started.
    pub since: String,
    /// True where it is still under way: it is aborted first.
    pub under_way: bool,
}

/// A version that an environment could go back to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RollbackTargetView {
    /// The release's id.
    pub release_id: String,
    /// Its version.
    pub version: String,
    /// When it was found well there last.
    pub verified_at: Option<String>,
    /// What a person should know before choosing it; may be empty.
    pub notice: String,
    /// Why it can't be gone back to; empty where it can.
    pub blockers: Vec<BlockerView>,
}

impl Api {
    /// The versions that an environment (by its id) can go back to, with what stands against each.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn rollback_options(&self, request: IdRequest) -> Result<RollbackOptionsView, ApiError> {
        let options = self.engine.rollback_options(id("id", &request.id)?).await?;
        let reason = self.lock_reason(&options).await?;
        Ok(view(&options, reason))
    }

    /// How an environment would go back to a release, as it is set. Asks the provider where its own way is taken; changes nothing.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn rollback_way(&self, request: RollbackWayRequest) -> Result<RollbackWayView, ApiError> {
        let environment = id("environment_id", &request.environment_id)?;
        let release = id("release_id", &request.release_id)?;
        let way = self.engine.way_back(environment, release).await?;
        Ok(RollbackWayView::new(way, &self.store().environment(environment).await?.rollback))
    }

    /// Rolls an environment back: aborts what is under way, deploys the earlier version, locks the environment, and marks the
    /// bad release. Returns once that is written.
    ///
    /// # Errors
    /// `blocked` where policy refuses it, or the provider's own way is closed; `invalid` without a reason.
    pub async fn start_rollback(&self, request: StartRollbackRequest) -> Result<DeploymentView, ApiError> {
        let environment = id("environment_id", &request.environment_id)?;
        let release = id("release_id", &request.release_id)?;
        let rollback = self.engine.roll_back(&self.actor, environment, release, &request.reason, request.way.into()).await?;
        self.deployment_view(&rollback).await
    }

    /// What is wrong, from the open incident where there is one: it names the bad version.
    async fn lock_reason(&self, options: &RollbackOptions) -> Result<String, ApiError> {
        let Some(from) = &options.from else { return Ok(String::new()) };
        let incident = options.facts.incidents.iter().find(|i| i.is_open() && i.environment_id == options.environment.id);
        let failing = incident.and_then(|i| i.checks.iter().find(|c| c.recovered_at.is_none()));
        if let Some(failing) = failing {
            return Ok(format!("{} is bad: {} fails in {}, {}", from.version, failing.name, options.environment.name, failing.reason));
        }
        let release = self.store().release(from.release_id).await?;
        Ok(match &release.marked_bad {
            Some(bad) => format!("{} is bad: {}", from.version, bad.reason),
            None => format!("{} is bad: ", from.version),
        })
    }
}

fn view(options: &RollbackOptions, lock_reason_proposal: String) -> RollbackOptionsView {
    let environment = &options.environment;
    let from = options.from.as_ref().map(|d| RollbackFrom {
        deployment_id: d.id.to_string(),
        release_id: d.release_id.to_string(),
        version: d.version.to_string(),
        since: shown(d.deployed_at.unwrap_or(d.requested_at)),
        under_way: !d.state.is_terminal(),
    });
    RollbackOptionsView {
        environment_id: environment.id.to_string(),
        environment: environment.name.clone(),
        product_id: environment.product_id.to_string(),
        product: options.facts.product.name.clone(),
        from,
        way: RollbackWayWord::from(&environment.rollback),
        targets: options.targets.iter().map(|t| target_view(options, t)).collect(),
        steps: steps(options, &environment.rollback),
        steps_redeploying: match &environment.rollback {
            RollbackBinding::Native { .. } => steps(options, &RollbackBinding::Redeploy),
            RollbackBinding::Redeploy | RollbackBinding::Pipeline { .. } => Vec::new(),
        },
        lock_reason_proposal,
    }
}

fn target_view(options: &RollbackOptions, target: &RollbackTarget) -> RollbackTargetView {
    RollbackTargetView {
        release_id: target.deployment.release_id.to_string(),
        version: target.deployment.version.to_string(),
        verified_at: target.deployment.deployed_at.map(shown),
        notice: notice(options, &target.deployment),
        blockers: shown_blockers(&target.blockers),
    }
}

/// Versions that were verified later than this one are skipped over: their changes are lost as well.
fn notice(options: &RollbackOptions, target: &Deployment) -> String {
    let later = options.targets.iter().filter(|t| t.deployment.deployed_at > target.deployed_at).count();
    match later {
        0 => String::new(),
        1 => "Skips 1 later version that was verified there".to_owned(),
        more => format!("Skips {more} later versions that were verified there"),
    }
}

fn steps(options: &RollbackOptions, way: &RollbackBinding) -> Vec<String> {
    let environment = &options.environment;
    let under_way = options.from.as_ref().filter(|d| !d.state.is_terminal());
    let mut steps = Vec::new();
    if let Some(deployment) = under_way {
        steps.push(format!("Abort the deployment of {} and wait until it has stopped", deployment.version));
    }
    steps.push(match way {
        RollbackBinding::Native { .. } => {
            let connection = options.facts.connections.iter().find(|c| c.id == environment.deploy.connection(options.facts.connection.id));
            format!("Have {} take up again, once, the run that deployed {{version}}", connection.map_or("the provider", |c| c.kind.name()))
        }
        RollbackBinding::Redeploy | RollbackBinding::Pipeline { .. } => {
            format!("Trigger {} once, with {{version}}", environment.rollback_pipeline().pipeline)
        }
    });
    steps.push("Read the running version and the checks back from the service".to_owned());
    steps.push(match &options.from {
        Some(from) => format!("Lock {} and mark {} bad", environment.name, from.version),
        None => format!("Lock {}", environment.name),
    });
    if let (Some(_), Some(current)) = (under_way, current_deployment(&options.facts.deployments, environment.id)) {
        steps.push(format!("{} had {} before", environment.name, current.version));
    }
    steps
}

#[cfg(test)]
#[path = "rollbacks/native_tests.rs"]
mod tests;
