//! The store on SQLite and PostgreSQL: the engine's port [`Store`], with one text for both databases.
//!
//! Must not: decide anything. It keeps what it is given, all of a change or nothing of it, and says why where it can't.
//!
//! How it is built:
//! - `sql/` is the whole store, written against one database type. `sqlite/` and `postgres/` each name that type, open the database,
//!   and compile `sql/` for it: the queries are the same text, with `$n` parameters.
//! - [`entity`] says for each entity which columns stand beside its JSON, and in which words its constraints are broken.
//! - Each commit holds the one row of `journal`. That puts commits in one order, in which the audit chain and the change
//!   notices are numbered without gaps.

mod calendar_entities;
mod checklist_entities;
mod coordination_entities;
mod document_entities;
mod entities;
mod entity;
mod error;
mod following;
#[cfg(feature = "memory")]
pub mod memory;
mod migrations;
mod observer;
mod postgres;
mod review_entity;
mod rules;
mod runbook_entities;
mod sqlite;
mod uat_entities;

pub use observer::CommitObserver;

use pilothouse_engine::ports::store::{Store, StoreError};
use secrecy::{ExposeSecret as _, SecretString};
use std::path::PathBuf;
use std::sync::Arc;

/// Where the database is.
#[derive(Clone, Debug)]
pub enum StoreLocation {
    /// A file of this machine. Made, with its folders, where it isn't there. Not for a network drive: SQLite's WAL needs shared
    /// memory (<https://sqlite.org/wal.html>).
    Sqlite(PathBuf),
    /// A server that a team shares: `postgres://user:password@host/database?sslmode=verify-full`. PostgreSQL 13 or later.
    Postgres(SecretString),
}

/// How a store is opened.
#[derive(Clone, Default)]
pub struct StoreOptions {
    /// Told around each commit; a seam for tests.
    pub observer: Option<Arc<dyn CommitObserver>>,
}

/// Opens the database, makes or migrates its schema, and starts to follow the commits of others.
///
/// The store is closed when the last handle is dropped.
///
/// # Errors
/// [`StoreError::Unreachable`] where the server doesn't answer, [`StoreError::Corrupt`] where the file is no database or was
/// written by a newer Pilothouse, [`StoreError::Failed`] where it may not be read or written.
pub async fn open(location: &StoreLocation, options: StoreOptions) -> Result<Arc<dyn Store>, StoreError> {
    Ok(match location {
        StoreLocation::Sqlite(path) => Arc::new(sqlite::open(path, options).await?),
        StoreLocation::Postgres(url) => Arc::new(postgres::open(url.expose_secret(), options).await?),
    })
}
