//! Issues that are feedback: each open round's tracker is read every few minutes, whether or not anybody looks. Of several rounds that
//! read the same issues the last begun does, so that an issue belongs to the version that is tested now.
//!
//! Must not: decide about what it reads, or hold up pipelines: trackers are places of their own, with a schedule of their own.

use super::Place;
use crate::engine::Engine;
use crate::error::EngineError;
use crate::ports::uat_store::UatRoundFilter;
use pilothouse_domain::uat::UatRound;
use pilothouse_domain::{Actor, ConnectionId, ReleaseId, Timestamp, UatRoundId};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Between two readings: so many of the pauses with which a deployment is followed. With runs every three seconds, three minutes.
pub(super) const SLOWER_THAN_FOLLOWING: u32 = 60;
/// How often is looked which rounds there are.
const ROUNDS_EVERY: Duration = Duration::from_secs(60);
/// Of so many rounds, the last begun of all products, the open ones are read; older ones when somebody asks.
const MOST_ROUNDS: u32 = 300;
/// How often a tracker is read in one look where there is more than one reading takes.
const MOST_READINGS: usize = 5;

/// The trackers that are read. Only in memory: after a start they are looked up anew.
#[derive(Default)]
pub(super) struct Trackers {
    known: Vec<Place>,
    look_at: Option<Timestamp>,
}

impl Trackers {
    /// When to look again which there are.
    pub(super) fn look_at(&self, now: Timestamp) -> Timestamp {
        self.look_at.unwrap_or(now)
    }

    /// False where the clock was set back, too.
    fn is_known(&self, now: Timestamp) -> bool {
        self.look_at.is_some_and(|at| at > now && at <= now.plus(ROUNDS_EVERY))
    }
}

impl Engine {
    /// The places whose issues are read, as they were looked up within the last minute.
    pub(super) async fn trackers(&self, trackers: &mut Trackers) -> Result<Vec<Place>, EngineError> {
        let now = self.now();
        if !trackers.is_known(now) {
            trackers.known = self.tracked_places().await?;
            trackers.look_at = Some(now.plus(ROUNDS_EVERY));
        }
        Ok(trackers.known.clone())
    }

    /// The places whose issues are read now.
    pub(crate) async fn tracked_places(&self) -> Result<Vec<Place>, EngineError> {
        let rounds = self.store().uat_rounds(&UatRoundFilter { limit: MOST_ROUNDS, ..UatRoundFilter::default() }).await?;
        let mut is_open: BTreeMap<ReleaseId, bool> = BTreeMap::new();
        let mut taken = BTreeSet::new();
        let mut places: BTreeMap<(ConnectionId, String), BTreeSet<UatRoundId>> = BTreeMap::new();
        // Last begun first.
        for round in rounds.iter().filter(|round| round.given_up.is_none()) {
            let Some(tracker) = &round.tracker else { continue };
            let is_open = match is_open.get(&round.release_id) {
                Some(known) => *known,
                None => {
                    let found = !self.store().release(round.release_id).await?.state.is_terminal();
                    is_open.insert(round.release_id, found);
                    found
                }
            };
            if is_open && taken.insert(issues_of(round, &tracker.label)) {
                places.entry((tracker.connection_id, tracker.repository.clone())).or_default().insert(round.id);
            }
        }
        let place = |((connection_id, repository), rounds)| Place { connection_id, repository, bound: BTreeSet::new(), rounds };
        Ok(places.into_iter().map(place).collect())
    }

    /// Reads what is new at a place for the rounds that read there.
    pub(super) async fn observe_issues(&self, place: &Place) -> Result<(), EngineError> {
        let mut failed = None;
        for round in &place.rounds {
            if let Err(error) = self.read_all_issues(*round).await {
                // One label that is gone holds up no other.
                failed = Some(error);
            }
        }
        failed.map_or(Ok(()), Err)
    }

    async fn read_all_issues(&self, round: UatRoundId) -> Result<(), EngineError> {
        for _ in 0..MOST_READINGS {
            let known = self.store().uat_round(round).await?;
            // Since it was looked up somebody may have given it up, or reads no issues any more.
            if known.tracker.is_none() || known.given_up.is_some() {
                return Ok(());
            }
            let reading = self.read_tracker(&Actor::Engine, round).await?;
            if reading.added + reading.changed > 0 {
                tracing::info!(%round, added = reading.added, changed = reading.changed, "issues were read");
            }
            if !reading.is_cut {
                return Ok(());
            }
        }
        // The next look goes on.
        Ok(())
    }
}

/// What two rounds that read the same issues have in common.
fn issues_of<'a>(round: &'a UatRound, label: &'a str) -> impl Ord + use<'a> {
    let at = round.tracker.as_ref().map(|tracker| (tracker.connection_id, tracker.repository.as_str()));
    (round.product_id, at, label)
}
