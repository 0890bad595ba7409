//! Verifies a bundle, with nothing but the bundle and, where it is known, the fingerprint of the key.

use super::layout::{LayoutFault, read};
use super::{
    APPROVALS, AUDIT, ChainExcerpt, FORMAT, FORMAT_VERSION, MANIFEST, Manifest, SIGNATURE, Signature, fingerprint_of, sha256, signed_bytes,
    unhex,
};
use ed25519_dalek::VerifyingKey;
use pilothouse_domain::approval::Approval;
use pilothouse_domain::audit::{AuditEvent, ChainHead};
use pilothouse_domain::signature::{SignatureBook, Standing};
use std::collections::{BTreeMap, BTreeSet};

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verification {
    /// The product and the version, as the manifest tells.
    pub release: String,
    /// As of when, as the manifest tells.
    pub as_of: String,
    /// The fingerprint of the key that signed it; empty where none did.
    pub fingerprint: String,
    /// Whether that is the one that was asked for; `None` where none was.
    pub is_expected: Option<bool>,
    /// How many files fit their digests.
    pub files: u32,
    /// How many events of the audit chain fit.
    pub events: u32,
    /// How many votes carry a signature that fits.
    pub signed_votes: u32,
    /// The last link of the chain in here: its number and hash.
    pub chain: (u32, String),
    /// What doesn't fit. Nothing: the bundle is sound.
    pub faults: Vec<BundleFault>,
}

/// Something that doesn't fit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BundleFault {
    /// The zip is not as bundles are.
    #[error("the zip was tampered with, or is no bundle: {0}")]
    Layout(#[from] LayoutFault),
    /// The manifest or its signature isn't there, or can't be read.
    #[error("{0} is missing or can't be read")]
    Unreadable(&'static str),
    /// A later Pilothouse made it.
    #[error("the bundle is of a form that this version doesn't know ({0})")]
    UnknownForm(u32),
    /// The signature isn't one over this manifest by the key beside it.
    #[error("the manifest was changed after it was signed, or its signature or key was swapped")]
    BadSignature,
    /// Another key signed it than was expected.
    #[error("it was signed with another key: its fingerprint is {found}, not {expected}")]
    OtherKey {
        /// What was asked for.
        expected: String,
        /// What is in the bundle.
        found: String,
    },
    /// A file isn't what the manifest says.
    #[error("the file {0} was changed")]
    Changed(String),
    /// A file of the manifest isn't there.
    #[error("the file {0} was removed")]
    Removed(String),
    /// A file isn't in the manifest.
    #[error("the file {0} was added")]
    Added(String),
    /// A file has another name than in the manifest.
    #[error("the file {from} was renamed to {to}")]
    Renamed {
        /// Its name in the manifest.
        from: String,
        /// Its name now.
        to: String,
    },
    /// The excerpt of the audit chain doesn't hang together.
    #[error("the audit chain is broken at event {seq}: {reason}")]
    Chain {
        /// The event.
        seq: u32,
        /// In which way.
        reason: String,
    },
    /// A vote doesn't fit its signature or the chain.
    #[error("the vote of {by}: {reason}")]
    Vote {
        /// Whose it is said to be.
        by: String,
        /// What is wrong.
        reason: String,
    },
}

/// Looks at a bundle. Where a fingerprint is known, by another way than the bundle itself, the key must have it; spaces and colons in it don't
/// matter.
#[must_use]
pub fn verify(zip: &[u8], expected: Option<&str>) -> Verification {
    let mut found = Verification::default();
    let files = match read(zip) {
        Ok(files) => files,
        Err(fault) => {
            found.faults.push(fault.into());
            return found;
        }
    };
    let Some((manifest, signed)) = files.get(MANIFEST).and_then(|bytes| Some((serde_json::from_slice::<Manifest>(bytes).ok()?, *bytes)))
    else {
        found.faults.push(BundleFault::Unreadable(MANIFEST));
        return found;
    };
    if manifest.format != FORMAT || manifest.format_version != FORMAT_VERSION {
        found.faults.push(BundleFault::UnknownForm(manifest.format_version));
        return found;
    }
    found.release = format!("{} {}", manifest.product, manifest.version);
    found.as_of.clone_from(&manifest.as_of);
    found.chain = (manifest.chain_seq, manifest.chain_hash.clone());
    check_signature(&mut found, files.get(SIGNATURE).copied(), signed, expected);
    check_files(&mut found, &manifest, &files);
    check_chain(&mut found, &files);
    found
}

fn check_signature(found: &mut Verification, signature: Option<&[u8]>, signed: &[u8], expected: Option<&str>) {
    let Some(signature) = signature.and_then(|bytes| serde_json::from_slice::<Signature>(bytes).ok()) else {
        found.faults.push(BundleFault::Unreadable(SIGNATURE));
        return;
    };
    let key = unhex(&signature.public_key).and_then(|bytes| VerifyingKey::from_bytes(&bytes).ok());
    let made = unhex(&signature.signature).map(|bytes| ed25519_dalek::Signature::from_bytes(&bytes));
    let (Some(key), Some(made)) = (key, made) else {
        found.faults.push(BundleFault::BadSignature);
        return;
    };
    found.fingerprint = fingerprint_of(&key);
    let fits = signature.algorithm == "Ed25519" && signature.fingerprint == found.fingerprint;
    if !fits || key.verify_strict(&signed_bytes(signed), &made).is_err() {
        found.faults.push(BundleFault::BadSignature);
    }
    if let Some(expected) = expected {
        let plain: String = expected.chars().filter(char::is_ascii_hexdigit).collect::<String>().to_lowercase();
        found.is_expected = Some(plain == found.fingerprint);
        if plain != found.fingerprint {
            found.faults.push(BundleFault::OtherKey { expected: expected.to_owned(), found: found.fingerprint.clone() });
        }
    }
}

fn check_files(found: &mut Verification, manifest: &Manifest, files: &BTreeMap<String, &[u8]>) {
    let own = [MANIFEST, SIGNATURE];
    let listed: BTreeSet<&str> = manifest.files.iter().map(|file| file.path.as_str()).collect();
    let mut added: BTreeMap<&str, String> = files
        .iter()
        .filter(|(path, _)| !listed.contains(path.as_str()) && !own.contains(&path.as_str()))
        .map(|(path, content)| (path.as_str(), sha256(content)))
        .collect();
    if listed.len() != manifest.files.len() {
        found.faults.push(BundleFault::Unreadable(MANIFEST));
    }
    for file in &manifest.files {
        let fault = match files.get(&file.path) {
            Some(content) if sha256(content) == file.sha256 => {
                found.files += 1;
                continue;
            }
            Some(_) => BundleFault::Changed(file.path.clone()),
            None => match added.iter().find(|(_, digest)| **digest == file.sha256).map(|(path, _)| *path) {
                Some(path) => {
                    added.remove(path);
                    BundleFault::Renamed { from: file.path.clone(), to: path.to_owned() }
                }
                None => BundleFault::Removed(file.path.clone()),
            },
        };
        found.faults.push(fault);
    }
    found.faults.extend(added.into_keys().map(|path| BundleFault::Added(path.to_owned())));
}

fn check_chain(found: &mut Verification, files: &BTreeMap<String, &[u8]>) {
    let Some(chain) = files.get(AUDIT).and_then(|bytes| serde_json::from_slice::<ChainExcerpt>(bytes).ok()) else {
        found.faults.push(BundleFault::Unreadable(AUDIT));
        return;
    };
    let Some(votes) = files.get(APPROVALS).and_then(|bytes| serde_json::from_slice::<Vec<Approval>>(bytes).ok()) else {
        found.faults.push(BundleFault::Unreadable(APPROVALS));
        return;
    };
    let before = found.faults.len();
    found.faults.extend(chain_faults(&chain, &found.chain));
    if found.faults.len() > before {
        return;
    }
    found.events = u32::try_from(chain.events.len()).unwrap_or(u32::MAX);
    let mut told: Vec<&AuditEvent> = chain.keys.iter().chain(&chain.events).collect();
    told.sort_by_key(|event| event.seq);
    let mut book = SignatureBook::default();
    told.iter().for_each(|event| book.read(event));
    book.stored_were_read();
    for vote in &votes {
        match book.judge(vote) {
            Standing::Signed => found.signed_votes += 1,
            Standing::Unsigned => {}
            Standing::Faulty(fault) => found.faults.push(BundleFault::Vote { by: vote.by.to_string(), reason: fault.to_string() }),
        }
    }
    let gone = book
        .gone()
        .into_iter()
        .map(|vote| BundleFault::Vote { by: vote.by.to_string(), reason: pilothouse_domain::signature::ApprovalFault::Gone.to_string() });
    found.faults.extend(gone);
}

fn chain_faults(chain: &ChainExcerpt, end: &(u32, String)) -> Vec<BundleFault> {
    let broken = |seq: u32, reason: &str| BundleFault::Chain { seq, reason: reason.to_owned() };
    let mut faults = Vec::new();
    for pair in chain.links.windows(2) {
        let [one, next] = pair else { continue };
        if one.seq.checked_add(1) != Some(next.seq) || one.hash != next.previous_hash {
            faults.push(broken(next.seq, "it doesn't continue the one before it"));
        }
    }
    let last = chain.links.last().map_or_else(|| (0, String::new()), |link| (link.seq, link.hash.clone()));
    if last != *end {
        faults.push(broken(end.0, "the chain doesn't end where the manifest says"));
    }
    let links: BTreeMap<u32, &str> = chain.links.iter().map(|link| (link.seq, link.hash.as_str())).collect();
    let known = |event: &AuditEvent| links.get(&event.seq).is_some_and(|hash| *hash == event.hash);
    faults.extend(chain.events.iter().filter(|event| !known(event)).map(|event| broken(event.seq, "it is no link of the chain")));
    for event in chain.events.iter().chain(&chain.keys) {
        let head = ChainHead { seq: event.seq.saturating_sub(1), hash: event.previous_hash.clone() };
        if let Err(fault) = pilothouse_domain::audit::verify(&head, [event]) {
            faults.push(broken(event.seq, &fault.to_string()));
        }
    }
    faults
}
