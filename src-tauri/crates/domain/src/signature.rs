//! Signatures of approvals: what is signed, with which key, and whether a stored approval still fits its signature and the audit
//! chain. Ed25519 (RFC 8032) over canonical JSON (RFC 8785).
//!
//! Must not make keys, nor keep one: the seed comes from the keychain for as long as a signature takes.

use crate::approval::Approval;
use crate::audit::AuditEvent;
use crate::canonical::canonical;
use crate::{Actor, ApprovalId, Timestamp};
use ed25519_dalek::{Signer as _, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;

/// Length of the seed of a signing key, in bytes.
pub const SEED_LENGTH: usize = 32;

/// The audit event with which a person's key is recorded, before it signs for the first time. Its subject is the public key.
pub const KEY_ADDED: &str = "approver.key_added";

/// A signature, with the key that it was made with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// The public key, 64 hexadecimal digits.
    pub public_key: String,
    /// The signature over [`statement`], 128 hexadecimal digits.
    pub signature: String,
}

/// What is signed: everything that an approval says, as canonical JSON.
#[must_use]
pub fn statement(approval: &Approval) -> Vec<u8> {
    canonical(&json!({
        "statement": "approval",
        "approval": approval.id,
        "release": approval.release_id,
        "content_hash": approval.content_hash,
        "verdict": approval.verdict,
        "comment": approval.comment,
        "actor": approval.by,
        "at": approval.at,
    }))
}

/// The public key of a seed, in hexadecimal.
#[must_use]
pub fn public_key(seed: &[u8; SEED_LENGTH]) -> String {
    hex(SigningKey::from_bytes(seed).verifying_key().as_bytes())
}

/// Signs an approval.
#[must_use]
pub fn sign(approval: &Approval, seed: &[u8; SEED_LENGTH]) -> Signature {
    let key = SigningKey::from_bytes(seed);
    Signature { public_key: hex(key.verifying_key().as_bytes()), signature: hex(&key.sign(&statement(approval)).to_bytes()) }
}

/// Whether the signature was made with its key over exactly this approval.
#[must_use]
pub fn fits(approval: &Approval, signature: &Signature) -> bool {
    let key = bytes(&signature.public_key).and_then(|key| VerifyingKey::from_bytes(&key).ok());
    let made = bytes(&signature.signature).map(|made| ed25519_dalek::Signature::from_bytes(&made));
    let (Some(key), Some(made)) = (key, made) else { return false };
    key.verify_strict(&statement(approval), &made).is_ok()
}

/// What is wrong with a stored approval.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum ApprovalFault {
    /// The signature isn't one over what is stored.
    #[error("it was changed after it was signed, or signed with another key")]
    Altered,
    /// The key was never recorded for this person.
    #[error("the audit chain records no such key for this person")]
    UnknownKey,
    /// It carries no signature, though it was given one, or though approvals were signed by then.
    #[error("its signature is missing")]
    SignatureMissing,
    /// It is another one than the chain records under its id.
    #[error("the audit chain records it differently")]
    NotAsRecorded,
    /// The chain records it, and it is not stored.
    #[error("the audit chain records it, but it is gone")]
    Gone,
}

/// How a stored approval stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Signed, by a key that the chain records for this person.
    Signed,
    /// From before approvals were signed.
    Unsigned,
    /// Doesn't fit.
    Faulty(ApprovalFault),
}

/// What the audit chain says about keys and approvals. Told every event in order, it judges what is stored.
#[derive(Clone, Debug, Default)]
pub struct SignatureBook {
    keys: Vec<(String, Actor)>,
    signing_since: Option<Timestamp>,
    recorded: BTreeMap<ApprovalId, Recorded>,
    shown: bool,
}

#[derive(Clone, Debug)]
struct Recorded {
    approval: Approval,
    /// Whether it must be among the stored approvals.
    required: bool,
}

impl SignatureBook {
    /// Takes in what an event says.
    pub fn read(&mut self, event: &AuditEvent) {
        let entry = &event.entry;
        if entry.action == KEY_ADDED {
            self.keys.push((entry.subject_id.clone(), entry.actor.clone()));
            self.signing_since = self.signing_since.min(Some(entry.at)).or(Some(entry.at));
        }
        if let Some(approval) = entry.data.get("approval").and_then(|value| Approval::deserialize(value).ok()) {
            self.recorded.insert(approval.id, Recorded { approval, required: !self.shown });
        }
    }

    /// The stored approvals are read now: what the chain records from here on need not be among them.
    pub fn stored_were_read(&mut self) {
        self.shown = true;
    }

    /// Judges a stored approval, and ticks it off.
    pub fn judge(&mut self, approval: &Approval) -> Standing {
        let recorded = self.recorded.remove(&approval.id).map(|recorded| recorded.approval);
        let Some(signature) = &approval.signature else {
            let was_signed = recorded.as_ref().is_some_and(|r| r.signature.is_some());
            let too_late = self.signing_since.is_some_and(|since| approval.at >= since);
            return if was_signed || too_late { Standing::Faulty(ApprovalFault::SignatureMissing) } else { Standing::Unsigned };
        };
        if !fits(approval, signature) {
            return Standing::Faulty(ApprovalFault::Altered);
        }
        if !self.keys.iter().any(|(key, person)| *key == signature.public_key && *person == approval.by) {
            return Standing::Faulty(ApprovalFault::UnknownKey);
        }
        if recorded.is_some_and(|recorded| recorded != *approval) {
            return Standing::Faulty(ApprovalFault::NotAsRecorded);
        }
        Standing::Signed
    }

    /// What the chain records and isn't stored: to be asked once every stored approval was judged.
    #[must_use]
    pub fn gone(self) -> Vec<Approval> {
        self.recorded.into_values().filter(|recorded| recorded.required).map(|recorded| recorded.approval).collect()
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bytes<const N: usize>(hex: &str) -> Option<[u8; N]> {
    if hex.len() != 2 * N || !hex.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, at) in bytes.iter_mut().zip((0..).step_by(2)) {
        *byte = u8::from_str_radix(hex.get(at..at + 2)?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
#[path = "signature_tests.rs"]
mod tests;
