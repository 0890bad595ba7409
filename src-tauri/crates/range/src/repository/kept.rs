//! What never changes in a Git repository: objects, by hash. Kept, so that a client that polls costs one git process per
//! request and not ten. Refs are never kept.

use std::collections::BTreeMap;
use std::sync::Mutex;

use super::{Commit, Entry};
use crate::lock::lock;

/// Entries per kind before all are forgotten: far more than the practice repository has.
const MOST: usize = 5_000;

/// Values by hash.
#[derive(Debug)]
pub(super) struct Kept<V> {
    values: Mutex<BTreeMap<String, V>>,
}

impl<V> Default for Kept<V> {
    fn default() -> Self {
        Self { values: Mutex::default() }
    }
}

impl<V: Clone> Kept<V> {
    pub(super) fn get(&self, key: &str) -> Option<V> {
        lock(&self.values).get(key).cloned()
    }

    pub(super) fn put(&self, key: String, value: V) {
        let mut values = lock(&self.values);
        if values.len() >= MOST {
            values.clear();
        }
        values.insert(key, value);
    }
}

/// Everything kept of one repository.
#[derive(Debug, Default)]
pub(super) struct Objects {
    pub(super) commits: Kept<Commit>,
    pub(super) blobs: Kept<Vec<u8>>,
    /// By `commit:path`; a path with a trailing slash lists the folder.
    pub(super) entries: Kept<Vec<Entry>>,
}
