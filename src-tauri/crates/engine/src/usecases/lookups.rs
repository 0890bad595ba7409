//! Questions to a provider that change nothing. A refused token is noted on the connection, as everywhere.

use crate::engine::Engine;
use crate::error::EngineError;
use crate::ports::provider::{Capabilities, ConnectionForm};
use crate::ports::{Provider, ProviderError};
use pilothouse_domain::ConnectionId;
use pilothouse_domain::connection::ProviderKind;
use std::sync::Arc;

impl Engine {
    /// Asks the provider behind a connection. The question must change nothing there.
    ///
    /// # Errors
    /// Where the token can't be read or the provider can't answer.
    pub async fn ask_provider<T, F>(&self, id: ConnectionId, question: impl FnOnce(Arc<dyn Provider>) -> F + Send) -> Result<T, EngineError>
    where
        T: Send,
        F: Future<Output = Result<T, ProviderError>> + Send,
    {
        let connection = self.store().connection(id).await?;
        let client = self.client(&connection).await?;
        let answer = question(client).await;
        Ok(self.note_refusal(&connection, answer).await?)
    }

    /// What a kind of provider can and can't do.
    #[must_use]
    pub fn capabilities(&self, kind: ProviderKind) -> Capabilities {
        self.ports.providers.capabilities(kind)
    }

    /// What a kind of connection asks for.
    #[must_use]
    pub fn connection_form(&self, kind: ProviderKind) -> ConnectionForm {
        self.ports.providers.form(kind)
    }
}
