//! The auditor's bundle: everything that a record says, in one zip, with a manifest of digests, a signature over it, and an excerpt of the
//! audit chain. The same record, signed with the same key, gives the same bytes.
//!
//! What is stored in the zip is stored as it is, never packed: a bundle is as large as it looks. The verifier reads it byte by byte, trusts
//! nothing in it, and accounts for every byte of it.

mod build;
mod layout;
mod verify;

pub use build::{BundleError, bundle};
pub use layout::LayoutFault;
pub use verify::{BundleFault, Verification, verify};

use ed25519_dalek::{SigningKey, VerifyingKey};
use pilothouse_domain::audit::AuditEvent;
use pilothouse_domain::evidence::ContentDigest;
use pilothouse_domain::record::{ChainLink, LogDigest, ReleaseRecord};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;

/// The largest bundle that is made or looked at, in bytes: 1 GiB.
pub const MAX_BYTES: usize = 1 << 30;
/// So many files a bundle has at most.
pub const MAX_FILES: usize = 20_000;

const FORMAT: &str = "pilothouse-bundle";
const FORMAT_VERSION: u32 = 1;
const MANIFEST: &str = "manifest.json";
const SIGNATURE: &str = "signature.json";
const AUDIT: &str = "audit.json";
const APPROVALS: &str = "approvals.json";
/// What is signed begins with this, so that no signature of anything else can be passed off as one of a bundle.
const SIGNS: &[u8] = b"pilothouse bundle manifest\n";

/// What a bundle is made of.
#[derive(Clone, Copy, Debug)]
pub struct BundleParts<'a> {
    /// The record.
    pub record: &'a ReleaseRecord,
    /// The excerpt of the audit chain.
    pub chain: &'a ChainExcerpt,
    /// The digests of the logs.
    pub logs: &'a [LogDigest],
    /// The contents of the files of evidence.
    pub evidence: &'a BTreeMap<ContentDigest, Vec<u8>>,
    /// The report as a page.
    pub html: &'a str,
    /// The report as PDF.
    pub pdf: &'a [u8],
}

/// A part of the audit chain. Events of this release are told whole; those of others, which lie between, by their hashes alone: so the part
/// hangs together, and nothing of others is handed out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChainExcerpt {
    /// Every link from the first event to the last, without gaps.
    pub links: Vec<ChainLink>,
    /// The events of this release.
    pub events: Vec<AuditEvent>,
    /// The events that record the keys of those who voted, from wherever in the chain.
    pub keys: Vec<AuditEvent>,
}

/// What a bundle holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    format: String,
    format_version: u32,
    product: String,
    version: String,
    release_id: String,
    /// When the last of it happened, RFC 3339.
    as_of: String,
    /// The last link of the audit chain in here: to be compared with a head that was kept elsewhere.
    chain_seq: u32,
    chain_hash: String,
    files: Vec<ManifestFile>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ManifestFile {
    path: String,
    bytes: u32,
    sha256: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Signature {
    algorithm: String,
    public_key: String,
    fingerprint: String,
    signature: String,
}

/// The public key of a seed, in hexadecimal.
#[must_use]
pub fn public_key(seed: &[u8; 32]) -> String {
    hex(SigningKey::from_bytes(seed).verifying_key().as_bytes())
}

/// The fingerprint of the key of a seed: SHA-256 of the public key, in hexadecimal.
#[must_use]
pub fn fingerprint(seed: &[u8; 32]) -> String {
    fingerprint_of(&SigningKey::from_bytes(seed).verifying_key())
}

fn fingerprint_of(key: &VerifyingKey) -> String {
    sha256(key.as_bytes())
}

fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    if text.len() != 2 * N || !text.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, at) in bytes.iter_mut().zip((0..).step_by(2)) {
        *byte = u8::from_str_radix(text.get(at..at + 2)?, 16).ok()?;
    }
    Some(bytes)
}

fn signed_bytes(manifest: &[u8]) -> Vec<u8> {
    [SIGNS, manifest].concat()
}

#[cfg(test)]
mod tests;
