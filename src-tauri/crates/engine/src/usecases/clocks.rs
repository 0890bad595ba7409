//! Times as people write them on the clocks of a zone. Must not know what they are for.

use crate::error::EngineError;
use chrono::{Datelike as _, NaiveDateTime, TimeZone as _};
use chrono_tz::Tz;
use pilothouse_domain::Timestamp;

/// A time on clocks: `2026-12-20T00:00`. A day alone is its midnight.
pub(super) fn read_clocks(field: &'static str, text: &str) -> Result<NaiveDateTime, EngineError> {
    let text = text.trim();
    let forms = ["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S"];
    let read = forms.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok());
    let day = || chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().and_then(|day| day.and_hms_opt(0, 0, 0));
    read.or_else(day)
        .filter(|at| (1970..=9000).contains(&at.year()))
        .ok_or_else(|| EngineError::invalid(field, format!("`{text}` is no date and time"), "Write 2026-12-20T00:00."))
}

/// What is meant by a time on the clocks of a zone, with the zone's name. Where an hour comes twice the first is meant.
pub(super) fn moment(field: &'static str, local: &str, zone: &str) -> Result<(Timestamp, String), EngineError> {
    let zone: Tz = zone.trim().parse().map_err(|_| {
        EngineError::invalid("time_zone", format!("`{zone}` is no time zone"), "Write its name, such as Europe/Berlin or UTC.")
    })?;
    let read = read_clocks(field, local)?;
    match zone.from_local_datetime(&read).earliest() {
        Some(at) => Ok((Timestamp::new(at.to_utc()), zone.name().to_owned())),
        None => {
            let message = format!("{} doesn't exist in {}: clocks are set forward then", local.trim(), zone.name());
            Err(EngineError::invalid(field, message, "Choose another time."))
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    #[test]
    fn a_time_is_meant_on_the_clocks_of_its_zone() {
        let at = |local, zone| moment("begins", local, zone).map(|(at, _)| at.to_string());
        assert_eq!(at("2026-11-25T14:00", "Europe/Berlin").unwrap(), "2026-11-25T13:00:00.000000Z");
        assert_eq!(at("2026-07-25 14:00", "Europe/Berlin").unwrap(), "2026-07-25T12:00:00.000000Z");
        assert_eq!(at("2026-10-25T02:30", "Europe/Berlin").unwrap(), "2026-10-25T00:30:00.000000Z", "the first of two");
        assert!(at("2026-03-29T02:30", "Europe/Berlin").unwrap_err().to_string().contains("doesn't exist in Europe/Berlin"));
        assert!(at("2026-11-25T14:00", "Berlin").is_err() && at("tomorrow", "UTC").is_err());
    }
}
