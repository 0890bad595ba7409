//! Reviews of releases.

use super::port::reading;
use super::rows::{one, read_all};
use super::select::Select;
use super::{LOST, Pool, SqlStore, bounded};
use crate::error::Fault;
use async_trait::async_trait;
use pilothouse_domain::review::Review;
use pilothouse_domain::{ProductId, ReleaseId, ReviewId};
use pilothouse_engine::ports::review_store::{ReviewFilter, ReviewStore};
use pilothouse_engine::ports::store::StoreError;

#[async_trait]
impl ReviewStore for SqlStore {
    async fn reviews(&self, filter: &ReviewFilter) -> Result<Vec<Review>, StoreError> {
        reading!(reviews(&self.pools.reader, filter))
    }

    async fn review(&self, id: ReviewId) -> Result<Review, StoreError> {
        reading!(one(&self.pools.reader, id.uuid()))
    }
}

async fn reviews(pool: &Pool, filter: &ReviewFilter) -> Result<Vec<Review>, Fault> {
    let listed = Select::entities::<Review>()
        .with("product_id = ", filter.product.map(ProductId::uuid))
        .with("release_id = ", filter.release.map(ReleaseId::uuid));
    read_all(&listed.fetch(pool, "begun_at DESC, id DESC", filter.limit).await?)
}
