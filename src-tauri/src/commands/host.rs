//! Commands about the window and this process.

use crate::age;
use crate::desktop::Desktop;
use crate::links;
use crate::place::Place;
use crate::startup::{self, StartupState};
use pilothouse_api::{ApiError, ErrorCode};
use tauri::{AppHandle, State};

/// How far the start has come.
#[tauri::command]
#[specta::specta]
pub(crate) fn startup_state(desktop: State<'_, Desktop>) -> StartupState {
    desktop.startup_state()
}

/// Tries to start again after a failure.
#[tauri::command]
#[specta::specta]
pub(crate) fn retry_startup(app: AppHandle, desktop: State<'_, Desktop>) -> StartupState {
    if desktop.begin_again() {
        startup::begin(&app);
    }
    desktop.startup_state()
}

/// Says that the first real list has been painted: called once, two animation frames after it was drawn.
#[tauri::command]
#[specta::specta]
pub(crate) fn ui_ready() {
    static SAID: std::sync::Once = std::sync::Once::new();
    SAID.call_once(|| {
        let milliseconds = age::age().as_millis();
        tracing::info!(target: "pilothouse_desktop", milliseconds, "ui.ready");
    });
}

/// Where the window is asked to go, once. Ask at the start and at each `PlaceRequested`.
#[tauri::command]
#[specta::specta]
pub(crate) fn take_place(desktop: State<'_, Desktop>) -> Option<Place> {
    desktop.take_place()
}

/// Opens a page of a connected provider in the system's browser. Nothing else is opened.
#[tauri::command]
#[specta::specta]
pub(crate) async fn open_link(desktop: State<'_, Desktop>, url: String) -> Result<(), ApiError> {
    let connections = desktop.api().await?.list_connections().await?;
    let bases: Vec<String> = connections.into_iter().map(|connection| connection.base_url).collect();
    let page = links::admit(&url, &bases).map_err(|error| {
        ApiError::invalid(
            "url",
            format!("This link is not opened: {error}."),
            "Copy the address, and open it in a browser yourself if you trust it.",
        )
    })?;
    open::that_detached(page.as_str()).map_err(|error| {
        ApiError::new(
            ErrorCode::Internal,
            format!("No browser could be opened: {error}."),
            "Copy the address, and open it in a browser yourself.",
        )
    })
}
