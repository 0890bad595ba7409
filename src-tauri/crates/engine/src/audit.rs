//! Verifies the audit chain as it is stored, page by page. Must not repair anything.

use crate::engine::Engine;
use crate::error::EngineError;
use pilothouse_domain::audit::{ChainFault, ChainHead, verify};

/// How many events are read at a time.
const PAGE: u32 = 1_000;

/// What verifying the chain found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainReport {
    /// As far as the chain is sound.
    pub verified: ChainHead,
    /// Where it is broken.
    pub fault: Option<ChainFault>,
}

impl Engine {
    /// Verifies the whole chain, and against a head that was kept elsewhere, where one is given.
    ///
    /// # Errors
    /// Those of the store. A broken chain is no error: it is what was found out.
    pub async fn verify_audit(&self, kept: Option<&ChainHead>) -> Result<ChainReport, EngineError> {
        let mut head = ChainHead::default();
        let mut meets_kept = kept.is_none_or(|k| *k == head);
        loop {
            let events = self.store().audit_after(head.seq, PAGE).await?;
            if events.is_empty() {
                break;
            }
            match verify(&head, &events) {
                Ok(next) => {
                    meets_kept = meets_kept || kept.is_some_and(|k| events.iter().any(|e| e.seq == k.seq && e.hash == k.hash));
                    head = next;
                }
                Err(fault) => return Ok(ChainReport { verified: head, fault: Some(fault) }),
            }
        }
        let stored = self.store().audit_head().await?;
        let fault = if stored != head {
            Some(ChainFault::TailCut { seq: stored.seq })
        } else if let (false, Some(kept)) = (meets_kept, kept) {
            Some(ChainFault::TailCut { seq: kept.seq })
        } else {
            None
        };
        Ok(ChainReport { verified: head, fault })
    }
}
