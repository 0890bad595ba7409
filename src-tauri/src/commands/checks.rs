//! Health checks, measurements and incidents.

use crate::desktop::Desktop;
use pilothouse_api::{
    ApiError, CheckDto, CheckHistoryRequest, CheckView, HealthView, IdRequest, IncidentView, ListIncidentsRequest, MeasurementView,
    PutCheckRequest, TriedCheckView,
};
use tauri::State;

/// Measures a check as it is given, and keeps nothing.
#[tauri::command]
#[specta::specta]
pub(crate) async fn try_check(desktop: State<'_, Desktop>, request: CheckDto) -> Result<TriedCheckView, ApiError> {
    desktop.api().await?.try_check(request).await
}

/// Adds a check, or changes the one whose id is given.
#[tauri::command]
#[specta::specta]
pub(crate) async fn put_check(desktop: State<'_, Desktop>, request: PutCheckRequest) -> Result<CheckDto, ApiError> {
    desktop.api().await?.put_check(request).await
}

/// Takes a check away, with its history.
#[tauri::command]
#[specta::specta]
pub(crate) async fn remove_check(desktop: State<'_, Desktop>, request: IdRequest) -> Result<(), ApiError> {
    desktop.api().await?.remove_check(request).await
}

/// The health of everything that is watched.
#[tauri::command]
#[specta::specta]
pub(crate) async fn health(desktop: State<'_, Desktop>) -> Result<HealthView, ApiError> {
    desktop.api().await?.health().await
}

/// A check's measurements, newest first.
#[tauri::command]
#[specta::specta]
pub(crate) async fn check_history(desktop: State<'_, Desktop>, request: CheckHistoryRequest) -> Result<Vec<MeasurementView>, ApiError> {
    desktop.api().await?.check_history(request).await
}

/// Measures a check right away, and keeps the measurement.
#[tauri::command]
#[specta::specta]
pub(crate) async fn measure_now(desktop: State<'_, Desktop>, request: IdRequest) -> Result<CheckView, ApiError> {
    desktop.api().await?.measure_now(request).await
}

/// Incidents, last opened first.
#[tauri::command]
#[specta::specta]
pub(crate) async fn list_incidents(desktop: State<'_, Desktop>, request: ListIncidentsRequest) -> Result<Vec<IncidentView>, ApiError> {
    desktop.api().await?.list_incidents(request).await
}

/// Notes that this person takes care of an incident. The first one to say so keeps it.
#[tauri::command]
#[specta::specta]
pub(crate) async fn acknowledge_incident(desktop: State<'_, Desktop>, request: IdRequest) -> Result<IncidentView, ApiError> {
    desktop.api().await?.acknowledge_incident(request).await
}
