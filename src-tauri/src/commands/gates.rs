//! What waits for a person at a provider.

use crate::desktop::Desktop;
use pilothouse_api::{AnswerGateRequest, ApiError, GateView, IdRequest, ListGatesRequest, UnseenPlaceView};
use tauri::State;

/// Gates, last seen first.
#[tauri::command]
#[specta::specta]
pub(crate) async fn list_gates(desktop: State<'_, Desktop>, request: ListGatesRequest) -> Result<Vec<GateView>, ApiError> {
    desktop.api().await?.list_gates(request).await
}

/// One gate.
#[tauri::command]
#[specta::specta]
pub(crate) async fn get_gate(desktop: State<'_, Desktop>, request: IdRequest) -> Result<GateView, ApiError> {
    desktop.api().await?.get_gate(request).await
}

/// Answers a gate.
#[tauri::command]
#[specta::specta]
pub(crate) async fn answer_gate(desktop: State<'_, Desktop>, request: AnswerGateRequest) -> Result<GateView, ApiError> {
    desktop.api().await?.answer_gate(request).await
}

/// Looks at every provider what waits there now.
#[tauri::command]
#[specta::specta]
pub(crate) async fn look_at_gates(desktop: State<'_, Desktop>) -> Result<Vec<UnseenPlaceView>, ApiError> {
    desktop.api().await?.look_at_gates().await
}
