//! Hotfixes: what is said when one is drafted, and the review after it. Must not judge what a hotfix may: that is policy's part.

use super::valid_reason;
use crate::engine::Engine;
use crate::error::EngineError;
use pilothouse_domain::hotfix::{Hotfix, HotfixReview};
use pilothouse_domain::release::Release;
use pilothouse_domain::{Actor, ReleaseId};

impl Engine {
    /// That a release which is drafted now is a hotfix.
    pub(super) fn as_hotfix(&self, actor: &Actor, reason: &str) -> Result<Hotfix, EngineError> {
        Ok(Hotfix { reason: valid_reason(reason)?, by: actor.clone(), at: self.now(), review: None })
    }

    /// Records what the review after a hotfix found. A later record takes the place of an earlier one; both stay in the audit log.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] without findings, for a release that is no hotfix, or before it has come to its last environment.
    pub async fn review_hotfix(&self, actor: &Actor, id: ReleaseId, findings: &str) -> Result<Release, EngineError> {
        let mut release = self.store().release(id).await?;
        let has_review = release.hotfix.as_ref().is_some_and(|hotfix| hotfix.review.is_some());
        if !has_review && !release.awaits_hotfix_review() {
            let (message, next) = if release.is_hotfix() {
                (
                    format!("{} is {}", release.version, release.state.label()),
                    "Review it once it runs in its last environment, or is rolled back.",
                )
            } else {
                (format!("{} is no hotfix", release.version), "Only a hotfix is reviewed like this.")
            };
            return Err(EngineError::invalid("release", message, next));
        }
        let findings = valid_reason(findings)?;
        if let Some(hotfix) = &mut release.hotfix {
            hotfix.review = Some(HotfixReview { findings: findings.clone(), by: actor.clone(), at: self.now() });
        }
        self.commit_release(actor, "release.hotfix_reviewed", release, |r| format!("Reviewed the hotfix {}: {findings}", r.version)).await
    }
}
