//! Deployments: start, cancel, decide. Starting one only writes the intent; the loop in [`carry`](crate::carry) does the rest.

use super::freeze_overrides::despite;
use crate::carry::feed::derive;
use crate::change::Change;
use crate::engine::Engine;
use crate::error::EngineError;
use crate::facts::ReleaseFacts;
use crate::ports::StoreError;
use crate::ports::store::Write;
use pilothouse_domain::deployment::{
    Decision, Deployment, DeploymentEffect, DeploymentEvent, DeploymentKind, DeploymentRequest, DeploymentState, PhaseState, Schedule,
    apply,
};
use pilothouse_domain::pipeline::PipelineBinding;
use pilothouse_domain::policy::{Action, override_marks};
use pilothouse_domain::product::Environment;
use pilothouse_domain::scheduled_start::{ScheduledStart, ScheduledStartState};
use pilothouse_domain::{Actor, DeploymentId, EnvironmentId, PhaseId, ReleaseId};
use std::time::Duration;

/// How often a change is tried again when somebody else was faster.
const MAX_CONFLICTS: u8 = 5;

impl Engine {
    /// Starts a deployment of a release to an environment.
    ///
    /// # Errors
    /// [`EngineError::Blocked`] where policy refuses it.
    pub async fn deploy(&self, actor: &Actor, release: ReleaseId, environment: EnvironmentId) -> Result<Deployment, EngineError> {
        self.start_deployment(actor, actor, release, environment).await
    }

    /// Starts a deployment in somebody's name. What was scheduled for the same place has started with it.
    pub(crate) async fn start_deployment(
        &self,
        by: &Actor,
        on_behalf_of: &Actor,
        release: ReleaseId,
        environment: EnvironmentId,
    ) -> Result<Deployment, EngineError> {
        self.start_deployment_with(by, on_behalf_of, release, environment, |_, _| Ok(())).await
    }

    /// As [`Engine::start_deployment`], with what is written along in the same change.
    pub(crate) async fn start_deployment_with(
        &self,
        by: &Actor,
        on_behalf_of: &Actor,
        release: ReleaseId,
        environment: EnvironmentId,
        along: impl FnOnce(&mut Change, &mut Deployment) -> Result<(), EngineError> + Send,
    ) -> Result<Deployment, EngineError> {
        self.look_at_tag_first(release, environment).await?;
        let facts = self.release_facts(release).await?;
        let target = facts.environment(environment)?;
        let blockers = facts.blockers(&Action::Deploy { deployment: None }, Some(environment), self.now());
        if !blockers.is_empty() {
            return Err(EngineError::Blocked(blockers));
        }
        let planned = facts.release.planned(environment).map_or(&target.deploy, |p| &p.deploy);
        if let Some(blocker) = self.held_up(&facts.product.product, target, planned).await {
            return Err(EngineError::Blocked(vec![blocker]));
        }
        let mut deployment = self.new_deployment(on_behalf_of, &facts, target, planned, DeploymentKind::Deploy);
        self.make_ready(&mut deployment);
        deployment.overridden = override_marks(&facts.facts(Some(environment)), self.now());
        let mut change = self.change(by);
        let despite = despite(&deployment.overridden);
        let scheduled = self.open_start(release, environment).await?;
        let planned = scheduled.as_ref().map(|start| format!(", as {} scheduled it", start.by)).unwrap_or_default();
        let summary =
            format!("Started the deployment of {} {} to {}{planned}{despite}", facts.product.product.name, deployment.version, target.name);
        along(&mut change, &mut deployment)?;
        write_new(&mut change, &deployment, "deployment.started", summary);
        if let Some(start) = scheduled {
            change.settle_start(ScheduledStart {
                state: ScheduledStartState::Started { deployment_id: deployment.id, at: deployment.requested_at },
                ..start
            });
        }
        change.schedule(&deployment, Schedule::Next { effect: DeploymentEffect::Trigger, after: Duration::ZERO });
        self.ports.store.commit(change.into_set()).await?;
        Ok(self.store().deployment(deployment.id).await?)
    }

    /// A tag may have been created, moved or deleted since it was last looked at. Where it can't be asked for, what is known counts.
    async fn look_at_tag_first(&self, release: ReleaseId, environment: EnvironmentId) -> Result<(), EngineError> {
        let release = self.store().release(release).await?;
        if !release.planned(environment).is_some_and(|planned| planned.deploy.names_tag()) {
            return Ok(());
        }
        match self.look_at_tag(release.id).await {
            Ok(_) => Ok(()),
            Err(error @ EngineError::Store(_)) => Err(error),
            Err(error) => {
                tracing::warn!(release = %release.id, %error, "the release's tag could not be looked at before its deployment");
                Ok(())
            }
        }
    }

    pub(super) fn make_ready(&self, deployment: &mut Deployment) {
        deployment.state = DeploymentState::InProgress;
        if let Some(phase) = deployment.phases.first_mut() {
            phase.state = PhaseState::Ready;
        }
    }

    pub(super) fn new_deployment(
        &self,
        actor: &Actor,
        facts: &ReleaseFacts,
        environment: &Environment,
        pipeline: &PipelineBinding,
        kind: DeploymentKind,
    ) -> Deployment {
        let request = DeploymentRequest {
            id: self.new_id(DeploymentId::new),
            kind,
            repository: pipeline.repository(&facts.product.product.repository).to_owned(),
            by: actor.clone(),
            at: self.now(),
        };
        Deployment::requested(request, &facts.release, environment, pipeline, || self.new_id(PhaseId::new))
    }

    /// Asks for a deployment to stop. What has not been triggered never will be; a run is asked to stop.
    ///
    /// # Errors
    /// [`EngineError::Deployment`] where it has deployed or ended already.
    pub async fn cancel_deployment(&self, actor: &Actor, id: DeploymentId, reason: &str) -> Result<Deployment, EngineError> {
        let event = DeploymentEvent::CancelRequested { by: actor.clone(), reason: reason.trim().to_owned() };
        self.tell_deployment(actor, id, &event, "deployment.cancel_requested", |d| {
            format!("Asked to cancel {} to {}", d.version, d.environment)
        })
        .await
    }

    /// Answers what a deployment asks.
    ///
    /// # Errors
    /// [`EngineError::Deployment`] where it asks nothing, or something else; [`EngineError::Provider`] where the provider can't do it.
    pub async fn decide(&self, actor: &Actor, id: DeploymentId, decision: Decision) -> Result<Deployment, EngineError> {
        self.can_be_carried_out(&self.store().deployment(id).await?, &decision).await?;
        let word = decision.word();
        let event = DeploymentEvent::Decided { by: actor.clone(), decision };
        self.tell_deployment(actor, id, &event, "deployment.decided", |d| {
            format!("Decided about {} to {}: {}", d.version, d.environment, word.replace('_', " "))
        })
        .await
    }

    pub(super) async fn tell_deployment(
        &self,
        actor: &Actor,
        id: DeploymentId,
        event: &DeploymentEvent,
        action: &str,
        summary: impl Fn(&Deployment) -> String,
    ) -> Result<Deployment, EngineError> {
        for _ in 0..MAX_CONFLICTS {
            let before = self.store().deployment(id).await?;
            let moved = apply(&before, event.clone(), self.now(), &self.pacing)?;
            let mut change = self.change(actor);
            let data = serde_json::json!({ "state": moved.next.state, "cancel": moved.next.cancel });
            change.audit_deployment(action, &moved.next, summary(&moved.next), data);
            change.write(Write::Deployment(moved.next.clone()));
            change.schedule(&moved.next, moved.schedule);
            derive(self, &mut change, &before, &moved.next).await?;
            match self.ports.store.commit(change.into_set()).await {
                Ok(_) => return Ok(self.store().deployment(id).await?),
                Err(StoreError::Conflict { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(StoreError::Conflict { kind: "deployment", id: id.to_string() }.into())
    }
}

pub(super) fn write_new(change: &mut Change, deployment: &Deployment, action: &str, summary: String) {
    let data = serde_json::json!({
        "version": deployment.version, "commit": deployment.commit, "environment": deployment.environment,
        "pipeline": deployment.pipeline, "kind": deployment.kind, "native": deployment.native,
    });
    change.audit_deployment(action, deployment, summary, data);
    change.write(Write::Deployment(deployment.clone()));
}
