//! Runs that were started elsewhere.

use crate::desktop::Desktop;
use pilothouse_api::{ApiError, ExplainUnplannedRunRequest, IdRequest, ListUnplannedRunsRequest, UnplannedRunView};
use tauri::State;

/// Runs that Pilothouse did not start, last seen first.
#[tauri::command]
#[specta::specta]
pub(crate) async fn list_unplanned_runs(
    desktop: State<'_, Desktop>,
    request: ListUnplannedRunsRequest,
) -> Result<Vec<UnplannedRunView>, ApiError> {
    desktop.api().await?.list_unplanned_runs(request).await
}

/// One run that Pilothouse did not start.
#[tauri::command]
#[specta::specta]
pub(crate) async fn get_unplanned_run(desktop: State<'_, Desktop>, request: IdRequest) -> Result<UnplannedRunView, ApiError> {
    desktop.api().await?.get_unplanned_run(request).await
}

/// Gives the reason for a run, in place of an earlier one.
#[tauri::command]
#[specta::specta]
pub(crate) async fn explain_unplanned_run(
    desktop: State<'_, Desktop>,
    request: ExplainUnplannedRunRequest,
) -> Result<UnplannedRunView, ApiError> {
    desktop.api().await?.explain_unplanned_run(request).await
}
