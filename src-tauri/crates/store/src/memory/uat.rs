//! Rounds of user acceptance testing, and feedback.

use super::MemoryStore;
use super::lists::{newest, one};
use super::tables::Tables;
use async_trait::async_trait;
use pilothouse_domain::uat::{Feedback, UatRound};
use pilothouse_domain::{EnvironmentId, FeedbackId, ProductId, UatRoundId};
use pilothouse_engine::ports::store::StoreError;
use pilothouse_engine::ports::uat_store::{FeedbackFilter, UatRoundFilter, UatStore};
use std::collections::BTreeMap;

#[async_trait]
impl UatStore for MemoryStore {
    async fn uat_rounds(&self, filter: &UatRoundFilter) -> Result<Vec<UatRound>, StoreError> {
        let keep =
            |row: &UatRound| filter.product.is_none_or(|id| row.product_id == id) && filter.release.is_none_or(|id| row.release_id == id);
        newest(&self.database.lock().tables.uat_rounds, keep, |row| row.begun_at, None, filter.limit)
    }

    async fn uat_round(&self, id: UatRoundId) -> Result<UatRound, StoreError> {
        one(&self.database.lock().tables.uat_rounds, id.uuid())
    }

    async fn feedback(&self, filter: &FeedbackFilter) -> Result<Vec<Feedback>, StoreError> {
        let keep = |row: &Feedback| {
            filter.product.is_none_or(|id| row.product_id == id)
                && filter.round.is_none_or(|id| row.round_id == id)
                && filter.tester.is_none_or(|id| row.tester_id == Some(id))
                && filter.standing.is_none_or(|word| row.standing_word() == word)
        };
        let after = filter.after.map(FeedbackId::uuid);
        newest(&self.database.lock().tables.feedback, keep, |row| row.at, after, filter.limit)
    }

    async fn feedback_one(&self, id: FeedbackId) -> Result<Feedback, StoreError> {
        one(&self.database.lock().tables.feedback, id.uuid())
    }

    async fn feedback_keys(&self, round: UatRoundId) -> Result<Vec<String>, StoreError> {
        let database = self.database.lock();
        let mut keys: Vec<String> =
            database.tables.feedback.values().filter(|row| row.round_id == round).map(|row| row.external_key.clone()).collect();
        keys.sort();
        Ok(keys)
    }

    async fn feedback_by_key(&self, product: ProductId, key: &str) -> Result<Option<Feedback>, StoreError> {
        let database = self.database.lock();
        let mut known: Vec<&Feedback> = database
            .tables
            .feedback
            .values()
            .map(|row| &**row)
            .filter(|row| row.product_id == product && row.external_key == key)
            .collect();
        known.sort_by_key(|row| row.id);
        Ok(known.last().map(|row| (*row).clone()))
    }

    async fn feedback_counts(&self, round: UatRoundId) -> Result<Vec<(String, u32)>, StoreError> {
        let mut counts: BTreeMap<String, u32> = BTreeMap::new();
        for row in self.database.lock().tables.feedback.values().filter(|row| row.round_id == round) {
            *counts.entry(row.standing_word().to_owned()).or_default() += 1;
        }
        Ok(counts.into_iter().collect())
    }
}

impl Tables {
    /// What goes along with an environment or a product.
    pub(super) fn drop_uat(&mut self, gone: impl Fn(EnvironmentId, ProductId) -> bool) {
        self.uat_rounds.retain(|_, row| !gone(row.environment_id, row.product_id));
        let rounds = &self.uat_rounds;
        self.feedback.retain(|_, row| rounds.contains_key(&row.round_id.uuid()));
    }
}
