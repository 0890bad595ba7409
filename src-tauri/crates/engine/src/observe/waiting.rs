//! Which places are to be looked at before their time: those where a run of ours began to wait for a person. Must not ask a provider.

use crate::engine::Engine;
use crate::error::EngineError;
use crate::ports::store::DeploymentFilter;
use pilothouse_domain::ConnectionId;
use pilothouse_domain::deployment::RunStatus;
use std::collections::BTreeSet;

/// How many deployments that are under way are looked through.
const MOST: u32 = 500;

/// A run that waits: where it is, and its id there.
type WaitingRun = (ConnectionId, String, String);

/// The runs of ours that wait for a person. Only in memory: after a start every place is asked anew.
#[derive(Default)]
pub(super) struct WaitingRuns {
    known: BTreeSet<WaitingRun>,
}

impl Engine {
    /// Places where a run of ours waits that did not wait before.
    pub(super) async fn newly_waiting(&self, runs: &mut WaitingRuns) -> Result<Vec<(ConnectionId, String)>, EngineError> {
        let under_way = self.store().deployments(&DeploymentFilter { active_only: true, limit: MOST, ..Default::default() }).await?;
        let mut waiting: BTreeSet<WaitingRun> = BTreeSet::new();
        for deployment in under_way {
            let run = deployment.current_phase().and_then(|phase| phase.state.run());
            let Some(run) = run.filter(|run| run.status == RunStatus::Waiting) else { continue };
            let product = self.store().product(deployment.product_id).await?;
            let connection = deployment.pipeline.connection(product.connection_id);
            waiting.insert((connection, deployment.repository.clone(), run.external_id.clone()));
        }
        let new = waiting.difference(&runs.known).map(|(connection, repository, _)| (*connection, repository.clone())).collect();
        runs.known = waiting;
        Ok(new)
    }
}
