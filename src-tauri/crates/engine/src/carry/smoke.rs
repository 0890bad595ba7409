//! Carries a smoke run through: writes that it begins, then each step as it ends. A run that is found begun was cut off: it has errored, and
//! a person or the next deployment asks for another. Must not take it up in the middle: what earlier steps did is not known any more.

use crate::engine::Engine;
use crate::error::EngineError;
use crate::ports::StoreError;
use crate::ports::notifier::{Alert, AlertSubject, Urgency};
use crate::ports::store::{OutboxEffect, Write};
use crate::smoke::Session;
use pilothouse_domain::smoke::{Exchange, Interruption, ScenarioSource, SmokeCause, SmokeRun, SmokeRunState, SmokeSubject, digest};
use pilothouse_domain::{Actor, SmokeRunId};

/// How often a change is tried again when somebody else was faster.
const MAX_CONFLICTS: u8 = 8;
/// Of a subject in an environment, so many runs keep what was sent and what came back; of older ones, the results stay.
const RUNS_WITH_EXCHANGES: u32 = 20;

impl Engine {
    pub(super) async fn carry_smoke_run(&self, id: SmokeRunId) -> Result<(), EngineError> {
        let run = self.store().smoke_run(id).await?;
        if let SmokeCause::Collected { run: from, .. } = &run.cause
            && !run.state.is_ended()
        {
            return self.carry_collection(&run, from).await;
        }
        if run.state != SmokeRunState::Requested {
            return self.interrupt_smoke(id, &Interruption::Stopped).await;
        }
        let (session, text_digest) = match self.prepare_smoke(&run).await {
            Ok(prepared) => prepared,
            Err(EngineError::Store(error)) => return Err(error.into()),
            Err(error) => return self.interrupt_smoke(id, &Interruption::Impossible { reason: words(&error) }).await,
        };
        let names: Vec<String> = session.scenario.steps.iter().map(|step| step.name.clone()).collect();
        let now = self.now();
        let begun = self.move_smoke_run(id, &[], |run| run.begun(text_digest.clone(), names.clone(), now)).await?;
        if begun.is_none() {
            return Ok(());
        }
        tokio::select! {
            done = self.smoke_steps(id, session) => done,
            () = self.ended_elsewhere(id) => Ok(()),
        }
    }

    /// The text of the run's scenario with what its steps need, and the text's digest.
    async fn prepare_smoke(&self, run: &SmokeRun) -> Result<(Session, String), EngineError> {
        let SmokeSubject::Scenario { scenario_id } = run.subject else {
            return Err(EngineError::invalid("subject", "a report is not run", "Import it again."));
        };
        let scenario = self.store().smoke_scenario(scenario_id).await.map_err(|error| match error {
            StoreError::NotFound { .. } => EngineError::invalid("scenario", "the scenario was taken away", "Choose another one."),
            other => other.into(),
        })?;
        let product = self.store().product(run.product_id).await?;
        let environment = self.store().environment(run.environment_id).await?;
        let deployment = match run.deployment_id {
            Some(id) => Some(self.store().deployment(id).await?),
            None => None,
        };
        let text = match scenario.source {
            ScenarioSource::Written { text } => text,
            ScenarioSource::Repository { path } => {
                let read = self.source(&product).await?.file(&run.commit, &path).await;
                read.map_err(|error| EngineError::invalid("path", format!("{path} can't be read: {}", error.message), error.next_step))?
            }
        };
        let session = self.smoke_session(&text, &product, &environment, deployment.as_ref(), &run.id.to_string()).await?;
        Ok((session, digest(&text)))
    }

    async fn smoke_steps(&self, id: SmokeRunId, mut session: Session) -> Result<(), EngineError> {
        for index in 0..session.scenario.steps.len() {
            let stepped = self.smoke_step(&mut session, index).await;
            let now = self.now();
            let moved = self.move_smoke_run(id, &stepped.exchanges, |run| run.stepped(stepped.result.clone(), now)).await?;
            if moved.is_none_or(|run| run.state.is_ended()) {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Waits until somebody else has ended the run.
    pub(super) async fn ended_elsewhere(&self, id: SmokeRunId) {
        let mut commits = self.ports.store.commits();
        // Ends: when the run does, or with the task that waits beside it.
        loop {
            if commits.changed().await.is_err() {
                return std::future::pending().await;
            }
            if self.store().smoke_run(id).await.is_ok_and(|run| run.state.is_ended()) {
                return;
            }
        }
    }

    pub(crate) async fn interrupt_smoke(&self, id: SmokeRunId, by: &Interruption) -> Result<(), EngineError> {
        let now = self.now();
        self.move_smoke_run(id, &[], |run| run.interrupted(by, now)).await.map(drop)
    }

    /// Moves a run on, whoever changed it meanwhile. `None` where `step` doesn't fit any more.
    pub(crate) async fn move_smoke_run(
        &self,
        id: SmokeRunId,
        exchanges: &[Exchange],
        step: impl Fn(&SmokeRun) -> Option<SmokeRun>,
    ) -> Result<Option<SmokeRun>, EngineError> {
        for _ in 0..MAX_CONFLICTS {
            let before = self.store().smoke_run(id).await?;
            let mut change = self.change(&Actor::Engine);
            let after = step(&before);
            if let Some(next) = &after {
                change.write(Write::SmokeRun(next.clone()));
                exchanges.iter().cloned().for_each(|exchange| change.write(Write::SmokeExchange { run: id, exchange }));
                if next.state.is_ended() {
                    change.write(Write::ForgetSmokeExchanges { of: id, latest: RUNS_WITH_EXCHANGES });
                }
                if let Some((action, summary)) = told(next) {
                    change.audit_smoke_run(action, next, summary);
                }
            }
            let now = after.as_ref().unwrap_or(&before);
            let next = match now.state {
                SmokeRunState::Requested | SmokeRunState::Running { .. } => Some(OutboxEffect::RunSmoke),
                // What ended in this very change is told; what had ended before was.
                _ => after.as_ref().and_then(alert).map(OutboxEffect::Alert),
            };
            change.schedule_smoke(now, next);
            match self.ports.store.commit(change.into_set()).await {
                Ok(_) => return Ok(after),
                Err(StoreError::Conflict { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(StoreError::Conflict { kind: "smoke_run", id: id.to_string() }.into())
    }
}

/// An error with its way out.
pub(crate) fn words(error: &EngineError) -> String {
    match error {
        EngineError::Invalid { message, next_step, .. } => format!("{message}. {next_step}"),
        EngineError::Provider(error) => format!("{} {}", error.message, error.next_step),
        EngineError::Keychain(error) => format!("{error}. {}", error.next_step()),
        other => other.to_string(),
    }
}

/// The audit action and the sentence of a run that has ended.
pub(crate) fn told(run: &SmokeRun) -> Option<(&'static str, String)> {
    let what = format!("{} in {} for {}", run.name, run.environment, run.version);
    match &run.state {
        SmokeRunState::Requested | SmokeRunState::Running { .. } => None,
        SmokeRunState::Passed { .. } => Some(("smoke_run.passed", format!("{what} passed"))),
        SmokeRunState::Failed { reason, .. } => Some(("smoke_run.failed", format!("{what} failed: {reason}"))),
        SmokeRunState::Errored { reason, .. } => Some(("smoke_run.errored", format!("{what} could not tell: {reason}"))),
    }
}

/// Who started a run by hand sees what it comes to; one that ran by itself tells it where that is bad.
fn alert(run: &SmokeRun) -> Option<Alert> {
    let (title, urgency) = match &run.state {
        SmokeRunState::Failed { .. } => (format!("{} failed in {} for {}", run.name, run.environment, run.version), Urgency::Critical),
        SmokeRunState::Errored { .. } => {
            (format!("{} could not tell in {} for {}", run.name, run.environment, run.version), Urgency::Normal)
        }
        _ => return None,
    };
    let at = run.state.ended_at()?;
    let body = run.state.reason().to_owned();
    let about = Some(AlertSubject::SmokeRun(run.id));
    let is_by_itself = match run.cause {
        SmokeCause::AfterDeployment => true,
        SmokeCause::Collected { .. } => run.requested_by == Actor::Engine,
        SmokeCause::ByHand | SmokeCause::Imported { .. } => false,
    };
    is_by_itself.then_some(Alert { about, title, body, urgency, at, concerns: None })
}
