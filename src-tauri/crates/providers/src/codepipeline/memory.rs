//! What is remembered of one AWS account and region between calls and between clients: keys lent by a role, what never changes
//! about pipelines and executions, and how long to keep quiet after being throttled. Nothing here is needed to be right.

use super::client::Sdk;
use super::facts::Facts;
use super::structure::Structure;
use crate::budget::{Budget, date_epoch_s};
use chrono::{DateTime, Utc};
use http::HeaderMap;
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How many structures and how many executions are remembered.
const MOST_STRUCTURES: usize = 512;
const MOST_FACTS: usize = 4096;
/// The first pause after being throttled, and the longest.
const FIRST_PAUSE_MS: u64 = 1000;
const LONGEST_PAUSE_MS: u64 = 60_000;

/// What is remembered of one account and region.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    pub(super) budget: Budget,
    /// The client with its keys, until those end.
    pub(super) sdk: tokio::sync::Mutex<Option<Sdk>>,
    /// Who we are, once STS has told.
    pub(super) identity: Mutex<Option<String>>,
    structures: Mutex<HashMap<(String, i32), Arc<Structure>>>,
    facts: Mutex<HashMap<String, Arc<Facts>>>,
    throttled: AtomicU32,
    clock_ahead_s: AtomicI64,
}

impl Memory {
    /// How far AWS's clock is ahead of ours, in seconds; 0 before the first answer.
    pub(super) fn clock_ahead_s(&self) -> i64 {
        self.clock_ahead_s.load(Ordering::Relaxed)
    }

    pub(super) fn note_clock(&self, headers: &HeaderMap, now: DateTime<Utc>) {
        if let Some(theirs) = date_epoch_s(headers) {
            self.clock_ahead_s.store(theirs.saturating_sub(now.timestamp()), Ordering::Relaxed);
        }
    }

    /// Takes note of being throttled, and gives how long to keep quiet: twice as long each time, by chance up to half less, so that
    /// several programs that were throttled together don't come back together.
    pub(super) fn note_throttled(&self) -> Duration {
        let times = self.throttled.fetch_add(1, Ordering::Relaxed).min(16);
        let pause = (FIRST_PAUSE_MS << times).min(LONGEST_PAUSE_MS);
        let pause = Duration::from_millis(pause - RandomState::new().hash_one(times) % (pause / 2));
        self.budget.block(pause, Instant::now());
        pause
    }

    pub(super) fn note_answered(&self) {
        self.throttled.store(0, Ordering::Relaxed);
    }

    pub(super) fn structure(&self, pipeline: &str, version: i32) -> Option<Arc<Structure>> {
        let known = self.structures.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&(pipeline.to_owned(), version)).cloned()
    }

    pub(super) fn keep_structure(&self, structure: &Arc<Structure>) {
        let mut known = self.structures.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST_STRUCTURES {
            known.clear();
        }
        known.insert((structure.pipeline.clone(), structure.version), Arc::clone(structure));
    }

    pub(super) fn facts(&self, execution: &str) -> Option<Arc<Facts>> {
        self.facts.lock().unwrap_or_else(PoisonError::into_inner).get(execution).cloned()
    }

    pub(super) fn keep_facts(&self, execution: &str, facts: &Arc<Facts>) {
        let mut known = self.facts.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST_FACTS {
            known.clear();
        }
        known.insert(execution.to_owned(), Arc::clone(facts));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_throttling_waits_longer_up_to_a_minute_until_an_answer_comes() {
        let memory = Memory::default();
        for wanted_ms in [1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000] {
            let pause = memory.note_throttled();
            assert!(pause > Duration::from_millis(wanted_ms / 2 - 1) && pause <= Duration::from_millis(wanted_ms), "{pause:?}");
        }
        assert!(memory.budget.wait(Instant::now()).is_some());
        memory.note_answered();
        assert!(memory.note_throttled() <= Duration::from_millis(FIRST_PAUSE_MS));
    }
}
