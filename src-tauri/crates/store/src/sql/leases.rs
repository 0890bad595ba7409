//! Leases: who does what only one host may do at a time. Not told to the observer and not synced to the disk: a lease that a power
//! cut takes away is claimed again.

use super::rows::moment;
use super::{Connection, SqlStore, begin};
use crate::error::Fault;
use pilothouse_domain::Timestamp;
use pilothouse_engine::ports::store::Claimed;

impl SqlStore {
    /// Takes or renews a lease, unless another holder's is running.
    pub(super) async fn lease(&self, name: &str, holder: &str, now: Timestamp, until: Timestamp) -> Result<Claimed, Fault> {
        let _turn = self.pools.turn().await;
        let mut transaction = begin(&self.pools.recorder).await?;
        let taken = sqlx::query(
            "INSERT INTO lease (name, holder, lease_until) VALUES ($1, $2, $3) \
             ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, lease_until = excluded.lease_until \
             WHERE lease.holder = excluded.holder OR lease.lease_until <= $4",
        )
        .bind(name)
        .bind(holder)
        .bind(until.as_micros())
        .bind(now.as_micros())
        .execute(&mut *transaction)
        .await?;
        if taken.rows_affected() == 1 {
            transaction.commit().await?;
            return Ok(Claimed::Ours);
        }
        let theirs: i64 =
            sqlx::query_scalar("SELECT lease_until FROM lease WHERE name = $1").bind(name).fetch_one(&mut *transaction).await?;
        transaction.rollback().await?;
        Ok(Claimed::Theirs { until: moment("lease", name, theirs)? })
    }

    /// Gives a lease up, where this holder has it.
    pub(super) async fn unlease(&self, name: &str, holder: &str) -> Result<(), Fault> {
        let _turn = self.pools.turn().await;
        let mut transaction = begin(&self.pools.recorder).await?;
        sqlx::query("DELETE FROM lease WHERE name = $1 AND holder = $2").bind(name).bind(holder).execute(&mut *transaction).await?;
        Ok(transaction.commit().await?)
    }
}

/// Ends the leases of all others.
pub(super) async fn end_others(connection: &mut Connection, holder: &str) -> Result<(), Fault> {
    sqlx::query("DELETE FROM lease WHERE holder <> $1").bind(holder).execute(connection).await?;
    Ok(())
}
