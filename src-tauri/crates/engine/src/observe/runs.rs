//! What runs at a place that Pilothouse did not start.

use super::Place;
use crate::engine::Engine;
use crate::error::EngineError;

impl Engine {
    /// Asks what began to run at a place.
    pub(super) async fn observe_runs(&self, place: &Place) -> Result<(), EngineError> {
        let connection = self.store().connection(place.connection_id).await?;
        let client = self.client(&connection).await?;
        for bound in &place.bound {
            let answer = client.recent_runs(&place.repository, &bound.pipeline, self.now()).await;
            self.note_refusal(&connection, answer).await?;
        }
        Ok(())
    }
}
