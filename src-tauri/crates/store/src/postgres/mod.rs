//! PostgreSQL: how the server is reached and followed. The store itself is in `sql/`.

mod follow;
#[path = "../sql/mod.rs"]
#[expect(clippy::duplicate_mod, reason = "one text for both databases, compiled for each")]
mod sql;

use crate::StoreOptions;
use crate::error::{Fault, store_error};
use crate::following::{Follower, Told};
use crate::migrations::{self, Step};
use pilothouse_engine::ports::store::StoreError;
use sqlx::migrate::MigrateError;
use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};
use sqlx::{ConnectOptions as _, Connection as _, PgConnection};
use std::str::FromStr as _;
use std::time::Duration;

pub(crate) use sql::SqlStore;

/// The database that `sql/` is compiled for.
type Db = sqlx::Postgres;

/// Commits queue at the journal's row; read committed is enough.
const BEGIN_WRITE: &str = "BEGIN";

/// The channel on which commits are told.
const CHANNEL: &str = "pilothouse_commit";

/// The channel on which measurements are told.
const MEASURED: &str = "pilothouse_measured";

/// Connections of one host; one of them listens. A team's desktops share the server's hundred.
const CONNECTIONS: u32 = 5;

/// How long to wait for a connection.
const CONNECTING: Duration = Duration::from_secs(10);

struct Pools {
    reader: sqlx::Pool<Db>,
    writer: sqlx::Pool<Db>,
    recorder: sqlx::Pool<Db>,
}

impl Pools {
    /// The server puts writes in order.
    #[expect(clippy::unused_async, reason = "SQLite waits here")]
    async fn turn(&self) {}
}

impl Pools {
    /// All of them are one.
    async fn close(&self) {
        self.reader.close().await;
    }
}

/// Tells the other hosts, once this is committed.
async fn announce(connection: &mut PgConnection, commits: u64) -> Result<(), Fault> {
    sqlx::query("SELECT pg_notify($1, $2)").bind(CHANNEL).bind(commits.to_string()).execute(connection).await?;
    Ok(())
}

/// Tells them that there are measurements, once these are committed.
async fn announce_measured(connection: &mut PgConnection) -> Result<(), Fault> {
    sqlx::query("SELECT pg_notify($1, '')").bind(MEASURED).execute(connection).await?;
    Ok(())
}

/// Opens a database on a server.
pub(crate) async fn open(url: &str, options: StoreOptions) -> Result<SqlStore, StoreError> {
    // The parser's error may quote the address, and with it the password.
    let connect = PgConnectOptions::from_str(url)
        .map_err(|_| StoreError::Failed {
            reason: "the address is not one of PostgreSQL: postgres://user:password@host/database".to_owned(),
        })?
        .application_name("pilothouse")
        .options([("statement_timeout", "30s"), ("lock_timeout", "10s"), ("idle_in_transaction_session_timeout", "60s")])
        .disable_statement_logging();
    let place = format!("{}/{}", connect.get_host(), connect.get_database().unwrap_or_default());
    let at = |error: sqlx::Error| placed(&place, store_error(&error));

    // Asked for by itself: it says why it fails, where the pool only says that it took too long.
    let first = tokio::time::timeout(CONNECTING, connect.connect()).await;
    let late = || StoreError::Unreachable { reason: format!("no answer in {} seconds", CONNECTING.as_secs()) };
    let mut first = first.map_err(|_| placed(&place, late()))?.map_err(at)?;
    migrations::run(&mut first, |step: &Step| step.postgres).await.map_err(|error| placed(&place, refusal(&error)))?;

    let pool = PgPoolOptions::new()
        .max_connections(CONNECTIONS)
        .acquire_timeout(CONNECTING)
        .idle_timeout(Duration::from_secs(300))
        .test_before_acquire(false)
        .connect_lazy_with(connect);
    // First listen, then look: nothing in between is missed.
    let mut listener = PgListener::connect_with(&pool).await.map_err(at)?;
    listener.listen_all([CHANNEL, MEASURED]).await.map_err(at)?;
    let seen = sql::commits(&mut first).await.map_err(Fault::into_store_error)?;
    first.close().await.map_err(at)?;
    let told = Told::since(seen);
    let follower = Follower::spawn(|stopped| follow::follow(listener, pool.clone(), told.clone(), stopped));
    let pools = Pools { reader: pool.clone(), writer: pool.clone(), recorder: pool };
    Ok(SqlStore::new(pools, told, follower, options))
}

fn refusal(error: &MigrateError) -> StoreError {
    match (migrations::refusal(error), error) {
        (Some(refusal), _) => refusal,
        (None, MigrateError::Execute(cause) | MigrateError::ExecuteMigration(cause, _)) => store_error(cause),
        (None, other) => StoreError::Failed { reason: other.to_string() },
    }
}

/// The error with the server's and the database's name.
fn placed(place: &str, error: StoreError) -> StoreError {
    match error {
        StoreError::Corrupt { reason } => StoreError::Corrupt { reason: format!("{place}: {reason}") },
        StoreError::Unreachable { reason } => StoreError::Unreachable { reason: format!("{place}: {reason}") },
        StoreError::Full { reason } => StoreError::Full { reason: format!("{place}: {reason}") },
        StoreError::Failed { reason } => StoreError::Failed { reason: format!("{place}: {reason}") },
        other => other,
    }
}
