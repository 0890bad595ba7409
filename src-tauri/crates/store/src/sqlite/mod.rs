//! SQLite: how the file is opened and followed. The store itself is in `sql/`.
//!
//! Changes are committed with `synchronous = FULL`: what was committed is there after a power cut. Measurements come over a
//! connection of their own with `NORMAL`: they survive a crash of the process, and a power cut may take the last of them.

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
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection};
use std::path::Path;
use std::time::Duration;
use tokio::sync::{Mutex, MutexGuard};

pub(crate) use sql::SqlStore;

/// The database that `sql/` is compiled for.
type Db = sqlx::Sqlite;

/// Takes the file's write lock at once, so that nothing that was read has to be given up later.
const BEGIN_WRITE: &str = "BEGIN IMMEDIATE";

/// How long a write waits for another process.
const BUSY: Duration = Duration::from_secs(5);

/// How often opening is tried while another process makes the schema: for about two seconds.
const OPENING_TRIES: u32 = 20;

/// The time between two tries.
const OPENING_PAUSE: Duration = Duration::from_millis(100);

struct Pools {
    reader: sqlx::Pool<Db>,
    writer: sqlx::Pool<Db>,
    recorder: sqlx::Pool<Db>,
    gate: Mutex<()>,
}

impl Pools {
    /// Waits for this process's turn to write. First come, first served, which the file's own lock isn't.
    async fn turn(&self) -> MutexGuard<'_, ()> {
        self.gate.lock().await
    }
}

impl Pools {
    /// The writer comes last: SQLite puts the write-ahead log back into the file when the last connection is closed.
    async fn close(&self) {
        self.reader.close().await;
        self.recorder.close().await;
        self.writer.close().await;
    }
}

/// Others read the file's change counter: there is nobody to tell.
#[expect(clippy::unused_async, reason = "PostgreSQL has somebody to tell")]
async fn announce(_: &mut SqliteConnection, _: u64) -> Result<(), Fault> {
    Ok(())
}

/// As with commits.
#[expect(clippy::unused_async, reason = "PostgreSQL has somebody to tell")]
async fn announce_measured(_: &mut SqliteConnection) -> Result<(), Fault> {
    Ok(())
}

/// Opens a database file.
pub(crate) async fn open(path: &Path, options: StoreOptions) -> Result<SqlStore, StoreError> {
    prepare(path).map_err(|error| StoreError::Failed { reason: format!("{}: {error}", path.display()) })?;
    let connect = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .foreign_keys(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(BUSY)
        // A write-ahead log that grew during a long read is cut back to this.
        .pragma("journal_size_limit", "67108864")
        .disable_statement_logging();
    let at = |error: sqlx::Error| placed(path, store_error(&error));

    let writer = writer(&connect).await.map_err(|error| placed(path, error))?;
    let recorder = pool(1).connect_lazy_with(connect.clone().synchronous(SqliteSynchronous::Normal));
    let reading = connect.clone().pragma("query_only", "ON");
    let reader = pool(4).connect_lazy_with(reading.clone());

    let mut watcher = reading.connect().await.map_err(at)?;
    let seen = sql::commits(&mut watcher).await.map_err(Fault::into_store_error)?;
    let told = Told::since(seen);
    let follower = Follower::spawn(|stopped| follow::follow(watcher, reading, told.clone(), stopped));
    let pools = Pools { reader, writer, recorder, gate: Mutex::new(()) };
    Ok(SqlStore::new(pools, told, follower, options))
}

fn pool(connections: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(Duration::from_secs(20))
        .test_before_acquire(false)
        .idle_timeout(None)
        .max_lifetime(None)
        // A full disk makes SQLite roll back by itself; sqlx takes the connection to be in that transaction for ever after. The
        // ping waits until a rollback that was asked for has been tried.
        .after_release(|connection, _| {
            Box::pin(async move {
                connection.ping().await?;
                Ok(!connection.is_in_transaction())
            })
        })
}

/// Makes the folder and the file, for this user alone.
fn prepare(path: &Path) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut options = std::fs::OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

/// The error with the file's name.
fn placed(path: &Path, error: StoreError) -> StoreError {
    let path = path.display();
    match error {
        StoreError::Corrupt { reason } => StoreError::Corrupt { reason: format!("{path}: {reason}") },
        StoreError::Unreachable { reason } => StoreError::Unreachable { reason: format!("{path}: {reason}") },
        StoreError::Full { reason } => StoreError::Full { reason: format!("{path}: {reason}") },
        StoreError::Failed { reason } => StoreError::Failed { reason: format!("{path}: {reason}") },
        other => other,
    }
}

/// The connection that writes, in a file of this build's schema. Others may be at it at the same time. SQLite doesn't wait for
/// them where it turns a new file into one with a write-ahead log, and who comes second finds the schema made when it looks again.
async fn writer(connect: &SqliteConnectOptions) -> Result<sqlx::Pool<Db>, StoreError> {
    let mut tries = 0;
    loop {
        let error = match connected(connect).await {
            Ok(writer) => return Ok(writer),
            Err(Opening::Refused(error)) => return Err(error),
            Err(Opening::Disturbed(error)) => error,
        };
        tries += 1;
        if tries == OPENING_TRIES {
            return Err(error);
        }
        tokio::time::sleep(OPENING_PAUSE).await;
    }
}

/// Why a file did not open: for good, or perhaps only because another process is making its schema.
enum Opening {
    Refused(StoreError),
    Disturbed(StoreError),
}

impl From<sqlx::Error> for Opening {
    fn from(error: sqlx::Error) -> Self {
        match store_error(&error) {
            error @ StoreError::Unreachable { .. } => Self::Disturbed(error),
            error => Self::Refused(error),
        }
    }
}

async fn connected(connect: &SqliteConnectOptions) -> Result<sqlx::Pool<Db>, Opening> {
    let writer = pool(1).connect_with(connect.clone()).await?;
    let mut connection = writer.acquire().await?;
    migrate(&mut connection).await?;
    drop(connection);
    Ok(writer)
}

async fn migrate(connection: &mut SqliteConnection) -> Result<(), Opening> {
    let Err(error) = migrations::run(connection, |step: &Step| step.sqlite).await else { return Ok(()) };
    if let Some(refusal) = migrations::refusal(&error) {
        return Err(Opening::Refused(refusal));
    }
    let (MigrateError::Execute(cause) | MigrateError::ExecuteMigration(cause, _)) = &error else {
        return Err(Opening::Refused(StoreError::Failed { reason: error.to_string() }));
    };
    Err(match store_error(cause) {
        // Such as a table that is there by now.
        error @ (StoreError::Failed { .. } | StoreError::Unreachable { .. }) => Opening::Disturbed(error),
        error => Opening::Refused(error),
    })
}
