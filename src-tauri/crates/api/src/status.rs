//! How the host itself is: who runs the engine, where the data lies, whether secrets can be kept.

use crate::Api;
use crate::decode::shown;
use crate::error::ApiError;
use pilothouse_domain::check::Health;
use pilothouse_domain::connection::ConnectionStatus;
use pilothouse_engine::ports::KeychainError;
use pilothouse_engine::ports::store::AuditFilter;
use serde::{Deserialize, Serialize};
use specta::Type;
use std::time::{Duration, Instant};
use tokio::sync::{Mutex, watch};

/// How long the keychain's last answer is good for: asking it may open a prompt.
const KEYCHAIN_FRESH: Duration = Duration::from_secs(60);

/// What a host says about itself.
#[derive(Clone, Debug)]
pub struct HostInfo {
    /// The version of this build.
    pub version: String,
    /// Where the data lies.
    pub database: DatabaseView,
    /// The folder of the log files; none where no log is kept.
    pub log_folder: Option<String>,
    /// Who runs the engine, as it changes.
    pub engine: watch::Receiver<EngineView>,
}

/// How the host is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct StatusView {
    /// The version of this build.
    pub version: String,
    /// In whose name things are done.
    pub actor: String,
    /// Who runs the engine.
    pub engine: EngineView,
    /// Where the data lies.
    pub database: DatabaseView,
    /// The folder of the log files; none where no log is kept.
    #[serde(default)]
    pub log_folder: Option<String>,
    /// Whether secrets can be kept.
    pub keychain: KeychainView,
    /// How many connections there are.
    pub connections_total: u32,
    /// How many of them are known to work.
    pub connections_ok: u32,
    /// How many checks are switched on.
    pub checks_total: u32,
    /// How many of them fail.
    pub checks_failing: u32,
    /// The number of the last audit event.
    pub audit_seq: u32,
    /// When it was written.
    pub last_change_at: Option<String>,
}

/// Who runs the engine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct EngineView {
    /// Where it runs.
    pub role: EngineRole,
    /// Who else runs it, in words.
    pub who: Option<String>,
}

/// Where the engine runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum EngineRole {
    /// Here.
    ThisHost,
    /// In another process; this one is its guest.
    OtherHost,
    /// Nowhere: deployments stand still and nothing is measured.
    Stopped,
}

/// Where the data lies. Holds no credentials.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct DatabaseView {
    /// Which database.
    pub kind: DatabaseKind,
    /// The file, or host and database of a server.
    pub place: String,
}

/// The databases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum DatabaseKind {
    /// A file of this machine.
    Sqlite,
    /// A server that a team shares.
    Postgres,
}

/// Whether secrets can be kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct KeychainView {
    /// True where they can.
    pub ok: bool,
    /// Why not.
    pub message: Option<String>,
    /// What to do about it.
    pub next_step: Option<String>,
}

impl EngineView {
    /// Nobody runs it.
    #[must_use]
    pub const fn stopped() -> Self {
        Self { role: EngineRole::Stopped, who: None }
    }
}

/// The keychain's last answer.
#[derive(Default)]
pub(crate) struct KeychainMemory(Mutex<Option<(Instant, KeychainView)>>);

impl From<Result<(), KeychainError>> for KeychainView {
    fn from(answer: Result<(), KeychainError>) -> Self {
        match answer {
            Ok(()) => Self { ok: true, message: None, next_step: None },
            Err(error) => Self { ok: false, message: Some(error.to_string()), next_step: Some(error.next_step().to_owned()) },
        }
    }
}

impl Api {
    /// How the host is.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn status(&self) -> Result<StatusView, ApiError> {
        let store = self.store();
        let connections = store.connections().await?;
        let checks = store.checks(None).await?;
        let states = store.check_states().await?;
        let failing = states.iter().filter(|(id, s)| s.health == Health::Failing && checks.iter().any(|c| c.id == *id && c.enabled));
        let last = store.audit(&AuditFilter { limit: 1, ..AuditFilter::default() }).await?;
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let engine = self.host.engine.borrow().clone();
        Ok(StatusView {
            version: self.host.version.clone(),
            actor: self.actor.to_string(),
            engine,
            database: self.host.database.clone(),
            log_folder: self.host.log_folder.clone(),
            keychain: self.keychain_state().await,
            connections_total: count(connections.len()),
            connections_ok: count(connections.iter().filter(|c| matches!(c.status, ConnectionStatus::Valid { .. })).count()),
            checks_total: count(checks.iter().filter(|c| c.enabled).count()),
            checks_failing: count(failing.count()),
            audit_seq: last.first().map_or(0, |event| event.seq),
            last_change_at: last.first().map(|event| shown(event.entry.at)),
        })
    }

    async fn keychain_state(&self) -> KeychainView {
        let mut known = self.keychain.0.lock().await;
        if let Some((at, view)) = known.as_ref()
            && view.ok
            && at.elapsed() < KEYCHAIN_FRESH
        {
            return view.clone();
        }
        let view = KeychainView::from(self.engine.keychain().probe().await);
        *known = Some((Instant::now(), view.clone()));
        view
    }
}
