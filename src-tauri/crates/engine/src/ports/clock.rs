//! Time and identity, as ports, so that a simulation can own both.

use async_trait::async_trait;
use pilothouse_domain::Timestamp;
use uuid::Uuid;

/// The time of day.
#[async_trait]
pub trait Clock: Send + Sync {
    /// Now, in UTC. May jump either way.
    fn now(&self) -> Timestamp;

    /// Returns at `at`, or at once where that is past. Must follow jumps of the clock and waking from sleep within seconds; where
    /// the clock is set back it returns early, since what was waited for is to be looked at anew.
    async fn sleep_until(&self, at: Timestamp);
}

/// Where new ids come from.
pub trait IdSource: Send + Sync {
    /// A new UUIDv7 (RFC 9562), later ones sorting after earlier ones of this source.
    fn uuid(&self) -> Uuid;
}
