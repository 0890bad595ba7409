//! Whether a place is open, and when it will be. A place is open if no freeze that covers it is active and, where change windows cover it,
//! at least one of them is. Freezes add up: one that ends inside another opens nothing.

use super::times::Occurrence;
use super::{CalendarWindow, WindowEffect};
use crate::product::Environment;
use crate::{EnvironmentId, ProductId, Timestamp};
use std::time::Duration;

/// How far "when would it be open?" looks ahead.
pub const HORIZON: Duration = Duration::from_secs(400 * 86_400);
/// How many ends and begins are gone through for an answer.
const MOST_STEPS: usize = 200;

/// Where something is to be deployed.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The product.
    pub product: ProductId,
    /// The environment.
    pub environment: EnvironmentId,
    /// The environment's name.
    pub name: &'a str,
}

impl<'a> From<&'a Environment> for Place<'a> {
    fn from(environment: &'a Environment) -> Self {
        Self { product: environment.product_id, environment: environment.id, name: &environment.name }
    }
}

/// How windows stand at a moment for a place.
#[derive(Clone, Debug, Default)]
pub struct Standing<'a> {
    /// The freezes that are active, with what of them is.
    pub freezes: Vec<(&'a CalendarWindow, Occurrence)>,
    /// The change windows that cover the place.
    pub allows: Vec<&'a CalendarWindow>,
    /// That of them which is active.
    pub allowed_by: Option<(&'a CalendarWindow, Occurrence)>,
}

impl Standing<'_> {
    /// True where change windows cover the place and none is active.
    #[must_use]
    pub const fn is_outside(&self) -> bool {
        !self.allows.is_empty() && self.allowed_by.is_none()
    }

    /// True where a deployment may start.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.freezes.is_empty() && !self.is_outside()
    }
}

/// How windows stand.
#[must_use]
pub fn standing<'a>(windows: &'a [CalendarWindow], place: &Place<'_>, now: Timestamp) -> Standing<'a> {
    let mut found = Standing::default();
    for window in windows.iter().filter(|window| window.counts() && window.scope.covers(place)) {
        let active = window.times.at(now);
        match window.effect {
            WindowEffect::Deny => found.freezes.extend(active.map(|occurrence| (window, occurrence))),
            WindowEffect::Allow => {
                found.allows.push(window);
                found.allowed_by = found.allowed_by.or(active.map(|occurrence| (window, occurrence)));
            }
        }
    }
    found
}

/// True where a deployment may start.
#[must_use]
pub fn is_open(windows: &[CalendarWindow], place: &Place<'_>, now: Timestamp) -> bool {
    standing(windows, place, now).is_open()
}

/// When a deployment may start: now, later, or with `None` not within the horizon.
#[must_use]
pub fn next_open(windows: &[CalendarWindow], place: &Place<'_>, now: Timestamp, horizon: Duration) -> Option<Timestamp> {
    let end = now.plus(horizon);
    let mut at = now;
    for _ in 0..MOST_STEPS {
        let standing = standing(windows, place, at);
        if standing.is_open() {
            return Some(at);
        }
        let next = match standing.freezes.iter().map(|(_, occurrence)| occurrence.ends).max() {
            Some(ends) => ends,
            None => {
                let begin = |window: &&CalendarWindow| window.times.occurrences(at, end, 1).first().map(|o| o.begins);
                standing.allows.iter().filter_map(begin).min()?
            }
        };
        if next <= at || next >= end {
            return None;
        }
        at = next;
    }
    None
}
