//! When each place is asked next. Only in memory: after a start every place is asked anew. Must not ask.

use super::Place;
use crate::error::EngineError;
use crate::ports::ProviderErrorKind;
use pilothouse_domain::{ConnectionId, Timestamp};
use std::collections::BTreeMap;
use std::time::Duration;

/// Between two looks at a place.
const PAUSE: Duration = Duration::from_secs(15);
/// Between two looks at a place that can't be reached or doesn't let us; doubled with every failure up to [`MAX_PAUSE`].
const AFTER_FAILURE: Duration = Duration::from_secs(30);
const MAX_PAUSE: Duration = Duration::from_secs(600);

/// What came of a look.
#[derive(Debug, Default)]
pub(super) struct Looked {
    failed: bool,
    wait: Option<Duration>,
}

impl Looked {
    /// Takes note of what came of one question.
    pub(super) fn take(&mut self, what: &'static str, place: &Place, answer: Result<(), EngineError>) {
        let Err(error) = answer else { return };
        if let EngineError::Provider(failure) = &error {
            match failure.kind {
                ProviderErrorKind::Unsupported => return,
                ProviderErrorKind::RateLimited { retry_after } => self.wait = self.wait.max(Some(retry_after)),
                _ => {}
            }
        }
        self.failed = true;
        tracing::warn!(%error, what, repository = place.repository, "a place could not be observed");
    }
}

/// When each place is asked next.
#[derive(Default)]
pub(super) struct Schedule {
    next: BTreeMap<(ConnectionId, String), Planned>,
}

struct Planned {
    place: Place,
    due_at: Timestamp,
    under_way: bool,
    /// Something happened there while it was asked: it is asked again right after.
    again: bool,
    failures: u32,
}

impl Schedule {
    /// New places are asked at once; those that are gone never again.
    pub(super) fn plan(&mut self, places: Vec<Place>, now: Timestamp) {
        let mut known = std::mem::take(&mut self.next);
        for place in places {
            let key = (place.connection_id, place.repository.clone());
            let planned = match known.remove(&key) {
                // Nothing is due later than after the longest pause, unless the clock was set back.
                Some(planned) => Planned { due_at: planned.due_at.min(now.plus(MAX_PAUSE)), place, ..planned },
                None => Planned { place, due_at: now, under_way: false, again: false, failures: 0 },
            };
            self.next.insert(key, planned);
        }
    }

    /// Something happens at a place: it is asked now, or again after the look that is under way. One that fails keeps its pause.
    pub(super) fn hasten(&mut self, place: &(ConnectionId, String), now: Timestamp) {
        if let Some(planned) = self.next.get_mut(place).filter(|planned| planned.failures == 0) {
            planned.again = planned.under_way;
            planned.due_at = planned.due_at.min(now);
        }
    }

    /// A place that is due, which is under way from here on.
    pub(super) fn take_due(&mut self, now: Timestamp) -> Option<Place> {
        let planned = self.next.values_mut().filter(|p| !p.under_way && p.due_at <= now).min_by_key(|p| p.due_at)?;
        planned.under_way = true;
        Some(planned.place.clone())
    }

    /// A look is over.
    pub(super) fn done(&mut self, place: &Place, looked: Looked, now: Timestamp) {
        let Some(planned) = self.next.get_mut(&(place.connection_id, place.repository.clone())) else { return };
        planned.under_way = false;
        planned.failures = if looked.failed { planned.failures.saturating_add(1) } else { 0 };
        let pause = match planned.failures {
            0 if std::mem::take(&mut planned.again) => Duration::ZERO,
            0 => PAUSE,
            failures => AFTER_FAILURE.saturating_mul(1 << (failures - 1).min(5)).min(MAX_PAUSE),
        };
        planned.due_at = now.plus(looked.wait.map_or(pause, |wait| wait.max(pause)));
    }

    /// When the next place is due.
    pub(super) fn next_due(&self) -> Option<Timestamp> {
        self.next.values().filter(|p| !p.under_way).map(|p| p.due_at).min()
    }
}
