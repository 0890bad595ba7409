//! Where the window is asked to go from outside it: the tray, a notification. Must not know routes: those are the window's.

use crate::desktop::Desktop;
use crate::window;
use pilothouse_engine::ports::AlertSubject;
use serde::{Deserialize, Serialize};
use tauri::{AppHandle, Manager as _};
use tauri_specta::Event;
use tokio::sync::mpsc;

/// A place in the window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(tag = "place", rename_all = "snake_case")]
pub(crate) enum Place {
    /// The health of everything that is watched.
    Health,
    /// One incident.
    Incident {
        /// Its id.
        incident_id: String,
    },
    /// A run that was started elsewhere.
    UnplannedRun {
        /// Its id.
        unplanned_run_id: String,
    },
    /// A smoke run.
    SmokeRun {
        /// Its id.
        smoke_run_id: String,
    },
    /// A run of a runbook.
    RunbookRun {
        /// Its id.
        runbook_run_id: String,
    },
    /// Something at a provider that waits for a person.
    Gate {
        /// Its id.
        gate_id: String,
    },
    /// A scheduled start.
    Start {
        /// Its id.
        start_id: String,
    },
    /// A release train.
    Train {
        /// Its id.
        train_id: String,
    },
    /// A coordinated release.
    CoordinatedRelease {
        /// Its id.
        coordinated_release_id: String,
    },
}

impl From<AlertSubject> for Place {
    fn from(about: AlertSubject) -> Self {
        match about {
            AlertSubject::Incident(id) => Self::Incident { incident_id: id.to_string() },
            AlertSubject::UnplannedRun(id) => Self::UnplannedRun { unplanned_run_id: id.to_string() },
            AlertSubject::SmokeRun(id) => Self::SmokeRun { smoke_run_id: id.to_string() },
            AlertSubject::RunbookRun(id) => Self::RunbookRun { runbook_run_id: id.to_string() },
            AlertSubject::Gate(id) => Self::Gate { gate_id: id.to_string() },
            AlertSubject::ScheduledStart(id) => Self::Start { start_id: id.to_string() },
            AlertSubject::Train(id) => Self::Train { train_id: id.to_string() },
            AlertSubject::CoordinatedRelease(id) => Self::CoordinatedRelease { coordinated_release_id: id.to_string() },
        }
    }
}

/// The window is asked to go somewhere: it takes the place with `take_place`. The place is not in here, so that a window that
/// is still loading misses nothing and none goes there twice.
#[derive(Clone, Debug, Serialize, Deserialize, specta::Type, Event)]
pub(crate) struct PlaceRequested {}

/// Opens the window and sends it there.
pub(crate) fn go(app: &AppHandle, place: Place) {
    app.state::<Desktop>().put_place(place);
    window::show(app);
    if let Err(error) = (PlaceRequested {}).emit(app) {
        tracing::warn!(%error, "the window was not told where to go");
    }
}

/// Follows clicks on notifications until their source is gone.
pub(crate) async fn follow_clicks(app: AppHandle, mut clicks: mpsc::Receiver<AlertSubject>) {
    while let Some(about) = clicks.recv().await {
        go(&app, about.into());
    }
}
