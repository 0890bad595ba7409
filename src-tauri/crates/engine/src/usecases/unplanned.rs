//! Unplanned runs: somebody says why they ran.

use super::valid_reason;
use crate::engine::Engine;
use crate::error::EngineError;
use crate::ports::StoreError;
use crate::ports::store::{UnplannedRunFilter, Write};
use pilothouse_domain::unplanned::{UnplannedRun, UnplannedState};
use pilothouse_domain::{Actor, ProductId, ReleaseId, UnplannedRunId};

/// How often a change is tried again when somebody else was faster.
const MAX_CONFLICTS: u8 = 5;
/// How many of a product's unplanned runs policy is told: those that are open, and the latest of all.
const MOST_OPEN: u32 = 500;
const LATEST: u32 = 50;

impl Engine {
    /// Gives the reason for a run that was started elsewhere, in place of an earlier one, and the release that it brought, where it
    /// was one of the product's.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] without a reason, for another product's release, or where the run has turned out to be a
    /// deployment's own.
    pub async fn explain_unplanned_run(
        &self,
        actor: &Actor,
        id: UnplannedRunId,
        reason: &str,
        release: Option<ReleaseId>,
    ) -> Result<UnplannedRun, EngineError> {
        let reason = valid_reason(reason)?;
        for _ in 0..MAX_CONFLICTS {
            let mut run = self.store().unplanned_run(id).await?;
            if matches!(run.state, UnplannedState::Ours { .. }) {
                let message = "the run was found to be a deployment's own";
                return Err(EngineError::invalid("id", message, "It needs no reason. Look at the list again."));
            }
            if let Some(release) = release
                && self.store().release(release).await?.product_id != run.product_id
            {
                let message = "the release is another product's";
                return Err(EngineError::invalid("release_id", message, "Choose a release of the run's own product, or none."));
            }
            let state = UnplannedState::Explained { reason: reason.clone(), by: actor.clone(), at: self.now(), release_id: release };
            run.state = state;
            let mut change = self.change(actor);
            let summary = format!("Gave the reason for run {} of {}: {reason}", run.external_id, run.pipeline);
            change.audit_unplanned("unplanned_run.explained", &run, summary);
            change.write(Write::UnplannedRun(run));
            match self.ports.store.commit(change.into_set()).await {
                Ok(_) => return Ok(self.store().unplanned_run(id).await?),
                // Its progress was written meanwhile.
                Err(StoreError::Conflict { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(StoreError::Conflict { kind: "unplanned_run", id: id.to_string() }.into())
    }

    /// What policy needs to know of a product's unplanned runs.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn unplanned_facts(&self, product: ProductId) -> Result<Vec<UnplannedRun>, EngineError> {
        let of = |open_only, limit| UnplannedRunFilter { product: Some(product), open_only, limit, ..UnplannedRunFilter::default() };
        let mut runs = self.store().unplanned_runs(&of(false, LATEST)).await?;
        if u32::try_from(runs.len()).is_ok_and(|count| count >= LATEST) {
            let open = self.store().unplanned_runs(&of(true, MOST_OPEN)).await?;
            runs.extend(open.into_iter().filter(|run| !runs.iter().any(|known| known.id == run.id)).collect::<Vec<_>>());
        }
        Ok(runs)
    }
}
