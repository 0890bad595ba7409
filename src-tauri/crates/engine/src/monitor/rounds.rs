//! Which checks are due, and measuring them side by side. Must not judge.

use super::{AT_A_TIME, IDLE, Planned, Schedule};
use crate::engine::Engine;
use crate::error::EngineError;
use crate::turn::TurnEnd;
use pilothouse_domain::check::HealthCheck;
use pilothouse_domain::{CheckId, Timestamp};
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;

/// How soon after a failure a check is asked again until its threshold is reached: an alert need not wait for whole intervals.
const RECHECK: Duration = Duration::from_secs(1);

impl Engine {
    /// Starts the measurements that are due, and says when the next is.
    pub(super) async fn start_measurements(
        self: &Arc<Self>,
        schedule: &mut Schedule,
        under_way: &mut JoinSet<CheckId>,
        turn: &TurnEnd,
    ) -> Result<Timestamp, EngineError> {
        let now = self.now();
        let checks: Vec<HealthCheck> = self.store().checks(None).await?.into_iter().filter(|c| c.enabled).collect();
        let suspects = self.suspects().await?;
        self.plan_measurements(schedule, &checks, now);
        for check in checks {
            let Some(planned) = schedule.next.get_mut(&check.id) else { continue };
            if planned.under_way || planned.due_at > now || under_way.len() >= AT_A_TIME {
                continue;
            }
            let interval = Duration::from_secs(check.interval_seconds.into());
            let pause = if suspects.contains(&check.id) { RECHECK.min(interval) } else { interval };
            planned.due_at = next_due(planned.due_at, pause, now);
            planned.under_way = true;
            let (engine, turn) = (Arc::clone(self), turn.clone());
            under_way.spawn(async move {
                let id = check.id;
                if let Err(error) = engine.measure_in_turn(check, &turn).await {
                    tracing::error!(check = %id, %error, "a measurement could not be written down");
                }
                id
            });
        }
        let next = schedule.next.values().filter(|p| !p.under_way).map(|p| p.due_at).min();
        Ok(next.unwrap_or_else(|| now.plus(IDLE)))
    }

    /// Measures a check; what comes out after this host's turn is somebody else's to find out.
    async fn measure_in_turn(&self, check: HealthCheck, turn: &TurnEnd) -> Result<(), EngineError> {
        let measured = self.measure(&check).await?;
        if turn.is_to_come(self.now()) {
            self.keep(&check, measured).await?;
        }
        Ok(())
    }

    /// Checks that have failed, but not yet often enough to say so.
    async fn suspects(&self) -> Result<HashSet<CheckId>, EngineError> {
        use pilothouse_domain::check::Health;
        let states = self.store().check_states().await?;
        Ok(states.into_iter().filter(|(_, s)| s.failures > 0 && s.health != Health::Failing).map(|(id, _)| id).collect())
    }

    /// New checks are measured soon, spread over their interval; changed ones at once; removed ones never again.
    fn plan_measurements(&self, schedule: &mut Schedule, checks: &[HealthCheck], now: Timestamp) {
        schedule.next.retain(|id, _| checks.iter().any(|c| c.id == *id));
        let count = u32::try_from(checks.len()).unwrap_or(u32::MAX).max(1);
        for (index, check) in checks.iter().enumerate() {
            let interval = Duration::from_secs(check.interval_seconds.into());
            if let Some(known) = schedule.next.get_mut(&check.id).filter(|p| p.revision == check.revision) {
                // Nothing is due later than in an interval, unless the clock was set back.
                known.due_at = known.due_at.min(now.plus(interval));
                continue;
            }
            let known = schedule.next.get(&check.id);
            // Up to a second apart, so that a thousand checks don't start in one instant.
            let spread = Duration::from_secs(check.interval_seconds.min(1).into()) * u32::try_from(index).unwrap_or(0) / count;
            let under_way = known.is_some_and(|p| p.under_way);
            schedule.next.insert(check.id, Planned { due_at: now.plus(spread), revision: check.revision, under_way });
        }
    }
}

/// The next time on the check's own beat; after a sleep or a jump of the clock, one interval from now.
fn next_due(due_at: Timestamp, interval: Duration, now: Timestamp) -> Timestamp {
    let next = due_at.plus(interval);
    if next > now { next } else { now.plus(interval) }
}
