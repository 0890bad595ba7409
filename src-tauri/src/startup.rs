//! From the open window to the running engine: data folder, database, keychain, engine. What goes wrong on the way is shown in the
//! window with the way out, and can be tried again. Must not keep the window from opening.

use crate::desktop::Desktop;
use crate::events::StartupChanged;
use pilothouse_platform::{DataPaths, PathsError};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use tauri::{AppHandle, Manager as _};
use tauri_specta::Event as _;

/// How far the start has come, with what came of it.
#[derive(Clone)]
pub(crate) enum Opening {
    /// It goes on.
    UnderWay,
    /// Everything runs.
    Done(Arc<Running>),
    /// It did not come through.
    Failed(StartupFailure),
}

/// What runs once the start has come through.
pub(crate) struct Running {}

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
        failure: StartupFailure,
    },
}

/// Why the start did not come through.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
pub(crate) struct StartupFailure {
    /// What failed, for programs: `data_folder`, …
    pub(crate) code: String,
    /// What failed, in a sentence.
    pub(crate) message: String,
    /// What to do about it.
    pub(crate) next_step: String,
}

impl StartupState {
    pub(crate) fn of(opening: &Opening) -> Self {
        match opening {
            Opening::UnderWay => Self::Starting,
            Opening::Done(_) => Self::Ready,
            Opening::Failed(failure) => Self::Failed { failure: failure.clone() },
        }
    }
}

impl From<PathsError> for StartupFailure {
    fn from(error: PathsError) -> Self {
        Self {
            code: "data_folder".to_owned(),
            message: format!("Pilothouse has no folder for its data: {error}."),
            next_step: "Make the folder usable, or name another one with --data-dir or PILOTHOUSE_DATA_DIR.".to_owned(),
        }
    }
}

/// Starts everything in the background.
pub(crate) fn begin(app: &AppHandle) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        let opening = match open(&app).await {
            Ok(running) => Opening::Done(Arc::new(running)),
            Err(failure) => {
                tracing::error!(code = failure.code, "the start did not come through: {}", failure.message);
                Opening::Failed(failure)
            }
        };
        app.state::<Desktop>().set_opening(opening);
        if let Err(error) = (StartupChanged {}).emit(&app) {
            tracing::warn!(%error, "the window was not told how the start went");
        }
    });
}

async fn open(app: &AppHandle) -> Result<Running, StartupFailure> {
    let paths = DataPaths::resolve(app.state::<Desktop>().data_dir.as_deref())?;
    paths.create()?;
    Ok(Running {})
}

/// Stops everything that [`begin`] started.
pub(crate) async fn close(_app: &AppHandle) {}
