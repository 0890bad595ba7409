//! The outbox: what is to be done, and which host does it.

use super::rows::{json, moment, parse};
use super::{Connection, Pool, SqlStore, leases};
use crate::error::{Fault, corrupt};
use crate::rules::{SLACK, subject, subject_words};
use pilothouse_domain::Timestamp;
use pilothouse_engine::ports::store::{OutboxEntry, OutboxWrite};
use sqlx::{AssertSqlSafe, Row as _};
use uuid::Uuid;

/// Changes the outbox. A lease on the subject stays: whoever is at it does the next thing too, or it runs out.
pub(super) async fn change(connection: &mut Connection, write: &OutboxWrite) -> Result<(), Fault> {
    match write {
        OutboxWrite::Schedule { subject, effect, written_at, due_at } => {
            let (kind, id) = subject_words(subject);
            sqlx::query(
                "INSERT INTO outbox (subject_kind, subject_id, effect, written_at, due_at) VALUES ($1, $2, $3, $4, $5) \
                 ON CONFLICT (subject_kind, subject_id) \
                 DO UPDATE SET effect = excluded.effect, written_at = excluded.written_at, due_at = excluded.due_at",
            )
            .bind(kind)
            .bind(id)
            .bind(json("outbox", id, effect)?)
            .bind(written_at.as_micros())
            .bind(due_at.as_micros())
            .execute(connection)
            .await?;
        }
        OutboxWrite::Clear { subject } => {
            let (kind, id) = subject_words(subject);
            sqlx::query("DELETE FROM outbox WHERE subject_kind = $1 AND subject_id = $2").bind(kind).bind(id).execute(connection).await?;
        }
    }
    Ok(())
}

/// Drops what is to be done about things of these kinds that go with what they belong to: an environment, a product, a connection.
pub(super) async fn drop_going(connection: &mut Connection, owner: &'static str, id: Uuid, kinds: &[&'static str]) -> Result<(), Fault> {
    for kind in kinds {
        let sql = format!("DELETE FROM outbox WHERE subject_kind = '{kind}' AND subject_id IN (SELECT id FROM {kind} WHERE {owner} = $1)");
        sqlx::query(AssertSqlSafe(sql)).bind(id).execute(&mut *connection).await?;
    }
    Ok(())
}

/// The lease is asked for twice: the inner one chooses, the outer one is what PostgreSQL looks at again after it has waited
/// for another claim.
const CLAIM: &str = "\
UPDATE outbox SET holder = $1, lease_until = $2
WHERE (subject_kind, subject_id) IN (
        SELECT subject_kind, subject_id FROM outbox
        WHERE due_at <= $3 AND (holder IS NULL OR holder = $1 OR lease_until <= $3)
        ORDER BY due_at, subject_kind, subject_id LIMIT $4
    )
    AND due_at <= $3 AND (holder IS NULL OR holder = $1 OR lease_until <= $3)
RETURNING subject_kind, subject_id, effect, due_at";

/// Entries from a time to come: the clock was set back since they were written. They wait anew, for as long as they were to.
const REWIND: &str = "\
UPDATE outbox SET due_at = due_at - written_at + $1, written_at = $1
WHERE written_at > $2 AND (holder IS NULL OR holder = $3 OR lease_until <= $1)";

impl SqlStore {
    /// Takes what is due.
    pub(super) async fn claim(&self, holder: &str, now: Timestamp, until: Timestamp, limit: u32) -> Result<Vec<OutboxEntry>, Fault> {
        let _turn = self.pools.turn().await;
        let mut transaction = self.begin().await?;
        let slack = i64::try_from(SLACK.as_micros()).unwrap_or(i64::MAX);
        let rewound = sqlx::query(REWIND)
            .bind(now.as_micros())
            .bind(now.as_micros().saturating_add(slack))
            .bind(holder)
            .execute(&mut *transaction)
            .await?;
        let rows = sqlx::query(CLAIM)
            .bind(holder)
            .bind(until.as_micros())
            .bind(now.as_micros())
            .bind(i64::from(limit))
            .fetch_all(&mut *transaction)
            .await?;
        let mut claimed = Vec::with_capacity(rows.len());
        for row in &rows {
            let (word, id): (&str, Uuid) = (row.try_get(0)?, row.try_get(1)?);
            claimed.push(OutboxEntry {
                subject: subject(word, id).ok_or_else(|| corrupt("outbox", id, format_args!("`{word}` is no subject")))?,
                effect: parse("outbox", id, row.try_get(2)?)?,
                due_at: moment("outbox", id, row.try_get(3)?)?,
            });
        }
        if claimed.is_empty() && rewound.rows_affected() == 0 {
            transaction.rollback().await?;
        } else {
            self.end(transaction).await?;
        }
        claimed.sort_by_key(|entry| {
            let (word, id) = subject_words(&entry.subject);
            (entry.due_at, word, id)
        });
        Ok(claimed)
    }

    /// Ends the leases of all others.
    pub(super) async fn end_leases(&self, holder: &str) -> Result<(), Fault> {
        let _turn = self.pools.turn().await;
        let mut transaction = self.begin().await?;
        sqlx::query("UPDATE outbox SET holder = NULL, lease_until = NULL WHERE holder <> $1")
            .bind(holder)
            .execute(&mut *transaction)
            .await?;
        leases::end_others(&mut transaction, holder).await?;
        self.end(transaction).await
    }
}

/// When something is due that this holder may take.
pub(super) async fn next_due(pool: &Pool, holder: &str, now: Timestamp) -> Result<Option<Timestamp>, Fault> {
    let due: Option<i64> = sqlx::query_scalar("SELECT MIN(due_at) FROM outbox WHERE holder IS NULL OR holder = $1 OR lease_until <= $2")
        .bind(holder)
        .bind(now.as_micros())
        .fetch_one(pool)
        .await?;
    due.map(|micros| moment("outbox", "due_at", micros)).transpose()
}
