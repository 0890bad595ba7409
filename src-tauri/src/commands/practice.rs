//! The practice range: open, look, close, and its faults.

use crate::desktop::Desktop;
use crate::practice::{ClearFaultRequest, OrderFaultRequest, PracticeRangeState, PractiseOverRequest, ProtectRequest, PushCommitRequest};
use pilothouse_api::ApiError;
use tauri::State;

/// Opens the practice range in this process, with a connection to it and a product on it. Opened again, it takes those it had.
#[tauri::command]
#[specta::specta]
pub(crate) async fn open_practice_range(desktop: State<'_, Desktop>) -> Result<PracticeRangeState, ApiError> {
    let running = desktop.running().await?;
    desktop.practice.open(&running.api, &running.data).await
}

/// How the practice range is.
#[tauri::command]
#[specta::specta]
pub(crate) async fn practice_range_state(desktop: State<'_, Desktop>) -> Result<PracticeRangeState, ApiError> {
    let running = desktop.running().await?;
    desktop.practice.state(&running.api, &running.data).await
}

/// Ends the practice range. Connection and product stay, and reach nobody.
#[tauri::command]
#[specta::specta]
pub(crate) async fn close_practice_range(desktop: State<'_, Desktop>) -> Result<PracticeRangeState, ApiError> {
    desktop.practice.close().await;
    let running = desktop.running().await?;
    desktop.practice.state(&running.api, &running.data).await
}

/// Connects another provider of the practice range, with a product that it deploys.
#[tauri::command]
#[specta::specta]
pub(crate) async fn practise_over(desktop: State<'_, Desktop>, request: PractiseOverRequest) -> Result<PracticeRangeState, ApiError> {
    let running = desktop.running().await?;
    desktop.practice.practise_over(&running.api, &running.data, request).await
}

/// Has deployments to an environment of the practice range wait for a person, or lets them pass.
#[tauri::command]
#[specta::specta]
pub(crate) async fn range_protect(desktop: State<'_, Desktop>, request: ProtectRequest) -> Result<PracticeRangeState, ApiError> {
    desktop.practice.protect(request).await?;
    let running = desktop.running().await?;
    desktop.practice.state(&running.api, &running.data).await
}

/// Orders a fault at the practice range.
#[tauri::command]
#[specta::specta]
pub(crate) async fn range_fault_order(desktop: State<'_, Desktop>, request: OrderFaultRequest) -> Result<PracticeRangeState, ApiError> {
    desktop.practice.order(request).await?;
    let running = desktop.running().await?;
    desktop.practice.state(&running.api, &running.data).await
}

/// Ends a fault at the practice range, or all of them.
#[tauri::command]
#[specta::specta]
pub(crate) async fn range_fault_clear(desktop: State<'_, Desktop>, request: ClearFaultRequest) -> Result<PracticeRangeState, ApiError> {
    desktop.practice.clear(request).await?;
    let running = desktop.running().await?;
    desktop.practice.state(&running.api, &running.data).await
}

/// Adds a commit to the practice range's repository, as a colleague would. The commit's hash.
#[tauri::command]
#[specta::specta]
pub(crate) async fn range_push(desktop: State<'_, Desktop>, request: PushCommitRequest) -> Result<String, ApiError> {
    desktop.practice.push(request).await
}
