//! Observes the providers: at every place that holds a bound pipeline it asks, now and then, what waits for a person there and
//! what runs there that Pilothouse did not start. Of several hosts on one database one does.
//!
//! Must not: trigger or answer anything; ask a provider more often than its answers allow; hold up one place for another.

mod gates;
mod owner;
mod place;
mod runs;
mod schedule;
mod waiting;

use crate::engine::Engine;
use crate::error::EngineError;
use crate::turn::{Turn, Whose};
use pilothouse_domain::Timestamp;
pub(crate) use place::Place;
use schedule::{Looked, Schedule};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use waiting::WaitingRuns;

/// How many places are asked at a time.
const AT_A_TIME: usize = 8;
/// When to look again where there is nothing to ask.
const IDLE: Duration = Duration::from_secs(60);
const AFTER_FAILURE: Duration = Duration::from_secs(5);

/// What is under way: a place, and what came of asking there.
type UnderWay = JoinSet<(Place, Looked)>;

impl Engine {
    /// Observes the providers until cancelled.
    pub async fn observe_providers(self: Arc<Self>, cancel: CancellationToken) {
        let mut commits = self.ports.store.commits();
        let mut turn = Turn::at("provider_observer");
        let mut schedule = Schedule::default();
        let mut under_way = UnderWay::new();
        let mut waiting = WaitingRuns::default();
        while !cancel.is_cancelled() {
            commits.mark_unchanged();
            let wake_at = match self.observe(&mut turn, &mut schedule, &mut under_way, &mut waiting).await {
                Ok(wake_at) => wake_at,
                Err(error) => {
                    tracing::error!(%error, "what is to be observed can't be read: nothing is until it can");
                    self.now().plus(AFTER_FAILURE)
                }
            };
            tokio::select! {
                () = cancel.cancelled() => {}
                () = self.ports.clock.sleep_until(wake_at) => {}
                changed = commits.changed() => if changed.is_err() { break },
                Some(done) = under_way.join_next() => match done {
                    Ok((place, looked)) => schedule.done(&place, looked, &self.budgets, self.pacing.observe, self.now()),
                    // Its turn was over.
                    Err(error) if error.is_cancelled() => {}
                    Err(error) => {
                        tracing::error!(%error, "a look at a provider broke down");
                        under_way.abort_all();
                        schedule = Schedule::default();
                    }
                },
            }
        }
        under_way.shutdown().await;
        self.end_turn(&mut turn).await;
    }

    /// Starts what is due, where it is this host's turn, and says when to look again.
    async fn observe(
        self: &Arc<Self>,
        turn: &mut Turn,
        schedule: &mut Schedule,
        under_way: &mut UnderWay,
        waiting: &mut WaitingRuns,
    ) -> Result<Timestamp, EngineError> {
        match self.take_turn(turn).await? {
            Whose::Ours => {}
            Whose::OursAnew => *schedule = Schedule::default(),
            Whose::Theirs => {
                under_way.abort_all();
                return Ok(turn.ask_at(self.now()));
            }
        }
        let now = self.now();
        let places = self.places().await?;
        self.forget_unwatched(&places).await?;
        schedule.plan(places, now);
        for place in self.newly_waiting(waiting).await? {
            schedule.hasten(&place, now);
        }
        while under_way.len() < AT_A_TIME {
            let Some(place) = schedule.take_due(&self.budgets, now) else { break };
            let engine = Arc::clone(self);
            under_way.spawn(async move {
                let looked = engine.look_at(&place).await;
                (place, looked)
            });
        }
        let next = schedule.next_due(&self.budgets, now).unwrap_or_else(|| now.plus(IDLE));
        Ok(next.min(turn.ask_at(now)))
    }

    /// Asks at every place once, whosever turn it is, and writes down what is new there.
    ///
    /// # Errors
    /// Those of the store. What a provider says is no error here.
    pub async fn observe_once(&self) -> Result<(), EngineError> {
        for place in self.places().await? {
            self.look_at(&place).await;
        }
        Ok(())
    }

    /// Asks at one place, and writes down what is new there.
    async fn look_at(&self, place: &Place) -> Looked {
        let mut looked = Looked::default();
        looked.take("gates", place, self.observe_gates(place).await);
        looked.take("runs", place, self.observe_runs(place).await);
        self.keep_budget(place.connection_id).await;
        looked
    }
}
