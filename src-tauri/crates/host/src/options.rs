//! How a host is opened.

use pilothouse_domain::Actor;
use pilothouse_domain::deployment::Pacing;
use pilothouse_engine::ports::{AlertSubject, ProviderRegistry};
use pilothouse_platform::{HostKind, Redactor};
use pilothouse_store::CommitObserver;
use secrecy::SecretString;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::mpsc;

/// How a host is opened.
pub struct HostOptions {
    /// What this host is, for others who want to run the engine.
    pub kind: HostKind,
    /// The data folder; none: `PILOTHOUSE_DATA_DIR`, else the platform's place.
    pub data_dir: Option<PathBuf>,
    /// The URL of a PostgreSQL database; none: SQLite in the data folder.
    pub database_url: Option<SecretString>,
    /// In whose name things are done; none: the person whose account runs this process.
    pub actor: Option<Actor>,
    /// Shared with the host's log.
    pub redactor: Redactor,
    /// How fast deployments are followed.
    pub pacing: Pacing,
    /// Told what a notification that was clicked is about.
    pub opened: Option<mpsc::Sender<AlertSubject>>,
    /// Seams for tests.
    pub seams: Seams,
}

/// Takes the place of the providers, with them inside.
pub type WrapProviders = Box<dyn FnOnce(Arc<dyn ProviderRegistry>) -> Arc<dyn ProviderRegistry> + Send>;

/// Seams for crash tests. Empty in every other use.
#[derive(Default)]
pub struct Seams {
    /// Told around each commit.
    pub observer: Option<Arc<dyn CommitObserver>>,
    /// Stands around each call to a provider.
    pub wrap_providers: Option<WrapProviders>,
}

impl HostOptions {
    /// The usual ones.
    #[must_use]
    pub fn new(kind: HostKind) -> Self {
        Self {
            kind,
            data_dir: None,
            database_url: None,
            actor: None,
            redactor: Redactor::new(),
            pacing: Pacing::default(),
            opened: None,
            seams: Seams::default(),
        }
    }
}
