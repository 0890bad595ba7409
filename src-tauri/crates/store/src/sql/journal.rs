//! The one row that every commit holds: where the audit chain, the change notices and the commits have come to.

use super::rows::number;
use super::{Connection, Pool};
use crate::error::Fault;
use pilothouse_domain::audit::ChainHead;
use sqlx::Row as _;

/// Where everything has come to.
pub(super) struct Journal {
    /// Commits so far.
    pub(super) commits: u64,
    /// The head of the audit chain.
    pub(super) audit: ChainHead,
    /// The number of the last change notice.
    pub(super) change_seq: u32,
    /// The number of the last incident. Kept apart from the incidents, so that no number is given twice when one goes.
    pub(super) incident_number: u32,
}

/// Reads the journal and holds it until the transaction ends, so that commits come one after the other.
pub(super) async fn hold(connection: &mut Connection) -> Result<Journal, Fault> {
    // An update of nothing locks the row on PostgreSQL, and needs no text of its own for it.
    let row = sqlx::query(
        "UPDATE journal SET commits = commits WHERE id = 1 RETURNING commits, audit_seq, audit_hash, change_seq, incident_number",
    )
    .fetch_one(connection)
    .await?;
    Ok(Journal {
        commits: number("journal", "commits", row.try_get(0)?)?,
        audit: ChainHead { seq: number("journal", "audit_seq", row.try_get(1)?)?, hash: row.try_get(2)? },
        change_seq: number("journal", "change_seq", row.try_get(3)?)?,
        incident_number: number("journal", "incident_number", row.try_get(4)?)?,
    })
}

/// Writes where everything has come to now.
pub(super) async fn put(connection: &mut Connection, journal: &Journal) -> Result<(), Fault> {
    sqlx::query("UPDATE journal SET commits = $1, audit_seq = $2, audit_hash = $3, change_seq = $4, incident_number = $5 WHERE id = 1")
        .bind(i64::try_from(journal.commits).unwrap_or(i64::MAX))
        .bind(i64::from(journal.audit.seq))
        .bind(journal.audit.hash.as_str())
        .bind(i64::from(journal.change_seq))
        .bind(i64::from(journal.incident_number))
        .execute(connection)
        .await?;
    Ok(())
}

/// The number of commits so far.
pub(in super::super) async fn commits(connection: &mut Connection) -> Result<u64, Fault> {
    let commits: i64 = sqlx::query_scalar("SELECT commits FROM journal WHERE id = 1").fetch_one(connection).await?;
    number("journal", "commits", commits)
}

/// The head of the audit chain.
pub(super) async fn audit_head(pool: &Pool) -> Result<ChainHead, Fault> {
    let row = sqlx::query("SELECT audit_seq, audit_hash FROM journal WHERE id = 1").fetch_one(pool).await?;
    Ok(ChainHead { seq: number("journal", "audit_seq", row.try_get(0)?)?, hash: row.try_get(1)? })
}

/// The number of the last change notice.
pub(super) async fn last_change(pool: &Pool) -> Result<u32, Fault> {
    let seq: i64 = sqlx::query_scalar("SELECT change_seq FROM journal WHERE id = 1").fetch_one(pool).await?;
    number("journal", "change_seq", seq)
}

/// The number of the last incident.
pub(super) async fn last_incident_number(pool: &Pool) -> Result<u32, Fault> {
    let last: i64 = sqlx::query_scalar("SELECT incident_number FROM journal WHERE id = 1").fetch_one(pool).await?;
    number("journal", "incident_number", last)
}
