//! Rolling back: which versions an environment can go back to, and going there. One change aborts what is under way, starts the
//! new deployment, locks the environment, and marks the bad release.

use super::deployments::write_new;
use super::native::RollbackWay;
use super::valid_reason;
use crate::change::Change;
use crate::engine::Engine;
use crate::error::EngineError;
use crate::facts::{ProductFacts, ReleaseFacts};
use crate::ports::store::Write;
use pilothouse_domain::deployment::{Deployment, DeploymentEffect, DeploymentEvent, DeploymentKind, DeploymentState, Schedule, apply};
use pilothouse_domain::lock::{Lock, LockStrength};
use pilothouse_domain::policy::{Action, Blocker, current_deployment, half_done, rollback_candidates};
use pilothouse_domain::product::Environment;
use pilothouse_domain::release::MarkedBad;
use pilothouse_domain::{Actor, EnvironmentId, LockId, ReleaseId, Version};
use std::time::Duration;

/// What a rollback of an environment could be.
pub struct RollbackOptions {
    /// The environment.
    pub environment: Environment,
    /// What is known about its product.
    pub facts: ProductFacts,
    /// What is taken back: the deployment under way there, else one that did not arrive, else the one that runs.
    pub from: Option<Deployment>,
    /// Where it can go, the last verified version first.
    pub targets: Vec<RollbackTarget>,
}

/// A version that an environment could go back to.
pub struct RollbackTarget {
    /// The deployment that verified it there.
    pub deployment: Deployment,
    /// Why it can't be gone back to; empty where it can.
    pub blockers: Vec<Blocker>,
}

impl Engine {
    /// The versions that an environment can go back to, with what stands against each.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn rollback_options(&self, environment: EnvironmentId) -> Result<RollbackOptions, EngineError> {
        let environment = self.store().environment(environment).await?;
        let facts = self.product_facts(environment.product_id).await?;
        let from = taken_back(&facts, environment.id).cloned();
        let mut candidates: Vec<Deployment> = rollback_candidates(&facts.deployments, environment.id).into_iter().cloned().collect();
        if let Some(running) = from.as_ref().filter(|d| d.deployed_at.is_none()) {
            // What is under way, or stopped half-way, has not arrived: the version that still runs can be gone back to as well.
            let current = current_deployment(&facts.deployments, environment.id).filter(|d| d.is_verified() && d.id != running.id);
            if let Some(current) = current.filter(|c| c.release_id != running.release_id) {
                candidates.insert(0, current.clone());
            }
            candidates.retain(|d| d.release_id != running.release_id);
        }
        let mut targets = Vec::new();
        let mut product = facts;
        for deployment in candidates {
            let release = self.store().release(deployment.release_id).await?;
            let known = ReleaseFacts { release, approvals: Vec::new(), product };
            let blockers = self.rollback_blockers(&known, &environment);
            product = known.product;
            targets.push(RollbackTarget { deployment, blockers });
        }
        Ok(RollbackOptions { environment, facts: product, from, targets })
    }

    fn rollback_blockers(&self, facts: &ReleaseFacts, environment: &Environment) -> Vec<Blocker> {
        let action = Action::RollBack { deployment: None, forced: true };
        facts.blockers(&action, Some(environment.id), self.now())
    }

    /// Rolls an environment back to a release that was verified there. Where the provider's own way is taken, it is asked whether that is
    /// open; where it isn't, nothing happens: a start of the pipeline instead is a person's choice.
    ///
    /// # Errors
    /// [`EngineError::Blocked`] where policy refuses it, or the provider's own way is closed; [`EngineError::Invalid`] without a reason.
    pub async fn roll_back(
        &self,
        actor: &Actor,
        environment: EnvironmentId,
        to: ReleaseId,
        reason: &str,
        way: RollbackWay,
    ) -> Result<Deployment, EngineError> {
        self.roll_back_with(actor, environment, to, reason, way, |_, _, _| Ok(())).await
    }

    /// As [`Engine::roll_back`], with what is written along in the same change; that may still refuse, by what would be taken back.
    pub(crate) async fn roll_back_with(
        &self,
        actor: &Actor,
        environment: EnvironmentId,
        to: ReleaseId,
        reason: &str,
        way: RollbackWay,
        along: impl FnOnce(&mut Change, &mut Deployment, Option<&Deployment>) -> Result<(), EngineError> + Send,
    ) -> Result<Deployment, EngineError> {
        let reason = valid_reason(reason)?;
        let native = match way {
            RollbackWay::AsSet => self.native_way(environment, to).await?,
            RollbackWay::Redeploy => None,
        };
        let now = self.now();
        let facts = self.release_facts(to).await?;
        let target = facts.environment(environment)?;
        let from = taken_back(&facts.product, environment).cloned();
        let blockers = self.rollback_blockers(&facts, target);
        if !blockers.is_empty() {
            return Err(EngineError::Blocked(blockers));
        }
        let mut change = self.change(actor);
        let mut waits_for = None;
        if let Some(active) = facts.product.deployments.iter().find(|d| d.environment_id == environment && !d.state.is_terminal()) {
            let event = DeploymentEvent::RollbackRequested { by: actor.clone(), reason: reason.clone() };
            let moved = apply(active, event, now, &self.pacing)?;
            let data = serde_json::json!({ "state": moved.next.state });
            let summary = format!("Aborts {} to {} for a rollback", moved.next.version, moved.next.environment);
            change.audit_deployment("deployment.abort_requested", &moved.next, summary, data);
            change.schedule(&moved.next, moved.schedule);
            waits_for = (!moved.next.state.is_terminal()).then_some(moved.next.id);
            change.write(Write::Deployment(moved.next));
        }
        let kind = DeploymentKind::Rollback { parent: from.as_ref().map(|d| d.id), reason: reason.clone() };
        let pipeline = match way {
            RollbackWay::AsSet => target.rollback_pipeline(),
            RollbackWay::Redeploy => &target.deploy,
        };
        let mut rollback = self.new_deployment(actor, &facts, target, pipeline, kind);
        rollback.native = native;
        let effect = if waits_for.is_some() {
            rollback.state = DeploymentState::Queued { waits_for };
            DeploymentEffect::AwaitTurn
        } else {
            self.make_ready(&mut rollback);
            DeploymentEffect::Trigger
        };
        let bad = from.as_ref().map(|d| d.version.clone());
        let back_from = bad.as_ref().map(|v| format!(" from {v}")).unwrap_or_default();
        let natively = if rollback.native.is_some() { " in the provider's own way" } else { "" };
        let what = format!("{} of {}", target.name, facts.product.product.name);
        let summary = format!("Rolls {what} back{back_from} to {}{natively}: {reason}", rollback.version);
        along(&mut change, &mut rollback, from.as_ref())?;
        write_new(&mut change, &rollback, "deployment.rollback_started", summary);
        change.schedule(&rollback, Schedule::Next { effect, after: Duration::ZERO });
        self.lock_after_rollback(actor, &mut change, &facts, target, from.as_ref(), &reason);
        if let Some(from) = &from {
            self.mark_bad(actor, &mut change, from.release_id, to, &reason).await?;
        }
        self.ports.store.commit(change.into_set()).await?;
        Ok(self.store().deployment(rollback.id).await?)
    }

    fn lock_after_rollback(
        &self,
        actor: &Actor,
        change: &mut Change,
        facts: &ReleaseFacts,
        environment: &Environment,
        from: Option<&Deployment>,
        reason: &str,
    ) {
        let now = self.now();
        let locked = facts
            .product
            .locks
            .iter()
            .any(|l| l.environment_id == Some(environment.id) && l.is_active(now) && l.strength == LockStrength::Stops);
        if locked {
            return;
        }
        let named = from.map_or_else(|| reason.to_owned(), |d| lock_reason(&d.version, reason));
        let lock = Lock {
            id: self.new_id(LockId::new),
            revision: 0,
            product_id: Some(environment.product_id),
            environment_id: Some(environment.id),
            reason: named,
            strength: LockStrength::Stops,
            hotfixes_pass: false,
            release_id: from.map(|d| d.release_id),
            by: actor.clone(),
            since: now,
            until: None,
            lifted: None,
        };
        change.audit_lock("lock.set", &lock, format!("Locked {} of {}: {}", environment.name, facts.product.product.name, lock.reason));
        change.write(Write::Lock(lock));
    }

    async fn mark_bad(
        &self,
        actor: &Actor,
        change: &mut Change,
        bad: ReleaseId,
        target: ReleaseId,
        reason: &str,
    ) -> Result<(), EngineError> {
        let mut release = self.store().release(bad).await?;
        if bad == target || release.marked_bad.is_some() {
            return Ok(());
        }
        release.marked_bad = Some(MarkedBad { reason: reason.to_owned(), by: actor.clone(), at: self.now() });
        let data = serde_json::json!({ "marked_bad": release.marked_bad });
        change.audit_release("release.marked_bad", &release, format!("Marked {} bad: {reason}", release.version), data);
        change.write(Write::Release(release));
        Ok(())
    }
}

/// The reason of a lock always names the bad version.
fn lock_reason(bad: &Version, reason: &str) -> String {
    let bad = bad.to_string();
    if reason.contains(&bad) { reason.to_owned() } else { format!("{bad} is bad: {reason}") }
}

/// What a rollback would take back: the deployment under way, else what did not arrive, else what runs.
fn taken_back(facts: &ProductFacts, environment: EnvironmentId) -> Option<&Deployment> {
    facts
        .deployments
        .iter()
        .find(|d| d.environment_id == environment && !d.state.is_terminal() && !d.is_rollback())
        .or_else(|| half_done(&facts.deployments, environment).filter(|d| !d.is_rollback()))
        .or_else(|| current_deployment(&facts.deployments, environment))
}
