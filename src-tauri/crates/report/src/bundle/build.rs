//! Makes a bundle.

use super::{
    APPROVALS, AUDIT, BundleParts, FORMAT, FORMAT_VERSION, MANIFEST, MAX_BYTES, MAX_FILES, Manifest, ManifestFile, SIGNATURE, Signature,
    fingerprint_of, hex, sha256, signed_bytes,
};
use ed25519_dalek::{Signer as _, SigningKey};
use pilothouse_domain::review::course;
use serde::Serialize;
use serde_json::json;
use std::collections::BTreeMap;
use std::io::{Cursor, Write as _};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

const README: &str = include_str!("README.txt");

/// Why there is no bundle.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BundleError {
    /// It would be too large.
    #[error("the bundle would be larger than 1 GiB, or hold more than {MAX_FILES} files")]
    TooLarge,
    /// It can't be written.
    #[error("the bundle can't be written: {0}")]
    Unwritable(String),
}

/// The bundle, signed with the key of this seed.
///
/// # Errors
/// [`BundleError::TooLarge`].
pub fn bundle(parts: &BundleParts<'_>, seed: &[u8; 32]) -> Result<Vec<u8>, BundleError> {
    let files = files(parts)?;
    let total: usize = files.values().map(Vec::len).sum();
    if total > MAX_BYTES - (MAX_BYTES >> 4) || files.len() > MAX_FILES - 2 {
        return Err(BundleError::TooLarge);
    }
    let listed = files.iter().map(|(path, content)| ManifestFile {
        path: path.clone(),
        bytes: u32::try_from(content.len()).unwrap_or(u32::MAX),
        sha256: sha256(content),
    });
    let last = parts.chain.links.last();
    let manifest = json(&Manifest {
        format: FORMAT.to_owned(),
        format_version: FORMAT_VERSION,
        product: parts.record.product.name.clone(),
        version: parts.record.release.version.to_string(),
        release_id: parts.record.release.id.to_string(),
        as_of: parts.record.as_of.to_string(),
        chain_seq: last.map_or(0, |link| link.seq),
        chain_hash: last.map(|link| link.hash.clone()).unwrap_or_default(),
        files: listed.collect(),
    })?;
    let key = SigningKey::from_bytes(seed);
    let signature = json(&Signature {
        algorithm: "Ed25519".to_owned(),
        public_key: hex(key.verifying_key().as_bytes()),
        fingerprint: fingerprint_of(&key.verifying_key()),
        signature: hex(&key.sign(&signed_bytes(&manifest)).to_bytes()),
    })?;
    let own = [(MANIFEST.to_owned(), manifest), (SIGNATURE.to_owned(), signature)];
    zipped(own.into_iter().chain(files))
}

fn files(parts: &BundleParts<'_>) -> Result<BTreeMap<String, Vec<u8>>, BundleError> {
    let record = parts.record;
    let timeline: Vec<_> = course(&record.events)
        .into_iter()
        .map(|milestone| {
            let entry = &milestone.event.entry;
            let since = milestone.since.map(|since| since.as_secs());
            json!({ "seq": milestone.event.seq, "at": entry.at, "actor": entry.actor, "action": entry.action, "summary": entry.summary, "seconds_since": since })
        })
        .collect();
    let mut files = BTreeMap::from([
        ("README.txt".to_owned(), README.as_bytes().to_vec()),
        ("report.html".to_owned(), parts.html.as_bytes().to_vec()),
        ("report.pdf".to_owned(), parts.pdf.to_vec()),
        ("product.json".to_owned(), json(&json!({ "product": record.product, "environments": record.environments }))?),
        ("release.json".to_owned(), json(&record.release)?),
        (APPROVALS.to_owned(), json(&record.approvals)?),
        ("deployments.json".to_owned(), json(&record.deployments)?),
        ("gates.json".to_owned(), json(&record.gates)?),
        ("checks.json".to_owned(), json(&record.checks)?),
        ("logs.json".to_owned(), json(&parts.logs)?),
        ("checklists.json".to_owned(), json(&record.checklists)?),
        ("smoke.json".to_owned(), json(&record.smoke_runs)?),
        ("uat.json".to_owned(), json(&json!({ "rounds": record.uat_rounds, "feedback": record.feedback }))?),
        ("documents.json".to_owned(), json(&record.documents)?),
        ("training.json".to_owned(), json(&json!({ "courses": record.courses, "records": record.training_records }))?),
        ("runbooks.json".to_owned(), json(&json!({ "attached": record.attached_runbook, "runs": record.runbook_runs }))?),
        ("incidents.json".to_owned(), json(&record.incidents)?),
        ("drift.json".to_owned(), json(&json!({ "unplanned_runs": record.unplanned_runs }))?),
        ("review.json".to_owned(), json(&record.review)?),
        ("metrics.json".to_owned(), json(&record.metrics)?),
        ("evidence.json".to_owned(), json(&record.evidence)?),
        ("timeline.json".to_owned(), json(&timeline)?),
        (AUDIT.to_owned(), json(parts.chain)?),
    ]);
    for (digest, content) in parts.evidence {
        files.insert(format!("evidence/{digest}"), content.clone());
    }
    Ok(files)
}

fn json(value: &(impl Serialize + ?Sized)) -> Result<Vec<u8>, BundleError> {
    let mut text = serde_json::to_vec_pretty(value).map_err(|error| BundleError::Unwritable(error.to_string()))?;
    text.push(b'\n');
    Ok(text)
}

/// Nothing of the zip depends on when and where it is made.
pub(super) fn zipped(files: impl Iterator<Item = (String, Vec<u8>)>) -> Result<Vec<u8>, BundleError> {
    let unwritable = |error: &dyn std::fmt::Display| BundleError::Unwritable(error.to_string());
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644);
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (path, content) in files {
        writer.start_file(path, options).map_err(|error| unwritable(&error))?;
        writer.write_all(&content).map_err(|error| unwritable(&error))?;
    }
    Ok(writer.finish().map_err(|error| unwritable(&error))?.into_inner())
}
