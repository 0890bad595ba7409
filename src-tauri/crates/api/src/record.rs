//! What is handed out about a release: the report, and the auditor's bundle. The files go to a host, which saves them; the window never
//! holds them.

use crate::decode::id;
use crate::error::ApiError;
use crate::{Api, ErrorCode, IdRequest};
use pilothouse_domain::ReleaseId;
use pilothouse_domain::evidence::ContentDigest;
use pilothouse_domain::record::ReleaseRecord;
use pilothouse_engine::usecases::RecordExport;
use pilothouse_report::bundle::{BundleParts, ChainExcerpt, Verification, bundle, fingerprint, public_key, verify};
use pilothouse_report::{html, pdf, release_report};
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use specta::Type;

/// A report to make.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ReleaseReportRequest {
    /// The release.
    pub release_id: String,
    /// As what.
    pub format: ReleaseReportFormat,
}

/// What a report is made as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum ReleaseReportFormat {
    /// One page that stands alone.
    Html,
    /// PDF/A.
    Pdf,
}

/// The key with which this computer signs bundles.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct BundleKeyView {
    /// SHA-256 of the public key: what an auditor is told beforehand.
    pub fingerprint: String,
    /// The public key (Ed25519), in hexadecimal.
    pub public_key: String,
}

/// A file that was saved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct SavedFileView {
    /// Where it lies.
    pub path: String,
    /// Its length.
    pub bytes: u32,
    /// SHA-256 of it.
    pub sha256: String,
    /// The fingerprint of the key that signed it; none of what isn't signed.
    pub fingerprint: Option<String>,
}

/// What verifying a bundle found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct BundleVerdictView {
    /// Whether everything fits.
    pub is_sound: bool,
    /// The product and version that it is about.
    pub release: String,
    /// As of when.
    pub as_of: String,
    /// The fingerprint of the key that signed it.
    pub fingerprint: String,
    /// Whether it is the expected one; none where none was given.
    pub is_expected: Option<bool>,
    /// Files that fit.
    pub files: u32,
    /// Events of the audit chain that fit.
    pub events: u32,
    /// Votes with a signature that fits.
    pub signed_votes: u32,
    /// The last event of the chain in it.
    pub chain_seq: u32,
    /// Its hash.
    pub chain_hash: String,
    /// What doesn't fit, a sentence each.
    pub faults: Vec<String>,
}

/// A file that is handed out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandedOut {
    /// The name under which it is saved.
    pub name: String,
    /// Its content.
    pub content: Vec<u8>,
    /// The fingerprint of the key that signed it.
    pub fingerprint: Option<String>,
}

impl HandedOut {
    /// What is told once it lies somewhere.
    #[must_use]
    pub fn saved_as(&self, path: String) -> SavedFileView {
        SavedFileView {
            path,
            bytes: u32::try_from(self.content.len()).unwrap_or(u32::MAX),
            sha256: ContentDigest::of(&self.content).to_string(),
            fingerprint: self.fingerprint.clone(),
        }
    }
}

/// Looks at a bundle. Needs nothing but its bytes.
#[must_use]
pub fn verify_bundle(content: &[u8], expected: Option<&str>) -> BundleVerdictView {
    let Verification { release, as_of, fingerprint, is_expected, files, events, signed_votes, chain, faults } = verify(content, expected);
    BundleVerdictView {
        is_sound: faults.is_empty(),
        release,
        as_of,
        fingerprint,
        is_expected,
        files,
        events,
        signed_votes,
        chain_seq: chain.0,
        chain_hash: chain.1,
        faults: faults.iter().map(ToString::to_string).collect(),
    }
}

impl Api {
    /// Makes the report of a release, and notes that it was handed out.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn release_report(&self, request: ReleaseReportRequest) -> Result<HandedOut, ApiError> {
        let record = self.engine.release_record(id("release_id", &request.release_id)?).await?;
        let ending = match request.format {
            ReleaseReportFormat::Html => "html",
            ReleaseReportFormat::Pdf => "pdf",
        };
        let name = file_name(&record, "report", ending);
        let rendered = record.clone();
        let content = away(move || match request.format {
            ReleaseReportFormat::Html => Ok(html(&release_report(&rendered)).into_bytes()),
            ReleaseReportFormat::Pdf => pdf(&release_report(&rendered)).map_err(|error| error.to_string()),
        });
        self.hand_out(&record, RecordExport::Report, HandedOut { name, content: content.await?, fingerprint: None }).await
    }

    /// Makes the auditor's bundle of a release, signed with this computer's key, and notes that it was handed out.
    ///
    /// # Errors
    /// `not_found`; those of the keychain; `internal` where it would be larger than 1 GiB.
    pub async fn release_bundle(&self, request: IdRequest) -> Result<HandedOut, ApiError> {
        let record = self.engine.release_record(id::<ReleaseId>("id", &request.id)?).await?;
        let seed = self.engine.keychain().bundle_seed().await?;
        let links = match (record.events.first(), record.events.last()) {
            (Some(first), Some(last)) => self.engine.chain_links(first.seq, last.seq).await?,
            _ => Vec::new(),
        };
        let chain = ChainExcerpt { links, events: record.events.clone(), keys: self.engine.key_events(&record).await? };
        let logs = self.engine.log_digests(&record).await;
        let evidence = self.engine.evidence_files(&record).await?;
        let name = file_name(&record, "bundle", "zip");
        let key = fingerprint(seed.expose_secret());
        let kept = record.clone();
        let content = away(move || {
            let report = release_report(&kept);
            let (page, paper) = (html(&report), pdf(&report).map_err(|error| error.to_string())?);
            let parts = BundleParts { record: &kept, chain: &chain, logs: &logs, evidence: &evidence, html: &page, pdf: &paper };
            bundle(&parts, seed.expose_secret()).map_err(|error| error.to_string())
        });
        self.hand_out(&record, RecordExport::Bundle, HandedOut { name, content: content.await?, fingerprint: Some(key) }).await
    }

    /// The key with which this computer signs bundles; made where there is none yet.
    ///
    /// # Errors
    /// Those of the keychain.
    pub async fn bundle_key(&self) -> Result<BundleKeyView, ApiError> {
        let seed = self.engine.keychain().bundle_seed().await?;
        Ok(BundleKeyView { fingerprint: fingerprint(seed.expose_secret()), public_key: public_key(seed.expose_secret()) })
    }

    async fn hand_out(&self, record: &ReleaseRecord, export: RecordExport, file: HandedOut) -> Result<HandedOut, ApiError> {
        self.engine.note_export(&self.actor, record, export, &file.name, &ContentDigest::of(&file.content)).await?;
        Ok(file)
    }
}

/// Rendering takes long enough to hold others up.
pub(crate) async fn away<T: Send + 'static>(render: impl FnOnce() -> Result<T, String> + Send + 'static) -> Result<T, ApiError> {
    let failed = |reason: String| ApiError::new(ErrorCode::Internal, reason, "Try again. If it stays, the log file says more.");
    match tokio::task::spawn_blocking(render).await {
        Ok(rendered) => rendered.map_err(failed),
        Err(error) => Err(failed(format!("it was broken off: {error}"))),
    }
}

/// `checkout 1.4.0 report.pdf`: without what would lead elsewhere.
fn file_name(record: &ReleaseRecord, what: &str, ending: &str) -> String {
    let name = format!("{} {}", record.product.name, record.release.version);
    let plain = name.chars().map(|c| if c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ' ' | '+') { c } else { '-' });
    let plain: String = plain.take(120).collect();
    format!("{} {what}.{ending}", plain.trim_start_matches('.').trim())
}
