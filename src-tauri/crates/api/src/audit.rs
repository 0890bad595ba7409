//! The audit trail: pages of it, its head, and whether the chain and the approvals are sound.

use crate::Api;
use crate::decode::{optional_id, shown};
use crate::error::ApiError;
use crate::releases::glyph;
use crate::words::Glyph;
use pilothouse_domain::approval::Verdict;
use pilothouse_domain::audit::{AuditEvent, ChainFault, ChainHead};
use pilothouse_domain::signature::ApprovalFault;
use pilothouse_engine::ports::store::AuditFilter;
use pilothouse_engine::{ApprovalReport, FaultyApproval};
use serde::{Deserialize, Serialize};
use specta::Type;

/// A page of the audit trail, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct AuditPageRequest {
    /// Of this product.
    pub product_id: Option<String>,
    /// About this subject's id.
    pub subject_id: Option<String>,
    /// Before this number: the last one of the page before.
    pub before: Option<u32>,
    /// At most so many, 1 to 1,000; 0 means 100.
    pub limit: u32,
}

/// An event of the audit trail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct AuditEventView {
    /// Its place, from 1, without gaps.
    pub seq: u32,
    /// When.
    pub at: String,
    /// Who.
    pub actor: String,
    /// What was done: `release.planned`.
    pub action: String,
    /// The kind of thing it was done to.
    pub subject_kind: String,
    /// The thing's id.
    pub subject_id: String,
    /// The product that it belongs to.
    pub product_id: Option<String>,
    /// One sentence.
    pub summary: String,
    /// What else is known, as JSON text.
    pub data: String,
    /// Hash of the event before it.
    pub previous_hash: String,
    /// Its hash.
    pub hash: String,
    /// What it is marked with.
    pub glyph: Glyph,
}

/// What a chain ends with. Kept elsewhere, it shows later whether the tail was cut.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ChainHeadDto {
    /// Number of events.
    pub seq: u32,
    /// Hash of the last one.
    pub hash: String,
}

/// What to verify the chain against.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct VerifyAuditRequest {
    /// A head that was kept elsewhere.
    pub kept_head: Option<ChainHeadDto>,
}

/// What verifying the chain found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ChainReportView {
    /// As far as the chain is sound.
    pub verified: ChainHeadDto,
    /// Where it is broken; none where it is sound.
    pub fault: Option<ChainFaultView>,
    /// How the approvals stand.
    #[serde(default)]
    pub approvals: ApprovalReportView,
}

/// How the stored approvals stand. Where the chain is broken, the keys that it records can't be relied on: then only signatures
/// that don't fit what they sign are faults.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ApprovalReportView {
    /// How many carry a signature that fits.
    pub signed: u32,
    /// How many are from before approvals were signed.
    pub unsigned: u32,
    /// Those that don't fit.
    pub faults: Vec<ApprovalFaultView>,
}

/// An approval that doesn't fit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ApprovalFaultView {
    /// The approval.
    pub approval_id: String,
    /// The release that it is about.
    pub release_id: String,
    /// That release's version, where it is known.
    pub version: Option<String>,
    /// Who is said to have voted.
    pub by: String,
    /// When that is said to have been.
    pub at: String,
    /// What kind of fault.
    pub fault: ApprovalFaultWord,
    /// That in a sentence.
    pub message: String,
}

/// Kinds of faults of approvals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum ApprovalFaultWord {
    /// Its signature isn't one over what is stored.
    Altered,
    /// The chain records no such key for this person.
    UnknownKey,
    /// It carries no signature, though it should.
    SignatureMissing,
    /// The chain records it differently.
    NotAsRecorded,
    /// The chain records it, and it isn't stored.
    Gone,
}

/// A place where the chain is broken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ChainFaultView {
    /// What kind of fault.
    pub fault: ChainFaultWord,
    /// The event where it shows.
    pub seq: u32,
    /// That in a sentence.
    pub message: String,
}

/// Kinds of faults.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum ChainFaultWord {
    /// A number is missing or repeated.
    Gap,
    /// An event doesn't continue the one before it.
    Broken,
    /// An event was changed after it was written.
    Edited,
    /// The chain doesn't reach a head that was kept.
    TailCut,
}

impl From<&AuditEvent> for AuditEventView {
    fn from(event: &AuditEvent) -> Self {
        let entry = &event.entry;
        Self {
            seq: event.seq,
            at: shown(entry.at),
            actor: entry.actor.to_string(),
            action: entry.action.clone(),
            subject_kind: entry.subject_kind.clone(),
            subject_id: entry.subject_id.clone(),
            product_id: Some(entry.product_id.clone()).filter(|id| !id.is_empty()),
            summary: entry.summary.clone(),
            data: entry.data.to_string(),
            previous_hash: event.previous_hash.clone(),
            hash: event.hash.clone(),
            glyph: glyph(&entry.action),
        }
    }
}

impl From<ChainHead> for ChainHeadDto {
    fn from(head: ChainHead) -> Self {
        Self { seq: head.seq, hash: head.hash }
    }
}

impl From<ChainFault> for ChainFaultView {
    fn from(fault: ChainFault) -> Self {
        let message = fault.to_string();
        let (fault, seq) = match fault {
            ChainFault::Gap { expected, .. } => (ChainFaultWord::Gap, expected),
            ChainFault::Broken { seq } => (ChainFaultWord::Broken, seq),
            ChainFault::Edited { seq } => (ChainFaultWord::Edited, seq),
            ChainFault::TailCut { seq } => (ChainFaultWord::TailCut, seq),
        };
        Self { fault, seq, message }
    }
}

impl From<ApprovalFault> for ApprovalFaultWord {
    fn from(fault: ApprovalFault) -> Self {
        match fault {
            ApprovalFault::Altered => Self::Altered,
            ApprovalFault::UnknownKey => Self::UnknownKey,
            ApprovalFault::SignatureMissing => Self::SignatureMissing,
            ApprovalFault::NotAsRecorded => Self::NotAsRecorded,
            ApprovalFault::Gone => Self::Gone,
        }
    }
}

impl From<ApprovalReport> for ApprovalReportView {
    fn from(report: ApprovalReport) -> Self {
        let faults = report.faults.into_iter().map(ApprovalFaultView::from).collect();
        Self { signed: report.signed, unsigned: report.unsigned, faults }
    }
}

impl From<FaultyApproval> for ApprovalFaultView {
    fn from(faulty: FaultyApproval) -> Self {
        let FaultyApproval { approval, version, fault } = faulty;
        let version = version.map(|version| version.to_string());
        let vote = match approval.verdict {
            Verdict::Approved => "approval",
            Verdict::Rejected => "rejection",
        };
        let what = version.as_ref().map_or_else(|| format!("release {}", approval.release_id), String::clone);
        Self {
            approval_id: approval.id.to_string(),
            release_id: approval.release_id.to_string(),
            by: approval.by.to_string(),
            at: shown(approval.at),
            fault: fault.into(),
            message: format!("the {vote} of {what} by {} ({}) doesn't fit: {fault}", approval.by, approval.id),
            version,
        }
    }
}

impl Api {
    /// A page of the audit trail, newest first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn audit_page(&self, request: AuditPageRequest) -> Result<Vec<AuditEventView>, ApiError> {
        let filter = AuditFilter {
            product: optional_id("product_id", request.product_id.as_deref())?,
            subject_id: request.subject_id.filter(|id| !id.trim().is_empty()),
            before: request.before,
            limit: request.limit.min(1_000),
        };
        Ok(self.store().audit(&filter).await?.iter().map(AuditEventView::from).collect())
    }

    /// Verifies the whole chain and every approval. What doesn't fit is no error: it is what was found out.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn verify_audit(&self, request: VerifyAuditRequest) -> Result<ChainReportView, ApiError> {
        let kept = request.kept_head.map(|head| ChainHead { seq: head.seq, hash: head.hash });
        let report = self.engine.verify_audit(kept.as_ref()).await?;
        Ok(ChainReportView {
            verified: report.verified.into(),
            fault: report.fault.map(ChainFaultView::from),
            approvals: report.approvals.into(),
        })
    }

    /// The head of the chain, to be kept elsewhere.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn audit_head(&self) -> Result<ChainHeadDto, ApiError> {
        Ok(self.store().audit_head().await?.into())
    }
}
