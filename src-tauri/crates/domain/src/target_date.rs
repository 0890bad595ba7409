//! The day by which a release is meant to be out, on the calendar of a zone. It promises nothing to a machine: nothing starts by it and
//! nothing is held by it. Must not read a clock.

use crate::Timestamp;
use crate::calendar::on_clocks;
use crate::release::{Release, ReleaseState};
use chrono::{Datelike as _, NaiveDate, NaiveTime, TimeDelta};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

/// A day by which a release is meant to be out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetDate {
    /// The day.
    pub day: NaiveDate,
    /// The zone on whose calendar it is that day, by its IANA name: `Europe/Berlin`.
    pub time_zone: String,
}

/// What is wrong with a target date.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetDateFault {
    /// No day.
    #[error("`{0}` is no day")]
    Day(String),
    /// No zone.
    #[error("`{0}` is no time zone")]
    Zone(String),
}

impl TargetDate {
    /// A day as people write it: `2026-12-20`, in a zone.
    ///
    /// # Errors
    /// [`TargetDateFault`] where it is no day, or the zone is unknown.
    pub fn read(day: &str, zone: &str) -> Result<Self, TargetDateFault> {
        let (day, zone) = (day.trim(), zone.trim());
        let known: Tz = zone.parse().map_err(|_| TargetDateFault::Zone(zone.to_owned()))?;
        let read = NaiveDate::parse_from_str(day, "%Y-%m-%d").ok().filter(|read| (1970..=9000).contains(&read.year()));
        let day = read.ok_or_else(|| TargetDateFault::Day(day.to_owned()))?;
        Ok(Self { day, time_zone: known.name().to_owned() })
    }

    /// When the day begins.
    #[must_use]
    pub fn begins(&self) -> Timestamp {
        self.midnight(self.day)
    }

    /// When the day is over.
    #[must_use]
    pub fn ends(&self) -> Timestamp {
        self.midnight(self.day + TimeDelta::days(1))
    }

    /// True where the day is over and the release is not out: not verified in the last environment of its plan, and not given up.
    #[must_use]
    pub fn is_overdue(&self, release: &Release, now: Timestamp) -> bool {
        let is_settled = release.state.is_terminal() || matches!(release.state, ReleaseState::Verifying { .. });
        !is_settled && self.ends() <= now
    }

    fn midnight(&self, day: NaiveDate) -> Timestamp {
        // The zone was read when the day was set; one that is unknown to this version counts as UTC.
        on_clocks(day.and_time(NaiveTime::MIN), self.time_zone.parse().unwrap_or(Tz::UTC))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    fn told(day: &str, zone: &str) -> (String, String) {
        let target = TargetDate::read(day, zone).unwrap();
        (target.begins().to_string(), target.ends().to_string())
    }

    #[test]
    fn a_day_is_that_of_its_zone_however_long_it_is() {
        assert_eq!(told("2026-12-20", "UTC"), ("2026-12-20T00:00:00.000000Z".into(), "2026-12-21T00:00:00.000000Z".into()));
        assert_eq!(told(" 2026-12-20 ", "Europe/Berlin"), ("2026-12-19T23:00:00.000000Z".into(), "2026-12-20T23:00:00.000000Z".into()));
        assert_eq!(told("2026-10-25", "Europe/Berlin"), ("2026-10-24T22:00:00.000000Z".into(), "2026-10-25T23:00:00.000000Z".into()));
        assert_eq!(told("2026-12-20", "Pacific/Auckland").0, "2026-12-19T11:00:00.000000Z");
    }

    #[test]
    fn what_is_no_day_and_what_is_no_zone_is_said() {
        assert_eq!(TargetDate::read("2026-02-30", "UTC"), Err(TargetDateFault::Day("2026-02-30".into())));
        assert_eq!(TargetDate::read("tomorrow", "UTC"), Err(TargetDateFault::Day("tomorrow".into())));
        assert_eq!(TargetDate::read("2026-02-20", "Berlin"), Err(TargetDateFault::Zone("Berlin".into())));
    }
}
