//! When each place is asked next, over all connections: in turn, a little apart by chance, slower where calls are scarce, and not at
//! all while a connection's provider takes no calls. Only in memory: after a start every place is asked anew. Must not ask.

use super::Place;
use crate::budgets::Budgets;
use crate::error::EngineError;
use crate::ports::ProviderErrorKind;
use pilothouse_domain::{ConnectionId, Timestamp};
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

/// Between two looks at a place: so many of the pauses with which a deployment is followed, and no less than a second.
const SLOWER_THAN_FOLLOWING: u32 = 3;
const LEAST_PAUSE: Duration = Duration::from_secs(1);
/// Between two looks at a place that can't be reached or doesn't let us; doubled with every failure up to [`MAX_PAUSE`].
const AFTER_FAILURE: Duration = Duration::from_secs(30);
const MAX_PAUSE: Duration = Duration::from_secs(600);
/// The longest that a provider is believed: budgets are hourly.
const LONGEST_WAIT: Duration = Duration::from_secs(3_700);
/// How many places of one connection are asked at a time.
const AT_A_TIME_AND_CONNECTION: usize = 2;

/// What came of a look.
#[derive(Debug, Default)]
pub(super) struct Looked {
    failed: bool,
}

impl Looked {
    /// Takes note of what came of one question.
    pub(super) fn take(&mut self, what: &'static str, place: &Place, answer: Result<(), EngineError>) {
        let Err(error) = answer else { return };
        if let EngineError::Provider(failure) = &error {
            match failure.kind {
                ProviderErrorKind::Unsupported => return,
                // No failure: the whole connection waits.
                ProviderErrorKind::RateLimited { .. } => {
                    tracing::info!(%error, what, repository = place.repository, "a place is observed later");
                    return;
                }
                _ => {}
            }
        }
        self.failed = true;
        tracing::warn!(%error, what, repository = place.repository, "a place could not be observed");
    }
}

/// When each place is asked next.
pub(super) struct Schedule {
    next: BTreeMap<(ConnectionId, String), Planned>,
    slower: u32,
}

impl Default for Schedule {
    fn default() -> Self {
        Self::slower(SLOWER_THAN_FOLLOWING)
    }
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
    /// One that waits, between two looks, for so many of the pauses with which a deployment is followed.
    pub(super) const fn slower(slower: u32) -> Self {
        Self { next: BTreeMap::new(), slower }
    }

    /// New places are asked at once; those that are gone never again.
    pub(super) fn plan(&mut self, places: Vec<Place>, now: Timestamp) {
        let mut known = std::mem::take(&mut self.next);
        for place in places {
            let key = (place.connection_id, place.repository.clone());
            let planned = match known.remove(&key) {
                // Nothing is due later than after the longest wait, unless the clock was set back.
                Some(planned) => Planned { due_at: planned.due_at.min(now.plus(LONGEST_WAIT)), place, ..planned },
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
    pub(super) fn take_due(&mut self, budgets: &Budgets, now: Timestamp) -> Option<Place> {
        let key = self
            .next
            .iter()
            .filter(|(_, planned)| !planned.under_way && planned.due_at <= now)
            .filter(|((connection, _), _)| budgets.paused_until(*connection, now).is_none() && self.has_room(*connection))
            .min_by_key(|(_, planned)| planned.due_at)
            .map(|(key, _)| key.clone())?;
        let planned = self.next.get_mut(&key)?;
        planned.under_way = true;
        Some(planned.place.clone())
    }

    fn has_room(&self, connection: ConnectionId) -> bool {
        self.of(connection).filter(|planned| planned.under_way).count() < AT_A_TIME_AND_CONNECTION
    }

    fn of(&self, connection: ConnectionId) -> impl Iterator<Item = &Planned> {
        self.next.iter().filter(move |((known, _), _)| *known == connection).map(|(_, planned)| planned)
    }

    /// A look is over. What the deployments under way need, which are followed at this `pace`, is left to them.
    pub(super) fn done(&mut self, place: &Place, looked: Looked, budgets: &Budgets, pace: Duration, now: Timestamp) {
        let places = u32::try_from(self.of(place.connection_id).count()).unwrap_or(u32::MAX);
        let slower = self.slower;
        let Some(planned) = self.next.get_mut(&(place.connection_id, place.repository.clone())) else { return };
        planned.under_way = false;
        planned.failures = if looked.failed { planned.failures.saturating_add(1) } else { 0 };
        let pause = match planned.failures {
            0 if std::mem::take(&mut planned.again) => Duration::ZERO,
            0 => pace.saturating_mul(slower).max(LEAST_PAUSE),
            failures => AFTER_FAILURE.saturating_mul(1 << (failures - 1).min(5)).min(MAX_PAUSE),
        };
        let pause = budgets.pause_of_observing(place.connection_id, places, pause, pace, now);
        planned.due_at = now.plus(apart(place, pause, now));
    }

    /// When the next place is due.
    pub(super) fn next_due(&self, budgets: &Budgets, now: Timestamp) -> Option<Timestamp> {
        let waiting = self.next.iter().filter(|((connection, _), planned)| !planned.under_way && self.has_room(*connection));
        waiting.map(|((connection, _), planned)| planned.due_at.max(budgets.paused_until(*connection, now).unwrap_or(now))).min()
    }
}

/// The pause, up to a tenth longer or shorter, so that places and hosts that began together don't stay together.
fn apart(place: &Place, pause: Duration, now: Timestamp) -> Duration {
    let mut hasher = DefaultHasher::new();
    (place.connection_id, &place.repository, now.as_micros()).hash(&mut hasher);
    let thousandths = 900 + u32::try_from(hasher.finish() % 201).unwrap_or(100);
    pause.saturating_mul(thousandths) / 1_000
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;
    use crate::ports::ProviderError;
    use crate::ports::provider::RateLimit;
    use std::collections::BTreeSet;
    use uuid::Uuid;

    const PACE: Duration = Duration::from_secs(5);

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_micros(1_790_000_000_000_000).unwrap().plus(Duration::from_secs(seconds))
    }

    fn connection(number: u128) -> ConnectionId {
        ConnectionId::new(Uuid::from_u128(number))
    }

    fn place(connection_id: u128, repository: &str) -> Place {
        Place { connection_id: connection(connection_id), repository: repository.into(), bound: BTreeSet::new(), rounds: BTreeSet::new() }
    }

    fn schedule(places: &[Place]) -> Schedule {
        let mut schedule = Schedule::default();
        schedule.plan(places.to_vec(), at(0));
        schedule
    }

    fn failed(kind: ProviderErrorKind) -> Looked {
        let mut looked = Looked::default();
        let failure = ProviderError { kind, message: "no".into(), next_step: String::new() };
        looked.take("runs", &place(1, "a"), Err(failure.into()));
        looked
    }

    #[test]
    fn a_limit_at_one_place_pauses_every_place_of_its_connection_and_no_other() {
        let budgets = Budgets::default();
        let mut schedule = schedule(&[place(1, "a"), place(1, "b"), place(2, "c")]);
        let first = schedule.take_due(&budgets, at(0)).unwrap();
        assert_eq!(first, place(1, "a"));
        budgets.limited(connection(1), at(60));
        schedule.done(&first, failed(ProviderErrorKind::RateLimited { retry_after: Duration::from_secs(60) }), &budgets, PACE, at(0));
        assert_eq!(schedule.take_due(&budgets, at(0)), Some(place(2, "c")));
        assert_eq!(schedule.take_due(&budgets, at(59)), None);
        assert_eq!(schedule.next_due(&budgets, at(30)), Some(at(60)));
        assert_eq!(schedule.take_due(&budgets, at(60)), Some(place(1, "b")), "the one that waits longest");
        assert_eq!(schedule.take_due(&budgets, at(60)), Some(place(1, "a")));
    }

    #[test]
    fn one_connection_with_many_places_leaves_room_for_the_others() {
        let budgets = Budgets::default();
        let mut schedule = schedule(&[place(1, "a"), place(1, "b"), place(1, "c"), place(2, "d")]);
        let taken: Vec<Place> = std::iter::from_fn(|| schedule.take_due(&budgets, at(0))).collect();
        assert_eq!(taken, [place(1, "a"), place(1, "b"), place(2, "d")]);
        schedule.done(&taken[0], Looked::default(), &budgets, PACE, at(1));
        assert_eq!(schedule.take_due(&budgets, at(1)), Some(place(1, "c")));
    }

    #[test]
    fn places_are_asked_a_little_apart_and_slower_where_calls_are_scarce() {
        let budgets = Budgets::default();
        let places: Vec<Place> = (0..20).map(|n| place(n, "a")).collect();
        let mut schedule = schedule(&places);
        for place in &places {
            schedule.done(place, Looked::default(), &budgets, PACE, at(0));
        }
        let due: BTreeSet<Timestamp> = schedule.next.values().map(|planned| planned.due_at).collect();
        assert!(due.len() > 10, "{due:?}");
        assert!(due.iter().all(|due| (13..=17).contains(&due.since(at(0)).as_secs())), "{due:?}");
        for remaining in [1_262, 1_260] {
            budgets.told(connection(1), RateLimit { limit: 5_000, remaining, resets_at: at(3_600) });
        }
        schedule.done(&places[1], Looked::default(), &budgets, PACE, at(0));
        assert!(schedule.next[&(connection(1), "a".to_owned())].due_at > at(30));
    }

    #[test]
    fn a_place_that_fails_is_asked_less_and_less_often_until_it_answers() {
        let budgets = Budgets::default();
        let mut schedule = schedule(&[place(1, "a")]);
        let mut pauses = Vec::new();
        for _ in 0..7 {
            schedule.done(&place(1, "a"), failed(ProviderErrorKind::Unavailable), &budgets, PACE, at(0));
            pauses.push(schedule.next_due(&budgets, at(0)).unwrap().since(at(0)).as_secs());
        }
        let wanted = [30, 60, 120, 240, 480, 600, 600];
        assert!(pauses.iter().zip(wanted).all(|(is, wanted)| is.abs_diff(wanted) <= wanted / 10), "{pauses:?}");
        schedule.done(&place(1, "a"), failed(ProviderErrorKind::Unsupported), &budgets, PACE, at(0));
        assert!(schedule.next_due(&budgets, at(0)).unwrap() < at(17), "what isn't offered is no failure");
    }
}
