//! Feeds an event to a deployment's machine and writes what comes of it: state, audit, outbox, and what it means for the
//! release, in one transaction. Must not call a provider.

use super::watching::derive_phase_smoke;
use crate::change::Change;
use crate::engine::Engine;
use crate::error::EngineError;
use crate::ports::StoreError;
use crate::ports::store::Write;
use crate::usecases::report_collection::derive_collection;
use pilothouse_domain::deployment::{
    Deployment, DeploymentEvent, DeploymentKind, DeploymentState, Pacing, Phase, PhaseState, Run, RunStatus, Schedule, apply,
};
use pilothouse_domain::release::{ReleaseEvent, apply as apply_release};
use pilothouse_domain::rollout::Tally;
use pilothouse_domain::smoke::{SmokeCause, SmokeTrigger};
use pilothouse_domain::{Actor, DeploymentId};

/// How often a change is tried again when somebody else was faster.
const MAX_CONFLICTS: u8 = 8;

/// What came of feeding an event.
pub(crate) enum Fed {
    /// It was written; this is the deployment now.
    Applied(Box<Deployment>),
    /// It doesn't fit any more: somebody else moved the deployment on.
    Stale,
}

impl Engine {
    /// Feeds an event to a deployment as it is now, whoever changed it meanwhile: an event is a fact, and stays one.
    pub(crate) async fn feed(&self, id: DeploymentId, event: &DeploymentEvent) -> Result<Fed, EngineError> {
        self.feed_paced(id, event, &self.pacing).await
    }

    /// As [`Engine::feed`], at another pace.
    pub(crate) async fn feed_paced(&self, id: DeploymentId, event: &DeploymentEvent, pacing: &Pacing) -> Result<Fed, EngineError> {
        self.feed_while(id, event, pacing, |_| true).await
    }

    /// As [`Engine::feed`], unless its phases were changed since policy was asked about them: then it is asked anew.
    pub(crate) async fn feed_as_judged(&self, judged: &Deployment, event: &DeploymentEvent) -> Result<Fed, EngineError> {
        let known = judged.phase_changes.len();
        self.feed_while(judged.id, event, &self.pacing, |current| current.phase_changes.len() == known).await
    }

    async fn feed_while(
        &self,
        id: DeploymentId,
        event: &DeploymentEvent,
        pacing: &Pacing,
        fits: impl Fn(&Deployment) -> bool + Send,
    ) -> Result<Fed, EngineError> {
        for _ in 0..MAX_CONFLICTS {
            let before = self.store().deployment(id).await?;
            if !fits(&before) {
                return self.drop_stale(&before).await;
            }
            let moved = match apply(&before, event.clone(), self.now(), pacing) {
                Ok(moved) => moved,
                Err(refusal) => {
                    tracing::info!(deployment = %id, %refusal, "an event came too late");
                    return self.drop_stale(&before).await;
                }
            };
            let mut change = self.change(&Actor::Engine);
            if moved.next != before {
                let (action, summary) = told(&before, &moved.next);
                let data = serde_json::json!({ "state": moved.next.state, "phases": moved.next.phases, "trouble": moved.next.trouble });
                change.audit_deployment(action, &moved.next, summary, data);
                change.write(Write::Deployment(moved.next.clone()));
                derive(self, &mut change, &before, &moved.next).await?;
            }
            change.schedule(&moved.next, moved.schedule);
            if change.is_empty() {
                return Ok(Fed::Applied(Box::new(before)));
            }
            match self.ports.store.commit(change.into_set()).await {
                Ok(_) => return Ok(Fed::Applied(Box::new(self.store().deployment(id).await?))),
                Err(StoreError::Conflict { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(StoreError::Conflict { kind: "deployment", id: id.to_string() }.into())
    }

    /// An effect whose event doesn't fit: the outbox is put right by what the state asks for.
    async fn drop_stale(&self, deployment: &Deployment) -> Result<Fed, EngineError> {
        let schedule = match deployment.next_effect() {
            Some(effect) => Schedule::Next { effect, after: self.pacing.retry },
            None => Schedule::Nothing,
        };
        let mut change = self.change(&Actor::Engine);
        change.schedule(deployment, schedule);
        self.ports.store.commit(change.into_set()).await?;
        Ok(Fed::Stale)
    }

    /// Puts an effect off without changing the deployment.
    pub(crate) async fn put_off(
        &self,
        deployment: &Deployment,
        effect: pilothouse_domain::deployment::DeploymentEffect,
        after: std::time::Duration,
    ) -> Result<(), EngineError> {
        let mut change = self.change(&Actor::Engine);
        change.schedule(deployment, Schedule::Next { effect, after });
        self.ports.store.commit(change.into_set()).await?;
        Ok(())
    }
}

/// All that a deployment's change leads to besides its own next effect.
pub(crate) async fn derive(engine: &Engine, change: &mut Change, before: &Deployment, after: &Deployment) -> Result<(), EngineError> {
    derive_release(engine, change, before, after).await?;
    derive_smoke(engine, change, before, after).await?;
    derive_phase_smoke(engine, change, before, after).await?;
    derive_coordinated_run(engine, change, before, after);
    derive_collection(engine, change, before, after).await
}

/// The coordinated release on whose way a deployment was goes on once that has ended.
fn derive_coordinated_run(engine: &Engine, change: &mut Change, before: &Deployment, after: &Deployment) {
    if let Some(run) = after.coordinated_run.filter(|_| after.state.is_terminal() && !before.state.is_terminal()) {
        change.schedule_coordinated_run(run, Some(engine.now()));
    }
}

/// The smoke tests that run by themselves once a deployment, or a rollback, has succeeded.
async fn derive_smoke(engine: &Engine, change: &mut Change, before: &Deployment, after: &Deployment) -> Result<(), EngineError> {
    if before.is_verified() || !after.is_verified() {
        return Ok(());
    }
    let scenarios = engine.store().smoke_scenarios(after.product_id).await?;
    for scenario in scenarios.iter().filter(|s| s.trigger == SmokeTrigger::AfterDeployment && s.is_for(after.environment_id)) {
        let run = engine.new_smoke_run(scenario, after, SmokeCause::AfterDeployment, &Actor::Engine);
        change.request_smoke_run(run);
    }
    Ok(())
}

/// What a deployment's change means for its release, and for the release that it takes back.
async fn derive_release(engine: &Engine, change: &mut Change, before: &Deployment, after: &Deployment) -> Result<(), EngineError> {
    let was_triggered = |d: &Deployment| d.phases.iter().any(|p| p.triggers > 0);
    let began = !was_triggered(before) && was_triggered(after);
    let succeeded = !before.is_verified() && after.is_verified();
    if !(began || succeeded) {
        return Ok(());
    }
    match &after.kind {
        DeploymentKind::Deploy => {
            let release = engine.store().release(after.release_id).await?;
            let reached = succeeded && release.ends_in(after.environment_id);
            let mut next = release.clone();
            if began {
                next = apply_release(&next, ReleaseEvent::DeploymentStarted, engine.now())?;
            }
            if reached {
                next = apply_release(&next, ReleaseEvent::LastEnvironmentReached, engine.now())?;
            }
            write_release(change, &release, next);
        }
        DeploymentKind::Rollback { parent: Some(parent), .. } if succeeded => {
            let parent = engine.store().deployment(*parent).await?;
            if parent.release_id != after.release_id && !parent.is_rollback() {
                let release = engine.store().release(parent.release_id).await?;
                let next = apply_release(&release, ReleaseEvent::RolledBack, engine.now())?;
                write_release(change, &release, next);
            }
        }
        DeploymentKind::Rollback { .. } => {}
    }
    Ok(())
}

fn write_release(change: &mut Change, before: &pilothouse_domain::release::Release, next: pilothouse_domain::release::Release) {
    if *before == next {
        return;
    }
    let summary = format!("{} is {}", next.version, next.state.label());
    let action = format!("release.{}", next.state.word());
    change.audit_release(&action, &next, summary, serde_json::json!({ "state": next.state }));
    change.write(Write::Release(next));
}

/// The audit action and the sentence for a change of a deployment.
fn told(before: &Deployment, after: &Deployment) -> (&'static str, String) {
    let what = format!("{} to {}", after.version, after.environment);
    let ended = |word: &str, reason: &str| format!("{what} {word}: {reason}");
    match &after.state {
        DeploymentState::Succeeded { .. } => ("deployment.succeeded", format!("{what} succeeded")),
        DeploymentState::Failed { reason, .. } => ("deployment.failed", ended("failed", reason)),
        DeploymentState::Errored { reason, .. } => ("deployment.errored", ended("ended unknown", reason)),
        DeploymentState::Cancelled { reason, .. } => ("deployment.cancelled", ended("cancelled", reason)),
        DeploymentState::AwaitingDecision { question, asked_of, .. } => {
            ("deployment.decision_asked", format!("{what} waits for {asked_of}: {}", question.word().replace('_', " ")))
        }
        DeploymentState::Queued { .. } => ("deployment.queued", format!("{what} waits its turn")),
        DeploymentState::InProgress => told_of_phase(before, after, &what),
    }
}

/// "canary of 1.4.0 to production", where the phase has a name.
fn of_phase(phase: &Phase, what: &str) -> String {
    if phase.rules.name.is_empty() { what.to_owned() } else { format!("{} of {what}", phase.rules.name) }
}

fn watched(phase: &Phase, tally: &Tally, what: &str) -> String {
    let what = of_phase(phase, what);
    match tally.in_the_way() {
        Some(found) => format!("Watches {what}: {found}"),
        None => format!("Watches {what}"),
    }
}

fn told_of_phase(before: &Deployment, after: &Deployment, what: &str) -> (&'static str, String) {
    if let (None, Some(trouble)) = (&before.trouble, &after.trouble) {
        return ("deployment.trouble", format!("{what}: {}", trouble.message));
    }
    let Some(phase) = after.current_phase() else { return ("deployment.changed", format!("{what} changed")) };
    let stands = before.current_phase().is_some_and(|known| known.state == phase.state);
    if stands && before.trouble != after.trouble {
        return match &after.trouble {
            Some(trouble) => ("deployment.trouble", format!("{what}: {}", trouble.message)),
            None => ("deployment.trouble_over", format!("{what}: the provider answers again")),
        };
    }
    match &phase.state {
        PhaseState::Pending | PhaseState::Ready => ("deployment.ready", format!("{what} may be triggered")),
        PhaseState::Triggering { .. } => {
            let done = match &after.native {
                Some(way) => format!("Asks the provider to bring back {what}: {}", way.how),
                None => format!("Triggers {} for {}", after.filled_pipeline().pipeline, of_phase(phase, what)),
            };
            ("deployment.triggering", done)
        }
        PhaseState::Reconciling { cause, .. } => ("deployment.reconciling", format!("Looks for the run of {what}: {cause}")),
        PhaseState::Running { run } => {
            let known = before.current_phase().and_then(|p| p.state.run()).is_some();
            if known {
                ("deployment.run_observed", format!("Run of {what}: {}", progress(run)))
            } else {
                ("deployment.run_found", format!("Follows run {} of {what}", run.external_id))
            }
        }
        PhaseState::Rerunning { .. } => ("deployment.rerunning", format!("Runs {what} again")),
        PhaseState::Verifying { missing, .. } if missing.is_empty() => ("deployment.verifying", format!("Verifies {what}")),
        PhaseState::Verifying { missing, .. } => ("deployment.verifying", format!("Verifies {what}: {missing}")),
        PhaseState::Baking { tally, .. } => ("deployment.watched", watched(phase, tally, what)),
        PhaseState::Failing { reason, rolls_back_at, .. } => {
            ("deployment.found_bad", format!("{} is bad and goes back at {rolls_back_at}: {reason}", of_phase(phase, what)))
        }
        PhaseState::Passed { .. } | PhaseState::LeftOut { .. } | PhaseState::Ended { .. } => {
            ("deployment.changed", format!("{what} changed"))
        }
    }
}

fn progress(run: &Run) -> String {
    let job = run.jobs.iter().find(|j| j.status == RunStatus::InProgress);
    match (job, &run.status) {
        (Some(job), _) => format!("job {} is under way", job.name),
        (None, RunStatus::Queued) => "queued".to_owned(),
        (None, RunStatus::InProgress) => "under way".to_owned(),
        (None, RunStatus::Waiting) => "waits for a person at the provider".to_owned(),
        (None, RunStatus::Succeeded) => "succeeded".to_owned(),
        (None, RunStatus::Failed) => run.failure(),
        (None, RunStatus::Cancelled) => "cancelled".to_owned(),
        (None, RunStatus::Skipped) => "skipped".to_owned(),
        (None, RunStatus::Unknown { word }) => format!("“{word}”"),
    }
}
