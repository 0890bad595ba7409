//! A database for one test.

use pilothouse_engine::ports::store::Store;
use pilothouse_store::memory::MemoryDatabase;
use pilothouse_store::{StoreLocation, StoreOptions, open};
use secrecy::SecretString;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, SqliteConnection};
use std::path::PathBuf;
use std::sync::Arc;
use tempfile::TempDir;
use uuid::Uuid;

/// Where PostgreSQL is.
const POSTGRES: &str = "PILOTHOUSE_TEST_POSTGRES_URL";

pub(crate) enum Lab {
    Sqlite(TempDir),
    Postgres { server: String, schema: String },
    Memory(MemoryDatabase),
}

impl Lab {
    #[expect(clippy::unused_async, reason = "the others have to wait")]
    pub(crate) async fn sqlite() -> Option<Self> {
        Some(Self::Sqlite(tempfile::tempdir().unwrap()))
    }

    #[expect(clippy::unused_async, reason = "the others have to wait")]
    pub(crate) async fn memory() -> Option<Self> {
        Some(Self::Memory(MemoryDatabase::default()))
    }

    pub(crate) async fn postgres() -> Option<Self> {
        let Ok(server) = std::env::var(POSTGRES) else {
            println!("skipped: {POSTGRES} is not set");
            return None;
        };
        let schema = format!("test_{}", Uuid::now_v7().simple());
        let mut connection = PgConnection::connect(&server).await.unwrap();
        connection.execute(AssertSqlSafe(format!("CREATE SCHEMA {schema}"))).await.unwrap();
        Some(Self::Postgres { server, schema })
    }

    /// A handle, as another process would open it.
    pub(crate) async fn open(&self) -> Arc<dyn Store> {
        self.open_with(StoreOptions::default()).await
    }

    pub(crate) async fn open_with(&self, options: StoreOptions) -> Arc<dyn Store> {
        match self.location() {
            Some(location) => open(&location, options).await.unwrap(),
            None => Arc::new(self.memory_database().open(options)),
        }
    }

    pub(crate) fn location(&self) -> Option<StoreLocation> {
        match self {
            Self::Sqlite(_) => Some(StoreLocation::Sqlite(self.file())),
            Self::Postgres { .. } => Some(StoreLocation::Postgres(SecretString::from(self.url()))),
            Self::Memory(_) => None,
        }
    }

    pub(crate) fn memory_database(&self) -> &MemoryDatabase {
        let Self::Memory(database) = self else { panic!("this laboratory has a database of its own") };
        database
    }

    /// The database file, in a folder that is not there yet.
    pub(crate) fn file(&self) -> PathBuf {
        let Self::Sqlite(folder) = self else { panic!("this laboratory has no file") };
        folder.path().join("data").join("pilothouse.db")
    }

    fn url(&self) -> String {
        let Self::Postgres { server, schema } = self else { panic!("this laboratory has no server") };
        let joint = if server.contains('?') { '&' } else { '?' };
        format!("{server}{joint}options=-csearch_path%3D{schema}")
    }

    /// Changes the database behind the store's back. The text may differ: SQLite's, then PostgreSQL's.
    pub(crate) async fn tamper(&self, sqlite: &str, postgres: &str) -> Result<u64, sqlx::Error> {
        match self {
            Self::Sqlite(_) => {
                let mut connection = SqliteConnection::connect(&format!("sqlite:{}", self.file().display())).await?;
                let done = connection.execute(AssertSqlSafe(sqlite)).await?.rows_affected();
                connection.close().await?;
                Ok(done)
            }
            Self::Postgres { .. } => {
                let mut connection = PgConnection::connect(&self.url()).await?;
                let done = connection.execute(AssertSqlSafe(postgres)).await?.rows_affected();
                connection.close().await?;
                Ok(done)
            }
            Self::Memory(_) => panic!("this laboratory has no back"),
        }
    }

    pub(crate) async fn sqlite_connection(&self) -> SqliteConnection {
        SqliteConnection::connect(&format!("sqlite:{}", self.file().display())).await.unwrap()
    }

    pub(crate) async fn postgres_connection(&self) -> PgConnection {
        PgConnection::connect(&self.url()).await.unwrap()
    }

    pub(crate) async fn finish(self) {
        if let Self::Postgres { server, schema } = self {
            let mut connection = PgConnection::connect(&server).await.unwrap();
            connection.execute(AssertSqlSafe(format!("DROP SCHEMA {schema} CASCADE"))).await.unwrap();
        }
    }
}
