//! The health monitor: collects measurements (that may fail), lets the domain assess them (pure), and computes the next wake
//! from both. Must not judge a measurement itself, nor write where nothing has changed besides the measurement.

pub(crate) mod measure;
mod rounds;
mod verdicts;

use crate::engine::Engine;
use crate::error::EngineError;
use crate::turn::{Turn, Whose};
use pilothouse_domain::{CheckId, Timestamp};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// How many measurements run at a time.
const AT_A_TIME: usize = 64;
/// When to look again where there is nothing to measure.
const IDLE: Duration = Duration::from_secs(60);
const AFTER_FAILURE: Duration = Duration::from_secs(5);

impl Engine {
    /// Watches every enabled check until cancelled. Of several hosts on one database one does, and the others stand by.
    pub async fn watch_health(self: Arc<Self>, cancel: CancellationToken) {
        let mut commits = self.ports.store.commits();
        let mut turn = Turn::at("health_monitor");
        let mut schedule = Schedule::default();
        let mut under_way: JoinSet<CheckId> = JoinSet::new();
        while !cancel.is_cancelled() {
            commits.mark_unchanged();
            let wake_at = match self.watch(&mut turn, &mut schedule, &mut under_way).await {
                Ok(wake_at) => wake_at,
                Err(error) => {
                    tracing::error!(%error, "checks can't be read: nothing is measured until they can");
                    self.now().plus(AFTER_FAILURE)
                }
            };
            tokio::select! {
                () = cancel.cancelled() => {}
                () = self.ports.clock.sleep_until(wake_at) => {}
                changed = commits.changed() => if changed.is_err() { break },
                Some(done) = under_way.join_next() => match done {
                    Ok(check) => schedule.done(check),
                    // Its turn was over.
                    Err(error) if error.is_cancelled() => {}
                    Err(error) => {
                        tracing::error!(%error, "a measurement broke down");
                        under_way.abort_all();
                        schedule.restart();
                    }
                },
            }
        }
        under_way.shutdown().await;
        self.end_turn(&mut turn).await;
    }

    /// Starts what is due, where it is this host's turn, and says when to look again.
    async fn watch(
        self: &Arc<Self>,
        turn: &mut Turn,
        schedule: &mut Schedule,
        under_way: &mut JoinSet<CheckId>,
    ) -> Result<Timestamp, EngineError> {
        let next = match self.take_turn(turn).await? {
            Whose::Ours => self.start_measurements(schedule, under_way, &turn.end()).await?,
            Whose::OursAnew => {
                tracing::info!("this host measures the health checks");
                *schedule = Schedule::default();
                self.start_measurements(schedule, under_way, &turn.end()).await?
            }
            Whose::Theirs => {
                under_way.abort_all();
                return Ok(turn.ask_at(self.now()));
            }
        };
        Ok(next.min(turn.ask_at(self.now())))
    }
}

/// When each check is measured next. Only in memory: after a start every check is measured anew.
#[derive(Default)]
struct Schedule {
    next: HashMap<CheckId, Planned>,
}

struct Planned {
    due_at: Timestamp,
    revision: u32,
    under_way: bool,
}

impl Schedule {
    fn done(&mut self, check: CheckId) {
        if let Some(planned) = self.next.get_mut(&check) {
            planned.under_way = false;
        }
    }

    fn restart(&mut self) {
        for planned in self.next.values_mut() {
            planned.under_way = false;
        }
    }
}
