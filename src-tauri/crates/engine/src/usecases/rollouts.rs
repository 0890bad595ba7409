//! A person's hand on a rollout: pausing, going on, leaving out and going to the end; and what a rollout may be. Must not
//! trigger anything: the loop in [`carry`](crate::carry) does.

use super::valid_reason;
use crate::engine::Engine;
use crate::error::EngineError;
use pilothouse_domain::deployment::{Deployment, DeploymentEvent};
use pilothouse_domain::rollout::{Rollout, RolloutFault};
use pilothouse_domain::{Actor, DeploymentId, PhaseId};

impl Engine {
    /// Lets no further phase begin. What runs at the provider goes on.
    ///
    /// # Errors
    /// [`EngineError::Deployment`] where it has ended or is paused already.
    pub async fn pause_deployment(&self, actor: &Actor, id: DeploymentId, reason: &str) -> Result<Deployment, EngineError> {
        let event = DeploymentEvent::Paused { by: actor.clone(), reason: reason.trim().to_owned() };
        self.steer(actor, id, &event, "deployment.paused", "Paused").await
    }

    /// Lets a paused deployment go on.
    ///
    /// # Errors
    /// [`EngineError::Deployment`] where it is not paused.
    pub async fn resume_deployment(&self, actor: &Actor, id: DeploymentId) -> Result<Deployment, EngineError> {
        self.steer(actor, id, &DeploymentEvent::Resumed, "deployment.resumed", "Resumed").await
    }

    /// Leaves a phase out, or ends its watch.
    ///
    /// # Errors
    /// [`EngineError::Deployment`] where the phase is required, under way at the provider, over, or the last; [`EngineError::Invalid`]
    /// without a reason.
    pub async fn skip_phase(&self, actor: &Actor, id: DeploymentId, phase: PhaseId, reason: &str) -> Result<Deployment, EngineError> {
        let event = DeploymentEvent::Skipped { by: actor.clone(), phase, reason: valid_reason(reason)? };
        self.steer(actor, id, &event, "deployment.phase_skipped", "Skipped a phase of").await
    }

    /// Goes to the last phase next.
    ///
    /// # Errors
    /// [`EngineError::Deployment`] where a phase in between is required; [`EngineError::Invalid`] without a reason.
    pub async fn promote_fully(&self, actor: &Actor, id: DeploymentId, reason: &str) -> Result<Deployment, EngineError> {
        let event = DeploymentEvent::PromotedFully { by: actor.clone(), reason: valid_reason(reason)? };
        self.steer(actor, id, &event, "deployment.promoted_fully", "Promoted fully:").await
    }

    /// Keeps the version before from coming back by itself.
    ///
    /// # Errors
    /// [`EngineError::Deployment`] where it isn't about to.
    pub async fn hold_rollback(&self, actor: &Actor, id: DeploymentId) -> Result<Deployment, EngineError> {
        let event = DeploymentEvent::RollbackHeld { by: actor.clone() };
        self.steer(actor, id, &event, "deployment.rollback_held", "Stopped the automatic rollback of").await
    }

    /// Takes on what a deployment asks, also from somebody else.
    ///
    /// # Errors
    /// [`EngineError::Deployment`] where it asks nothing.
    pub async fn take_question(&self, actor: &Actor, id: DeploymentId) -> Result<Deployment, EngineError> {
        let event = DeploymentEvent::Taken { by: actor.clone() };
        self.steer(actor, id, &event, "deployment.taken", "Took on what is asked about").await
    }

    async fn steer(
        &self,
        actor: &Actor,
        id: DeploymentId,
        event: &DeploymentEvent,
        action: &str,
        done: &str,
    ) -> Result<Deployment, EngineError> {
        self.tell_deployment(actor, id, event, action, |d| format!("{done} {} to {}", d.version, d.environment)).await
    }
}

/// A rollout that can be, for the environment of this name.
pub(super) fn valid_rollout(environment: &str, rollout: &Rollout) -> Result<Rollout, EngineError> {
    rollout.check().map_err(|fault| invalid(environment, rollout, &fault))?;
    Ok(rollout.clone())
}

/// A fault in people's words: which phase, and what is wrong.
fn invalid(environment: &str, rollout: &Rollout, fault: &RolloutFault) -> EngineError {
    let number = fault.field.strip_prefix("phases.").and_then(|rest| rest.split('.').next()).and_then(|n| n.parse::<usize>().ok());
    let place = number.and_then(|n| Some((n + 1, &rollout.phases.get(n)?.rules.name)));
    let message = match place {
        Some((n, name)) if name.trim().is_empty() => format!("{environment}, phase {n}: {}", fault.message),
        Some((n, name)) => format!("{environment}, phase {n} ({name}): {}", fault.message),
        None => format!("{environment}: {}", fault.message),
    };
    EngineError::invalid("rollout", message, "Put it right, and save again.")
}
