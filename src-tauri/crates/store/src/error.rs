//! What goes wrong in a database, in the port's words: which constraint, whether trying again helps, and what a person can do.

use pilothouse_engine::ports::store::StoreError;
use sqlx::error::DatabaseError;
use uuid::Uuid;

/// What ends a piece of work here: a refusal of ours, or the database's error, not yet judged.
#[derive(Debug)]
pub(crate) enum Fault {
    /// Ours.
    Refused(StoreError),
    /// The database's.
    Database(sqlx::Error),
    /// Something that a row refers to isn't there; these are the tables and ids that it refers to.
    MissingParent(Vec<(&'static str, Uuid)>),
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::Refused(error)
    }
}

impl From<sqlx::Error> for Fault {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}

/// Unique indexes, with SQLite's name for them: it names columns where PostgreSQL names the index.
const UNIQUE: &[(&str, &str)] = &[
    ("connection_name_key", "connection.name"),
    ("product_name_key", "product.name"),
    ("environment_product_name_key", "environment.product_id, environment.name"),
    ("environment_product_position_key", "environment.product_id, environment.position"),
    ("health_check_environment_name_key", "health_check.environment_id, health_check.name"),
    ("release_product_version_key", "release.product_id, release.version"),
    ("deployment_environment_active_key", "deployment.environment_id"),
    (
        "unplanned_run_attempt_key",
        "unplanned_run.product_id, unplanned_run.connection_id, unplanned_run.repository, unplanned_run.external_id, unplanned_run.attempt",
    ),
    ("incident_number_key", "incident.number"),
    ("incident_environment_open_key", "incident.environment_id"),
    ("checklist_template_environment_name_key", "checklist_template.environment_id, checklist_template.name"),
    ("checklist_release_template_key", "checklist.release_id, checklist.template_id"),
    ("smoke_scenario_product_name_key", "smoke_scenario.product_id, smoke_scenario.name"),
    ("smoke_run_origin_key", "smoke_run.origin"),
    ("runbook_product_name_key", "runbook.product_id, runbook.name"),
    ("runbook_run_active_key", "runbook_run.runbook_id, runbook_run.environment_id"),
    ("feedback_round_key", "feedback.round_id, feedback.external_key"),
    ("feedback_issue_key", "feedback.product_id, feedback.external_key"),
    ("document_product_title_key", "document.product_id, document.title"),
    ("document_version_number_key", "document_version.document_id, document_version.number"),
    ("course_product_title_key", "course.product_id, course.title"),
    ("review_release_key", "review.release_id"),
    ("scheduled_start_open_key", "scheduled_start.release_id, scheduled_start.environment_id"),
    ("train_product_name_key", "train.product_id, train.name"),
    ("coordinated_release_name_key", "coordinated_release.name"),
    ("coordinated_run_open_key", "coordinated_run.coordinated_release_id, coordinated_run.environment"),
    ("gate_open_key", "gate.connection_id, gate.repository, gate.external_id"),
];

/// The name of the unique index that refused a row.
pub(crate) fn unique_index(error: &dyn DatabaseError) -> Option<&'static str> {
    let columns = error.message().strip_prefix("UNIQUE constraint failed: ");
    UNIQUE.iter().find(|(name, listed)| error.constraint() == Some(*name) || columns == Some(*listed)).map(|(name, _)| *name)
}

/// Where the code of an error says what it is about. Codes: <https://sqlite.org/rescode.html>,
/// <https://www.postgresql.org/docs/15/errcodes-appendix.html>.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trouble {
    /// Others were in the way.
    Contended,
    /// No room.
    Full,
    /// Nobody there, or going away.
    Gone,
    /// Damaged.
    Damaged,
    /// Something else.
    Other,
}

fn trouble(code: &str) -> Trouble {
    // SQLite's extended codes carry the primary one in their low byte; no SQLSTATE is shorter than five characters.
    if let (true, Ok(code)) = (code.len() < 5, code.parse::<u32>()) {
        return match code & 0xff {
            5 | 6 => Trouble::Contended,
            13 => Trouble::Full,
            11 | 26 => Trouble::Damaged,
            _ => Trouble::Other,
        };
    }
    match code {
        "40001" | "40P01" | "55P03" => Trouble::Contended,
        "53100" | "53200" => Trouble::Full,
        "53300" | "57P01" | "57P02" | "57P03" | "57P05" | "57014" | "25P03" => Trouble::Gone,
        "XX001" | "XX002" => Trouble::Damaged,
        code if code.starts_with("08") => Trouble::Gone,
        _ => Trouble::Other,
    }
}

impl Fault {
    /// True where the work was rolled back because others were in the way, so that trying again helps.
    pub(crate) fn is_contention(&self) -> bool {
        matches!(self, Self::Database(sqlx::Error::Database(error)) if error.code().is_some_and(|code| trouble(&code) == Trouble::Contended))
    }

    /// True where the connection was lost, so that a reader may ask again on another one.
    pub(crate) fn is_lost_connection(&self) -> bool {
        match self {
            Self::Database(sqlx::Error::Io(_) | sqlx::Error::Protocol(_)) => true,
            Self::Database(sqlx::Error::Database(error)) => {
                error.code().is_some_and(|code| matches!(&*code, "57P01" | "57P02" | "57P05") || code.starts_with("08"))
            }
            _ => false,
        }
    }

    /// The error for the caller.
    pub(crate) fn into_store_error(self) -> StoreError {
        match self {
            Self::Refused(error) => error,
            Self::Database(error) => store_error(&error),
            Self::MissingParent(parents) => {
                let (kind, id) = parents.first().copied().unwrap_or_default();
                StoreError::NotFound { kind, id: id.to_string() }
            }
        }
    }
}

/// A database's error in the port's words.
pub(crate) fn store_error(error: &sqlx::Error) -> StoreError {
    let reason = error.to_string();
    match error {
        sqlx::Error::Database(database) => {
            let message = database.message().to_owned();
            match database.code().map_or(Trouble::Other, |code| trouble(&code)) {
                Trouble::Contended => StoreError::Unreachable { reason: format!("others kept it busy: {message}") },
                Trouble::Full => StoreError::Full { reason: message },
                Trouble::Gone => StoreError::Unreachable { reason: message },
                Trouble::Damaged => StoreError::Corrupt { reason: message },
                Trouble::Other => StoreError::Failed { reason: message },
            }
        }
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::Protocol(_) => StoreError::Unreachable { reason },
        sqlx::Error::PoolTimedOut => StoreError::Unreachable { reason: "no connection was free or could be made in time".to_owned() },
        sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => StoreError::Unreachable { reason: "it was closed".to_owned() },
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) | sqlx::Error::ColumnNotFound(_) => StoreError::Corrupt { reason },
        _ => StoreError::Failed { reason },
    }
}

/// Something stored that can't be read, with its place.
pub(crate) fn corrupt(table: &str, key: impl std::fmt::Display, why: impl std::fmt::Display) -> Fault {
    Fault::Refused(StoreError::Corrupt { reason: format!("{table} {key}: {why}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_both_databases_are_told_apart() {
        assert_eq!(trouble("5"), Trouble::Contended);
        assert_eq!(trouble("517"), Trouble::Contended, "SQLITE_BUSY_SNAPSHOT");
        assert_eq!(trouble("13"), Trouble::Full);
        assert_eq!(trouble("26"), Trouble::Damaged);
        assert_eq!(trouble("2067"), Trouble::Other, "SQLITE_CONSTRAINT_UNIQUE");
        assert_eq!(trouble("40P01"), Trouble::Contended);
        assert_eq!(trouble("53100"), Trouble::Full);
        assert_eq!(trouble("08006"), Trouble::Gone);
        assert_eq!(trouble("23505"), Trouble::Other);
    }
}
