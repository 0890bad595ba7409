//! A person's hand on a deployment under way: pause, go on, leave a phase out, go to the end, stop the way back, take a question on.

use super::DeploymentView;
use crate::decode::id;
use crate::error::ApiError;
use crate::{Api, IdRequest};
use serde::{Deserialize, Serialize};
use specta::Type;

/// A deployment whose next phase is to wait.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct PauseDeploymentRequest {
    /// The deployment's id.
    pub id: String,
    /// Why; may be empty.
    pub reason: String,
}

/// A phase to leave out, or whose watch is to end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct SkipPhaseRequest {
    /// The deployment's id.
    pub id: String,
    /// The phase's id.
    pub phase_id: String,
    /// Why, never empty.
    pub reason: String,
}

/// A deployment that goes to its last phase next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct PromoteFullyRequest {
    /// The deployment's id.
    pub id: String,
    /// Why, never empty.
    pub reason: String,
}

impl Api {
    /// Lets no further phase begin. What runs at the provider goes on.
    ///
    /// # Errors
    /// `conflict` where it is paused or over already.
    pub async fn pause_deployment(&self, request: PauseDeploymentRequest) -> Result<DeploymentView, ApiError> {
        let deployment = self.engine.pause_deployment(&self.actor, id("id", &request.id)?, &request.reason).await?;
        self.deployment_view(&deployment).await
    }

    /// Lets a paused deployment go on.
    ///
    /// # Errors
    /// `conflict` where it is not paused.
    pub async fn resume_deployment(&self, request: IdRequest) -> Result<DeploymentView, ApiError> {
        let deployment = self.engine.resume_deployment(&self.actor, id("id", &request.id)?).await?;
        self.deployment_view(&deployment).await
    }

    /// Leaves a phase out, or ends its watch.
    ///
    /// # Errors
    /// `conflict` where it is required, under way, over, or the last; `invalid` without a reason.
    pub async fn skip_phase(&self, request: SkipPhaseRequest) -> Result<DeploymentView, ApiError> {
        let (id, phase) = (id("id", &request.id)?, id("phase_id", &request.phase_id)?);
        let deployment = self.engine.skip_phase(&self.actor, id, phase, &request.reason).await?;
        self.deployment_view(&deployment).await
    }

    /// Goes to the last phase next.
    ///
    /// # Errors
    /// `conflict` where a phase in between is required; `invalid` without a reason.
    pub async fn promote_fully(&self, request: PromoteFullyRequest) -> Result<DeploymentView, ApiError> {
        let deployment = self.engine.promote_fully(&self.actor, id("id", &request.id)?, &request.reason).await?;
        self.deployment_view(&deployment).await
    }

    /// Keeps the version before from coming back by itself; the deployment asks a person instead.
    ///
    /// # Errors
    /// `conflict` where it isn't about to.
    pub async fn hold_rollback(&self, request: IdRequest) -> Result<DeploymentView, ApiError> {
        let deployment = self.engine.hold_rollback(&self.actor, id("id", &request.id)?).await?;
        self.deployment_view(&deployment).await
    }

    /// Takes on what a deployment asks, also from somebody else.
    ///
    /// # Errors
    /// `conflict` where it asks nothing.
    pub async fn take_question(&self, request: IdRequest) -> Result<DeploymentView, ApiError> {
        let deployment = self.engine.take_question(&self.actor, id("id", &request.id)?).await?;
        self.deployment_view(&deployment).await
    }
}
