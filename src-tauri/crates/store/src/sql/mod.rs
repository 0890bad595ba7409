//! The store against one database. Compiled once for SQLite and once for PostgreSQL; the module above names the database.
//!
//! Must not: hold a text that only one of them understands. What differs is in the module above: how a write begins, how others
//! are told, how it is opened.

mod audit;
mod calendar;
mod catalogue;
mod checklists;
mod commit;
mod coordination;
mod deployments;
mod documents;
mod journal;
mod leases;
mod measurements;
mod outbox;
mod port;
mod releases;
mod reviews;
mod rows;
mod runbooks;
mod select;
mod smoke;
mod uat;
mod unplanned;

use super::{BEGIN_WRITE, Db, Pools};
use crate::StoreOptions;
use crate::error::Fault;
use crate::following::{Follower, Told};
use crate::observer::CommitObserver;
use pilothouse_engine::ports::store::StoreError;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

pub(super) use journal::commits;

type Pool = sqlx::Pool<Db>;
type Row = <Db as sqlx::Database>::Row;
type Connection = <Db as sqlx::Database>::Connection;
type Transaction = sqlx::Transaction<'static, Db>;

/// The longest that any call takes.
const PATIENCE: Duration = Duration::from_secs(30);

/// How often a write is tried again after others were in its way.
const TRIES: u32 = 5;

/// How many dead connections are put up with in one call: as many as a server leaves behind that was restarted.
const LOST: u32 = 5;

/// The store.
pub(crate) struct SqlStore {
    pools: Pools,
    told: Told,
    observer: Option<Arc<dyn CommitObserver>>,
    points: AtomicU64,
    follower: Follower,
}

impl SqlStore {
    /// A store over an opened and migrated database.
    pub(super) fn new(pools: Pools, told: Told, follower: Follower, options: StoreOptions) -> Self {
        Self { pools, told, observer: options.observer, points: AtomicU64::new(0), follower }
    }

    /// Begins a write that is to be on disk before anybody is told.
    async fn begin(&self) -> Result<Transaction, Fault> {
        begin(&self.pools.writer).await
    }

    /// Commits, with the observer told.
    async fn end(&self, transaction: Transaction) -> Result<(), Fault> {
        let n = self.points.fetch_add(1, Ordering::Relaxed) + 1;
        if let Some(Err(refusal)) = self.observer.as_ref().map(|observer| observer.before_commit(n)) {
            transaction.rollback().await?;
            return Err(refusal.into());
        }
        transaction.commit().await?;
        if let Some(observer) = &self.observer {
            observer.after_commit(n)?;
        }
        Ok(())
    }
}

/// Begins a write. A connection that was lost meanwhile is replaced: nothing was written over it.
async fn begin(pool: &Pool) -> Result<Transaction, Fault> {
    let mut lost = 0;
    loop {
        match pool.begin_with(BEGIN_WRITE).await.map_err(Fault::from) {
            Err(fault) if lost < LOST && fault.is_lost_connection() => lost += 1,
            begun => break begun,
        }
    }
}

/// Gives up on work that takes too long. Dropping it rolls back.
async fn bounded<T>(work: impl Future<Output = Result<T, Fault>>) -> Result<T, StoreError> {
    match tokio::time::timeout(PATIENCE, work).await {
        Ok(done) => done.map_err(Fault::into_store_error),
        Err(_) => Err(StoreError::Unreachable { reason: format!("no answer in {} seconds", PATIENCE.as_secs()) }),
    }
}

/// The pause before a further try: 10 ms, doubled each time.
fn pause(tries: u32) -> Duration {
    Duration::from_millis(10 << tries.min(6))
}
