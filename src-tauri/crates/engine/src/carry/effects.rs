//! Does one thing for a deployment: calls the provider or reads the service, and feeds what came of it. Must write the intent
//! before any call that can't be taken back.

use super::feed::Fed;
use crate::engine::Engine;
use crate::error::EngineError;
use crate::ports::provider::{CallOutcome, Capability, Provider, ProviderError, RunSearch};
use pilothouse_domain::DeploymentId;
use pilothouse_domain::connection::Connection;
use pilothouse_domain::deployment::{
    CancelAnswer, Deployment, DeploymentEffect as Effect, DeploymentEvent as Event, DeploymentState, Pacing, Phase, PhaseState,
};
use pilothouse_domain::pipeline::InputValue;
use pilothouse_domain::policy::Action;
use std::sync::Arc;
use std::time::Duration;

/// Between two looks at whether a deployment that is waited for has ended.
const TURN: Duration = Duration::from_secs(1);

impl Engine {
    pub(super) async fn carry_deployment(&self, id: DeploymentId, effect: Effect) -> Result<(), EngineError> {
        let deployment = self.store().deployment(id).await?;
        match effect {
            Effect::AwaitTurn => self.await_turn(&deployment).await,
            Effect::Trigger => self.trigger(&deployment).await,
            Effect::LookUpRun => self.look_up_run(&deployment).await,
            Effect::ObserveRun => self.observe_run(&deployment).await,
            Effect::CancelRun { force } => self.cancel_run(&deployment, force).await,
            Effect::Rerun => self.rerun(&deployment).await,
            Effect::ReadService => {
                let reading = self.read_service(&deployment).await?;
                self.fed(id, Event::ServiceRead { reading }).await
            }
            Effect::Judge => match self.measure_phase(&deployment).await? {
                Some(event) => self.fed(id, event).await,
                None => self.stale(&deployment).await,
            },
            Effect::RollBack => self.go_back_by_itself(&deployment).await,
        }
    }

    async fn fed(&self, id: DeploymentId, event: Event) -> Result<(), EngineError> {
        self.feed(id, &event).await.map(|_| ())
    }

    /// After a look at a run: the next one comes as soon as the connection's budget of calls allows.
    async fn fed_paced(&self, id: DeploymentId, event: Event, connection: &Connection) -> Result<(), EngineError> {
        let observe = self.budgets.pause_of_following(connection.id, id, self.pacing.observe, self.now());
        let look_up = self.pacing.look_up.max(if observe > self.pacing.observe { observe } else { Duration::ZERO });
        let fed = self.feed_paced(id, &event, &Pacing { observe, look_up, ..self.pacing }).await?;
        let is_over = match &fed {
            Fed::Applied(deployment) => deployment.next_effect().is_none_or(|next| !matches!(next, Effect::ObserveRun | Effect::LookUpRun)),
            Fed::Stale => true,
        };
        if is_over {
            self.budgets.unfollow(connection.id, id);
        }
        Ok(())
    }

    async fn await_turn(&self, deployment: &Deployment) -> Result<(), EngineError> {
        if let DeploymentState::Queued { waits_for: Some(other) } = deployment.state
            && !self.store().deployment(other).await?.state.is_terminal()
        {
            return self.put_off(deployment, Effect::AwaitTurn, TURN).await;
        }
        self.fed(deployment.id, Event::TurnCame).await
    }

    async fn trigger(&self, deployment: &Deployment) -> Result<(), EngineError> {
        let id = deployment.id;
        if let Some(blocked) = self.blocked(deployment).await? {
            return self.hold(deployment, blocked).await;
        }
        // The secret is read first: a locked keychain must not leave an intent behind.
        let (connection, client) = match self.provider_of(deployment).await {
            Ok(provider) => provider,
            Err(error) => return self.fed(id, Event::TriggerPostponed { message: error.to_string(), after: self.pacing.retry }).await,
        };
        let begins = match &deployment.native {
            None => Event::TriggerBegun,
            Some(way) => match self.look_at_native(deployment, way, &connection, &client).await? {
                // It took a while to ask.
                open @ Event::NativeBegun { .. } => self.blocked(deployment).await?.unwrap_or(open),
                other => other,
            },
        };
        if matches!(begins, Event::TriggerBegun) {
            self.mark_overridden(id).await?;
        }
        let Fed::Applied(begun) = self.feed_as_judged(deployment, &begins).await? else { return Ok(()) };
        if !matches!(begins, Event::TriggerBegun | Event::NativeBegun { .. }) {
            return Ok(());
        }
        let event = match &begun.native {
            Some(way) => self.go_native(&begun, way, &connection, &client).await,
            None => {
                let answer = client.trigger(&begun.repository, &begun.filled_pipeline()).await;
                match self.note_refusal(&connection, answer).await {
                    Ok(run) => Event::TriggerAccepted { run },
                    Err(error) => untriggered(error, self.pacing.retry),
                }
            }
        };
        self.fed(id, event).await
    }

    /// A refusal right before a start. Where the phases were changed on the way the vote that was missing may have come since it was asked.
    async fn hold(&self, deployment: &Deployment, blocked: Event) -> Result<(), EngineError> {
        let Fed::Applied(held) = self.feed_as_judged(deployment, &blocked).await? else { return Ok(()) };
        if !held.phase_changes.is_empty() && self.blocked(&held).await?.is_none() {
            return self.fed(held.id, Event::ApprovedAnew).await;
        }
        Ok(())
    }

    /// What doesn't hold any more right before a start; `None` where all does.
    async fn blocked(&self, deployment: &Deployment) -> Result<Option<Event>, EngineError> {
        let facts = self.release_facts(deployment.release_id).await?;
        let own = Some(deployment.id);
        let action =
            if deployment.is_rollback() { Action::RollBack { deployment: own, forced: false } } else { Action::Deploy { deployment: own } };
        let blockers = facts.blockers(&action, Some(deployment.environment_id), self.now());
        let reasons: Vec<String> = blockers.into_iter().map(|b| format!("{}. {}", b.title, b.detail)).collect();
        Ok((!reasons.is_empty()).then_some(Event::Blocked { reasons }))
    }

    async fn look_up_run(&self, deployment: &Deployment) -> Result<(), EngineError> {
        let id = deployment.id;
        if let Some(way) = &deployment.native {
            return self.look_up_native(deployment, way).await;
        }
        let Some(search) = search(deployment) else { return self.fed(id, Event::LookedUp { runs: Vec::new() }).await };
        let event = match self.provider_of(deployment).await {
            Ok((connection, client)) => {
                let answer = client.find_runs(&deployment.repository, &search).await;
                let event = match self.note_refusal(&connection, answer).await {
                    Ok(runs) => Event::LookedUp { runs },
                    Err(error) => ask_again(&error),
                };
                return self.fed_paced(id, event, &connection).await;
            }
            Err(error) => unasked(&error),
        };
        self.fed(id, event).await
    }

    async fn observe_run(&self, deployment: &Deployment) -> Result<(), EngineError> {
        let id = deployment.id;
        let Some(run) = deployment.current_phase().and_then(|p| p.state.run()) else { return self.stale(deployment).await };
        let event = match self.provider_of(deployment).await {
            Ok((connection, client)) => {
                let answer = client.run(&deployment.repository, &run.external_id).await;
                let event = match self.note_refusal(&connection, answer).await {
                    Ok(run) => Event::RunObserved { run },
                    Err(error) => ask_again(&error),
                };
                return self.fed_paced(id, event, &connection).await;
            }
            Err(error) => unasked(&error),
        };
        self.fed(id, event).await
    }

    async fn cancel_run(&self, deployment: &Deployment, force: bool) -> Result<(), EngineError> {
        let id = deployment.id;
        let Some(run) = deployment.current_phase().and_then(|p| p.state.run()) else { return self.stale(deployment).await };
        let answer = match self.provider_of(deployment).await {
            // Asked once already; there is nothing stronger to ask for, so that it is waited for.
            Ok((_, client)) if force && !client.capabilities().has(Capability::ForceCancel) => CancelAnswer::Accepted,
            Ok((connection, client)) => {
                let answer = client.cancel(&deployment.repository, &run.external_id, force).await;
                match self.note_refusal(&connection, answer).await {
                    Ok(answer) => answer,
                    Err(error) => CancelAnswer::Failed { message: error.message },
                }
            }
            Err(error) => CancelAnswer::Failed { message: error.to_string() },
        };
        self.fed(id, Event::CancelAnswered { answer }).await
    }

    async fn rerun(&self, deployment: &Deployment) -> Result<(), EngineError> {
        let id = deployment.id;
        let Some(PhaseState::Rerunning { run, failed_only, begun_at: None }) = deployment.current_phase().map(|p| &p.state) else {
            return self.stale(deployment).await;
        };
        let (connection, client) = match self.provider_of(deployment).await {
            Ok(provider) => provider,
            Err(error) => return self.fed(id, unasked(&error)).await,
        };
        let Fed::Applied(_) = self.feed(id, &Event::RerunBegun).await? else { return Ok(()) };
        let answer = client.rerun(&deployment.repository, &run.external_id, *failed_only).await;
        let refusal = match self.note_refusal(&connection, answer).await {
            Ok(()) => None,
            Err(error) => match error.outcome() {
                CallOutcome::Refused | CallOutcome::NotStarted => Some(error.message),
                CallOutcome::Unknown => None,
            },
        };
        self.fed(id, Event::RerunAnswered { refusal }).await
    }

    /// An effect that doesn't fit the state: the machine says so, and the outbox is put right.
    pub(super) async fn stale(&self, deployment: &Deployment) -> Result<(), EngineError> {
        tracing::error!(deployment = %deployment.id, state = deployment.state.word(), "an effect doesn't fit the deployment");
        self.fed(deployment.id, Event::TriggerUnknown { message: "an effect did not fit".to_owned() }).await
    }

    pub(super) async fn provider_of(&self, deployment: &Deployment) -> Result<(Connection, Arc<dyn Provider>), EngineError> {
        let product = self.store().product(deployment.product_id).await?;
        let connection = self.store().connection(deployment.pipeline.connection(product.connection_id)).await?;
        let client = self.client(&connection).await?;
        Ok((connection, client))
    }
}

/// What a failed trigger comes to.
pub(super) fn untriggered(error: ProviderError, retry: Duration) -> Event {
    match error.outcome() {
        CallOutcome::Refused => Event::TriggerRefused { message: error.message, next_step: error.next_step },
        CallOutcome::NotStarted => {
            let after = error.retry_after().unwrap_or(retry);
            Event::TriggerPostponed { message: error.message, after }
        }
        CallOutcome::Unknown => Event::TriggerUnknown { message: error.message },
    }
}

/// How to find the run of the current phase's last trigger.
fn search(deployment: &Deployment) -> Option<RunSearch> {
    let phase: &Phase = deployment.current_phase()?;
    let since = match phase.state {
        PhaseState::Triggering { begun_at } | PhaseState::Reconciling { begun_at, .. } => begun_at,
        _ => return None,
    };
    let filled = deployment.filled_pipeline();
    Some(RunSearch {
        pipeline: filled.pipeline,
        git_ref: filled.git_ref,
        correlation: phase.correlation(),
        is_correlated: deployment.pipeline.inputs.iter().any(|i| i.value == InputValue::Correlation),
        since,
    })
}

pub(super) fn ask_again(error: &ProviderError) -> Event {
    Event::AskingFailed { message: error.message.clone(), after: error.retry_after() }
}

pub(super) fn unasked(error: &EngineError) -> Event {
    Event::AskingFailed { message: error.to_string(), after: None }
}
