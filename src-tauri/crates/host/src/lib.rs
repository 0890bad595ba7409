//! The wiring that every host shares: opens the data folder and the database, puts the adapters behind the engine's ports, and
//! runs the engine where nobody else on this data folder does.
//!
//! Must not: hold rules, show anything, or start a log (a host does, before it opens anything).

mod error;
mod form_keeper;
mod keeper;
mod location;
mod options;

pub use error::HostError;
pub use options::{HostOptions, Seams, WrapProviders};

use keeper::Keeper;
use location::Location;
use pilothouse_api::{Api, EngineView, HostInfo};
use pilothouse_engine::ports::ProviderRegistry;
use pilothouse_engine::{Engine, Ports};
use pilothouse_platform::{
    DataPaths, DesktopNotifier, FileCloneBook, FileFormBook, GitProgram, OsKeychain, SystemClock, UuidV7Ids, current_person,
};
use pilothouse_probes::HttpProber;
use pilothouse_providers::{CallOptions, Registry};
use pilothouse_store::StoreOptions;
use std::sync::Arc;
use tokio::sync::watch;

/// Everything behind a window or a command.
pub struct Host {
    api: Api,
    paths: DataPaths,
    keeper: Keeper,
    state: watch::Receiver<EngineView>,
}

impl Host {
    /// Opens the data folder and the database, and wires everything. The engine isn't started by this.
    ///
    /// # Errors
    /// [`HostError`]: where the folder can't be made, or the database not opened.
    pub async fn open(options: HostOptions) -> Result<Self, HostError> {
        let paths = DataPaths::resolve(options.data_dir.as_deref())?;
        paths.create()?;
        let location = Location::choose(&paths, options.database_url);
        location.hide_from(&options.redactor);
        let store = pilothouse_store::open(&location.store, StoreOptions { observer: options.seams.observer }).await?;
        let registry: Arc<dyn ProviderRegistry> = Arc::new(Registry::new(CallOptions::default()));
        let providers = match options.seams.wrap_providers {
            Some(wrap) => wrap(registry),
            None => registry,
        };
        let ports = Ports {
            store,
            providers,
            keychain: Arc::new(OsKeychain::new(options.redactor)),
            notifier: Arc::new(DesktopNotifier::new(options.opened)),
            prober: Arc::new(HttpProber::new().map_err(|error| HostError::Prober { reason: error.reason })?),
            clock: Arc::new(SystemClock),
            ids: Arc::new(UuidV7Ids),
        };
        let book = FileCloneBook::in_folder(paths.root());
        let engine = Engine::new(ports, options.pacing)
            .with_clones(Arc::new(GitProgram::default()), Arc::new(book))
            .with_form(Arc::new(FileFormBook::in_folder(paths.root())));
        let engine = Arc::new(engine);
        let (keeper, state) = Keeper::new(Arc::clone(&engine), paths.clone(), options.kind, location.is_alone);
        let actor = options.actor.unwrap_or_else(current_person);
        let version = env!("CARGO_PKG_VERSION").to_owned();
        let info =
            HostInfo { version, database: location.view, log_folder: Some(paths.logs().display().to_string()), engine: state.clone() };
        Ok(Self { api: Api::new(engine, actor, info), paths, keeper, state })
    }

    /// What can be asked.
    #[must_use]
    pub const fn api(&self) -> &Api {
        &self.api
    }

    /// The engine itself.
    #[must_use]
    pub fn engine(&self) -> &Arc<Engine> {
        self.api.engine()
    }

    /// The data folder.
    #[must_use]
    pub const fn paths(&self) -> &DataPaths {
        &self.paths
    }

    /// Who runs the engine, as it changes.
    #[must_use]
    pub fn engine_state(&self) -> watch::Receiver<EngineView> {
        self.state.clone()
    }

    /// Runs the engine and the health monitor, until [`Host::stop_engine`]. While another host on this data folder runs it, this
    /// one is its guest, and takes over when that one ends. Says which of the two it is now. Starting twice is starting once.
    pub async fn start_engine(&self) -> EngineView {
        self.keeper.start().await
    }

    /// Looks who runs the engine, without running it.
    pub fn look_for_engine(&self) -> EngineView {
        self.keeper.look()
    }

    /// Stops the engine. What is under way is taken up again from what is written.
    pub async fn stop_engine(&self) {
        self.keeper.stop().await;
    }

    /// Stops everything, and closes the database.
    pub async fn shutdown(&self) {
        self.stop_engine().await;
        self.engine().store().close().await;
    }
}
