//! Overrides of freezes: one release may go to one environment in spite of what is closed there now. The freeze stays on; the mark stays on
//! the deployment that makes use of it.

use super::valid_reason;
use crate::engine::Engine;
use crate::error::EngineError;
use crate::ports::StoreError;
use crate::ports::calendar_store::OverrideFilter;
use crate::ports::store::Write;
use pilothouse_domain::calendar::{FreezeOverride, LONGEST_OVERRIDE, OverriddenWindow, OverrideMark, Withdrawn};
use pilothouse_domain::policy::{override_marks, to_override};
use pilothouse_domain::{Actor, DeploymentId, EnvironmentId, FreezeOverrideId, ProductId, ReleaseId, Timestamp};
use std::time::Duration;

/// How long an override holds where nobody says how long.
const USUAL: Duration = Duration::from_secs(24 * 3_600);
/// So many of the latest overrides of a product are looked at: none of them holds for more than a week.
const MOST: u32 = 500;
/// How often a change is tried again when somebody else was faster.
const MAX_CONFLICTS: u8 = 5;

impl Engine {
    /// The latest overrides of a product, those that ended among them.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn freeze_overrides_of(&self, product: ProductId) -> Result<Vec<FreezeOverride>, EngineError> {
        let latest = OverrideFilter { product: Some(product), limit: MOST, ..OverrideFilter::default() };
        Ok(self.store().freeze_overrides(&latest).await?)
    }

    /// Lets a release go to an environment in spite of the freezes and the change windows that hold it up now.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] without a reason, where it should hold for longer than a week, or where nothing is closed.
    pub async fn override_freeze(
        &self,
        actor: &Actor,
        release: ReleaseId,
        environment: EnvironmentId,
        reason: &str,
        until: Option<Timestamp>,
    ) -> Result<FreezeOverride, EngineError> {
        let now = self.now();
        let release = self.store().release(release).await?;
        let target = self.store().environment(environment).await?;
        if target.product_id != release.product_id {
            return Err(EngineError::invalid("environment", "the release's product has no such environment", "Choose one of its own."));
        }
        let until = until.unwrap_or_else(|| now.plus(USUAL));
        if until <= now || until.since(now) > LONGEST_OVERRIDE {
            return Err(EngineError::invalid("until", "an override holds for a week at most", "Choose a time within the next seven days."));
        }
        let windows = self.store().calendar_windows().await?;
        let named: Vec<OverriddenWindow> = to_override(&windows, &release, &target, now)
            .into_iter()
            .map(|window| OverriddenWindow { id: window.id, effect: window.effect, name: window.name })
            .collect();
        if named.is_empty() {
            let message = format!("{} is open: no freeze is to be overridden", target.name);
            return Err(EngineError::invalid("environment", message, "Start the deployment; nothing of the calendar holds it."));
        }
        let given = FreezeOverride {
            id: self.new_id(FreezeOverrideId::new),
            revision: 0,
            product_id: release.product_id,
            release_id: release.id,
            version: release.version.clone(),
            commit: release.source.commit.clone(),
            environment_id: target.id,
            environment: target.name.clone(),
            windows: named,
            reason: valid_reason(reason)?,
            by: actor.clone(),
            at: now,
            until,
            withdrawn: None,
        };
        let names = quoted(given.windows.iter().map(|window| window.name.as_str()));
        let mut change = self.change(actor);
        let summary = format!("Overrode {names} for {} in {}: {}", given.version, given.environment, given.reason);
        change.audit_release("freeze.overridden", &release, summary, serde_json::json!(given));
        change.write(Write::FreezeOverride(given.clone()));
        self.ports.store.commit(change.into_set()).await?;
        Ok(self.store().freeze_override(given.id).await?)
    }

    /// Takes an override back. What has started stays started, and stays marked. Taking it back twice is no error.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn withdraw_override(&self, actor: &Actor, id: FreezeOverrideId, reason: &str) -> Result<FreezeOverride, EngineError> {
        let mut given = self.store().freeze_override(id).await?;
        if given.withdrawn.is_some() {
            return Ok(given);
        }
        let release = self.store().release(given.release_id).await?;
        given.withdrawn = Some(Withdrawn { by: actor.clone(), at: self.now(), reason: reason.trim().to_owned() });
        let mut change = self.change(actor);
        let summary = format!("Took back the override for {} in {}", given.version, given.environment);
        change.audit_release("freeze.override_withdrawn", &release, summary, serde_json::json!(given));
        change.write(Write::FreezeOverride(given));
        self.ports.store.commit(change.into_set()).await?;
        Ok(self.store().freeze_override(id).await?)
    }

    /// Marks a deployment with the overrides that it is about to make use of, and hasn't been marked with.
    pub(crate) async fn mark_overridden(&self, id: DeploymentId) -> Result<(), EngineError> {
        for _ in 0..MAX_CONFLICTS {
            let mut deployment = self.store().deployment(id).await?;
            if deployment.is_rollback() {
                return Ok(());
            }
            let facts = self.release_facts(deployment.release_id).await?;
            let marks: Vec<OverrideMark> = override_marks(&facts.facts(Some(deployment.environment_id)), self.now())
                .into_iter()
                .filter(|mark| !deployment.overridden.contains(mark))
                .collect();
            if marks.is_empty() {
                return Ok(());
            }
            let summary = format!("{} goes on to {}{}", deployment.version, deployment.environment, despite(&marks));
            deployment.overridden.extend(marks);
            let mut change = self.change(&Actor::Engine);
            let data = serde_json::json!({ "overridden": deployment.overridden });
            change.audit_deployment("deployment.despite_freeze", &deployment, summary, data);
            change.write(Write::Deployment(deployment));
            match self.ports.store.commit(change.into_set()).await {
                Ok(_) => return Ok(()),
                Err(StoreError::Conflict { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(StoreError::Conflict { kind: "deployment", id: id.to_string() }.into())
    }
}

/// In spite of what a deployment starts, as the end of a sentence; empty where there is nothing.
pub(super) fn despite(marks: &[OverrideMark]) -> String {
    let told = |mark: &OverrideMark| {
        format!(" in spite of {}, overridden by {}: {}", quoted(mark.windows.iter().map(String::as_str)), mark.by, mark.reason)
    };
    marks.iter().map(told).collect::<Vec<_>>().join(";")
}

fn quoted<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.map(|name| format!("“{name}”")).collect::<Vec<_>>().join(" and ")
}
