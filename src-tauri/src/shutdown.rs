//! The way out: what runs is stopped and what is held is released, then the process ends. Must not take for ever.

use crate::startup;
use crate::window;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tauri::{AppHandle, ExitRequestApi};

/// How long what runs may take to stop. What it has committed is safe in any case.
const LIMIT: Duration = Duration::from_secs(10);

static BEGUN: AtomicBool = AtomicBool::new(false);
static DONE: AtomicBool = AtomicBool::new(false);

/// Ends the app.
pub(crate) fn quit(app: &AppHandle) {
    app.exit(0);
}

/// Holds the exit up until everything has stopped.
pub(crate) fn on_exit_requested(app: &AppHandle, request: &ExitRequestApi, code: Option<i32>) {
    if DONE.load(Ordering::Acquire) {
        return;
    }
    request.prevent_exit();
    if BEGUN.swap(true, Ordering::AcqRel) {
        return;
    }
    window::hide(app);
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        if tokio::time::timeout(LIMIT, startup::close(&app)).await.is_err() {
            tracing::warn!(seconds = LIMIT.as_secs(), "something did not stop in time and is left behind");
        }
        tracing::info!("ended");
        DONE.store(true, Ordering::Release);
        app.exit(code.unwrap_or(0));
    });
}

/// Ends the app in good order when the system asks it to.
pub(crate) fn follow_signals(app: AppHandle) {
    #[cfg(unix)]
    tauri::async_runtime::spawn(async move {
        use tokio::signal::unix::{SignalKind, signal};
        let (Ok(mut terminate), Ok(mut interrupt), Ok(mut hang_up)) =
            (signal(SignalKind::terminate()), signal(SignalKind::interrupt()), signal(SignalKind::hangup()))
        else {
            tracing::warn!("signals can't be followed");
            return;
        };
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
            _ = hang_up.recv() => {}
        }
        quit(&app);
    });
    #[cfg(not(unix))]
    drop(app);
}
