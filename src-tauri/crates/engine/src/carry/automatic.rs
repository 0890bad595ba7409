//! Going back by itself, once a phase was found bad and nobody stepped in. Must not go back where a rule of
//! [`automatic_rollback`] says no: then a person is asked, with the reason.

use crate::engine::Engine;
use crate::error::EngineError;
use crate::ports::StoreError;
use crate::usecases::native::RollbackWay;
use pilothouse_domain::deployment::{Deployment, DeploymentEffect, DeploymentEvent, PhaseState};
use pilothouse_domain::policy::automatic_rollback;
use pilothouse_domain::{Actor, ReleaseId};

impl Engine {
    pub(super) async fn go_back_by_itself(&self, deployment: &Deployment) -> Result<(), EngineError> {
        let Some(PhaseState::Failing { reason, .. }) = deployment.current_phase().map(|phase| &phase.state) else {
            return self.stale(deployment).await;
        };
        let to = match self.goes_back_to(deployment).await? {
            Ok(to) => to,
            Err(why) => return self.barred(deployment, why).await,
        };
        match self.roll_back(&Actor::Engine, deployment.environment_id, to, reason, RollbackWay::AsSet).await {
            Ok(_) => Ok(()),
            // Somebody else was faster: what is to be done is looked at anew.
            Err(EngineError::Store(StoreError::Conflict { .. })) => {
                self.put_off(deployment, DeploymentEffect::RollBack, self.pacing.retry).await
            }
            Err(error @ EngineError::Store(_)) => Err(error),
            Err(error) => self.barred(deployment, error.to_string()).await,
        }
    }

    /// The release to go back to, or why not by itself.
    async fn goes_back_to(&self, deployment: &Deployment) -> Result<Result<ReleaseId, String>, EngineError> {
        let options = self.rollback_options(deployment.environment_id).await?;
        if let Err(why) = automatic_rollback(&options.facts.deployments, deployment, self.now()) {
            return Ok(Err(why));
        }
        let Some(target) = options.targets.first() else {
            return Ok(Err(format!("nothing else was verified in {}", deployment.environment)));
        };
        Ok(match target.blockers.first() {
            Some(blocker) => Err(format!("{}. {}", blocker.title, blocker.detail)),
            None => Ok(target.deployment.release_id),
        })
    }

    async fn barred(&self, deployment: &Deployment, reason: String) -> Result<(), EngineError> {
        let event = DeploymentEvent::RollbackBarred { reason: format!("It did not go back by itself: {reason}") };
        self.feed(deployment.id, &event).await.map(|_| ())
    }
}
