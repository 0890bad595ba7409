//! What is known of the budgets of calls, per connection, and how fast may be asked so that they last: following the runs of
//! deployments goes before observing what others do. Only in memory: after a start the first answers tell anew.
//!
//! Must not: call anything; know a provider. What a provider counts comes in as data.

use crate::ports::provider::RateLimit;
use pilothouse_domain::{ConnectionId, DeploymentId, Timestamp};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The part of a budget that is left to triggers, cancels and people: one in so many.
const KEPT_FOR_PEOPLE: u32 = 20;
/// The part of a budget that observing leaves to everything else: one in so many.
const KEPT_FROM_OBSERVING: u32 = 4;
/// So many runs are followed at full speed, whoever counts; each further one slows all of a connection down by [`SPACING`], since
/// most providers limit bursts without telling.
const AT_FULL_SPEED: u32 = 10;
const SPACING: Duration = Duration::from_millis(250);
/// A run that was not looked at for so long isn't followed any more.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(900);
/// What a look is taken to cost, in thousandths of a call, before it was measured; and the least.
const FIRST_COST: u64 = 3_000;
const LEAST_COST: u64 = 50;
/// So many looks are remembered in full; earlier ones count for less and less.
const REMEMBERED: u64 = 64;

/// The budgets of all connections.
#[derive(Debug, Default)]
pub(crate) struct Budgets {
    known: Mutex<HashMap<ConnectionId, Account>>,
}

#[derive(Debug, Default)]
struct Account {
    told: Option<RateLimit>,
    paused_until: Option<Timestamp>,
    /// When each deployment's run was looked at last.
    followed: HashMap<DeploymentId, Timestamp>,
    /// Calls that were counted, and the looks that they were for.
    calls: u64,
    looks: u64,
}

impl Budgets {
    fn known(&self) -> MutexGuard<'_, HashMap<ConnectionId, Account>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The provider has told its budget.
    pub(crate) fn told(&self, connection: ConnectionId, told: RateLimit) {
        let mut known = self.known();
        let account = known.entry(connection).or_default();
        if let Some(before) = account.told.filter(|before| is_same_period(before, &told)) {
            account.calls += u64::from(before.remaining.saturating_sub(told.remaining));
        }
        account.told = Some(told);
    }

    /// The provider takes no call for a while.
    pub(crate) fn limited(&self, connection: ConnectionId, until: Timestamp) {
        let mut known = self.known();
        let account = known.entry(connection).or_default();
        account.paused_until = account.paused_until.max(Some(until));
    }

    /// The budget as it was told last, as long as its period runs.
    pub(crate) fn budget(&self, connection: ConnectionId, now: Timestamp) -> Option<RateLimit> {
        self.known().get(&connection)?.told.filter(|told| told.resets_at > now)
    }

    /// Until when the provider takes no calls; `None` where it does.
    pub(crate) fn paused_until(&self, connection: ConnectionId, now: Timestamp) -> Option<Timestamp> {
        self.known().get(&connection)?.paused_until.filter(|until| *until > now)
    }

    /// A deployment's run was looked at. How long to wait until the next look, which is `wanted` where nothing is scarce.
    pub(crate) fn pause_of_following(
        &self,
        connection: ConnectionId,
        deployment: DeploymentId,
        wanted: Duration,
        now: Timestamp,
    ) -> Duration {
        let mut known = self.known();
        let account = known.entry(connection).or_default();
        account.followed.insert(deployment, now);
        account.note_look();
        account.forget_old(now);
        let crowd = SPACING.saturating_mul(account.followers().saturating_sub(AT_FULL_SPEED));
        let lasting = account.told.filter(|told| told.resets_at > now).map_or(Duration::ZERO, |told| {
            let spare = told.remaining.saturating_sub(told.limit / KEPT_FOR_PEOPLE);
            pause(account.cost(), account.followers(), told.resets_at.since(now), spare)
        });
        wanted.max(crowd).max(lasting)
    }

    /// A deployment's run is not looked at any more.
    pub(crate) fn unfollow(&self, connection: ConnectionId, deployment: DeploymentId) {
        if let Some(account) = self.known().get_mut(&connection) {
            account.followed.remove(&deployment);
        }
    }

    /// A place was looked at, one of so many of its connection. How long to wait until the next look at it, which is `wanted` where
    /// nothing is scarce; what following the deployments under way needs at their `pace` is left to it.
    pub(crate) fn pause_of_observing(
        &self,
        connection: ConnectionId,
        places: u32,
        wanted: Duration,
        pace: Duration,
        now: Timestamp,
    ) -> Duration {
        let mut known = self.known();
        let account = known.entry(connection).or_default();
        account.note_look();
        account.forget_old(now);
        let Some(told) = account.told.filter(|told| told.resets_at > now) else { return wanted };
        let left = told.resets_at.since(now);
        let needed = calls(account.cost(), account.followers(), left, pace);
        let spare = told.remaining.saturating_sub(told.limit / KEPT_FROM_OBSERVING).saturating_sub(needed);
        wanted.max(pause(account.cost(), places, left, spare))
    }
}

impl Account {
    fn note_look(&mut self) {
        self.looks += 1;
        if self.looks > REMEMBERED {
            self.looks /= 2;
            self.calls /= 2;
        }
    }

    /// What a look costs, in thousandths of a call.
    fn cost(&self) -> u64 {
        if self.looks < 2 { FIRST_COST } else { (self.calls * 1_000 / self.looks).max(LEAST_COST) }
    }

    fn followers(&self) -> u32 {
        u32::try_from(self.followed.len()).unwrap_or(u32::MAX)
    }

    fn forget_old(&mut self, now: Timestamp) {
        self.followed.retain(|_, at| now.since(*at) < FORGOTTEN_AFTER);
    }
}

/// Whether two budgets are of one period; the end may be told a little differently from answer to answer.
fn is_same_period(one: &RateLimit, other: &RateLimit) -> bool {
    let apart = one.resets_at.since(other.resets_at).max(other.resets_at.since(one.resets_at));
    one.limit == other.limit && apart < Duration::from_secs(5)
}

/// The pause with which so many looks at a time, at this cost each, use up no more than `spare` until the period ends.
fn pause(cost: u64, looks: u32, left: Duration, spare: u32) -> Duration {
    if spare == 0 {
        return left;
    }
    let thousandths = u128::from(cost) * u128::from(looks) * left.as_millis() / (u128::from(spare) * 1_000);
    Duration::from_millis(u64::try_from(thousandths).unwrap_or(u64::MAX)).min(left)
}

/// The calls that so many looks at a time, at this cost each and this pause between them, need until the period ends.
fn calls(cost: u64, looks: u32, left: Duration, pause: Duration) -> u32 {
    let rounds = left.as_millis() / pause.as_millis().max(1);
    u32::try_from(u128::from(cost) * u128::from(looks) * rounds / 1_000).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]
    use super::*;
    use uuid::Uuid;

    const WANTED: Duration = Duration::from_secs(5);
    const GITHUB: ConnectionId = ConnectionId::new(Uuid::from_u128(1));

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_micros(1_790_000_000_000_000).unwrap().plus(Duration::from_secs(seconds))
    }

    fn deployment(number: u32) -> DeploymentId {
        DeploymentId::new(Uuid::from_u128(u128::from(number)))
    }

    fn told(remaining: u32) -> RateLimit {
        RateLimit { limit: 5_000, remaining, resets_at: at(3_600) }
    }

    #[test]
    fn where_nothing_is_scarce_nobody_waits_longer_than_wanted() {
        let budgets = Budgets::default();
        assert_eq!(budgets.pause_of_following(GITHUB, deployment(1), WANTED, at(0)), WANTED, "nothing is known");
        budgets.told(GITHUB, told(4_990));
        assert_eq!(budgets.pause_of_following(GITHUB, deployment(1), WANTED, at(1)), WANTED);
        assert_eq!(budgets.pause_of_observing(GITHUB, 1, Duration::from_secs(15), WANTED, at(1)), Duration::from_secs(15));
    }

    #[test]
    fn two_hundred_runs_share_what_is_left_of_an_hour() {
        let budgets = Budgets::default();
        let (mut remaining, mut due) = (5_000u32, vec![0u64; 200]);
        for second in 0..3_600u64 {
            for number in 0..200u32 {
                if due[number as usize] > second {
                    continue;
                }
                remaining = remaining.checked_sub(2).expect("the budget was used up");
                budgets.told(GITHUB, RateLimit { limit: 5_000, remaining, resets_at: at(3_600) });
                let pause = budgets.pause_of_following(GITHUB, deployment(number), WANTED, at(second));
                due[number as usize] = second + pause.as_secs().max(1);
            }
        }
        assert!((100..1_000).contains(&remaining), "{remaining} of 5,000 are left: neither hammered nor idle");
    }

    #[test]
    fn observing_stops_before_following_does() {
        let budgets = Budgets::default();
        budgets.told(GITHUB, told(1_200));
        budgets.pause_of_following(GITHUB, deployment(1), WANTED, at(0));
        let following = budgets.pause_of_following(GITHUB, deployment(1), WANTED, at(0));
        let observing = budgets.pause_of_observing(GITHUB, 3, Duration::from_secs(15), WANTED, at(0));
        assert!(following < Duration::from_secs(60), "{following:?}");
        assert_eq!(observing, Duration::from_secs(3_600), "until there are more calls");
    }

    #[test]
    fn a_new_period_and_a_pause_that_is_over_are_forgotten() {
        let budgets = Budgets::default();
        budgets.told(GITHUB, told(0));
        budgets.limited(GITHUB, at(60));
        budgets.limited(GITHUB, at(30));
        assert_eq!(budgets.paused_until(GITHUB, at(0)), Some(at(60)));
        assert_eq!(budgets.paused_until(GITHUB, at(60)), None);
        assert_eq!(budgets.budget(GITHUB, at(10)), Some(told(0)));
        assert_eq!(budgets.budget(GITHUB, at(3_600)), None);
        assert_eq!(budgets.pause_of_following(GITHUB, deployment(1), WANTED, at(3_600)), WANTED);
    }

    #[test]
    fn a_crowd_is_spread_where_nobody_counts() {
        let budgets = Budgets::default();
        for number in 0..50 {
            budgets.pause_of_following(GITHUB, deployment(number), WANTED, at(0));
        }
        assert_eq!(budgets.pause_of_following(GITHUB, deployment(0), WANTED, at(1)), Duration::from_secs(10));
        for number in 1..50 {
            budgets.unfollow(GITHUB, deployment(number));
        }
        assert_eq!(budgets.pause_of_following(GITHUB, deployment(0), WANTED, at(2)), WANTED);
    }
}
