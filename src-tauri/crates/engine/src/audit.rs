//! Verifies what is stored: the audit chain, page by page, and the approvals against it and against their signatures. Must not
//! repair anything.

use crate::engine::Engine;
use crate::error::EngineError;
use pilothouse_domain::Version;
use pilothouse_domain::approval::Approval;
use pilothouse_domain::audit::{ChainFault, ChainHead, verify};
use pilothouse_domain::signature::{ApprovalFault, SignatureBook, Standing};

/// How many events or approvals are read at a time.
const PAGE: u32 = 1_000;

/// What verifying found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainReport {
    /// As far as the chain is sound.
    pub verified: ChainHead,
    /// Where it is broken.
    pub fault: Option<ChainFault>,
    /// How the approvals stand.
    pub approvals: ApprovalReport,
}

/// How the stored approvals stand. Where the chain is broken, the keys that it records can't be relied on: then only signatures
/// that don't fit what they sign are faults.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApprovalReport {
    /// How many carry a signature that fits.
    pub signed: u32,
    /// How many are from before approvals were signed.
    pub unsigned: u32,
    /// Those that don't fit.
    pub faults: Vec<FaultyApproval>,
}

/// An approval that doesn't fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaultyApproval {
    /// As it is stored; where it is gone, as the chain records it.
    pub approval: Approval,
    /// The version that it is about; `None` where its release is gone too.
    pub version: Option<Version>,
    /// What is wrong.
    pub fault: ApprovalFault,
}

/// A walk along the chain.
#[derive(Default)]
struct Walk {
    head: ChainHead,
    fault: Option<ChainFault>,
    book: SignatureBook,
    /// Heads that are still to be met.
    wanted: Vec<ChainHead>,
}

impl Engine {
    /// Verifies the whole chain, against a head that was kept elsewhere where one is given, and every approval.
    ///
    /// # Errors
    /// Those of the store. What doesn't fit is no error: it is what was found out.
    pub async fn verify_audit(&self, kept: Option<&ChainHead>) -> Result<ChainReport, EngineError> {
        let stored = self.store().audit_head().await?;
        let wanted = std::iter::once(&stored).chain(kept).filter(|head| **head != ChainHead::default()).cloned().collect();
        let mut walk = Walk { wanted, ..Walk::default() };
        self.walk(&mut walk).await?;
        let tail = walk.wanted.first().map(|missed| ChainFault::TailCut { seq: missed.seq });
        walk.fault = walk.fault.or(tail);
        walk.book.stored_were_read();
        let approvals = self.every_approval().await?;
        // Votes that were given meanwhile have their keys further on.
        let verified = walk.head.clone();
        self.walk(&mut walk).await?;
        let is_sound = walk.fault.is_none();
        let approvals = self.judge(walk.book, &approvals, is_sound).await?;
        Ok(ChainReport { verified, fault: walk.fault, approvals })
    }

    /// Goes on to the end of the chain, or to where it is broken.
    async fn walk(&self, walk: &mut Walk) -> Result<(), EngineError> {
        while walk.fault.is_none() {
            let events = self.store().audit_after(walk.head.seq, PAGE).await?;
            if events.is_empty() {
                break;
            }
            match verify(&walk.head, &events) {
                Ok(next) => walk.head = next,
                Err(fault) => walk.fault = Some(fault),
            }
            if walk.fault.is_none() {
                walk.wanted.retain(|head| !events.iter().any(|event| event.head() == *head));
                events.iter().for_each(|event| walk.book.read(event));
            }
        }
        Ok(())
    }

    async fn every_approval(&self) -> Result<Vec<Approval>, EngineError> {
        let mut approvals: Vec<Approval> = Vec::new();
        loop {
            let page = self.store().approvals_after(approvals.last().map(|a| a.id), PAGE).await?;
            if page.is_empty() {
                return Ok(approvals);
            }
            approvals.extend(page);
        }
    }

    async fn judge(&self, mut book: SignatureBook, approvals: &[Approval], is_sound: bool) -> Result<ApprovalReport, EngineError> {
        let mut report = ApprovalReport::default();
        let mut faulty = Vec::new();
        for approval in approvals {
            match book.judge(approval) {
                Standing::Faulty(fault) if is_sound || fault == ApprovalFault::Altered => faulty.push((approval.clone(), fault)),
                Standing::Faulty(_) | Standing::Signed if approval.signature.is_some() => report.signed += 1,
                Standing::Faulty(_) | Standing::Signed | Standing::Unsigned => report.unsigned += 1,
            }
        }
        if is_sound {
            faulty.extend(book.gone().into_iter().map(|approval| (approval, ApprovalFault::Gone)));
        }
        for (approval, fault) in faulty {
            let version = self.store().release(approval.release_id).await.ok().map(|release| release.version);
            report.faults.push(FaultyApproval { approval, version, fault });
        }
        Ok(report)
    }
}
