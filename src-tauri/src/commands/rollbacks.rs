//! The way back.

use crate::desktop::Desktop;
use pilothouse_api::{ApiError, DeploymentView, IdRequest, RollbackOptionsView, RollbackWayRequest, RollbackWayView, StartRollbackRequest};
use tauri::State;

/// The versions that an environment (by its id) can go back to, with what stands against each.
#[tauri::command]
#[specta::specta]
pub(crate) async fn rollback_options(desktop: State<'_, Desktop>, request: IdRequest) -> Result<RollbackOptionsView, ApiError> {
    desktop.api().await?.rollback_options(request).await
}

/// How an environment would go back to a release, as it is set. Asks the provider where its own way is taken; changes nothing.
#[tauri::command]
#[specta::specta]
pub(crate) async fn rollback_way(desktop: State<'_, Desktop>, request: RollbackWayRequest) -> Result<RollbackWayView, ApiError> {
    desktop.api().await?.rollback_way(request).await
}

/// Rolls an environment back: aborts what is under way, deploys the earlier version, locks the environment, and marks the
/// bad release. Returns once that is written.
#[tauri::command]
#[specta::specta]
pub(crate) async fn start_rollback(desktop: State<'_, Desktop>, request: StartRollbackRequest) -> Result<DeploymentView, ApiError> {
    desktop.api().await?.start_rollback(request).await
}
