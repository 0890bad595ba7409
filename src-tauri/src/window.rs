//! The one window: made, shown, hidden, closed. Must not hold what is inside it.

use crate::desktop::Desktop;
use crate::{events, shutdown, tray};
use pilothouse_platform::DataPaths;
use std::path::Path;
use tauri::utils::config::Color;
use tauri::{AppHandle, Manager as _, Theme, WebviewWindow, WebviewWindowBuilder, WindowEvent};
use tauri_plugin_window_state::{AppHandleExt as _, StateFlags};

/// The window's label in the configuration and in the capability.
pub(crate) const LABEL: &str = "main";

/// What is kept of the window: not whether it was visible, since `--hidden` decides that.
pub(crate) const KEPT: StateFlags = StateFlags::SIZE.union(StateFlags::POSITION).union(StateFlags::MAXIMIZED).union(StateFlags::FULLSCREEN);

/// The canvas by day and by night, as the window's own style has it: nothing flashes before the first paint.
const DAY: Color = Color(0xf2, 0xf0, 0xea, 0xff);
const NIGHT: Color = Color(0x0a, 0x10, 0x17, 0xff);

/// The file that keeps the window's place and size.
pub(crate) fn state_file(paths: &DataPaths) -> String {
    paths.root().join("window-state.json").to_string_lossy().into_owned()
}

/// Makes the window, hidden. What it stores itself (the appearance) goes to the data folder too, where there is one.
pub(crate) fn create(app: &AppHandle, data: Option<&Path>) -> tauri::Result<WebviewWindow> {
    let config = app.config().app.windows.iter().find(|window| window.label == LABEL);
    let config = config.ok_or(tauri::Error::WindowNotFound)?;
    let mut builder =
        WebviewWindowBuilder::from_config(app, config)?.on_navigation(stays_inside).background_color(if night() { NIGHT } else { DAY });
    builder = match data {
        Some(data) => builder.data_directory(data.join("webview")),
        None => builder.incognito(true),
    };
    let window = builder.build()?;
    if let Ok(theme) = window.theme() {
        window.set_background_color(Some(if theme == Theme::Dark { NIGHT } else { DAY }))?;
    }
    let handle = app.clone();
    window.on_window_event(move |event| {
        if let WindowEvent::CloseRequested { api, .. } = event {
            api.prevent_close();
            close(&handle);
        }
    });
    Ok(window)
}

/// Shows the window in front of the others.
pub(crate) fn show(app: &AppHandle) {
    let Some(window) = app.get_webview_window(LABEL) else { return };
    let shown = window.show().and_then(|()| window.unminimize()).and_then(|()| window.set_focus());
    if let Err(error) = shown {
        tracing::warn!(%error, "the window can't be shown");
    }
    if !app.state::<Desktop>().set_window_shown(true) {
        events::tell_everything(app);
    }
}

/// Hides the window where a tray can open it again; without one, closing it ends the app, as nobody could find it otherwise.
fn close(app: &AppHandle) {
    if !app.state::<Desktop>().tray_usable() {
        shutdown::quit(app);
        return;
    }
    if let Err(error) = app.save_window_state(KEPT) {
        tracing::warn!(%error, "the window's place is not kept");
    }
    hide(app);
    tray::tell_that_it_watches(app);
}

/// Hides the window.
pub(crate) fn hide(app: &AppHandle) {
    if let Some(window) = app.get_webview_window(LABEL)
        && let Err(error) = window.hide()
    {
        tracing::warn!(%error, "the window can't be hidden");
    }
    app.state::<Desktop>().set_window_shown(false);
}

/// The window shows our own pages alone: links go to the browser, by a command of ours.
fn stays_inside(url: &url::Url) -> bool {
    let ours = match url.scheme() {
        "tauri" => url.host_str() == Some("localhost"),
        "http" | "https" if url.host_str() == Some("tauri.localhost") => true,
        "http" => tauri::is_dev() && url.host_str() == Some("localhost") && url.port() == Some(5173),
        _ => false,
    };
    if !ours {
        tracing::warn!(scheme = url.scheme(), "the window was kept from leaving its own pages");
    }
    ours
}

/// A guess before there is a window to ask: the desktop's own choice comes with it.
fn night() -> bool {
    std::env::var("GTK_THEME").is_ok_and(|theme| theme.ends_with(":dark"))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    #[test]
    fn the_window_stays_on_its_own_pages() {
        let stays = |url: &str| stays_inside(&url::Url::parse(url).unwrap());
        assert!(stays("tauri://localhost/releases"));
        assert!(stays("http://tauri.localhost/"));
        for url in ["https://github.com/", "tauri://elsewhere/", "file:///etc/passwd", "data:text/html,x", "javascript:alert(1)"] {
            assert!(!stays(url), "{url}");
        }
    }
}
