//! What is remembered of one Jenkins account between calls and between clients: how POSTs are let in, answers for conditional
//! reads, which build a queue item became. Nothing here is needed to be right: it saves calls and makes the next one better.

use crate::budget::{Budget, date_epoch_s};
use crate::conditional::ConditionalCache;
use chrono::{DateTime, Utc};
use http::{HeaderMap, HeaderName, HeaderValue};
use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError};

/// How many queue items and stopped builds are remembered.
const MOST: usize = 2048;

/// How a POST gets past the filter against forged requests.
#[derive(Clone, Debug, Default)]
pub(super) enum Entry {
    /// Not asked yet.
    #[default]
    Unasked,
    /// An API token is exempt, or the filter is off.
    Free,
    /// A password needs a crumb and the session that it was given in.
    Crumb(Crumb),
}

/// A crumb. Both values are marked sensitive.
#[derive(Clone, Debug)]
pub(super) struct Crumb {
    pub(super) field: HeaderName,
    pub(super) value: HeaderValue,
    /// The cookies of the same answer.
    pub(super) session: Option<HeaderValue>,
}

/// What is remembered of one account.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    pub(super) answers: ConditionalCache,
    pub(super) budget: Budget,
    entry: Mutex<Entry>,
    builds: Mutex<HashMap<(String, u64), u64>>,
    terminated: Mutex<HashSet<String>>,
    clock_ahead_s: AtomicI64,
}

impl Memory {
    pub(super) fn entry(&self) -> Entry {
        self.entry.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn note_entry(&self, entry: Entry) {
        *self.entry.lock().unwrap_or_else(PoisonError::into_inner) = entry;
    }

    /// The build that a queue item of a job became.
    pub(super) fn build(&self, job: &str, queue: u64) -> Option<u64> {
        self.builds.lock().unwrap_or_else(PoisonError::into_inner).get(&(job.to_owned(), queue)).copied()
    }

    pub(super) fn note_build(&self, job: &str, queue: u64, number: u64) {
        let mut builds = self.builds.lock().unwrap_or_else(PoisonError::into_inner);
        if builds.len() >= MOST {
            builds.clear();
        }
        builds.insert((job.to_owned(), queue), number);
    }

    /// Notes that a build was told to terminate; true where it had been told before.
    pub(super) fn was_terminated(&self, build: &str) -> bool {
        let mut terminated = self.terminated.lock().unwrap_or_else(PoisonError::into_inner);
        if terminated.len() >= MOST {
            terminated.clear();
        }
        !terminated.insert(build.to_owned())
    }

    /// How far the server's clock is ahead of ours, in seconds; 0 before the first answer.
    pub(super) fn clock_ahead_s(&self) -> i64 {
        self.clock_ahead_s.load(Ordering::Relaxed)
    }

    pub(super) fn note_clock(&self, headers: &HeaderMap, now: DateTime<Utc>) {
        if let Some(theirs) = date_epoch_s(headers) {
            self.clock_ahead_s.store(theirs.saturating_sub(now.timestamp()), Ordering::Relaxed);
        }
    }
}
