//! What the clocks of a zone do, as a calendar file tells it (iCalendar, RFC 5545, 3.6.5): each change of the clocks by itself, over the years
//! that matter. Must not know what is on the calendar.

use chrono::{DateTime, Datelike as _, Duration, NaiveDate, Offset as _, TimeZone as _, Utc};
use chrono_tz::{OffsetComponents as _, OffsetName as _, Tz};

/// For so many years after the last begin the changes of the clocks are told: what repeats without an end is read on by other calendars as
/// they know the zone.
const YEARS: i32 = 10;

/// The zone from a year on, as a component with its line ends.
pub(super) fn described(zone: Tz, from_year: i32, to_year: i32) -> String {
    let midnight = |year: i32| NaiveDate::from_ymd_opt(year, 1, 1).unwrap_or_default().and_hms_opt(0, 0, 0).unwrap_or_default().and_utc();
    let (begin, end) = (midnight(from_year), midnight(to_year.saturating_add(YEARS)));
    let mut lines = vec!["BEGIN:VTIMEZONE".to_owned(), format!("TZID:{}", zone.name())];
    lines.extend(observance(zone, begin, begin));
    let mut day = begin;
    // A day at a time: no zone changes its clocks twice in a day.
    while day < end {
        let next = day + Duration::days(1);
        if seconds(zone, day) != seconds(zone, next) {
            lines.extend(observance(zone, day, change(zone, day, next)));
        }
        day = next;
    }
    lines.push("END:VTIMEZONE".to_owned());
    lines.iter().map(|line| format!("{line}\r\n")).collect()
}

/// The moment between two at which the clocks change, to the second.
fn change(zone: Tz, before: DateTime<Utc>, after: DateTime<Utc>) -> DateTime<Utc> {
    let (mut low, mut high) = (before, after);
    while high - low > Duration::seconds(1) {
        let middle = low + (high - low) / 2;
        if seconds(zone, middle) == seconds(zone, before) { low = middle } else { high = middle }
    }
    // Halving leaves a part of a second.
    DateTime::from_timestamp(high.timestamp(), 0).unwrap_or(high)
}

fn seconds(zone: Tz, at: DateTime<Utc>) -> i32 {
    zone.offset_from_utc_datetime(&at.naive_utc()).fix().local_minus_utc()
}

/// What the clocks show from a moment on, where they showed something else before.
fn observance(zone: Tz, before: DateTime<Utc>, at: DateTime<Utc>) -> Vec<String> {
    let offset = zone.offset_from_utc_datetime(&at.naive_utc());
    let kind = if offset.dst_offset().is_zero() { "STANDARD" } else { "DAYLIGHT" };
    let from = seconds(zone, before);
    let onset = at.naive_utc() + Duration::seconds(from.into());
    let mut lines = vec![
        format!("BEGIN:{kind}"),
        format!("DTSTART:{}", onset.format("%Y%m%dT%H%M%S")),
        format!("TZOFFSETFROM:{}", written(from)),
        format!("TZOFFSETTO:{}", written(offset.fix().local_minus_utc())),
    ];
    lines.extend(offset.abbreviation().map(|name| format!("TZNAME:{name}")));
    lines.push(format!("END:{kind}"));
    lines
}

/// `+0100`.
fn written(seconds: i32) -> String {
    let minutes = seconds.abs() / 60;
    format!("{}{:02}{:02}", if seconds < 0 { '-' } else { '+' }, minutes / 60, minutes % 60)
}

/// The year of a begin.
pub(super) fn year(begins: chrono::NaiveDateTime) -> i32 {
    begins.year()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_change_of_the_clocks_is_told() {
        let berlin = described(Tz::Europe__Berlin, 2026, 2026);
        assert!(berlin.starts_with("BEGIN:VTIMEZONE\r\nTZID:Europe/Berlin\r\nBEGIN:STANDARD\r\nDTSTART:20260101T010000\r\n"), "{berlin}");
        let spring =
            "BEGIN:DAYLIGHT\r\nDTSTART:20260329T020000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\nTZNAME:CEST\r\nEND:DAYLIGHT\r\n";
        let autumn =
            "BEGIN:STANDARD\r\nDTSTART:20261025T030000\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\nTZNAME:CET\r\nEND:STANDARD\r\n";
        assert!(berlin.contains(spring) && berlin.contains(autumn), "{berlin}");
        assert_eq!(berlin.matches("BEGIN:DAYLIGHT").count(), 10, "ten years");
        let kolkata = described(Tz::Asia__Kolkata, 2026, 2026);
        assert!(kolkata.contains("TZOFFSETTO:+0530") && kolkata.matches("BEGIN:STANDARD").count() == 1, "{kolkata}");
        assert!(described(Tz::America__New_York, 2026, 2026).contains("TZOFFSETFROM:-0500"));
    }
}
