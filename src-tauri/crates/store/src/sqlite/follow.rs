//! Notices the commits of other processes: SQLite counts the changes of the file for each connection
//! (<https://sqlite.org/pragma.html#pragma_data_version>).

use super::sql;
use crate::error::Fault;
use crate::following::{Told, advance, pause_after};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection};
use std::time::Duration;
use tokio::sync::oneshot;

/// How often the file is looked at.
const EVERY: Duration = Duration::from_millis(200);

/// Looks until it is stopped, or the store is dropped.
pub(super) async fn follow(mut watcher: SqliteConnection, options: SqliteConnectOptions, told: Told, mut stopped: oneshot::Receiver<()>) {
    let mut failures = 0;
    loop {
        let fault = tokio::select! {
            biased;
            _ = &mut stopped => {
                if let Err(error) = watcher.close().await {
                    tracing::debug!(%error, "the connection that followed the database file could not be closed");
                }
                return;
            }
            Err(fault) = look(&mut watcher, &told, &mut failures) => fault,
        };
        tracing::warn!(?fault, "the database file can't be followed; commits of other processes show late");
        failures += 1;
        tokio::time::sleep(pause_after(failures)).await;
        if let Ok(connection) = options.connect().await {
            watcher = connection;
        }
    }
}

async fn look(watcher: &mut SqliteConnection, told: &Told, failures: &mut u32) -> Result<std::convert::Infallible, Fault> {
    let mut known: i64 = -1;
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let version: i64 = sqlx::query_scalar("PRAGMA data_version").fetch_one(&mut *watcher).await?;
        // Claims and measurements change the file too: only the journal tells a commit.
        if version != known {
            let seen = sql::commits(watcher).await?;
            if known != -1 && seen == *told.commits.borrow() {
                told.measured();
            }
            advance(&told.commits, seen);
            known = version;
        }
        *failures = 0;
    }
}
