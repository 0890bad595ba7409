//! Reviews of releases.

use super::MemoryStore;
use super::lists::{newest, one};
use async_trait::async_trait;
use pilothouse_domain::ReviewId;
use pilothouse_domain::review::Review;
use pilothouse_engine::ports::review_store::{ReviewFilter, ReviewStore};
use pilothouse_engine::ports::store::StoreError;

#[async_trait]
impl ReviewStore for MemoryStore {
    async fn reviews(&self, filter: &ReviewFilter) -> Result<Vec<Review>, StoreError> {
        let keep =
            |row: &Review| filter.product.is_none_or(|id| row.product_id == id) && filter.release.is_none_or(|id| row.release_id == id);
        newest(&self.database.lock().tables.reviews, keep, |row| row.begun_at, None, filter.limit)
    }

    async fn review(&self, id: ReviewId) -> Result<Review, StoreError> {
        one(&self.database.lock().tables.reviews, id.uuid())
    }
}
