//! The part of the store that keeps rounds of user acceptance testing and feedback. Written, as everything, through
//! [`Store::commit`](super::Store::commit).

use crate::ports::store::StoreError;
use async_trait::async_trait;
use pilothouse_domain::uat::{Feedback, UatRound};
use pilothouse_domain::{FeedbackId, ProductId, ReleaseId, TesterId, UatRoundId};

/// What is remembered of user acceptance testing.
#[async_trait]
pub trait UatStore: Send + Sync {
    /// Rounds, last begun first.
    async fn uat_rounds(&self, filter: &UatRoundFilter) -> Result<Vec<UatRound>, StoreError>;
    /// One round.
    async fn uat_round(&self, id: UatRoundId) -> Result<UatRound, StoreError>;

    /// Feedback, newest first.
    async fn feedback(&self, filter: &FeedbackFilter) -> Result<Vec<Feedback>, StoreError>;
    /// One feedback.
    async fn feedback_one(&self, id: FeedbackId) -> Result<Feedback, StoreError>;
    /// What the feedback of a round is known by where it comes from.
    async fn feedback_keys(&self, round: UatRoundId) -> Result<Vec<String>, StoreError>;
    /// The feedback of a product that is known by this where it comes from, in whichever round; `None` for none.
    async fn feedback_by_key(&self, product: ProductId, key: &str) -> Result<Option<Feedback>, StoreError>;
    /// How much feedback of a round there is of each standing.
    async fn feedback_counts(&self, round: UatRoundId) -> Result<Vec<(String, u32)>, StoreError>;
}

/// Which rounds.
#[derive(Clone, Copy, Debug, Default)]
pub struct UatRoundFilter {
    /// Of this product.
    pub product: Option<ProductId>,
    /// Of this release.
    pub release: Option<ReleaseId>,
    /// At most so many; 0 means 100.
    pub limit: u32,
}

/// Which feedback.
#[derive(Clone, Copy, Debug, Default)]
pub struct FeedbackFilter {
    /// Of this product.
    pub product: Option<ProductId>,
    /// Of this round.
    pub round: Option<UatRoundId>,
    /// What this tester gave through the feedback form.
    pub tester: Option<TesterId>,
    /// Only what stands at this word: that of `Feedback::standing_word`.
    pub standing: Option<&'static str>,
    /// Only what comes after this one in the list.
    pub after: Option<FeedbackId>,
    /// At most so many; 0 means 100.
    pub limit: u32,
}
