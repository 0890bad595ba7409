//! Which answers to a deployment's question its provider can carry out. Must not judge the question: that is the machine's part.

use crate::engine::Engine;
use crate::error::EngineError;
use crate::ports::provider::{Capabilities, Capability};
use pilothouse_domain::ConnectionId;
use pilothouse_domain::connection::Connection;
use pilothouse_domain::deployment::{Decision, Deployment};

/// What can be done with a run of a deployment, as far as the provider decides it.
pub const OF_RUNS: &[Capability] =
    &[Capability::Cancel, Capability::ForceCancel, Capability::Rerun, Capability::RerunFailed, Capability::Logs, Capability::LiveLogs];

/// What an answer needs of the provider, by the answer's word.
#[must_use]
pub fn needed_for(choice: &str) -> Option<Capability> {
    match choice {
        "rerun_failed" => Some(Capability::RerunFailed),
        "rerun_all" => Some(Capability::Rerun),
        _ => None,
    }
}

impl Engine {
    /// What the provider that runs a deployment can do; `None` where its connection is gone. `source` is the connection of the product.
    #[must_use]
    pub fn capabilities_for(&self, deployment: &Deployment, source: ConnectionId, connections: &[Connection]) -> Option<Capabilities> {
        let wanted = deployment.pipeline.connection(source);
        connections.iter().find(|connection| connection.id == wanted).map(|connection| self.capabilities(connection.kind))
    }

    /// Refuses a decision that the provider can't carry out, in its capability table's words.
    pub(super) async fn can_be_carried_out(&self, deployment: &Deployment, decision: &Decision) -> Result<(), EngineError> {
        let Some(needed) = needed_for(decision.word()) else { return Ok(()) };
        let source = self.store().product(deployment.product_id).await?.connection_id;
        let connection = self.store().connection(deployment.pipeline.connection(source)).await?;
        let capabilities = self.capabilities(connection.kind);
        if capabilities.has(needed) { Ok(()) } else { Err(capabilities.refusal(needed).into()) }
    }
}
