//! A recurrence rule (RFC 5545, 3.3.10), read and bounded. The rule counts on the clocks of the window's zone: it is unrolled in local
//! time, and what that is in UTC is settled for each occurrence on its own.

use chrono::{Datelike as _, NaiveDateTime, TimeDelta};
use chrono_tz::Tz;
use rrule::{Frequency, RRule, RRuleSet, Unvalidated};
use thiserror::Error;

/// The greatest `INTERVAL`.
pub const MAX_INTERVAL: u16 = 366;
/// The greatest `COUNT`.
pub const MAX_COUNT: u32 = 1_000;
/// Characters that a rule may have.
const LONGEST: usize = 500;

/// What is wrong with times.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TimesFault {
    /// No such zone.
    #[error("`{0}` is no time zone")]
    Zone(String),
    /// It ends before it begins.
    #[error("it must end after it begins")]
    Order,
    /// It lasts too long.
    #[error("it may last {} days at most", super::MAX_DAYS)]
    TooLong,
    /// The rule can't be read.
    #[error("the recurrence rule can't be read: {0}")]
    Rule(String),
    /// The rule repeats more often than once a day, or sets a time of day.
    #[error("the rule may repeat by day, week, month or year; the time of day is that of the first occurrence")]
    TooOften,
    /// The rule is beyond the bounds.
    #[error("the rule's INTERVAL may be {MAX_INTERVAL} at most, and its COUNT {MAX_COUNT}")]
    Bounds,
    /// The first occurrence is none.
    #[error("it begins on {begins}, where its rule has no occurrence; the first would be on {first}")]
    FirstDay {
        /// When it begins.
        begins: String,
        /// The rule's first occurrence after that; "no day" where there is none.
        first: String,
    },
    /// More exceptions than are kept.
    #[error("there are more than {} exceptions", super::MAX_EXCEPT)]
    Exceptions,
}

/// A rule that was read.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    rule: RRule<Unvalidated>,
}

impl Rule {
    /// Reads a rule: `FREQ=WEEKLY;BYDAY=FR`. `RRULE:` may stand before it.
    pub(super) fn read(text: &str, zone: Tz) -> Result<Self, TimesFault> {
        let text = text.trim();
        let text = text.strip_prefix("RRULE:").unwrap_or(text);
        if text.len() > LONGEST || !text.is_ascii() || text.contains(char::is_control) {
            return Err(TimesFault::Rule("it is too long, or has characters that no rule has".to_owned()));
        }
        let (until, rest): (Vec<&str>, Vec<&str>) = text.split(';').partition(|part| part.to_ascii_uppercase().starts_with("UNTIL="));
        let parsed: RRule<Unvalidated> =
            rest.join(";").to_ascii_uppercase().parse().map_err(|error: rrule::RRuleError| TimesFault::Rule(error.to_string()))?;
        let is_often = matches!(parsed.get_freq(), Frequency::Hourly | Frequency::Minutely | Frequency::Secondly);
        if is_often || !(parsed.get_by_hour().is_empty() && parsed.get_by_minute().is_empty() && parsed.get_by_second().is_empty()) {
            return Err(TimesFault::TooOften);
        }
        if !(1..=MAX_INTERVAL).contains(&parsed.get_interval()) || parsed.get_count().is_some_and(|count| count > MAX_COUNT || count == 0) {
            return Err(TimesFault::Bounds);
        }
        let rule = match until.as_slice() {
            [] => parsed,
            [part] => parsed.until(as_utc(read_until(&part["UNTIL=".len()..], zone)?)),
            _ => return Err(TimesFault::Rule("it has UNTIL twice".to_owned())),
        };
        Ok(Self { rule })
    }

    /// The local times at which it begins, from about `from` on, when the first is at `first`. Ends by itself at the latest after
    /// the bounds of the library: 100,000 looks that find nothing.
    pub(super) fn starts(
        &self,
        first: NaiveDateTime,
        from: NaiveDateTime,
    ) -> Result<impl Iterator<Item = NaiveDateTime> + use<>, TimesFault> {
        let begin = as_utc(self.forward(first, from));
        let rule = self.rule.clone().validate(begin).map_err(|error| TimesFault::Rule(error.to_string()))?;
        let set = RRuleSet::new(begin).rrule(rule).limit();
        Ok(set.into_iter().map(|at| at.naive_utc()))
    }

    /// A start of the same rhythm nearer to `from`, so that a daily rule of ten years ago isn't unrolled each time.
    fn forward(&self, first: NaiveDateTime, from: NaiveDateTime) -> NaiveDateTime {
        let days = match self.rule.get_freq() {
            Frequency::Daily => 1,
            Frequency::Weekly => 7,
            _ => return first,
        };
        let step = days * i64::from(self.rule.get_interval());
        let gap = (from - first).num_days() / step - 1;
        if self.rule.get_count().is_some() || gap <= 0 {
            return first;
        }
        let moved = first.checked_add_signed(TimeDelta::days(gap * step)).unwrap_or(first);
        // A rule that has ended stays where it is: the library refuses a start after the end.
        if self.rule.get_until().is_some_and(|until| until.naive_utc() < moved) { first } else { moved }
    }
}

/// Local time as the library counts it: in a zone whose clocks never change.
fn as_utc(local: NaiveDateTime) -> chrono::DateTime<rrule::Tz> {
    local.and_utc().with_timezone(&rrule::Tz::UTC)
}

/// The end of a rule in local time: of a day its last second, of UTC what the clocks of the zone show then.
fn read_until(text: &str, zone: Tz) -> Result<NaiveDateTime, TimesFault> {
    let fault = || TimesFault::Rule(format!("`{text}` is no UNTIL"));
    let read = if let Ok(day) = chrono::NaiveDate::parse_from_str(text, "%Y%m%d") {
        day.and_hms_opt(23, 59, 59)
    } else if let Some(utc) = text.strip_suffix(['Z', 'z']) {
        NaiveDateTime::parse_from_str(utc, "%Y%m%dT%H%M%S").ok().map(|at| at.and_utc().with_timezone(&zone).naive_local())
    } else {
        NaiveDateTime::parse_from_str(text, "%Y%m%dT%H%M%S").ok()
    };
    read.filter(|at| (1970..=9000).contains(&at.year())).ok_or_else(fault)
}
