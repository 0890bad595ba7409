//! Hears of the commits of other hosts (<https://www.postgresql.org/docs/15/sql-notify.html>).

use super::{CHANNEL, MEASURED, sql};
use crate::error::Fault;
use crate::following::{Told, advance, pause_after};
use sqlx::PgPool;
use sqlx::postgres::{PgListener, PgNotification};
use std::time::Duration;
use tokio::sync::oneshot;

/// After so long without a word the journal is read: a connection that a sleeping machine or a firewall cut says nothing.
const SILENCE: Duration = Duration::from_secs(30);

/// Listens until it is stopped, or the store is dropped.
pub(super) async fn follow(mut listener: PgListener, pool: PgPool, told: Told, mut stopped: oneshot::Receiver<()>) {
    let mut failures = 0;
    loop {
        let fault = tokio::select! {
            biased;
            _ = &mut stopped => return,
            Err(fault) = hear(&mut listener, &pool, &told, &mut failures) => fault,
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
    listener.listen_all([CHANNEL, MEASURED]).await?;
    Ok(listener)
}

async fn hear(listener: &mut PgListener, pool: &PgPool, told: &Told, failures: &mut u32) -> Result<std::convert::Infallible, Fault> {
    let mut was_silent = false;
    loop {
        // The word itself says nothing: another schema of the same database speaks on the same channel, and what was said
        // while nobody listened is lost. The journal knows.
        let seen = sql::commits(&mut *pool.acquire().await?).await?;
        let missed = was_silent && seen > *told.commits.borrow();
        advance(&told.commits, seen);
        if missed {
            // Somebody committed and it wasn't heard: the line is dead.
            return Err(Fault::Database(sqlx::Error::Io(std::io::ErrorKind::TimedOut.into())));
        }
        *failures = 0;
        was_silent = loop {
            match tokio::time::timeout(SILENCE, listener.try_recv()).await {
                Ok(word) if word.as_ref().is_ok_and(is_measured) => told.measured(),
                Ok(word) => {
                    word?;
                    break false;
                }
                Err(_) => break true,
            }
        };
    }
}

fn is_measured(word: &Option<PgNotification>) -> bool {
    word.as_ref().is_some_and(|word| word.channel() == MEASURED)
}
