//! Freezes, change windows, scheduled starts, release trains, and the days of releases as a calendar file (iCalendar, RFC 5545). What happens once is written in
//! UTC; what repeats is written on the clocks of its zone, by the zone's IANA name, and the zone is described in the file.

use super::calendar_zones::{described, year};
use super::target_dates::{CalendarMark, ReleaseOnCalendar};
use crate::engine::Engine;
use crate::error::EngineError;
use chrono::{Datelike as _, NaiveDateTime};
use chrono_tz::Tz;
use icalendar::{Calendar, Component as _, Event, EventLike as _, Property};
use pilothouse_domain::calendar::{CalendarWindow, WindowEffect};
use pilothouse_domain::scheduled_start::ScheduledStart;
use pilothouse_domain::train::Train;
use pilothouse_domain::{ProductId, Timestamp};
use std::collections::BTreeMap;

/// The property that tells a change window from a freeze, and both from what is only shown.
pub(super) const EFFECT: &str = "X-PILOTHOUSE-EFFECT";

/// Its value for what is only shown.
pub(super) const SHOWN: &str = "NONE";

/// How a local time is written.
const LOCAL: &str = "%Y%m%dT%H%M%S";

impl Engine {
    /// The calendar as a file: its name and content. Of a product with what covers it, or of all.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn export_calendar(&self, product: Option<ProductId>) -> Result<(String, String), EngineError> {
        let windows = self.store().calendar_windows().await?;
        let mut events = Vec::new();
        let mut zones = Vec::new();
        for window in windows.iter().filter(|w| product.is_none() || w.scope.product().is_none() || w.scope.product() == product) {
            events.push((window, self.scope_words(&window.scope).await?));
            zones.extend(window.times.rule.iter().map(|_| (window.times.zone(), year(window.times.begins))));
        }
        let name = match product {
            Some(id) => self.store().product(id).await?.name,
            None => "Pilothouse".to_owned(),
        };
        let plain: String = name.chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).take(60).collect();
        let mut shown = Vec::new();
        let products = self.store().products().await?;
        for of in products.iter().filter(|p| product.is_none_or(|wanted| p.id == wanted)) {
            shown.extend(self.open_starts(Some(of.id)).await?.iter().map(|start| start_event(start, &of.name, self.now())));
            let trains = self.store().trains(Some(of.id)).await?;
            shown.extend(trains.iter().filter(|train| train.runs()).map(|train| train_event(train, &of.name, self.now())));
            zones.extend(trains.iter().map(|train| (train.times.zone(), year(train.times.begins))));
            shown.extend(self.releases_on_calendar(of.id).await?.iter().map(|mark| release_event(mark, &of.name, self.now())));
        }
        Ok((format!("{}-calendar.ics", plain.trim_matches('-')), written(&events, shown, &zones, self.now())))
    }
}

/// The file.
fn written(events: &[(&CalendarWindow, String)], shown: Vec<Event>, zones: &[(Tz, i32)], now: Timestamp) -> String {
    let mut calendar = Calendar::new();
    for event in shown {
        calendar.push(event);
    }
    for (window, covers) in events {
        calendar.push(event(window, covers, now));
    }
    let text = calendar.to_string();
    let mut described_zones = BTreeMap::new();
    for (zone, year) in zones {
        let first = described_zones.entry(zone.name()).or_insert((*zone, *year));
        first.1 = first.1.min(*year);
    }
    let this_year = now.as_datetime().year();
    let zones: String = described_zones.into_values().map(|(zone, from)| described(zone, from.min(this_year), this_year)).collect();
    // The library can't write zones. They stand before what names them.
    match text.find("BEGIN:VEVENT") {
        Some(at) => format!("{}{zones}{}", text.get(..at).unwrap_or_default(), text.get(at..).unwrap_or_default()),
        None => text,
    }
}

/// A start that is set for a time. Other calendars show it; it isn't taken in again.
fn start_event(start: &ScheduledStart, product: &str, now: Timestamp) -> Event {
    let mut event = Event::new();
    event
        .uid(&format!("{}@pilothouse", start.id))
        .sequence(start.revision.saturating_sub(1))
        .timestamp(now.as_datetime())
        .summary(&line(&format!("{product} {} to {}", start.version, start.environment)))
        .description(&format!("Set by {}. {}", start.by, line(&start.remarks)))
        .starts(start.at.as_datetime());
    event.append_property(Property::new("CATEGORIES", "START"));
    event.append_property(Property::new(EFFECT, SHOWN));
    event.append_property(Property::new("TRANSP", "TRANSPARENT"));
    event.done()
}

/// The day by which a release is meant to be out, or when it was finished. A day is a day wherever it is read: it has no zone.
fn release_event(mark: &ReleaseOnCalendar, product: &str, now: Timestamp) -> Event {
    let ReleaseOnCalendar { release, what } = mark;
    let (word, says, category) = match what {
        CalendarMark::Target(_) => ("target", "is meant to be out", "TARGET DATE"),
        CalendarMark::Completed(_) => ("completed", "was completed", "RELEASE"),
        CalendarMark::RolledBack(_) => ("rolled-back", "was rolled back", "RELEASE"),
    };
    let mut event = Event::new();
    event
        .uid(&format!("{}-{word}@pilothouse", release.id))
        .sequence(release.revision.saturating_sub(1))
        .timestamp(now.as_datetime())
        .summary(&line(&format!("{product} {} {says}", release.version)));
    match what {
        CalendarMark::Target(target) => {
            let overdue = if target.is_overdue(release, now) { " It is overdue." } else { "" };
            event.description(&format!("By the end of the day in {}.{overdue}", line(&target.time_zone))).all_day(target.day);
        }
        CalendarMark::Completed(at) | CalendarMark::RolledBack(at) => {
            event.starts(at.as_datetime());
        }
    }
    event.append_property(Property::new("CATEGORIES", category));
    event.append_property(Property::new(EFFECT, SHOWN));
    event.append_property(Property::new("TRANSP", "TRANSPARENT"));
    event.done()
}

/// The departures of a train.
fn train_event(train: &Train, product: &str, now: Timestamp) -> Event {
    let mut event = Event::new();
    event
        .uid(&format!("{}@pilothouse", train.id))
        .sequence(train.revision.saturating_sub(1))
        .timestamp(now.as_datetime())
        .summary(&line(&format!("{} of {product}", train.name)))
        .description(&format!("The release train takes the newest commit of {}.", line(&train.branch)));
    event.append_property(Property::new("CATEGORIES", "RELEASE TRAIN"));
    event.append_property(Property::new(EFFECT, SHOWN));
    event.append_property(Property::new("TRANSP", "TRANSPARENT"));
    let times = &train.times;
    let on_clocks =
        |name: &str, at: NaiveDateTime| Property::new(name, at.format(LOCAL).to_string()).add_parameter("TZID", times.zone().name()).done();
    event.append_property(on_clocks("DTSTART", times.begins));
    if let Some(rule) = &times.rule {
        event.append_property(Property::new("RRULE", rule));
    }
    for except in &times.except {
        event.append_multi_property(on_clocks("EXDATE", *except));
    }
    event.done()
}

fn event(window: &CalendarWindow, covers: &str, now: Timestamp) -> Event {
    let mut event = Event::new();
    let what = match window.effect {
        WindowEffect::Deny => "Freeze",
        WindowEffect::Allow => "Change window",
    };
    let owner = if window.owner.is_empty() { String::new() } else { format!("\nAsk {}.", line(&window.owner)) };
    event
        .uid(&window.uid.clone().unwrap_or_else(|| format!("{}@pilothouse", window.id)))
        .sequence(window.revision.saturating_sub(1))
        .timestamp(now.as_datetime())
        .summary(&line(&window.name))
        .description(&format!(
            "{what} over {}.{owner}\n{}",
            line(covers),
            window.reason.replace(|c: char| c.is_control() && c != '\n', " ")
        ));
    event.append_property(Property::new("CATEGORIES", what.to_uppercase()));
    event.append_property(Property::new(EFFECT, if window.effect == WindowEffect::Deny { "DENY" } else { "ALLOW" }));
    // Other calendars show the time as taken by a freeze, and as free in a change window.
    event.append_property(Property::new("TRANSP", if window.effect == WindowEffect::Deny { "OPAQUE" } else { "TRANSPARENT" }));
    if !window.is_enabled {
        event.append_property(Property::new("STATUS", "CANCELLED"));
    }
    let times = &window.times;
    let zone = times.zone();
    let on_clocks = |name: &str, value: String| Property::new(name, value).add_parameter("TZID", zone.name()).done();
    match &times.rule {
        None => {
            // Exactly what policy takes it for, whatever the clocks do then.
            if let Some(only) = times.first() {
                event.starts(only.begins.as_datetime()).ends(only.ends.as_datetime());
            }
        }
        Some(rule) => {
            event.append_property(on_clocks("DTSTART", times.begins.format(LOCAL).to_string()));
            event.append_property(on_clocks("DTEND", times.ends.format(LOCAL).to_string()));
            event.append_property(Property::new("RRULE", rule));
            for except in &times.except {
                event.append_multi_property(on_clocks("EXDATE", except.format(LOCAL).to_string()));
            }
        }
    }
    event.done()
}

/// One line without control characters: a line end in a calendar file begins something new.
fn line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
