//! Carries coordinated releases on their way: sees how their deployments went, starts whose turn it is, and asks where one can't go on.
//! One step at a time: the deployment and the word that it was started are one change, so that nothing starts twice.

use super::smoke::words;
use crate::engine::Engine;
use crate::error::EngineError;
use crate::ports::store::OutboxSubject;
use crate::usecases::coordinated_runs::{BackVerdict, is_of};
use crate::usecases::native::RollbackWay;
use pilothouse_domain::coordinated_release::{
    CoordinatedRun, CoordinatedRunDue, CoordinatedRunEvent, CoordinatedRunState, HeldMember, MemberBack, RunMember, apply,
};
use pilothouse_domain::deployment::{Deployment, DeploymentState};
use pilothouse_domain::policy::left_to_people;
use pilothouse_domain::{Actor, CoordinatedRunId, EnvironmentId, ReleaseId};
use std::time::Duration;

/// How often it is looked at what is under way. The end of a deployment wakes it by itself; this is for what woke it in vain.
const LOOK_AGAIN: Duration = Duration::from_secs(30);

impl Engine {
    pub(super) async fn carry_coordinated_run(&self, id: CoordinatedRunId) -> Result<(), EngineError> {
        let run = self.store().coordinated_run(id).await?;
        if self.see_how_it_went(&run).await? {
            return Ok(());
        }
        match run.due() {
            CoordinatedRunDue::Start(release) => self.start_member(run, release).await,
            CoordinatedRunDue::GoBack(release) => self.start_back(run, release).await,
            CoordinatedRunDue::Watch(_) => {
                let mut change = self.change(&Actor::Engine);
                change.schedule_coordinated_run(id, Some(self.now().plus(LOOK_AGAIN)));
                self.ports.store.commit(change.into_set()).await?;
                Ok(())
            }
            CoordinatedRunDue::Ask | CoordinatedRunDue::Nothing => self.clear(OutboxSubject::CoordinatedRun(id)).await,
        }
    }

    /// Takes in what has ended meanwhile, before anything else starts. False where nothing has.
    async fn see_how_it_went(&self, run: &CoordinatedRun) -> Result<bool, EngineError> {
        for (release, id) in run.watched() {
            let deployment = self.store().deployment(id).await?;
            let Some(ended) = ended(&deployment) else { continue };
            let member = run.member(release).map(RunMember::words).unwrap_or_default();
            let is_back = run.state == CoordinatedRunState::RollingBack;
            let (action, summary, event) = match (ended, is_back) {
                (Ok(()), false) => {
                    ("coordinated_run.arrived", format!("{member} has arrived"), CoordinatedRunEvent::Arrived { deployment: id })
                }
                (Ok(()), true) => (
                    "coordinated_run.went_back",
                    format!("{member} went back to {}", deployment.version),
                    CoordinatedRunEvent::BackArrived { release, rollback: id },
                ),
                (Err(message), false) => (
                    "coordinated_run.asked",
                    format!("{member} did not arrive: {message}"),
                    CoordinatedRunEvent::EndedOtherwise { deployment: id, message },
                ),
                (Err(message), true) => (
                    "coordinated_run.asked",
                    format!("{member} did not go back: {message}"),
                    CoordinatedRunEvent::BackEndedOtherwise { rollback: id, message },
                ),
            };
            self.note_step(run, event, action, &summary).await?;
            return Ok(true);
        }
        Ok(false)
    }

    /// Starts a member's deployment, as the person would who set the run on its way: policy is asked again.
    async fn start_member(&self, run: CoordinatedRun, release: ReleaseId) -> Result<(), EngineError> {
        let Some(environment) = run.member(release).and_then(|member| member.environment_id) else {
            let reason = HeldMember::NotStarted { message: "Its product has no such environment any more".to_owned() };
            return self.hold_member(&run, release, reason).await;
        };
        if let Some(message) = self.left_to_people_now(&run, release, environment).await? {
            return self.hold_member(&run, release, HeldMember::NotStarted { message }).await;
        }
        let now = self.now();
        let along = |change: &mut crate::change::Change, deployment: &mut Deployment| {
            deployment.coordinated_run = Some(run.id);
            let next = apply(&run, CoordinatedRunEvent::Started { release, deployment: deployment.id }, now)?;
            let member = next.member(release).map(RunMember::words).unwrap_or_default();
            let summary = format!("“{}” in {}: {member} starts", next.name, next.environment);
            self.write_coordinated_run(change, &run, next, "coordinated_run.member_started", summary);
            Ok(())
        };
        match self.start_deployment_with(&Actor::Engine, &run.started_by, release, environment, along).await {
            Ok(_) => Ok(()),
            Err(EngineError::Blocked(blockers)) => self.hold_member(&run, release, HeldMember::Blocked { blockers }).await,
            // Somebody was faster, or the store can't be written: it is looked at again.
            Err(error @ EngineError::Store(_)) => Err(error),
            Err(error) => self.hold_member(&run, release, HeldMember::NotStarted { message: words(&error) }).await,
        }
    }

    /// Why a member doesn't start by itself at its turn: it is not what was looked at, or a person has chosen otherwise since.
    async fn left_to_people_now(
        &self,
        run: &CoordinatedRun,
        release: ReleaseId,
        environment: EnvironmentId,
    ) -> Result<Option<String>, EngineError> {
        let Some(member) = run.member(release) else { return Ok(None) };
        let facts = self.release_facts(release).await?;
        if !member.is_for(&facts.release) {
            return Ok(Some("it has changed since it was set on its way".to_owned()));
        }
        let Some(target) = facts.product.environments.iter().find(|known| known.id == environment) else { return Ok(None) };
        Ok(left_to_people(&facts.facts(Some(environment)), target, member.wanted_at, false))
    }

    async fn hold_member(&self, run: &CoordinatedRun, release: ReleaseId, reason: HeldMember) -> Result<(), EngineError> {
        let member = run.member(release).map(RunMember::words).unwrap_or_default();
        let summary = format!("{member} did not start: {}", reason.words());
        self.note_step(run, CoordinatedRunEvent::NotStarted { release, reason }, "coordinated_run.asked", &summary).await
    }

    /// Starts a member's rollback. What this run did not bring is left alone, whatever was known before.
    async fn start_back(&self, run: CoordinatedRun, release: ReleaseId) -> Result<(), EngineError> {
        let waiting = run.member(release).and_then(|member| match (&member.back, member.environment_id) {
            (Some(MemberBack::Waiting { to }), Some(environment)) => Some((member, environment, to.clone())),
            _ => None,
        });
        let Some((member, environment, to)) = waiting else {
            return self.hold_back(&run, release, "Its product has no such environment any more".to_owned()).await;
        };
        if let BackVerdict::Nothing { why, rollback } = self.back_verdict(member).await? {
            return match rollback {
                Some(rollback) => {
                    let event = CoordinatedRunEvent::BackArrived { release, rollback };
                    self.note_step(&run, event, "coordinated_run.went_back", &why).await
                }
                None => self.hold_back(&run, release, why).await,
            };
        }
        let Some(back) = &run.back else { return self.clear(OutboxSubject::CoordinatedRun(run.id)).await };
        let reason = format!("{} goes back together with “{}”: {}", member.version, run.name, back.reason);
        let way = if to.redeploy { RollbackWay::Redeploy } else { RollbackWay::AsSet };
        let now = self.now();
        let along = |change: &mut crate::change::Change, rollback: &mut Deployment, from: Option<&Deployment>| {
            if !from.is_some_and(|from| is_of(member, from)) {
                let message = "another version came there meanwhile";
                return Err(EngineError::invalid("release", message, "Look at the environment, then say what becomes of it."));
            }
            rollback.coordinated_run = Some(run.id);
            let next = apply(&run, CoordinatedRunEvent::BackStarted { release, rollback: rollback.id }, now)?;
            let summary = format!("“{}” in {}: {} goes back to {}", next.name, next.environment, member.words(), to.version);
            self.write_coordinated_run(change, &run, next, "coordinated_run.back_started", summary);
            Ok(())
        };
        match self.roll_back_with(&back.by, environment, to.release_id, &reason, way, along).await {
            Ok(_) => Ok(()),
            Err(error @ EngineError::Store(_)) => Err(error),
            Err(error) => self.hold_back(&run, release, words(&error)).await,
        }
    }

    async fn hold_back(&self, run: &CoordinatedRun, release: ReleaseId, message: String) -> Result<(), EngineError> {
        let member = run.member(release).map(RunMember::words).unwrap_or_default();
        let summary = format!("{member} did not go back: {message}");
        self.note_step(run, CoordinatedRunEvent::BackNotStarted { release, message }, "coordinated_run.asked", &summary).await
    }

    /// Writes what came of a step.
    async fn note_step(&self, run: &CoordinatedRun, event: CoordinatedRunEvent, action: &str, what: &str) -> Result<(), EngineError> {
        let next = apply(run, event, self.now())?;
        let mut change = self.change(&Actor::Engine);
        let summary = format!("“{}” in {}: {what}", run.name, run.environment);
        self.write_coordinated_run(&mut change, run, next, action, summary);
        self.ports.store.commit(change.into_set()).await?;
        Ok(())
    }
}

/// How a deployment has ended, where it has: well, or how else.
fn ended(deployment: &Deployment) -> Option<Result<(), String>> {
    match &deployment.state {
        DeploymentState::Succeeded { .. } => Some(Ok(())),
        DeploymentState::Failed { reason, .. } => Some(Err(format!("it failed: {reason}"))),
        DeploymentState::Errored { reason, .. } => Some(Err(format!("its end is not known: {reason}"))),
        DeploymentState::Cancelled { reason, .. } => Some(Err(format!("it was cancelled: {reason}"))),
        DeploymentState::Queued { .. } | DeploymentState::InProgress | DeploymentState::AwaitingDecision { .. } => None,
    }
}
