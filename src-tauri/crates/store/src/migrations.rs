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
pub(crate) const STEPS: &[Step] = &[step!(1, "0001_foundation")];

/// Brings a database to this build's schema.
///
/// # Errors
/// [`StoreError::Corrupt`] where it knows migrations that this build doesn't, or other texts of the same number.
pub(crate) async fn run<C: Migrate>(connection: &mut C, text: fn(&Step) -> &'static str) -> Result<(), MigrateError> {
    let steps = STEPS
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

    #[test]
    fn numbers_count_from_one_without_gaps() {
        for (step, number) in STEPS.iter().zip(1..) {
            assert_eq!(step.number, number);
            assert!(step.name.starts_with(&format!("{number:04}_")), "{}", step.name);
        }
    }
}
