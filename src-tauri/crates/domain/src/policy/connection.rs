//! The rule about the way to the provider.

use super::{Blocker, Clearance, Facts, Gate};
use crate::connection::{Connection, ConnectionStatus};
use crate::pipeline::PipelineBinding;

/// The connection that reaches a pipeline; `None` where it was taken away.
#[must_use]
pub fn connection_of<'a>(facts: &Facts<'a>, pipeline: &PipelineBinding) -> Option<&'a Connection> {
    let wanted = pipeline.connection(facts.connection.id);
    if wanted == facts.connection.id { Some(facts.connection) } else { facts.connections.iter().find(|c| c.id == wanted) }
}

pub(super) fn connection(facts: &Facts<'_>, pipeline: &PipelineBinding) -> Option<Blocker> {
    let Some(connection) = connection_of(facts, pipeline) else {
        return Some(Blocker {
            gate: Gate::Connection,
            title: format!("The connection of {} is gone", pipeline.pipeline),
            detail: "It was removed since. Choose another one for this pipeline in the product's settings.".to_owned(),
            cleared_by: Clearance::Token,
        });
    };
    let (title, detail) = match &connection.status {
        ConnectionStatus::Refused { reason, .. } => {
            (format!("{} refuses the token", connection.name), format!("{reason}. Replace the token of this connection."))
        }
        ConnectionStatus::Limited { missing, .. } => (
            format!("The token of {} may not deploy", connection.name),
            format!("Missing: {}. Replace the token of this connection.", missing.join(", ")),
        ),
        ConnectionStatus::Valid { .. } | ConnectionStatus::Unverified => return None,
    };
    Some(Blocker { gate: Gate::Connection, title, detail, cleared_by: Clearance::Token })
}
