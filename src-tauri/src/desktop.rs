//! What the running app shares between the window's commands, the tray and the shutdown. Must not do anything by itself.

use crate::place::Place;
use crate::practice::Practice;
use crate::startup::{Opening, Running, StartupState};
use pilothouse_api::{Api, ApiError, ErrorCode};
use pilothouse_platform::Redactor;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use tokio::sync::watch;

/// The state that Tauri manages.
pub(crate) struct Desktop {
    /// The data folder's choice, as asked for on the command line.
    pub(crate) data_dir: Option<PathBuf>,
    /// Shared with the log.
    pub(crate) redactor: Redactor,
    /// The practice range, if it is open.
    pub(crate) practice: Practice,
    opening: watch::Sender<Opening>,
    place: Mutex<Option<Place>>,
    tray_usable: AtomicBool,
    window_shown: AtomicBool,
}

impl Desktop {
    /// One that is starting.
    pub(crate) fn new(data_dir: Option<PathBuf>, redactor: Redactor) -> Self {
        Self {
            data_dir,
            redactor,
            practice: Practice::default(),
            opening: watch::Sender::new(Opening::UnderWay),
            place: Mutex::new(None),
            tray_usable: AtomicBool::new(false),
            window_shown: AtomicBool::new(false),
        }
    }

    /// How far the start has come.
    pub(crate) fn startup_state(&self) -> StartupState {
        StartupState::of(&self.opening.borrow())
    }

    /// What runs, once the start has come through.
    ///
    /// # Errors
    /// The start's own, where it fails.
    pub(crate) async fn running(&self) -> Result<Arc<Running>, ApiError> {
        let mut opening = self.opening.subscribe();
        let reached = opening.wait_for(|opening| !matches!(opening, Opening::UnderWay)).await;
        match reached.as_deref() {
            Ok(Opening::Done(running)) => Ok(Arc::clone(running)),
            Ok(Opening::Failed(error)) => Err(error.clone()),
            Ok(Opening::UnderWay) | Err(_) => {
                Err(ApiError::new(ErrorCode::Internal, "Pilothouse is not ready.", "Wait a moment, then try again."))
            }
        }
    }

    /// What runs now, without waiting.
    pub(crate) fn running_now(&self) -> Option<Arc<Running>> {
        match &*self.opening.borrow() {
            Opening::Done(running) => Some(Arc::clone(running)),
            Opening::UnderWay | Opening::Failed(_) => None,
        }
    }

    /// The functions of the api, once the start has come through.
    ///
    /// # Errors
    /// The start's own, where it fails.
    pub(crate) async fn api(&self) -> Result<Api, ApiError> {
        Ok(self.running().await?.api.clone())
    }

    /// Says how far the start has come.
    pub(crate) fn set_opening(&self, opening: Opening) {
        self.opening.send_replace(opening);
    }

    /// Begins another attempt to start. False where one is under way or has succeeded.
    pub(crate) fn begin_again(&self) -> bool {
        self.opening.send_if_modified(|opening| {
            let failed = matches!(opening, Opening::Failed(_));
            if failed {
                *opening = Opening::UnderWay;
            }
            failed
        })
    }

    /// Remembers where the window should go next.
    pub(crate) fn put_place(&self, place: Place) {
        *self.place.lock().unwrap_or_else(PoisonError::into_inner) = Some(place);
    }

    /// Where the window should go, once.
    pub(crate) fn take_place(&self) -> Option<Place> {
        self.place.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Whether there is a tray from which a hidden window can be opened again.
    pub(crate) fn tray_usable(&self) -> bool {
        self.tray_usable.load(Ordering::Acquire)
    }

    /// Says whether there is such a tray.
    pub(crate) fn set_tray_usable(&self, usable: bool) {
        self.tray_usable.store(usable, Ordering::Release);
    }

    /// Whether the window is shown: what nobody sees needs no news.
    pub(crate) fn window_shown(&self) -> bool {
        self.window_shown.load(Ordering::Acquire)
    }

    /// Says whether the window is shown; whether it was before.
    pub(crate) fn set_window_shown(&self, shown: bool) -> bool {
        self.window_shown.swap(shown, Ordering::AcqRel)
    }
}
