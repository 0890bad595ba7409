//! Votes on a release. A vote counts for the content that was looked at, and for nothing else: when the content hash changes,
//! it is void.

use crate::audit::hash_of;
use crate::release::{Plan, SourceRef};
use crate::signature::Signature;
use crate::{Actor, ApprovalId, ReleaseId, Timestamp, Version};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What a person decided about a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// May go on.
    Approved,
    /// Must not; ends the request.
    Rejected,
}

/// One vote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// Its id.
    pub id: ApprovalId,
    /// The release voted on.
    pub release_id: ReleaseId,
    /// Hash of the content that was looked at, see [`content_hash`].
    pub content_hash: String,
    /// The vote.
    pub verdict: Verdict,
    /// Why; may be empty for an approval, never for a rejection.
    pub comment: String,
    /// Who voted.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
    /// The voter's signature over all of the above; `None` from before approvals were signed.
    #[serde(default)]
    pub signature: Option<Signature>,
}

/// Hash of all that an approver agrees to: version, commit, and the plan with its pipelines and inputs. Notes may still be
/// polished without voiding votes.
#[must_use]
pub fn content_hash(version: &Version, source: &SourceRef, plan: Option<&Plan>) -> String {
    hash_of(&serde_json::json!({ "version": version, "source": source, "plan": plan }))
}

/// How many different people approve this very content, counting the drafter only where `self_approval` holds. Zero as soon
/// as one person rejects it.
#[must_use]
pub fn count_approvals(approvals: &[Approval], content_hash: &str, drafted_by: &Actor, self_approval: bool) -> usize {
    let current = approvals.iter().filter(|a| a.content_hash == content_hash);
    if current.clone().any(|a| a.verdict == Verdict::Rejected) {
        return 0;
    }
    current.filter(|a| self_approval || a.by != *drafted_by).map(|a| a.by.to_string()).collect::<BTreeSet<_>>().len()
}
