//! What waits for a person at a place.

use super::Place;
use crate::engine::Engine;
use crate::error::EngineError;

impl Engine {
    /// Asks what waits for a person at a place.
    pub(super) async fn observe_gates(&self, place: &Place) -> Result<(), EngineError> {
        let connection = self.store().connection(place.connection_id).await?;
        let answer = self.client(&connection).await?.gates(&place.repository).await;
        self.note_refusal(&connection, answer).await?;
        Ok(())
    }
}
