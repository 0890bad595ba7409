//! Says once, ever, that a closed window goes on watching from the tray. Must not say it again.

use crate::desktop::Desktop;
use pilothouse_engine::ports::{Alert, Clock as _, Notifier as _, Urgency};
use pilothouse_platform::{DataPaths, DesktopNotifier, SystemClock};
use std::fs::File;
use tauri::{AppHandle, Manager as _};

/// Where it is remembered that it was said.
const SAID: &str = "tray-notice-shown";

/// Tells it, unless it was told before. Where that can't be remembered it isn't told: better never than each time.
pub(crate) fn tell_that_it_watches(app: &AppHandle) {
    let desktop = app.state::<Desktop>();
    let Ok(paths) = DataPaths::resolve(desktop.data_dir.as_deref()) else { return };
    if File::create_new(paths.root().join(SAID)).is_err() {
        return;
    }
    tauri::async_runtime::spawn(async {
        let alert = Alert {
            about: None,
            title: "Pilothouse keeps watching".to_owned(),
            body: "Checks and deployments go on without the window. Open it, or quit, from the tray.".to_owned(),
            urgency: Urgency::Normal,
            at: SystemClock.now(),
            concerns: None,
        };
        if let Err(error) = DesktopNotifier::new(None).notify(&alert).await {
            tracing::info!(%error, "nobody was told that the app goes on in the tray");
        }
    });
}
