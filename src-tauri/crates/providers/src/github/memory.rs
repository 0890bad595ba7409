//! What is remembered of one GitHub account between calls and between clients. Nothing here is needed to be right: it saves calls
//! and makes messages better.

use super::account;
use super::api_version::ApiVersion;
use crate::answer::Answer;
use crate::budget::{Budget, date_epoch_s};
use crate::conditional::ConditionalCache;
use chrono::{DateTime, Utc};
use http::HeaderMap;
use pilothouse_domain::Timestamp;
use pilothouse_engine::ports::provider::RateLimit;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError};

/// What is remembered of one account.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    pub(super) answers: ConditionalCache,
    pub(super) budget: Budget,
    /// Set where the server refuses `return_run_details` (Enterprise Server up to 3.19).
    pub(super) refuses_run_details: AtomicBool,
    speaks_older_version: AtomicBool,
    rate_limit: Mutex<Option<RateLimit>>,
    token_ends: Mutex<Option<Timestamp>>,
    clock_ahead_s: AtomicI64,
}

impl Memory {
    /// How far the provider's clock is ahead of ours, in seconds; 0 before the first answer.
    pub(super) fn clock_ahead_s(&self) -> i64 {
        self.clock_ahead_s.load(Ordering::Relaxed)
    }

    pub(super) fn note_clock(&self, headers: &HeaderMap, now: DateTime<Utc>) {
        if let Some(theirs) = date_epoch_s(headers) {
            self.clock_ahead_s.store(theirs.saturating_sub(now.timestamp()), Ordering::Relaxed);
        }
    }

    /// The version of the API to speak: the newest one until the server refuses it.
    pub(super) fn api_version(&self) -> ApiVersion {
        if self.speaks_older_version.load(Ordering::Relaxed) { ApiVersion::V2022 } else { ApiVersion::V2026 }
    }

    pub(super) fn note_api_version(&self, version: ApiVersion) {
        self.speaks_older_version.store(version == ApiVersion::V2022, Ordering::Relaxed);
    }

    /// The call budget, as the last answer that told of it had it.
    pub(super) fn rate_limit(&self) -> Option<RateLimit> {
        *self.rate_limit.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn note_rate_limit(&self, limit: RateLimit) {
        *self.rate_limit.lock().unwrap_or_else(PoisonError::into_inner) = Some(limit);
    }

    /// When the token ends, as far as an answer has told.
    pub(super) fn token_ends(&self) -> Option<Timestamp> {
        *self.token_ends.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn note_expiry(&self, answer: &Answer) {
        if let Some(ends) = account::expiry(answer) {
            *self.token_ends.lock().unwrap_or_else(PoisonError::into_inner) = Some(ends);
        }
    }
}
