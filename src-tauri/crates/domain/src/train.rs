//! A release train: a release that leaves by timetable. At its departure a release is drafted from the newest commit of a branch, planned
//! for the train's stops, and each stop becomes a [scheduled start](crate::scheduled_start). Who missed it takes the next one.
//!
//! A departure happens once or not at all: one that nobody was there for asks, and a train that has nothing new to bring stays.

use crate::calendar::{WindowTimes, Withdrawn};
use crate::version::Bump;
use crate::{Actor, EnvironmentId, ProductId, ReleaseId, Timestamp, TrainId, Version};
use chrono::{NaiveDateTime, TimeDelta};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// It may leave so much later than the timetable says, and still counts as in time.
pub const GRACE: Duration = Duration::from_secs(5 * 60);
/// Departures that are kept on record.
pub const KEPT: usize = 100;
/// Stops of a train.
pub const MOST_STOPS: usize = 20;
/// The furthest stop after the departure.
pub const FURTHEST_STOP: u32 = 60 * 24 * 60;
/// The longest notice before a departure.
pub const LONGEST_NOTICE: u32 = 14 * 24 * 60;

/// A release train.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Train {
    /// Its id.
    pub id: TrainId,
    /// Counts the writes; 0 before the first.
    pub revision: u32,
    /// The product.
    pub product_id: ProductId,
    /// Its name: `Weekly`.
    pub name: String,
    /// The branch whose newest commit it takes.
    pub branch: String,
    /// Which number of the version it raises.
    pub bump: TrainBump,
    /// When it leaves: the begins of these times, of which departures that are skipped are taken out.
    pub times: WindowTimes,
    /// Where it goes, and when after it has left, in the order of the times; never empty.
    pub stops: Vec<TrainStop>,
    /// Minutes before a departure at which it is announced. 0: not at all.
    pub notice_minutes: u32,
    /// Whether approval is asked for at the departure.
    pub asks_for_approval: bool,
    /// In whose name it leaves, and who is told.
    pub conductor: Actor,
    /// False while it stands.
    pub is_enabled: bool,
    /// Who added it.
    pub added_by: Actor,
    /// When.
    pub added_at: Timestamp,
    /// From when on it leaves: departures before are nobody's.
    pub runs_from: Timestamp,
    /// What became of its departures, oldest first; the last [`KEPT`].
    pub departures: Vec<Departure>,
    /// The departure that was announced last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub announced: Option<Timestamp>,
    /// Who took it away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withdrawn: Option<Withdrawn>,
}

/// Which number of the version a train raises.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TrainBump {
    /// What the commits ask for.
    AsCommitsAsk,
    /// The first.
    Major,
    /// The second.
    Minor,
    /// The third.
    Patch,
}

/// A stop of a train.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrainStop {
    /// The environment.
    pub environment_id: EnvironmentId,
    /// Minutes after the departure, on the clocks of the train's zone.
    pub after_minutes: u32,
}

/// What became of a departure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Departure {
    /// When it was due.
    pub at: Timestamp,
    /// What became of it.
    pub state: DepartureState,
}

/// What became of a departure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum DepartureState {
    /// Its release is drafted; plan and starts are still to be written.
    Boarding {
        /// The release.
        release_id: ReleaseId,
        /// Its version.
        version: Version,
    },
    /// It has left.
    Left {
        /// The release.
        release_id: ReleaseId,
        /// Its version.
        version: Version,
    },
    /// There was nothing new to bring.
    Empty {
        /// In words.
        reason: String,
    },
    /// Nobody was there, or it could not leave. A person says what becomes of it.
    Held {
        /// Since when.
        since: Timestamp,
        /// Why, with the way out.
        reason: String,
    },
    /// Somebody let it stay.
    Dropped(Withdrawn),
}

/// What is to be done about a train.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrainDue {
    /// Nothing before then.
    Later(Timestamp),
    /// Announce the departure of then.
    Announce(Timestamp),
    /// The departure of then is due.
    Depart(Timestamp),
    /// Nobody was there at the departure of then.
    Missed(Timestamp),
    /// A departure is half done.
    Board,
    /// Nothing any more.
    Never,
}

impl Train {
    /// True while it is neither switched off nor withdrawn.
    #[must_use]
    pub const fn runs(&self) -> bool {
        self.is_enabled && self.withdrawn.is_none()
    }

    /// The departures in a time, by the timetable; at most so many.
    #[must_use]
    pub fn timetable(&self, from: Timestamp, to: Timestamp, limit: usize) -> Vec<Timestamp> {
        let found = self.times.occurrences(from, to, limit.saturating_add(1));
        found.into_iter().map(|occurrence| occurrence.begins).filter(|at| *at >= from).take(limit).collect()
    }

    /// The next departure by the timetable, at or after a moment; `None` where there is none within a year.
    #[must_use]
    pub fn next_departure(&self, from: Timestamp) -> Option<Timestamp> {
        self.timetable(from, from.plus(crate::calendar::HORIZON), 1).first().copied()
    }

    /// The departure that waits for a person.
    #[must_use]
    pub fn held(&self) -> Option<&Departure> {
        self.departures.iter().find(|departure| matches!(departure.state, DepartureState::Held { .. }))
    }

    /// The departure that is half done.
    #[must_use]
    pub fn boarding(&self) -> Option<&Departure> {
        self.departures.iter().find(|departure| matches!(departure.state, DepartureState::Boarding { .. }))
    }

    /// The next departure that nothing is known of: after the last that is on record, and after it was set to run.
    fn pending(&self) -> Option<Timestamp> {
        let after = self.departures.iter().map(|departure| departure.at).max();
        let from = after.map_or(self.runs_from, |at| at.plus(Duration::from_secs(1)).max(self.runs_from));
        self.next_departure(from)
    }

    /// What is to be done about it now.
    #[must_use]
    pub fn due(&self, now: Timestamp) -> TrainDue {
        if self.withdrawn.is_some() {
            return TrainDue::Never;
        }
        if self.boarding().is_some() {
            return TrainDue::Board;
        }
        if !self.is_enabled {
            return TrainDue::Never;
        }
        let Some(at) = self.pending() else { return TrainDue::Never };
        if now >= at {
            // Of several that were missed, the last is asked about: the others would bring less.
            return if now.since(at) <= GRACE { TrainDue::Depart(at) } else { TrainDue::Missed(self.last_before(at, now)) };
        }
        let announced = self.announced == Some(at) || self.notice_minutes == 0;
        let notice = at.minus(Duration::from_secs(u64::from(self.notice_minutes) * 60));
        if announced {
            TrainDue::Later(at)
        } else if now < notice {
            TrainDue::Later(notice)
        } else {
            TrainDue::Announce(at)
        }
    }

    /// The last departure from `first` on that is over at `now`. One that is in time is not over.
    fn last_before(&self, first: Timestamp, now: Timestamp) -> Timestamp {
        /// A daily train that stood for half a year.
        const MOST: usize = 200;
        self.timetable(first, now.minus(GRACE), MOST).last().copied().unwrap_or(first)
    }

    /// When the train is at a stop, after its departure of then.
    #[must_use]
    pub fn arrival(&self, departure: Timestamp, stop: &TrainStop) -> Timestamp {
        let zone = self.times.zone();
        let local: NaiveDateTime = departure.as_datetime().with_timezone(&zone).naive_local();
        match local.checked_add_signed(TimeDelta::minutes(i64::from(stop.after_minutes))) {
            Some(local) if stop.after_minutes > 0 => crate::calendar::on_clocks(local, zone),
            _ => departure,
        }
    }

    /// Puts a departure on record, in place of what is known of the same.
    pub fn note(&mut self, at: Timestamp, state: DepartureState) {
        self.departures.retain(|departure| departure.at != at);
        self.departures.push(Departure { at, state });
        self.departures.sort_by_key(|departure| departure.at);
        // What waits for somebody is not forgotten.
        while self.departures.len() > KEPT {
            let settled = |d: &Departure| !matches!(d.state, DepartureState::Held { .. } | DepartureState::Boarding { .. });
            match self.departures.iter().position(settled) {
                Some(oldest) => self.departures.remove(oldest),
                None => break,
            };
        }
    }
}

impl TrainBump {
    /// The version that follows.
    #[must_use]
    pub fn next(self, last: Option<&Version>, asked: Bump) -> Version {
        let bump = match self {
            Self::AsCommitsAsk => asked,
            Self::Major => Bump::Major,
            Self::Minor => Bump::Minor,
            Self::Patch => Bump::Patch,
        };
        last.map_or(Version::new(0, 1, 0), |last| last.next(bump))
    }
}
