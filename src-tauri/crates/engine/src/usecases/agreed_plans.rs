//! What an approver agrees to, against what was agreed to before: the plan of this release that people voted on and that has changed
//! since, or else that of the last release that went all its way.

use crate::engine::Engine;
use crate::error::EngineError;
use crate::facts::ReleaseFacts;
use crate::ports::store::{AuditFilter, ReleaseFilter};
use pilothouse_domain::approval::content_hash;
use pilothouse_domain::plan_difference::{PlanChange, plan_changes};
use pilothouse_domain::release::{Plan, ReleaseState};

/// Releases of a product that are looked through for one that went all its way.
const MOST: u32 = 50;
/// Events of a release that are looked through for an earlier plan.
const MOST_EVENTS: u32 = 500;

/// What a plan is compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanDifference {
    /// In words: `the plan that Jonas approved`, `1.3.0`.
    pub against: String,
    /// True where that is an earlier plan of the same release.
    pub is_own: bool,
    /// What differs; empty where nothing does.
    pub changes: Vec<PlanChange>,
}

impl Engine {
    /// What of the release's plan differs from what was agreed to before; `None` where there is no plan, or nothing to compare it with.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn plan_difference(&self, facts: &ReleaseFacts) -> Result<Option<PlanDifference>, EngineError> {
        let release = &facts.release;
        let Some(plan) = &release.plan else { return Ok(None) };
        let now = content_hash(&release.version, &release.source, Some(plan));
        if let Some(vote) = facts.approvals.iter().rev().find(|vote| vote.content_hash != now) {
            let earlier = self.earlier_plans(facts).await?;
            let voted_on =
                earlier.into_iter().find(|plan| content_hash(&release.version, &release.source, Some(plan)) == vote.content_hash);
            if let Some(voted_on) = voted_on {
                let against = format!("the plan that {} voted on", vote.by);
                return Ok(Some(PlanDifference { against, is_own: true, changes: plan_changes(&voted_on, plan, true) }));
            }
        }
        let filter = ReleaseFilter { product: Some(release.product_id), after: Some(release.id), limit: MOST, ..ReleaseFilter::default() };
        let went = |state: &ReleaseState| matches!(state, ReleaseState::Completed { .. } | ReleaseState::Verifying { .. });
        let last =
            self.store().releases(&filter).await?.into_iter().find(|other| went(&other.state) && other.is_hotfix() == release.is_hotfix());
        Ok(last.and_then(|last| {
            let before = last.plan.as_ref()?;
            Some(PlanDifference { against: last.version.to_string(), is_own: false, changes: plan_changes(before, plan, false) })
        }))
    }

    /// The plans that the release had, newest first, as the audit keeps them.
    async fn earlier_plans(&self, facts: &ReleaseFacts) -> Result<Vec<Plan>, EngineError> {
        let filter = AuditFilter {
            product: Some(facts.release.product_id),
            subject_id: Some(facts.release.id.to_string()),
            before: None,
            limit: MOST_EVENTS,
        };
        let events = self.store().audit(&filter).await?;
        let is_plan = |action: &str| matches!(action, "release.planned" | "release.phases_changed");
        let planned = events.into_iter().filter(|event| is_plan(&event.entry.action));
        Ok(planned.filter_map(|event| serde_json::from_value(event.entry.data.get("plan")?.clone()).ok()).collect())
    }
}
