//! What stands where, what waits for a person, and how this process is.

use crate::desktop::Desktop;
use pilothouse_api::{ApiError, InboxItem, OverviewView, StatusView};
use tauri::State;

/// The overview.
#[tauri::command]
#[specta::specta]
pub(crate) async fn overview(desktop: State<'_, Desktop>) -> Result<OverviewView, ApiError> {
    desktop.api().await?.overview().await
}

/// What waits for this person, most pressing first.
#[tauri::command]
#[specta::specta]
pub(crate) async fn inbox(desktop: State<'_, Desktop>) -> Result<Vec<InboxItem>, ApiError> {
    desktop.api().await?.inbox().await
}

/// How the host is.
#[tauri::command]
#[specta::specta]
pub(crate) async fn status(desktop: State<'_, Desktop>) -> Result<StatusView, ApiError> {
    desktop.api().await?.status().await
}
