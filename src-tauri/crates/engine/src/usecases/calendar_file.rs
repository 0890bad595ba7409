//! Freezes and change windows as a calendar file (iCalendar, RFC 5545). What happens once is written in UTC; what repeats is written on the
//! clocks of its zone, by the zone's IANA name.

use crate::engine::Engine;
use crate::error::EngineError;
use icalendar::{Calendar, Component as _, Event, EventLike as _, Property};
use pilothouse_domain::calendar::{CalendarWindow, WindowEffect};
use pilothouse_domain::{ProductId, Timestamp};

/// The property that tells a change window from a freeze.
pub(super) const EFFECT: &str = "X-PILOTHOUSE-EFFECT";

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
        for window in windows.iter().filter(|w| product.is_none() || w.scope.product().is_none() || w.scope.product() == product) {
            events.push((window, self.scope_words(&window.scope).await?));
        }
        let name = match product {
            Some(id) => self.store().product(id).await?.name,
            None => "Pilothouse".to_owned(),
        };
        let plain: String = name.chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).take(60).collect();
        Ok((format!("{}-calendar.ics", plain.trim_matches('-')), written(&events, self.now())))
    }
}

/// The file.
fn written(events: &[(&CalendarWindow, String)], now: Timestamp) -> String {
    let mut calendar = Calendar::new();
    for (window, covers) in events {
        calendar.push(event(window, covers, now));
    }
    calendar.to_string()
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
