//! Hears of the commits of other hosts (<https://www.postgresql.org/docs/15/sql-notify.html>).

use super::{CHANNEL, sql};
use crate::error::Fault;
use crate::following::{advance, pause_after};
use sqlx::PgPool;
use sqlx::postgres::PgListener;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{oneshot, watch};

/// After so long without a word the journal is read: a connection that a sleeping machine or a firewall cut says nothing.
const SILENCE: Duration = Duration::from_secs(30);

/// Listens until it is stopped, or the store is dropped.
pub(super) async fn follow(mut listener: PgListener, pool: PgPool, commits: Arc<watch::Sender<u64>>, mut stopped: oneshot::Receiver<()>) {
    let mut failures = 0;
    loop {
        let fault = tokio::select! {
            biased;
            _ = &mut stopped => return,
            Err(fault) = hear(&mut listener, &pool, &commits, &mut failures) => fault,
        };
        tracing::warn!(?fault, "the database can't be followed; commits of other hosts show late");
        failures += 1;
        tokio::time::sleep(pause_after(failures)).await;
        if let Ok(fresh) = listen(&pool).await {
            listener = fresh;
        }
    }
}

async fn listen(pool: &PgPool) -> Result<PgListener, sqlx::Error> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen(CHANNEL).await?;
    Ok(listener)
}

async fn hear(
    listener: &mut PgListener,
    pool: &PgPool,
    commits: &watch::Sender<u64>,
    failures: &mut u32,
) -> Result<std::convert::Infallible, Fault> {
    let mut was_silent = false;
    loop {
        // The word itself says nothing: another schema of the same database speaks on the same channel, and what was said
        // while nobody listened is lost. The journal knows.
        let seen = sql::commits(&mut *pool.acquire().await?).await?;
        let missed = was_silent && seen > *commits.borrow();
        advance(commits, seen);
        if missed {
            // Somebody committed and it wasn't heard: the line is dead.
            return Err(Fault::Database(sqlx::Error::Io(std::io::ErrorKind::TimedOut.into())));
        }
        *failures = 0;
        match tokio::time::timeout(SILENCE, listener.try_recv()).await {
            Ok(word) => {
                word?;
                was_silent = false;
            }
            Err(_) => was_silent = true,
        }
    }
}
