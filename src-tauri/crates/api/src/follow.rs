//! Following what changes: every committed change in order, without a gap, whoever made it.

use crate::Api;
use crate::error::ApiError;
use futures::stream::{self, Stream};
use pilothouse_domain::{ProductId, Timestamp};
use pilothouse_engine::Engine;
use pilothouse_engine::ports::store::ChangeNotice;
use serde::{Deserialize, Serialize};
use specta::Type;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// How many notices are read at a time.
const PAGE: u32 = 500;
/// The kind of an event that stands for notices which are not kept any more: whoever follows reads everything again.
pub const EVERYTHING: &str = "everything";
/// The kind of an event that stands for new measurements of any checks. It is no change of its own: its number is that of the last
/// change, and it comes at most once a second.
pub const MEASUREMENT: &str = "measurement";
/// Between two events that stand for measurements.
const BREATH: Duration = Duration::from_secs(1);

/// That something has changed. Whoever shows it reads it again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ChangeEvent {
    /// Counts the changes of this database, from 1, without gaps.
    pub seq: u32,
    /// The kind of thing: `release`, `deployment`, `check_state`, …; `everything` where the notices in between are not kept any
    /// more; `measurement` for new measurements, with the number of the change before.
    pub kind: String,
    /// Its id; empty for `everything` and `measurement`.
    pub id: String,
    /// The product that it belongs to.
    pub product_id: Option<String>,
}

impl From<&ChangeNotice> for ChangeEvent {
    fn from(notice: &ChangeNotice) -> Self {
        Self {
            seq: notice.seq,
            kind: notice.kind.clone(),
            id: notice.id.clone(),
            product_id: notice.product_id.map(|id: ProductId| id.to_string()),
        }
    }
}

struct Follower {
    engine: Arc<Engine>,
    commits: watch::Receiver<u64>,
    measured: watch::Receiver<u64>,
    /// Not before this are measurements told again.
    quiet_until: Timestamp,
    after: u32,
    ready: VecDeque<ChangeEvent>,
}

impl Api {
    /// The number of the last change.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn last_change(&self) -> Result<u32, ApiError> {
        Ok(self.store().last_change().await?)
    }

    /// Every change after the one with this number, as it is committed, without end. Ends after an error, and where the store
    /// is closed.
    pub fn follow(&self, after: u32) -> impl Stream<Item = Result<ChangeEvent, ApiError>> + Send + use<> {
        let mut measured = self.store().measured();
        measured.mark_unchanged();
        let follower = Follower {
            engine: Arc::clone(&self.engine),
            commits: self.store().commits(),
            measured,
            quiet_until: self.engine.now(),
            after,
            ready: VecDeque::new(),
        };
        stream::try_unfold(follower, |mut follower| async move {
            let event = follower.next().await?;
            Ok(event.map(|event| (event, follower)))
        })
    }
}

impl Follower {
    async fn next(&mut self) -> Result<Option<ChangeEvent>, ApiError> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Ok(Some(event));
            }
            // Before the read, so that a commit during it is not missed.
            self.commits.mark_unchanged();
            let notices = self.engine.store().changes_after(self.after, PAGE).await?;
            if notices.is_empty() {
                tokio::select! {
                    biased;
                    changed = self.commits.changed() => if changed.is_err() { return Ok(None) },
                    () = measurements(&mut self.measured, &self.engine, self.quiet_until) => {
                        self.quiet_until = self.engine.now().plus(BREATH);
                        return Ok(Some(ChangeEvent { seq: self.after, kind: MEASUREMENT.to_owned(), id: String::new(), product_id: None }));
                    }
                }
                continue;
            }
            self.take(&notices);
        }
    }

    fn take(&mut self, notices: &[ChangeNotice]) {
        for notice in notices {
            if notice.seq > self.after.saturating_add(1) {
                let seq = notice.seq - 1;
                self.ready.push_back(ChangeEvent { seq, kind: EVERYTHING.to_owned(), id: String::new(), product_id: None });
            }
            self.ready.push_back(ChangeEvent::from(notice));
            self.after = notice.seq;
        }
    }
}

/// Waits for measurements, and until they may be told.
async fn measurements(measured: &mut watch::Receiver<u64>, engine: &Engine, quiet_until: Timestamp) {
    // Marked as seen only when they are told, so that giving up this wait for a change loses none.
    let seen = *measured.borrow();
    if !measured.has_changed().unwrap_or(false) && measured.wait_for(|now| *now != seen).await.is_err() {
        return std::future::pending().await;
    }
    measured.mark_changed();
    engine.sleep_until(quiet_until.min(engine.now().plus(BREATH))).await;
    measured.mark_unchanged();
}
