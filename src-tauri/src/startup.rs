//! From the open window to the running engine: data folder, database, keychain, engine. What goes wrong on the way is shown in the
//! window with the way out, and can be tried again. Must not keep the window from opening.

use crate::desktop::Desktop;
use crate::events::StartupChanged;
use crate::{events, place, tray};
use pilothouse_api::{Api, ApiError};
use pilothouse_host::{Host, HostError, HostOptions};
use pilothouse_platform::HostKind;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::sync::Arc;
use tauri::{AppHandle, Manager as _};
use tauri_specta::Event as _;
use tokio::sync::mpsc;

/// How many clicks on notifications wait for the window.
const CLICKS: usize = 8;

/// How far the start has come, with what came of it.
#[derive(Clone)]
pub(crate) enum Opening {
    /// It goes on.
    UnderWay,
    /// Everything runs.
    Done(Arc<Running>),
    /// It did not come through.
    Failed(ApiError),
}

/// What runs once the start has come through.
pub(crate) struct Running {
    /// What can be asked of it.
    pub(crate) api: Api,
    /// The data folder.
    pub(crate) data: PathBuf,
    host: Host,
}

/// How far the start has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(tag = "state", rename_all = "snake_case")]
pub(crate) enum StartupState {
    /// It goes on.
    Starting,
    /// Everything answers.
    Ready,
    /// It did not come through.
    Failed {
        /// Why.
        error: ApiError,
    },
}

impl StartupState {
    pub(crate) fn of(opening: &Opening) -> Self {
        match opening {
            Opening::UnderWay => Self::Starting,
            Opening::Done(_) => Self::Ready,
            Opening::Failed(error) => Self::Failed { error: error.clone() },
        }
    }
}

/// Starts everything in the background.
pub(crate) fn begin(app: &AppHandle) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        let opening = match open(&app).await {
            Ok(running) => Opening::Done(Arc::new(running)),
            Err(error) => {
                let error = ApiError::from(error);
                tracing::error!(code = ?error.code, "the start did not come through: {error}");
                Opening::Failed(error)
            }
        };
        if let Opening::Done(running) = &opening {
            tauri::async_runtime::spawn(events::forward(app.clone(), running.api.clone()));
            tauri::async_runtime::spawn(tray::follow(app.clone(), running.api.clone()));
        }
        app.state::<Desktop>().set_opening(opening);
        if let Err(error) = (StartupChanged {}).emit(&app) {
            tracing::warn!(%error, "the window was not told how the start went");
        }
    });
}

async fn open(app: &AppHandle) -> Result<Running, HostError> {
    let desktop = app.state::<Desktop>();
    let (clicked, clicks) = mpsc::channel(CLICKS);
    let host = Host::open(HostOptions {
        data_dir: desktop.data_dir.clone(),
        redactor: desktop.redactor.clone(),
        opened: Some(clicked),
        ..HostOptions::new(HostKind::Desktop)
    })
    .await?;
    tauri::async_runtime::spawn(place::follow_clicks(app.clone(), clicks));
    let engine = host.start_engine().await;
    tracing::info!(role = ?engine.role, "opened");
    Ok(Running { api: host.api().clone(), data: host.paths().root().to_owned(), host })
}

/// Stops everything that [`begin`] started.
pub(crate) async fn close(app: &AppHandle) {
    let desktop = app.state::<Desktop>();
    if let Some(running) = desktop.running_now() {
        running.host.shutdown().await;
    }
    desktop.practice.close().await;
}
