//! The engine's shared parts: its ports, its identity as a holder of leases, and the clients of the providers. Must not hold
//! state that would be missed after a crash: the clients are made again from the store and the keychain.

use crate::budgets::Budgets;
use crate::change::Change;
use crate::error::EngineError;
use crate::ports::form_book::FormBookInMemory;
use crate::ports::local_git::NoClones;
use crate::ports::{
    Clock, CloneBook, FormBook, IdSource, Keychain, LocalGit, Notifier, Prober, Provider, ProviderError, ProviderErrorKind,
    ProviderRegistry, Store,
};
use pilothouse_domain::connection::{Connection, ConnectionSettings, ConnectionStatus};
use pilothouse_domain::deployment::Pacing;
use pilothouse_domain::{Actor, ConnectionId, Timestamp};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use uuid::Uuid;

/// What the engine is made of.
#[derive(Clone)]
pub struct Ports {
    /// What is remembered.
    pub store: Arc<dyn Store>,
    /// The CI/CD providers.
    pub providers: Arc<dyn ProviderRegistry>,
    /// Where secrets lie.
    pub keychain: Arc<dyn Keychain>,
    /// The desktop.
    pub notifier: Arc<dyn Notifier>,
    /// What measures.
    pub prober: Arc<dyn Prober>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// New ids.
    pub ids: Arc<dyn IdSource>,
}

/// The use cases and loops over the ports.
pub struct Engine {
    pub(crate) ports: Ports,
    pub(crate) pacing: Pacing,
    pub(crate) holder: String,
    pub(crate) budgets: Budgets,
    /// Clones on this computer.
    pub(crate) local: Local,
    /// How the feedback form is served on this computer.
    pub(crate) form_book: Arc<dyn FormBook>,
    clients: Mutex<HashMap<ConnectionId, KnownClient>>,
}

/// What reads clones on this computer, and what knows where they are.
pub(crate) struct Local {
    pub(crate) git: Arc<dyn LocalGit>,
    pub(crate) book: Arc<dyn CloneBook>,
}

struct KnownClient {
    base_url: String,
    settings: ConnectionSettings,
    client: Arc<dyn Provider>,
}

impl Engine {
    /// An engine over these ports. Starts nothing: see [`Engine::carry_on`] and [`Engine::watch_health`].
    #[must_use]
    pub fn new(ports: Ports, pacing: Pacing) -> Self {
        let holder = ports.ids.uuid().to_string();
        let local = Local { git: Arc::new(NoClones), book: Arc::new(NoClones) };
        let form_book = Arc::new(FormBookInMemory::default());
        Self { ports, pacing, holder, local, form_book, budgets: Budgets::default(), clients: Mutex::new(HashMap::new()) }
    }

    /// The same, with the clones of this computer.
    #[must_use]
    pub fn with_clones(mut self, git: Arc<dyn LocalGit>, book: Arc<dyn CloneBook>) -> Self {
        self.local = Local { git, book };
        self
    }

    /// The same, with what this computer keeps of the feedback form.
    #[must_use]
    pub fn with_form(mut self, book: Arc<dyn FormBook>) -> Self {
        self.form_book = book;
        self
    }

    /// What is remembered.
    #[must_use]
    pub fn store(&self) -> &dyn Store {
        self.ports.store.as_ref()
    }

    /// The keychain.
    #[must_use]
    pub fn keychain(&self) -> &dyn Keychain {
        self.ports.keychain.as_ref()
    }

    /// The time now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.ports.clock.now()
    }

    /// Waits until a moment, by the engine's clock.
    pub async fn sleep_until(&self, at: Timestamp) {
        self.ports.clock.sleep_until(at).await;
    }

    /// How long to wait between two looks at a run.
    #[must_use]
    pub const fn observe_pause(&self) -> std::time::Duration {
        self.pacing.observe
    }

    /// The name under which this engine holds leases.
    #[must_use]
    pub fn holder(&self) -> &str {
        &self.holder
    }

    pub(crate) fn new_id<T>(&self, make: impl FnOnce(Uuid) -> T) -> T {
        make(self.ports.ids.uuid())
    }

    pub(crate) fn change(&self, actor: &Actor) -> Change {
        Change::new(actor.clone(), self.now())
    }

    /// A client for a connection, with its secret from the keychain.
    ///
    /// # Errors
    /// [`EngineError::NoSecret`], [`EngineError::Keychain`], or where the base URL can't be used.
    pub async fn client(&self, connection: &Connection) -> Result<Arc<dyn Provider>, EngineError> {
        if let Some(client) = self.known_client(connection) {
            return Ok(client);
        }
        let secrets = self.secrets(connection).await?;
        let client = self.ports.providers.connect_with(connection, secrets)?;
        let known =
            KnownClient { base_url: connection.base_url.clone(), settings: connection.settings.clone(), client: Arc::clone(&client) };
        self.clients.lock().unwrap_or_else(PoisonError::into_inner).insert(connection.id, known);
        Ok(client)
    }

    fn known_client(&self, connection: &Connection) -> Option<Arc<dyn Provider>> {
        let clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        let is_same = |known: &&KnownClient| known.base_url == connection.base_url && known.settings == connection.settings;
        clients.get(&connection.id).filter(is_same).map(|known| Arc::clone(&known.client))
    }

    /// Forgets the client of a connection, so that the next call reads the secret anew.
    pub(crate) fn forget_client(&self, connection: ConnectionId) {
        self.clients.lock().unwrap_or_else(PoisonError::into_inner).remove(&connection);
    }

    /// Passes a provider's answer on; where it refuses the token, notes that on the connection, so that everybody sees it. Notes what
    /// is left of the budget of calls.
    pub(crate) async fn note_refusal<T>(&self, connection: &Connection, answer: Result<T, ProviderError>) -> Result<T, ProviderError> {
        self.note_budget(connection, answer.as_ref().err());
        if let Err(error) = &answer
            && error.kind == ProviderErrorKind::Unauthorized
        {
            self.forget_client(connection.id);
            self.mark_refused(connection.id, &error.message).await;
        }
        answer
    }

    fn note_budget(&self, connection: &Connection, error: Option<&ProviderError>) {
        if let Some(told) = self.known_client(connection).and_then(|client| client.budget()) {
            self.budgets.told(connection.id, told);
        }
        if let Some(wait) = error.and_then(ProviderError::retry_after) {
            self.budgets.limited(connection.id, self.now().plus(wait));
        }
    }

    async fn mark_refused(&self, id: ConnectionId, reason: &str) {
        let noted: Result<(), EngineError> = async {
            let mut connection = self.ports.store.connection(id).await?;
            if matches!(&connection.status, ConnectionStatus::Refused { .. }) {
                return Ok(());
            }
            connection.status = ConnectionStatus::Refused { reason: reason.to_owned(), since: self.now() };
            let mut change = self.change(&Actor::Engine);
            change.audit_connection(
                "connection.refused",
                &connection,
                format!("{} refuses the token of {}", connection.kind.name(), connection.name),
            );
            change.write_connection(connection);
            self.ports.store.commit(change.into_set()).await?;
            Ok(())
        }
        .await;
        if let Err(error) = noted {
            // The call's own error is what the caller gets; the mark follows with the next refusal.
            tracing::warn!(connection = %id, %error, "could not note that the token is refused");
        }
    }
}
