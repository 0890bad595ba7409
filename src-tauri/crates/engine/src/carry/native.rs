//! Goes back in the provider's own way: asked whether it is open, then the intent, then one call. What came of a lost answer is looked
//! for by the mark that was taken before the intent. Must not start the pipeline instead.

use super::effects::{ask_again, unasked, untriggered};
use super::feed::Fed;
use crate::engine::Engine;
use crate::error::EngineError;
use crate::ports::Provider;
use crate::ports::provider::{CallOutcome, RollbackOutlook, RollbackSearch};
use crate::usecases::native::{OTHER_WAY, native_rollback};
use pilothouse_domain::connection::Connection;
use pilothouse_domain::deployment::{Deployment, DeploymentEvent as Event, NativeWay, PhaseState};
use std::sync::Arc;

impl Engine {
    /// Whether the way is open: the event to go on with.
    pub(super) async fn look_at_native(
        &self,
        deployment: &Deployment,
        way: &NativeWay,
        connection: &Connection,
        client: &Arc<dyn Provider>,
    ) -> Result<Event, EngineError> {
        let rollback = native_rollback(&deployment.pipeline.pipeline, way);
        let outlook = client.rollback_outlook(&deployment.repository, &rollback).await;
        Ok(match self.note_refusal(connection, outlook).await {
            Ok(RollbackOutlook::Open { how, mark }) => Event::NativeBegun { how, mark },
            Ok(RollbackOutlook::NotYet { why }) => Event::TriggerPostponed { message: why, after: self.pacing.retry },
            Ok(RollbackOutlook::Closed { why }) => Event::NativeClosed { why, next_step: OTHER_WAY.to_owned() },
            Err(error) => match error.outcome() {
                CallOutcome::Refused => Event::NativeClosed { why: error.message, next_step: error.next_step },
                CallOutcome::NotStarted | CallOutcome::Unknown => {
                    let after = error.retry_after().unwrap_or(self.pacing.retry);
                    Event::TriggerPostponed { message: error.message, after }
                }
            },
        })
    }

    /// Goes back. The intent is on disk.
    pub(super) async fn go_native(
        &self,
        begun: &Deployment,
        way: &NativeWay,
        connection: &Connection,
        client: &Arc<dyn Provider>,
    ) -> Event {
        let rollback = native_rollback(&begun.pipeline.pipeline, way);
        let answer = client.roll_back(&begun.repository, &rollback).await;
        match self.note_refusal(connection, answer).await {
            Ok(run) => Event::TriggerAccepted { run },
            Err(error) => untriggered(error, self.pacing.retry),
        }
    }

    /// Looks for what came of it.
    pub(super) async fn look_up_native(&self, deployment: &Deployment, way: &NativeWay) -> Result<(), EngineError> {
        let since = match deployment.current_phase().map(|phase| &phase.state) {
            Some(PhaseState::Triggering { begun_at } | PhaseState::Reconciling { begun_at, .. }) => *begun_at,
            _ => return self.stale(deployment).await,
        };
        let rollback = native_rollback(&deployment.pipeline.pipeline, way);
        let search = RollbackSearch { rollback, mark: way.mark.clone(), since };
        let event = match self.provider_of(deployment).await {
            Ok((connection, client)) => {
                let answer = client.find_rollbacks(&deployment.repository, &search).await;
                match self.note_refusal(&connection, answer).await {
                    Ok(runs) => Event::LookedUp { runs },
                    Err(error) => ask_again(&error),
                }
            }
            Err(error) => unasked(&error),
        };
        let (Fed::Applied(_) | Fed::Stale) = self.feed(deployment.id, &event).await?;
        Ok(())
    }
}
