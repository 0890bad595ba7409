//! The tray: one icon whose shape says how things stand, and a way back to the window. Must not decide how things stand.

mod follow;
mod host;
mod notice;
mod state;

pub(crate) use follow::follow;
pub(crate) use notice::tell_that_it_watches;
pub(crate) use state::TrayState;

use crate::desktop::Desktop;
use crate::place::{self, Place};
use crate::{shutdown, window};
use std::panic::{AssertUnwindSafe, catch_unwind};
use tauri::image::Image;
use tauri::menu::{Menu, MenuItem, PredefinedMenuItem};
use tauri::tray::{MouseButton, MouseButtonState, TrayIconBuilder, TrayIconEvent};
use tauri::{AppHandle, Manager as _};

const ID: &str = "pilothouse";

/// Puts the icon into the tray. Without a tray the app works on; closing the window then ends it.
pub(crate) fn create(app: &AppHandle) {
    // On Linux the library behind the tray is loaded here, and its loader panics where it is missing.
    let built = catch_unwind(AssertUnwindSafe(|| build(app)));
    match built {
        Ok(Ok(())) => host::watch(app.clone()),
        Ok(Err(error)) => tracing::warn!(%error, "there is no tray icon"),
        Err(_) => tracing::warn!("there is no tray icon: the library for it is not installed"),
    }
}

fn build(app: &AppHandle) -> tauri::Result<()> {
    let open = MenuItem::with_id(app, "open", "Open Pilothouse", true, None::<&str>)?;
    let health = MenuItem::with_id(app, "health", "Health", true, None::<&str>)?;
    let quit = MenuItem::with_id(app, "quit", "Quit", true, None::<&str>)?;
    let menu = Menu::with_items(app, &[&open, &health, &PredefinedMenuItem::separator(app)?, &quit])?;
    let state = TrayState::NotConnected;
    TrayIconBuilder::with_id(ID)
        .icon(Image::from_bytes(state.icon())?)
        .icon_as_template(true)
        .tooltip(state.tooltip())
        .menu(&menu)
        .show_menu_on_left_click(false)
        .on_menu_event(|app, event| match event.id().as_ref() {
            "open" => window::show(app),
            "health" => place::go(app, Place::Health),
            "quit" => shutdown::quit(app),
            other => tracing::warn!(item = other, "an unknown item of the tray's menu was chosen"),
        })
        .on_tray_icon_event(|tray, event| {
            if let TrayIconEvent::Click { button: MouseButton::Left, button_state: MouseButtonState::Up, .. } = event {
                window::show(tray.app_handle());
            }
        })
        .build(app)?;
    Ok(())
}

/// Shows this state. Called only when it changes: on Linux each icon is written to a file.
pub(crate) fn show_state(app: &AppHandle, state: TrayState) {
    let Some(tray) = app.tray_by_id(ID) else { return };
    let shown = Image::from_bytes(state.icon())
        .and_then(|icon| tray.set_icon_with_as_template(Some(icon), true))
        .and_then(|()| tray.set_tooltip(Some(state.tooltip())));
    if let Err(error) = shown {
        tracing::warn!(%error, "the tray icon can't be changed");
    }
}

/// Whether there is a tray icon at all.
fn exists(app: &AppHandle) -> bool {
    app.tray_by_id(ID).is_some()
}

fn set_usable(app: &AppHandle, usable: bool) {
    app.state::<Desktop>().set_tray_usable(usable && exists(app));
}
