//! One kind of time for the whole product: UTC in whole microseconds, because PostgreSQL keeps no more than that. Must not
//! read a clock: `now` is always an argument.

use chrono::{DateTime, SecondsFormat, SubsecRound, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::time::Duration;

/// A moment in UTC, in whole microseconds. Serialises as RFC 3339 with six decimals and `Z`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(DateTime<Utc>);

impl Timestamp {
    /// The moment, with anything finer than a microsecond cut off.
    #[must_use]
    pub fn new(at: DateTime<Utc>) -> Self {
        Self(at.trunc_subsecs(6))
    }

    /// Microseconds since 1970-01-01T00:00:00Z. `None` outside the years that chrono can hold.
    #[must_use]
    pub fn from_micros(micros: i64) -> Option<Self> {
        DateTime::from_timestamp_micros(micros).map(Self)
    }

    /// Microseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn as_micros(self) -> i64 {
        self.0.timestamp_micros()
    }

    /// The moment as chrono's type.
    #[must_use]
    pub fn as_datetime(self) -> DateTime<Utc> {
        self.0
    }

    /// Reads RFC 3339 text, any offset.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        DateTime::parse_from_rfc3339(text).ok().map(|at| Self::new(at.with_timezone(&Utc)))
    }

    /// The moment `duration` later; the same moment where that would leave chrono's range.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        chrono::Duration::from_std(duration).ok().and_then(|d| self.0.checked_add_signed(d)).map_or(self, Self::new)
    }

    /// The moment `duration` earlier; the same moment where that would leave chrono's range.
    #[must_use]
    pub fn minus(self, duration: Duration) -> Self {
        chrono::Duration::from_std(duration).ok().and_then(|d| self.0.checked_sub_signed(d)).map_or(self, Self::new)
    }

    /// The millisecond in which it lies: the earliest moment that a clock that counts milliseconds can have told for it.
    #[must_use]
    pub fn whole_millis(self) -> Self {
        Self(self.0.trunc_subsecs(3))
    }

    /// Time passed since `earlier`; zero where `earlier` is later, so that a clock set back never gives a negative age.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        self.0.signed_duration_since(earlier.0).to_std().unwrap_or_default()
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_rfc3339_opts(SecondsFormat::Micros, true))
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom(format!("`{text}` is not an RFC 3339 time")))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    #[test]
    fn a_time_survives_text_and_micros_and_loses_only_nanoseconds() {
        let at = Timestamp::parse("2026-11-23T04:05:06.123456789+01:00").unwrap();
        assert_eq!(at.to_string(), "2026-11-23T03:05:06.123456Z");
        assert_eq!(Timestamp::from_micros(at.as_micros()), Some(at));
        assert_eq!(serde_json::from_str::<Timestamp>(&serde_json::to_string(&at).unwrap()).unwrap(), at);
    }

    #[test]
    fn a_whole_millisecond_is_never_later() {
        let at = Timestamp::parse("2026-11-24T10:44:00.862999Z").unwrap();
        assert_eq!(Some(at.whole_millis()), Timestamp::parse("2026-11-24T10:44:00.862Z"));
        assert_eq!(at.whole_millis().whole_millis(), at.whole_millis());
    }

    #[test]
    fn a_clock_set_back_gives_age_zero() {
        let at = Timestamp::from_micros(1_000_000).unwrap();
        assert_eq!(at.since(at.plus(Duration::from_secs(5))), Duration::ZERO);
        assert_eq!(at.plus(Duration::from_secs(5)).since(at), Duration::from_secs(5));
    }
}
