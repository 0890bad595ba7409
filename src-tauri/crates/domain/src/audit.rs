//! The audit chain: each mutation is an event whose hash covers its content and the hash before it, so that an edit, a gap or a
//! reordering shows. A cut tail shows against a head that was kept elsewhere. Must not store anything.

use crate::canonical::canonical;
use crate::{Actor, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// The hash before the first event.
pub const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// What happened, before it has its place in the chain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: Actor,
    /// What was done: `release.planned`, `deployment.triggered`. Subject and past tense, joined by a dot.
    pub action: String,
    /// The kind of thing it was done to: `release`, `deployment`, …
    pub subject_kind: String,
    /// The thing's id.
    pub subject_id: String,
    /// The product that it belongs to, for filtering; empty where there is none.
    pub product_id: String,
    /// One sentence for people: "Planned 1.4.0 for staging and production".
    pub summary: String,
    /// What else is known. Never a secret.
    pub data: Value,
}

/// An event in the chain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AuditEvent {
    /// Its place, from 1, without gaps.
    pub seq: u32,
    /// What happened.
    pub entry: AuditEntry,
    /// Hash of the event before it, [`GENESIS`] for the first.
    pub previous_hash: String,
    /// Hash over its place, its content and `previous_hash`.
    pub hash: String,
}

/// What a chain ends with: enough to notice a cut tail later.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChainHead {
    /// Number of events.
    pub seq: u32,
    /// Hash of the last one.
    pub hash: String,
}

impl Default for ChainHead {
    fn default() -> Self {
        Self { seq: 0, hash: GENESIS.to_owned() }
    }
}

/// A place where a chain is broken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "fault", rename_all = "snake_case")]
pub enum ChainFault {
    /// A number is missing or repeated.
    #[error("event {found} stands where event {expected} should be: an event was removed, added or moved")]
    Gap {
        /// The number that should follow.
        expected: u32,
        /// The number found.
        found: u32,
    },
    /// An event doesn't continue the one before it.
    #[error("event {seq} doesn't continue the event before it: the chain was reordered or cut and joined")]
    Broken {
        /// The event.
        seq: u32,
    },
    /// An event's content isn't what was hashed.
    #[error("event {seq} was changed after it was written")]
    Edited {
        /// The event.
        seq: u32,
    },
    /// The chain ends before, or differs from, a head that was kept elsewhere.
    #[error("the chain doesn't reach the kept head at event {seq}: its tail was cut off or rewritten")]
    TailCut {
        /// The kept head's place.
        seq: u32,
    },
}

/// SHA-256 over the canonical JSON (RFC 8785) of a value, in hexadecimal.
#[must_use]
pub fn hash_of(value: &Value) -> String {
    Sha256::digest(canonical(value)).iter().fold(String::with_capacity(64), |mut hex, byte| {
        hex.extend([byte >> 4, byte & 15].map(|digit| char::from(b"0123456789abcdef"[usize::from(digit)])));
        hex
    })
}

impl AuditEvent {
    /// The event that continues the chain after `head`.
    #[must_use]
    pub fn after(head: &ChainHead, entry: AuditEntry) -> Self {
        let seq = head.seq.saturating_add(1);
        let hash = event_hash(seq, &entry, &head.hash);
        Self { seq, entry, previous_hash: head.hash.clone(), hash }
    }

    /// The head of a chain that ends with this event.
    #[must_use]
    pub fn head(&self) -> ChainHead {
        ChainHead { seq: self.seq, hash: self.hash.clone() }
    }
}

fn event_hash(seq: u32, entry: &AuditEntry, previous_hash: &str) -> String {
    hash_of(&serde_json::json!({ "seq": seq, "entry": entry, "previous_hash": previous_hash }))
}

/// Checks that `events` continue the chain after `head`, in order. Returns the new head, so that a long chain can be checked in
/// pages.
///
/// # Errors
/// The first [`ChainFault`].
pub fn verify<'a>(head: &ChainHead, events: impl IntoIterator<Item = &'a AuditEvent>) -> Result<ChainHead, ChainFault> {
    let mut head = head.clone();
    for event in events {
        let expected = head.seq.saturating_add(1);
        if event.seq != expected {
            return Err(ChainFault::Gap { expected, found: event.seq });
        }
        if event.previous_hash != head.hash {
            return Err(ChainFault::Broken { seq: event.seq });
        }
        if event.hash != event_hash(event.seq, &event.entry, &event.previous_hash) {
            return Err(ChainFault::Edited { seq: event.seq });
        }
        head = event.head();
    }
    Ok(head)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    fn chain(length: u32) -> Vec<AuditEvent> {
        let mut head = ChainHead::default();
        (0..length)
            .map(|n| {
                let entry = AuditEntry {
                    at: Timestamp::from_micros(i64::from(n)).unwrap(),
                    actor: Actor::person("Mira Okafor"),
                    action: "release.drafted".into(),
                    subject_kind: "release".into(),
                    subject_id: n.to_string(),
                    product_id: String::new(),
                    summary: format!("Drafted {n}"),
                    data: serde_json::json!({ "n": n, "a": { "z": 1, "b": [true, null] } }),
                };
                let event = AuditEvent::after(&head, entry);
                head = event.head();
                event
            })
            .collect()
    }

    #[test]
    fn an_untouched_chain_verifies_whole_and_in_pages() {
        let events = chain(10);
        let whole = verify(&ChainHead::default(), &events).unwrap();
        let half = verify(&ChainHead::default(), &events[..5]).unwrap();
        assert_eq!(verify(&half, &events[5..]).unwrap(), whole);
        assert_eq!(whole, events[9].head());
    }

    #[test]
    fn an_edit_a_gap_and_a_reordering_are_found() {
        let mut edited = chain(5);
        edited[2].entry.summary.push('!');
        assert_eq!(verify(&ChainHead::default(), &edited), Err(ChainFault::Edited { seq: 3 }));

        let mut gap = chain(5);
        gap.remove(2);
        assert_eq!(verify(&ChainHead::default(), &gap), Err(ChainFault::Gap { expected: 3, found: 4 }));

        let mut moved = chain(5);
        moved.swap(1, 2);
        moved[1].seq = 2;
        moved[2].seq = 3;
        assert_eq!(verify(&ChainHead::default(), &moved), Err(ChainFault::Broken { seq: 2 }));
    }

    #[test]
    fn the_hash_does_not_depend_on_the_order_of_keys() {
        let one: Value = serde_json::from_str(r#"{"a":1,"b":2}"#).unwrap();
        let two: Value = serde_json::from_str(r#"{"b":2,"a":1}"#).unwrap();
        assert_eq!(hash_of(&one), hash_of(&two));
        assert_eq!(hash_of(&serde_json::json!({})), "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
    }
}
