//! The system's clock, and ids of the day. Must not be used by tests of rules: those own their time.

use async_trait::async_trait;
use chrono::Utc;
use pilothouse_domain::Timestamp;
use pilothouse_engine::ports::{Clock, IdSource};
use std::time::Duration;
use uuid::Uuid;

/// A sleep looks at the clock again after this long: the timer below it stands still while the machine sleeps, and knows nothing
/// of a clock that was set.
const LOOK_AGAIN: Duration = Duration::from_secs(2);

/// The time of day of this machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

#[async_trait]
impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::new(Utc::now())
    }

    async fn sleep_until(&self, at: Timestamp) {
        sleep_until(at, || self.now()).await;
    }
}

/// Ends: each round either returns or waits, and the wait is never zero.
async fn sleep_until(at: Timestamp, now: impl Fn() -> Timestamp) {
    let mut seen = now();
    loop {
        let left = at.since(seen);
        if left.is_zero() {
            return;
        }
        tokio::time::sleep(left.min(LOOK_AGAIN)).await;
        let before = std::mem::replace(&mut seen, now());
        if seen < before {
            return;
        }
    }
}

/// UUIDv7 from the system's clock. Sorts in the order of making within this process, even within a millisecond and where the
/// clock is set back (RFC 9562 section 6.2, method 1).
#[derive(Clone, Copy, Debug, Default)]
pub struct UuidV7Ids;

impl IdSource for UuidV7Ids {
    fn uuid(&self) -> Uuid {
        Uuid::now_v7()
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;
    use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(seconds * 1_000_000).unwrap()
    }

    #[test]
    fn ids_sort_in_the_order_of_their_making() {
        let ids: Vec<Uuid> = (0..20_000).map(|_| UuidV7Ids.uuid()).collect();
        assert!(ids.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(ids.iter().all(|id| id.get_version_num() == 7));
    }

    #[tokio::test]
    async fn a_moment_in_the_past_is_not_waited_for() {
        SystemClock.sleep_until(at(0)).await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_clock_that_jumps_ahead_ends_the_sleep_at_the_next_look() {
        let (clock, looks) = (AtomicI64::new(0), AtomicUsize::new(0));
        let now = || {
            // Jumps by an hour between the second and the third look, as after waking up.
            if looks.fetch_add(1, Ordering::Relaxed) == 2 {
                clock.store(3_600, Ordering::Relaxed);
            }
            at(clock.load(Ordering::Relaxed))
        };
        sleep_until(at(3_600), now).await;
        assert_eq!(looks.load(Ordering::Relaxed), 3);
    }

    #[tokio::test(start_paused = true)]
    async fn a_clock_that_is_set_back_ends_the_sleep_at_the_next_look() {
        let start = tokio::time::Instant::now();
        let now = || {
            let passed = i64::try_from(start.elapsed().as_secs()).unwrap();
            // Set back by 100 s after the first 4 s.
            if passed < 4 { at(passed) } else { at(passed - 100) }
        };
        sleep_until(at(10), now).await;
        assert_eq!(start.elapsed().as_secs(), 4);
    }
}
