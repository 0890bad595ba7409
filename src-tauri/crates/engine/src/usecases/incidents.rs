//! Incidents: somebody takes care, or says it is over.

use crate::engine::Engine;
use crate::error::EngineError;
use crate::ports::store::Write;
use pilothouse_domain::incident::{Acknowledged, Incident};
use pilothouse_domain::{Actor, IncidentId};

impl Engine {
    /// Notes that the actor takes care of an incident. The first one to say so keeps it.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn acknowledge_incident(&self, actor: &Actor, id: IncidentId) -> Result<Incident, EngineError> {
        let mut incident = self.store().incident(id).await?;
        if incident.acknowledged.is_some() || !incident.is_open() {
            return Ok(incident);
        }
        incident.acknowledged = Some(Acknowledged { by: actor.clone(), at: self.now() });
        let mut change = self.change(actor);
        change.audit_incident("incident.acknowledged", &incident, format!("{actor} takes care of incident {}", incident.number));
        change.write(Write::Incident(incident));
        self.ports.store.commit(change.into_set()).await?;
        Ok(self.store().incident(id).await?)
    }
}
