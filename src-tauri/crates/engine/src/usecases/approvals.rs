//! Votes on a release: ask for them, give one. Each vote is signed with the voter's key from the keychain.

use crate::change::Change;
use crate::engine::Engine;
use crate::error::EngineError;
use crate::facts::ReleaseFacts;
use crate::ports::store::{AuditFilter, Write};
use pilothouse_domain::approval::{Approval, Verdict, content_hash, tally};
use pilothouse_domain::deployment::{DeploymentEvent, apply as apply_deployment};
use pilothouse_domain::policy::Action;
use pilothouse_domain::product::Environment;
use pilothouse_domain::release::{Release, ReleaseEvent, ReleaseState, apply};
use pilothouse_domain::signature::{self, KEY_ADDED};
use pilothouse_domain::{Actor, ApprovalId, ReleaseId, Timestamp};
use secrecy::ExposeSecret as _;

impl Engine {
    /// Asks for votes on a planned release.
    ///
    /// # Errors
    /// [`EngineError::Blocked`] where there is no plan, or votes were asked for already.
    pub async fn request_approval(&self, actor: &Actor, id: ReleaseId) -> Result<Release, EngineError> {
        let facts = self.release_facts(id).await?;
        let now = self.now();
        let blockers = facts.blockers(&Action::RequestApproval, None, now);
        if !blockers.is_empty() {
            return Err(EngineError::Blocked(blockers));
        }
        let mut release = apply(&facts.release, ReleaseEvent::ApprovalRequested { by: actor.clone() }, now)?;
        release.approval_requested_by = Some(actor.clone());
        self.commit_release(actor, "release.approval_requested", release, |r| format!("Asked for approval of {}", r.version)).await
    }

    /// Gives a vote on a release, for the content as it is now: `content` is the hash that the voter was shown.
    ///
    /// # Errors
    /// [`EngineError::Blocked`] where no vote is open or the actor has voted; [`EngineError::Invalid`] where the content has
    /// changed since, or a rejection has no comment; [`EngineError::Keychain`] where the voter's signing key can't be read.
    pub async fn vote(&self, actor: &Actor, id: ReleaseId, verdict: Verdict, comment: &str, content: &str) -> Result<Release, EngineError> {
        let facts = self.release_facts(id).await?;
        let now = self.now();
        let blockers = facts.blockers(&Action::Vote { by: actor.clone(), verdict }, None, now);
        if !blockers.is_empty() {
            return Err(EngineError::Blocked(blockers));
        }
        let comment = comment.trim();
        if verdict == Verdict::Rejected && comment.is_empty() {
            return Err(EngineError::invalid("comment", "a rejection without a reason helps nobody", "Say what must change."));
        }
        let release = &facts.release;
        let hash = content_hash(&release.version, &release.source, release.plan.as_ref());
        if hash != content {
            return Err(EngineError::invalid("content", "the plan has changed since you looked at it", "Look at it again, then vote."));
        }
        let seed = self.ports.keychain.signing_seed(actor).await?;
        let mut vote = Approval {
            id: self.new_id(ApprovalId::new),
            release_id: id,
            content_hash: hash.clone(),
            verdict,
            comment: comment.to_owned(),
            by: actor.clone(),
            at: now,
            signature: None,
        };
        vote.signature = Some(signature::sign(&vote, seed.expose_secret()));
        let public_key = signature::public_key(seed.expose_secret());
        drop(seed);
        let mut votes = facts.approvals.clone();
        votes.push(vote.clone());
        let next = match verdict {
            Verdict::Rejected => apply(release, ReleaseEvent::Rejected, now)?,
            Verdict::Approved if enough(&facts, &votes, &hash, now) => apply(release, ReleaseEvent::ApprovalsComplete, now)?,
            Verdict::Approved => match &release.state {
                // A vote that nobody asked for counts too.
                ReleaseState::Planned => apply(release, ReleaseEvent::ApprovalRequested { by: actor.clone() }, now)?,
                _ => release.clone(),
            },
        };
        let (action, verb) = match verdict {
            Verdict::Approved => ("release.approved", "Approved"),
            Verdict::Rejected => ("release.rejected", "Rejected"),
        };
        let summary = if comment.is_empty() { format!("{verb} {}", next.version) } else { format!("{verb} {}: {comment}", next.version) };
        let mut change = self.change(actor);
        if !self.knows_key(actor, &public_key).await? {
            change.audit_key(actor, &public_key);
        }
        change.audit_release(action, &next, summary, serde_json::json!({ "content_hash": hash, "comment": comment, "approval": vote }));
        change.write(Write::Approval(vote));
        if verdict == Verdict::Approved {
            self.go_on_where_approved(&mut change, &facts, &votes, &hash);
        }
        // Written even where its state stays, so that two votes at a time are counted one after the other.
        change.write(Write::Release(next));
        self.ports.store.commit(change.into_set()).await?;
        Ok(self.store().release(id).await?)
    }

    /// Deployments whose phases were changed on the way, and that only these votes held: the plan is approved again.
    fn go_on_where_approved(&self, change: &mut Change, facts: &ReleaseFacts, votes: &[Approval], hash: &str) {
        let now = self.now();
        let (release, environments) = (&facts.release, &facts.product.environments);
        let is_enough = |votes: &[Approval], e: &Environment| tally(votes, hash, release, &e.rules, now).is_enough();
        let opened: Vec<_> = environments.iter().filter(|e| !is_enough(&facts.approvals, e) && is_enough(votes, e)).map(|e| e.id).collect();
        let held = facts.product.deployments.iter().filter(|d| d.release_id == release.id && opened.contains(&d.environment_id));
        for deployment in held.filter(|d| !d.state.is_terminal()) {
            let Ok(moved) = apply_deployment(deployment, DeploymentEvent::ApprovedAnew, now, &self.pacing) else { continue };
            let summary = format!("{} to {} goes on: its phases are approved as they are now", deployment.version, deployment.environment);
            let data = serde_json::json!({ "state": moved.next.state });
            change.audit_deployment("deployment.approved_anew", &moved.next, summary, data);
            change.schedule(&moved.next, moved.schedule);
            change.write(Write::Deployment(moved.next));
        }
    }

    /// Whether the audit chain records this key for this person.
    async fn knows_key(&self, actor: &Actor, public_key: &str) -> Result<bool, EngineError> {
        let filter = AuditFilter { subject_id: Some(public_key.to_owned()), ..AuditFilter::default() };
        let events = self.store().audit(&filter).await?;
        Ok(events.iter().any(|event| event.entry.action == KEY_ADDED && event.entry.actor == *actor))
    }
}

/// Whether the votes are enough for every environment of the plan.
fn enough(facts: &ReleaseFacts, votes: &[Approval], hash: &str, now: Timestamp) -> bool {
    let release = &facts.release;
    facts
        .product
        .environments
        .iter()
        .filter(|e| release.planned(e.id).is_some())
        .all(|e| tally(votes, hash, release, &e.rules, now).is_enough())
}
