//! The part of the store that keeps reviews of releases. Written, as everything, through [`Store::commit`](super::Store::commit).

use crate::ports::store::StoreError;
use async_trait::async_trait;
use pilothouse_domain::review::Review;
use pilothouse_domain::{ProductId, ReleaseId, ReviewId};

/// What is remembered of reviews.
#[async_trait]
pub trait ReviewStore: Send + Sync {
    /// Reviews, last begun first.
    async fn reviews(&self, filter: &ReviewFilter) -> Result<Vec<Review>, StoreError>;
    /// One review.
    async fn review(&self, id: ReviewId) -> Result<Review, StoreError>;
}

/// Which reviews.
#[derive(Clone, Copy, Debug, Default)]
pub struct ReviewFilter {
    /// Of this product.
    pub product: Option<ProductId>,
    /// Of this release, which has one at most.
    pub release: Option<ReleaseId>,
    /// At most so many; 0 means 100.
    pub limit: u32,
}
