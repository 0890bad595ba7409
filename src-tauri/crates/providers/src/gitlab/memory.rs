//! What is remembered of one GitLab account between calls and between clients. Nothing here is needed to be right: it saves calls
//! and makes messages better.

use crate::budget::{Budget, date_epoch_s};
use crate::conditional::ConditionalCache;
use chrono::{DateTime, Utc};
use http::HeaderMap;
use pilothouse_domain::Timestamp;
use pilothouse_engine::ports::provider::RateLimit;
use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How many pipelines' starters are remembered.
const MOST_STARTERS: usize = 2000;

/// What is remembered of one account.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    pub(super) answers: ConditionalCache,
    pub(super) budget: Budget,
    rate_limit: Mutex<Option<RateLimit>>,
    token_ends: Mutex<Option<Timestamp>>,
    /// Who started a pipeline never changes, and lists don't tell it.
    starters: Mutex<HashMap<(String, u64), Option<String>>>,
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

    /// The call budget, as the last answer that told of it had it.
    pub(super) fn rate_limit(&self) -> Option<RateLimit> {
        *held(&self.rate_limit)
    }

    pub(super) fn note_rate_limit(&self, limit: RateLimit) {
        *held(&self.rate_limit) = Some(limit);
    }

    /// When the token ends, as far as a verification has told.
    pub(super) fn token_ends(&self) -> Option<Timestamp> {
        *held(&self.token_ends)
    }

    pub(super) fn note_expiry(&self, ends: Option<Timestamp>) {
        *held(&self.token_ends) = ends;
    }

    /// Who started a pipeline: `None` where we don't know, `Some(None)` where GitLab doesn't.
    pub(super) fn starter(&self, project: &str, pipeline: u64) -> Option<Option<String>> {
        held(&self.starters).get(&(project.to_owned(), pipeline)).cloned()
    }

    pub(super) fn note_starter(&self, project: &str, pipeline: u64, login: Option<String>) {
        let mut starters = held(&self.starters);
        if starters.len() >= MOST_STARTERS {
            starters.clear();
        }
        starters.insert((project.to_owned(), pipeline), login);
    }
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
