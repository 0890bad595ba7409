//! Answers kept for conditional reads (RFC 9110, section 13): a poll sends the `ETag` it knows, and a 304 costs the provider little
//! and us nothing of the call budget. Bounded; must not keep anything that isn't a successful answer to a read.

use http::HeaderMap;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

/// How many answers are kept.
const MOST_ENTRIES: usize = 256;
/// How many bytes of bodies are kept.
const MOST_BYTES: usize = 32 * 1024 * 1024;
/// The longest single body that is kept.
const LONGEST_BODY: usize = 4 * 1024 * 1024;

/// A kept answer.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    /// The tag to send.
    pub(crate) etag: String,
    /// Its headers.
    pub(crate) headers: HeaderMap,
    /// Its body.
    pub(crate) body: Arc<[u8]>,
}

/// The answers kept for one account, the longest unused first.
#[derive(Debug, Default)]
pub(crate) struct ConditionalCache {
    entries: Mutex<VecDeque<(String, Kept)>>,
}

impl ConditionalCache {
    /// The answer kept for an address.
    pub(crate) fn get(&self, address: &str) -> Option<Kept> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let at = entries.iter().position(|(known, _)| known == address)?;
        let entry = entries.remove(at)?;
        let kept = entry.1.clone();
        entries.push_back(entry);
        Some(kept)
    }

    /// Keeps the answer of an address, in place of an older one, and lets go what is too much.
    pub(crate) fn put(&self, address: String, kept: Kept) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries.retain(|(known, _)| *known != address);
        if kept.body.len() > LONGEST_BODY {
            return;
        }
        entries.push_back((address, kept));
        while entries.len() > MOST_ENTRIES || entries.iter().map(|(_, kept)| kept.body.len()).sum::<usize>() > MOST_BYTES {
            entries.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    fn kept(etag: &str, length: usize) -> Kept {
        Kept { etag: etag.to_owned(), headers: HeaderMap::new(), body: vec![0; length].into() }
    }

    #[test]
    fn the_longest_unused_goes_first_and_bytes_are_bounded() {
        let cache = ConditionalCache::default();
        for n in 0..MOST_ENTRIES {
            cache.put(format!("/{n}"), kept("a", 1));
        }
        assert!(cache.get("/0").is_some());
        cache.put("/new".into(), kept("a", 1));
        assert!(cache.get("/0").is_some(), "was used a moment ago");
        assert!(cache.get("/1").is_none());
        for n in 0..9 {
            cache.put(format!("/big{n}"), kept("a", LONGEST_BODY));
        }
        assert!(cache.get("/big0").is_none());
        assert!(cache.get("/big8").is_some());
    }

    #[test]
    fn a_newer_answer_replaces_and_a_huge_one_forgets() {
        let cache = ConditionalCache::default();
        cache.put("/a".into(), kept("one", 1));
        cache.put("/a".into(), kept("two", 1));
        assert_eq!(cache.get("/a").unwrap().etag, "two");
        cache.put("/a".into(), kept("three", LONGEST_BODY + 1));
        assert!(cache.get("/a").is_none());
    }
}
