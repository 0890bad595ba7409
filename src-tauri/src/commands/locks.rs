//! Locks on environments.

use crate::desktop::Desktop;
use pilothouse_api::{ApiError, LiftLockRequest, ListLocksRequest, LockView, SetLockRequest};
use tauri::State;

/// The locks that hold now.
#[tauri::command]
#[specta::specta]
pub(crate) async fn list_locks(desktop: State<'_, Desktop>, request: ListLocksRequest) -> Result<Vec<LockView>, ApiError> {
    desktop.api().await?.list_locks(request).await
}

/// Locks an environment, or a whole product.
#[tauri::command]
#[specta::specta]
pub(crate) async fn set_lock(desktop: State<'_, Desktop>, request: SetLockRequest) -> Result<LockView, ApiError> {
    desktop.api().await?.set_lock(request).await
}

/// Lifts a lock. Lifting a lifted one is no error.
#[tauri::command]
#[specta::specta]
pub(crate) async fn lift_lock(desktop: State<'_, Desktop>, request: LiftLockRequest) -> Result<(), ApiError> {
    desktop.api().await?.lift_lock(request).await
}
