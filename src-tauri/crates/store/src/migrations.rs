//! The embedded migrations, the same numbers for both databases, and what a database is told that can't take them.

use pilothouse_engine::ports::store::StoreError;
use sqlx::SqlSafeStr as _;
use sqlx::migrate::{Migrate, MigrateError, Migration, MigrationType, Migrator};
use std::borrow::Cow;

/// A migration in both dialects.
pub(crate) struct Step {
    /// Its number.
    pub(crate) number: i64,
    /// Its name in the folders.
    pub(crate) name: &'static str,
    /// Its text for SQLite.
    pub(crate) sqlite: &'static str,
    /// Its text for PostgreSQL.
    pub(crate) postgres: &'static str,
}

macro_rules! step {
    ($number:literal, $name:literal) => {
        Step {
            number: $number,
            name: $name,
            sqlite: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../migrations/sqlite/", $name, ".sql")),
            postgres: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../migrations/postgres/", $name, ".sql")),
        }
    };
}

/// All of them, in order.
pub(crate) const STEPS: &[Step] = &[
    step!(1, "0001_foundation"),
    step!(2, "0002_shared_monitor"),
    step!(3, "0003_gates"),
    step!(4, "0004_unplanned_runs"),
    step!(5, "0005_manual_runs"),
    step!(6, "0006_checklists"),
    step!(7, "0007_smoke"),
    step!(8, "0008_uat"),
    step!(9, "0009_feedback_form"),
    step!(10, "0010_documents"),
    step!(11, "0011_training"),
    step!(12, "0012_runbooks"),
    step!(13, "0013_reviews"),
    step!(14, "0014_issues"),
    step!(15, "0015_report_collection"),
    step!(16, "0016_windows"),
    step!(17, "0017_scheduled_starts"),
    step!(18, "0018_coordinated_releases"),
];

/// Brings a database to this build's schema.
///
/// # Errors
/// [`StoreError::Corrupt`] where it knows migrations that this build doesn't, or other texts of the same number.
pub(crate) async fn run<C: Migrate>(connection: &mut C, text: fn(&Step) -> &'static str) -> Result<(), MigrateError> {
    run_steps(connection, STEPS, text).await
}

async fn run_steps<C: Migrate>(connection: &mut C, steps: &[Step], text: fn(&Step) -> &'static str) -> Result<(), MigrateError> {
    let steps = steps
        .iter()
        .map(|step| Migration::new(step.number, Cow::Borrowed(step.name), MigrationType::Simple, text(step).into_sql_str(), false));
    Migrator::with_migrations(steps.collect()).run_direct(None, connection, false).await
}

/// A failed migration in words; `None` where it is the database's own error.
pub(crate) fn refusal(error: &MigrateError) -> Option<StoreError> {
    let newest = STEPS.last().map_or(0, |step| step.number);
    let reason = match error {
        MigrateError::VersionMissing(number) => {
            format!("its schema is at {number}, this Pilothouse knows it up to {newest}: a newer Pilothouse has opened it. Update this one")
        }
        MigrateError::VersionMismatch(number) => {
            format!(
                "its schema was made by another text of migration {number} than this Pilothouse has: it comes from a development build. Open another database"
            )
        }
        MigrateError::Dirty(number) => format!("migration {number} was cut off halfway. Restore a backup"),
        _ => return None,
    };
    Some(StoreError::Corrupt { reason })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;
    use sqlx::{Connection as _, Executor as _};
    use std::path::Path;

    #[test]
    fn the_list_is_what_lies_in_both_folders() {
        let listed: Vec<String> = STEPS.iter().map(|step| format!("{}.sql", step.name)).collect();
        for engine in ["sqlite", "postgres"] {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../migrations").join(engine);
            let mut found: Vec<String> =
                std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
            found.sort();
            assert_eq!(found, listed, "{engine}");
        }
    }

    #[tokio::test]
    async fn what_waits_and_what_is_known_survives_the_second() {
        let mut database = sqlx::SqliteConnection::connect("sqlite::memory:").await.unwrap();
        run_steps(&mut database, &STEPS[..1], |step| step.sqlite).await.unwrap();
        let rows = "PRAGMA foreign_keys = OFF;
            INSERT INTO outbox VALUES ('incident', X'01', 'effect', 45, 'me', 90);
            INSERT INTO check_state VALUES (X'02', 'failing', 3, 'why', 2, 1);
            INSERT INTO lock VALUES (X'03', 7, X'04', X'05', NULL, 6, NULL, '{}');";
        database.execute(rows).await.unwrap();
        run_steps(&mut database, STEPS, |step| step.sqlite).await.unwrap();
        let outbox: (String, i64, i64, String, i64) =
            sqlx::query_as("SELECT effect, written_at, due_at, holder, lease_until FROM outbox").fetch_one(&mut database).await.unwrap();
        assert_eq!(outbox, ("effect".into(), 0, 45, "me".into(), 90));
        let lock: (i64, Vec<u8>, Vec<u8>, i64, String) =
            sqlx::query_as("SELECT revision, product_id, environment_id, since, body FROM lock").fetch_one(&mut database).await.unwrap();
        assert_eq!(lock, (7, vec![4], vec![5], 6, "{}".into()), "locks are moved into a table that needs no product");
        let state: (String, i64, i64, String) =
            sqlx::query_as("SELECT health, failures, passes, versions FROM check_state").fetch_one(&mut database).await.unwrap();
        assert_eq!(state, ("failing".into(), 2, 1, "[]".into()));
    }

    #[test]
    fn numbers_count_from_one_without_gaps() {
        for (step, number) in STEPS.iter().zip(1..) {
            assert_eq!(step.number, number);
            assert!(step.name.starts_with(&format!("{number:04}_")), "{}", step.name);
        }
    }
}
