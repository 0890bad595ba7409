//! Observes the providers: at every place that holds a bound pipeline it asks, now and then, what waits for a person there and
//! what runs there that Pilothouse did not start; at every tracker of an open round, what testers wrote. Of several hosts on one database
//! one does.
//!
//! Must not: trigger or answer anything; ask a provider more often than its answers allow; hold up one place for another.

mod gates;
mod issues;
mod owner;
mod place;
mod runs;
mod schedule;
mod waiting;

use crate::engine::Engine;
use crate::error::EngineError;
use crate::turn::{Turn, Whose};
use issues::Trackers;
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

/// What is known from one look to the next. Only in memory.
struct Known {
    schedule: Schedule,
    waiting: WaitingRuns,
    of_trackers: Schedule,
    trackers: Trackers,
}

impl Default for Known {
    fn default() -> Self {
        let of_trackers = Schedule::slower(issues::SLOWER_THAN_FOLLOWING);
        Self { schedule: Schedule::default(), waiting: WaitingRuns::default(), of_trackers, trackers: Trackers::default() }
    }
}

impl Known {
    /// Everything is due anew; which runs wait is still known.
    fn forget(&mut self) {
        let waiting = std::mem::take(&mut self.waiting);
        *self = Self { waiting, ..Self::default() };
    }
}

impl Engine {
    /// Observes the providers until cancelled.
    pub async fn observe_providers(self: Arc<Self>, cancel: CancellationToken) {
        let mut commits = self.ports.store.commits();
        let mut turn = Turn::at("provider_observer");
        let mut known = Known::default();
        let mut under_way = UnderWay::new();
        while !cancel.is_cancelled() {
            commits.mark_unchanged();
            let wake_at = match self.observe(&mut turn, &mut known, &mut under_way).await {
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
                    Ok((place, looked)) => {
                        let schedule = if place.rounds.is_empty() { &mut known.schedule } else { &mut known.of_trackers };
                        schedule.done(&place, looked, &self.budgets, self.pacing.observe, self.now());
                    }
                    // Its turn was over.
                    Err(error) if error.is_cancelled() => {}
                    Err(error) => {
                        tracing::error!(%error, "a look at a provider broke down");
                        under_way.abort_all();
                        known.forget();
                    }
                },
            }
        }
        under_way.shutdown().await;
        self.end_turn(&mut turn).await;
    }

    /// Starts what is due, where it is this host's turn, and says when to look again.
    async fn observe(self: &Arc<Self>, turn: &mut Turn, known: &mut Known, under_way: &mut UnderWay) -> Result<Timestamp, EngineError> {
        match self.take_turn(turn).await? {
            Whose::Ours => {}
            Whose::OursAnew => known.forget(),
            Whose::Theirs => {
                under_way.abort_all();
                return Ok(turn.ask_at(self.now()));
            }
        }
        let now = self.now();
        let places = self.places().await?;
        self.forget_unwatched(&places).await?;
        known.schedule.plan(places, now);
        for place in self.newly_waiting(&mut known.waiting).await? {
            known.schedule.hasten(&place, now);
        }
        known.of_trackers.plan(self.trackers(&mut known.trackers).await?, now);
        while under_way.len() < AT_A_TIME {
            let due = known.schedule.take_due(&self.budgets, now).or_else(|| known.of_trackers.take_due(&self.budgets, now));
            let Some(place) = due else { break };
            let engine = Arc::clone(self);
            under_way.spawn(async move {
                let looked = engine.look_at(&place).await;
                (place, looked)
            });
        }
        // Where as many are asked as may be, the next begins when one is done.
        let due = if under_way.len() < AT_A_TIME {
            [&known.schedule, &known.of_trackers].into_iter().filter_map(|schedule| schedule.next_due(&self.budgets, now)).min()
        } else {
            None
        };
        let next = due.unwrap_or_else(|| now.plus(IDLE)).min(known.trackers.look_at(now));
        Ok(next.min(turn.ask_at(now)))
    }

    /// Asks at every place once, whosever turn it is, and writes down what is new there.
    ///
    /// # Errors
    /// Those of the store. What a provider says is no error here.
    pub async fn observe_once(&self) -> Result<(), EngineError> {
        for place in self.places().await?.into_iter().chain(self.tracked_places().await?) {
            self.look_at(&place).await;
        }
        Ok(())
    }

    /// Asks at one place, and writes down what is new there.
    async fn look_at(&self, place: &Place) -> Looked {
        let mut looked = Looked::default();
        if place.rounds.is_empty() {
            looked.take("gates", place, self.observe_gates(place).await);
            looked.take("runs", place, self.observe_runs(place).await);
        } else {
            looked.take("issues", place, self.observe_issues(place).await);
        }
        self.keep_budget(place.connection_id).await;
        looked
    }
}
