//! Votes on a release. A vote counts for the content that was looked at, and for nothing else: when the content hash changes,
//! it is void.

use crate::audit::hash_of;
use crate::product::EnvironmentRules;
use crate::release::{Plan, Release, SourceRef};
use crate::signature::Signature;
use crate::team::Role;
use crate::{Actor, ApprovalId, ReleaseId, Timestamp, Version};
use serde::{Deserialize, Serialize};
use std::time::Duration;

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

/// How the votes on a release stand where an environment asks for them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally<'a> {
    /// The vote that ended it, for this content.
    pub rejection: Option<&'a Approval>,
    /// Those whose approval counts, in the order of their votes; each once.
    pub counted: Vec<&'a Approval>,
    /// How many are wanted, whoever they are.
    pub wanted: usize,
    /// Those who must be among them and aren't, by name.
    pub absent: Vec<&'a str>,
    /// Roles of which nobody is among them.
    pub absent_roles: Vec<&'a Role>,
    /// People who approved what the release was before it changed.
    pub void: usize,
    /// Approvals of this content that are too old.
    pub expired: usize,
}

impl Tally<'_> {
    /// Whether the release may come here, as far as people decide it. A rejection stops it everywhere, also where nobody has to approve.
    #[must_use]
    pub const fn is_enough(&self) -> bool {
        self.rejection.is_none() && self.counted.len() >= self.wanted && self.absent.is_empty() && self.absent_roles.is_empty()
    }

    /// How many more have to approve: those who must, and those who may be anybody.
    #[must_use]
    pub fn missing(&self) -> usize {
        let of_roles = usize::from(!self.absent_roles.is_empty());
        self.wanted.saturating_sub(self.counted.len()).max(self.absent.len()).max(of_roles)
    }
}

/// Why an approval doesn't count in an environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Uncounted {
    /// Its giver drafted the release.
    Drafter,
    /// Its giver asked for votes.
    Requester,
    /// It is too old.
    Expired,
}

/// Whether the approval of this very content that a person gave at a time counts now, and why not.
///
/// # Errors
/// [`Uncounted`] where it doesn't.
pub fn counts(by: &Actor, at: Timestamp, release: &Release, rules: &EnvironmentRules, now: Timestamp) -> Result<(), Uncounted> {
    if !rules.self_approval && *by == release.drafted_by {
        return Err(Uncounted::Drafter);
    }
    if !rules.requester_approval && release.approval_requested_by.as_ref() == Some(by) {
        return Err(Uncounted::Requester);
    }
    match expires_at(at, rules) {
        Some(end) if end <= now => Err(Uncounted::Expired),
        Some(_) | None => Ok(()),
    }
}

/// When an approval that was given at a time stops counting; `None` where it doesn't.
#[must_use]
pub fn expires_at(given: Timestamp, rules: &EnvironmentRules) -> Option<Timestamp> {
    (rules.approval_hours > 0).then(|| given.plus(Duration::from_secs(u64::from(rules.approval_hours) * 3_600)))
}

/// How the votes on a release stand for an environment with these rules.
#[must_use]
pub fn tally<'a>(
    approvals: &'a [Approval],
    content_hash: &str,
    release: &Release,
    rules: &'a EnvironmentRules,
    now: Timestamp,
) -> Tally<'a> {
    let current = || approvals.iter().filter(|a| a.content_hash == content_hash);
    let approved = || current().filter(|a| a.verdict == Verdict::Approved);
    let mut counted: Vec<&Approval> = Vec::new();
    for approval in approved().filter(|a| counts(&a.by, a.at, release, rules, now).is_ok()) {
        if counted.iter().all(|known| known.by != approval.by) {
            counted.push(approval);
        }
    }
    let is_missing = |name: &&str| !counted.iter().any(|a| a.by.is_called(name));
    let is_unfilled = |role: &&Role| !counted.iter().any(|a| role.members.iter().any(|name| a.by.is_called(name)));
    let has_counted = |a: &Approval| counted.iter().any(|known| known.by == a.by);
    Tally {
        rejection: current().find(|a| a.verdict == Verdict::Rejected),
        wanted: usize::from(rules.approvals_for(release)),
        absent: rules.approvers_for(release).iter().map(String::as_str).filter(is_missing).collect(),
        absent_roles: rules.roles_for(release).iter().filter(is_unfilled).collect(),
        void: approvals.iter().filter(|a| a.content_hash != content_hash && a.verdict == Verdict::Approved).count(),
        expired: approved().filter(|a| counts(&a.by, a.at, release, rules, now) == Err(Uncounted::Expired) && !has_counted(a)).count(),
        counted,
    }
}
