//! Rounds of user acceptance testing, and feedback.

use super::port::reading;
use super::rows::{one, read_all};
use super::select::Select;
use super::{LOST, Pool, SqlStore, bounded};
use crate::error::Fault;
use async_trait::async_trait;
use pilothouse_domain::uat::{Feedback, UatRound};
use pilothouse_domain::{FeedbackId, ProductId, ReleaseId, TesterId, UatRoundId};
use pilothouse_engine::ports::store::StoreError;
use pilothouse_engine::ports::uat_store::{FeedbackFilter, UatRoundFilter, UatStore};
use sqlx::Row as _;

#[async_trait]
impl UatStore for SqlStore {
    async fn uat_rounds(&self, filter: &UatRoundFilter) -> Result<Vec<UatRound>, StoreError> {
        reading!(rounds(&self.pools.reader, filter))
    }

    async fn uat_round(&self, id: UatRoundId) -> Result<UatRound, StoreError> {
        reading!(one(&self.pools.reader, id.uuid()))
    }

    async fn feedback(&self, filter: &FeedbackFilter) -> Result<Vec<Feedback>, StoreError> {
        reading!(feedback(&self.pools.reader, filter))
    }

    async fn feedback_one(&self, id: FeedbackId) -> Result<Feedback, StoreError> {
        reading!(one(&self.pools.reader, id.uuid()))
    }

    async fn feedback_keys(&self, round: UatRoundId) -> Result<Vec<String>, StoreError> {
        reading!(keys(&self.pools.reader, round))
    }

    async fn feedback_by_key(&self, product: ProductId, key: &str) -> Result<Option<Feedback>, StoreError> {
        reading!(by_key(&self.pools.reader, product, key))
    }

    async fn feedback_counts(&self, round: UatRoundId) -> Result<Vec<(String, u32)>, StoreError> {
        reading!(counts(&self.pools.reader, round))
    }
}

async fn rounds(pool: &Pool, filter: &UatRoundFilter) -> Result<Vec<UatRound>, Fault> {
    let listed = Select::entities::<UatRound>()
        .with("product_id = ", filter.product.map(ProductId::uuid))
        .with("release_id = ", filter.release.map(ReleaseId::uuid));
    read_all(&listed.fetch(pool, "begun_at DESC, id DESC", filter.limit).await?)
}

async fn feedback(pool: &Pool, filter: &FeedbackFilter) -> Result<Vec<Feedback>, Fault> {
    let listed = Select::entities::<Feedback>()
        .with("product_id = ", filter.product.map(ProductId::uuid))
        .with("round_id = ", filter.round.map(UatRoundId::uuid))
        .with("tester_id = ", filter.tester.map(TesterId::uuid))
        .with("standing = ", filter.standing)
        .after(pool, "given_at", filter.after.map(FeedbackId::uuid))
        .await?;
    read_all(&listed.fetch(pool, "given_at DESC, id DESC", filter.limit).await?)
}

async fn keys(pool: &Pool, round: UatRoundId) -> Result<Vec<String>, Fault> {
    let sql = "SELECT external_key FROM feedback WHERE round_id = $1 ORDER BY external_key";
    Ok(sqlx::query_scalar(sql).bind(round.uuid()).fetch_all(pool).await?)
}

async fn by_key(pool: &Pool, product: ProductId, key: &str) -> Result<Option<Feedback>, Fault> {
    let listed = Select::entities::<Feedback>().with("product_id = ", Some(product.uuid())).with("external_key = ", Some(key));
    Ok(read_all(&listed.fetch(pool, "id DESC", 1).await?)?.into_iter().next())
}

async fn counts(pool: &Pool, round: UatRoundId) -> Result<Vec<(String, u32)>, Fault> {
    let sql = "SELECT standing, COUNT(*) FROM feedback WHERE round_id = $1 GROUP BY standing ORDER BY standing";
    let rows = sqlx::query(sql).bind(round.uuid()).fetch_all(pool).await?;
    let mut counts = Vec::with_capacity(rows.len());
    for row in rows {
        let count: i64 = row.try_get(1)?;
        counts.push((row.try_get(0)?, u32::try_from(count).unwrap_or(u32::MAX)));
    }
    Ok(counts)
}
