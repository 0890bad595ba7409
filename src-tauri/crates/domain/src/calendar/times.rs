//! When a window is active: its first occurrence on the clocks of a zone, and what repeats it.
//!
//! Begin and end are told on the clocks of the zone, so that "Friday 16:00 to Monday 08:00" stays that when clocks change. A time that the
//! clocks skip counts from as long after midnight as it would have been (RFC 5545, 3.3.5); where an hour comes twice, a window begins
//! with the first and ends with the second.

use super::rule::{Rule, TimesFault};
use crate::Timestamp;
use chrono::{LocalResult, NaiveDateTime, Offset as _, TimeDelta, TimeZone as _, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

/// Days that an occurrence may last.
pub const MAX_DAYS: i64 = 366;
/// Occurrences that may be taken out of a rule.
pub const MAX_EXCEPT: usize = 200;
/// Starts that are looked at in one question: a daily rule over more than ten years.
const MAX_STARTS: usize = 4_000;

/// When.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WindowTimes {
    /// When the first occurrence begins, on the clocks of the zone.
    pub begins: NaiveDateTime,
    /// When it ends, on the same clocks; later than it begins.
    pub ends: NaiveDateTime,
    /// The zone, by its IANA name: `Europe/Berlin`.
    pub time_zone: String,
    /// What repeats it (RFC 5545, 3.3.10): `FREQ=WEEKLY;BYDAY=FR`.
    pub rule: Option<String>,
    /// Occurrences of the rule that don't take place, by their begin on the same clocks.
    pub except: Vec<NaiveDateTime>,
}

/// A time from a begin, which belongs to it, to an end, which doesn't.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Occurrence {
    /// Its begin.
    pub begins: Timestamp,
    /// Its end.
    pub ends: Timestamp,
}

impl Occurrence {
    /// True from its begin until before its end.
    #[must_use]
    pub fn holds(&self, at: Timestamp) -> bool {
        self.begins <= at && at < self.ends
    }
}

impl WindowTimes {
    /// The times, once they are found good.
    ///
    /// # Errors
    /// [`TimesFault`]: what is wrong with them.
    pub fn checked(self) -> Result<Self, TimesFault> {
        let zone: Tz = self.time_zone.parse().map_err(|_| TimesFault::Zone(self.time_zone.clone()))?;
        if self.ends <= self.begins {
            return Err(TimesFault::Order);
        }
        if self.ends - self.begins > TimeDelta::days(MAX_DAYS) {
            return Err(TimesFault::TooLong);
        }
        if self.except.len() > MAX_EXCEPT {
            return Err(TimesFault::Exceptions);
        }
        if let Some(text) = &self.rule {
            let first = Rule::read(text, zone)?.starts(self.begins, self.begins)?.next();
            if first != Some(self.begins) {
                let shown = |at: NaiveDateTime| at.format("%a %-d %b %Y, %H:%M").to_string();
                let first = first.map_or_else(|| "no day".to_owned(), shown);
                return Err(TimesFault::FirstDay { begins: shown(self.begins), first });
            }
        }
        Ok(self)
    }

    /// The zone. One that this build doesn't know is read as UTC: no freeze ends for that.
    #[must_use]
    pub fn zone(&self) -> Tz {
        self.time_zone.parse().unwrap_or(Tz::UTC)
    }

    /// Occurrences that overlap a time, by their begin; at most so many.
    #[must_use]
    pub fn occurrences(&self, from: Timestamp, to: Timestamp, limit: usize) -> Vec<Occurrence> {
        let zone = self.zone();
        let length = self.ends - self.begins;
        // Two days more on either side: no zone is further from UTC, and no change of clocks longer.
        let slack = TimeDelta::days(2);
        let local = |at: Timestamp| at.as_datetime().with_timezone(&zone).naive_local();
        let earliest = local(from).checked_sub_signed(length + slack).unwrap_or(self.begins);
        let latest = local(to).checked_add_signed(slack).unwrap_or(NaiveDateTime::MAX);
        let starts: Box<dyn Iterator<Item = NaiveDateTime>> = match self.rule.as_ref().map(|rule| Rule::read(rule, zone)) {
            Some(Ok(rule)) => match rule.starts(self.begins, earliest) {
                Ok(starts) => Box::new(starts),
                Err(_) => Box::new(std::iter::once(self.begins)),
            },
            _ => Box::new(std::iter::once(self.begins)),
        };
        starts
            .take(MAX_STARTS)
            .take_while(|at| *at <= latest)
            .filter(|at| *at >= earliest && !self.except.contains(at))
            .filter_map(|at| {
                let ends = at.checked_add_signed(length)?;
                Some(Occurrence { begins: moment(zone, at, false), ends: moment(zone, ends, true) })
            })
            .filter(|found| found.begins < to && found.ends > from && found.begins < found.ends)
            .take(limit)
            .collect()
    }

    /// The first occurrence; `None` where clocks skip all of it.
    #[must_use]
    pub fn first(&self) -> Option<Occurrence> {
        let zone = self.zone();
        let first = Occurrence { begins: moment(zone, self.begins, false), ends: moment(zone, self.ends, true) };
        (first.begins < first.ends).then_some(first)
    }

    /// The occurrence that holds at a moment; of several the one that ends last.
    #[must_use]
    pub fn at(&self, now: Timestamp) -> Option<Occurrence> {
        let instant = Timestamp::new(now.as_datetime() + TimeDelta::microseconds(1));
        self.occurrences(now, instant, MAX_STARTS).into_iter().filter(|o| o.holds(now)).max_by_key(|o| o.ends)
    }
}

/// What the clocks of a zone mean: where an hour comes twice the first, where one is skipped as long after midnight as it would have been.
#[must_use]
pub fn on_clocks(local: NaiveDateTime, zone: Tz) -> Timestamp {
    moment(zone, local, false)
}

/// What the clocks of a zone mean.
fn moment(zone: Tz, local: NaiveDateTime, is_end: bool) -> Timestamp {
    let at = match zone.from_local_datetime(&local) {
        LocalResult::Single(at) => at.to_utc(),
        LocalResult::Ambiguous(first, second) => if is_end { second } else { first }.to_utc(),
        // Skipped: told by the offset before. The day before may be skipped as a whole (Samoa, 30 December 2011).
        LocalResult::None => {
            let before = (1..=3).find_map(|days| zone.from_local_datetime(&(local - TimeDelta::days(days))).latest());
            let offset = before.map_or(0, |at| at.offset().fix().local_minus_utc());
            Utc.from_utc_datetime(&(local - TimeDelta::seconds(i64::from(offset))))
        }
    };
    Timestamp::new(at)
}

/// A moment on the clocks of a zone: `Mon 4 Jan 2027, 08:00 (Europe/Berlin)`.
#[must_use]
pub fn in_zone(at: Timestamp, zone: Tz) -> String {
    format!("{} ({})", at.as_datetime().with_timezone(&zone).format("%a %-d %b %Y, %H:%M"), zone.name())
}
