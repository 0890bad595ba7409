//! Measurements: written in batches, read by check, forgotten by age.

use super::rows::{moment, number};
use super::{Connection, Pool, SqlStore, begin};
use crate::entity::storable;
use crate::error::{Fault, corrupt};
use crate::rules::{kept_reason, outcome, outcome_words};
use pilothouse_domain::check::Measurement;
use pilothouse_domain::{CheckId, Timestamp};
use sqlx::{AssertSqlSafe, Row as _};

/// Rows of one statement. Powers of two, so that few different statements are prepared.
const CHUNKS: [usize; 7] = [64, 32, 16, 8, 4, 2, 1];

pub(super) async fn of_check(pool: &Pool, check: CheckId, before: Timestamp, limit: u32) -> Result<Vec<Measurement>, Fault> {
    let rows =
        sqlx::query("SELECT at, latency_us, outcome, reason FROM measurement WHERE check_id = $1 AND at < $2 ORDER BY at DESC LIMIT $3")
            .bind(check.uuid())
            .bind(before.as_micros())
            .bind(i64::from(limit))
            .fetch_all(pool)
            .await?;
    rows.iter()
        .map(|row| {
            let latency: Option<i64> = row.try_get(1)?;
            let word: &str = row.try_get(2)?;
            Ok(Measurement {
                at: moment("measurement", check, row.try_get(0)?)?,
                latency_us: latency.map(|micros| number("measurement", check, micros)).transpose()?,
                outcome: outcome(word, row.try_get(3)?)
                    .ok_or_else(|| corrupt("measurement", check, format_args!("`{word}` is no outcome")))?,
            })
        })
        .collect()
}

impl SqlStore {
    /// Keeps measurements, all of them or none. Written twice they are kept once, so that it may be tried again.
    pub(super) async fn record(&self, measured: &[(CheckId, Measurement)]) -> Result<(), Fault> {
        let _turn = self.pools.turn().await;
        let mut transaction = begin(&self.pools.recorder).await?;
        let mut rest = measured;
        for size in CHUNKS {
            while let Some((chunk, further)) = rest.split_at_checked(size) {
                insert(&mut transaction, chunk).await?;
                rest = further;
            }
        }
        super::super::announce_measured(&mut transaction).await?;
        transaction.commit().await?;
        self.told.measured();
        Ok(())
    }

    /// Forgets measurements, oldest first.
    pub(super) async fn prune(&self, before: Timestamp, limit: u32) -> Result<u32, Fault> {
        let _turn = self.pools.turn().await;
        let mut transaction = begin(&self.pools.recorder).await?;
        let done = sqlx::query(
            "DELETE FROM measurement WHERE (check_id, at) IN \
             (SELECT check_id, at FROM measurement WHERE at < $1 ORDER BY at LIMIT $2)",
        )
        .bind(before.as_micros())
        .bind(i64::from(limit))
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(u32::try_from(done.rows_affected()).unwrap_or(u32::MAX))
    }
}

async fn insert(connection: &mut Connection, chunk: &[(CheckId, Measurement)]) -> Result<(), Fault> {
    let rows: Vec<String> = (0..chunk.len())
        .map(|row| format!("(${}, ${}, ${}, ${}, ${})", row * 5 + 1, row * 5 + 2, row * 5 + 3, row * 5 + 4, row * 5 + 5))
        .collect();
    let sql = format!(
        "INSERT INTO measurement (check_id, at, latency_us, outcome, reason) VALUES {} ON CONFLICT (check_id, at) DO NOTHING",
        rows.join(", ")
    );
    let mut query = sqlx::query(AssertSqlSafe(sql));
    for (check, measured) in chunk {
        let (word, reason) = outcome_words(&measured.outcome);
        query = query
            .bind(check.uuid())
            .bind(measured.at.as_micros())
            .bind(measured.latency_us.map(i64::from))
            .bind(word)
            .bind(storable(&kept_reason(reason)).into_owned());
    }
    query.execute(connection).await?;
    Ok(())
}

/// Forgets the measurements of the checks that the condition, with the id as its parameter, finds.
pub(super) async fn forget(connection: &mut Connection, condition: &'static str, id: uuid::Uuid) -> Result<(), Fault> {
    let sql = format!("DELETE FROM measurement WHERE check_id IN (SELECT id FROM health_check WHERE {condition})");
    sqlx::query(AssertSqlSafe(sql)).bind(id).execute(connection).await?;
    Ok(())
}
