//! Starts that are set for a time, release trains, and rehearsals.

use crate::desktop::Desktop;
use pilothouse_api::{
    ApiError, DeploymentView, IdRequest, ListOfProductRequest, MoveStartRequest, PutTrainRequest, RehearsalView, RehearseRequest,
    ScheduleStartRequest, ScheduledStartView, SkipDepartureRequest, StartOutlookView, TrainView, WithdrawRequest,
};
use tauri::State;

/// What a start at a time would meet.
#[tauri::command]
#[specta::specta]
pub(crate) async fn preview_start(desktop: State<'_, Desktop>, request: ScheduleStartRequest) -> Result<StartOutlookView, ApiError> {
    desktop.api().await?.preview_start(request).await
}

/// Sets a start for a time.
#[tauri::command]
#[specta::specta]
pub(crate) async fn schedule_start(desktop: State<'_, Desktop>, request: ScheduleStartRequest) -> Result<ScheduledStartView, ApiError> {
    desktop.api().await?.schedule_start(request).await
}

/// Moves a start to another time.
#[tauri::command]
#[specta::specta]
pub(crate) async fn move_start(desktop: State<'_, Desktop>, request: MoveStartRequest) -> Result<ScheduledStartView, ApiError> {
    desktop.api().await?.move_start(request).await
}

/// Takes a start back.
#[tauri::command]
#[specta::specta]
pub(crate) async fn withdraw_start(desktop: State<'_, Desktop>, request: WithdrawRequest) -> Result<ScheduledStartView, ApiError> {
    desktop.api().await?.withdraw_start(request).await
}

/// Starts at once what was scheduled.
#[tauri::command]
#[specta::specta]
pub(crate) async fn start_at_once(desktop: State<'_, Desktop>, request: IdRequest) -> Result<DeploymentView, ApiError> {
    desktop.api().await?.start_at_once(request).await
}

/// One scheduled start.
#[tauri::command]
#[specta::specta]
pub(crate) async fn get_start(desktop: State<'_, Desktop>, request: IdRequest) -> Result<ScheduledStartView, ApiError> {
    desktop.api().await?.get_start(request).await
}

/// The release trains.
#[tauri::command]
#[specta::specta]
pub(crate) async fn list_trains(desktop: State<'_, Desktop>, request: ListOfProductRequest) -> Result<Vec<TrainView>, ApiError> {
    desktop.api().await?.list_trains(request).await
}

/// Adds or changes a train.
#[tauri::command]
#[specta::specta]
pub(crate) async fn put_train(desktop: State<'_, Desktop>, request: PutTrainRequest) -> Result<TrainView, ApiError> {
    desktop.api().await?.put_train(request).await
}

/// Takes a train away.
#[tauri::command]
#[specta::specta]
pub(crate) async fn withdraw_train(desktop: State<'_, Desktop>, request: WithdrawRequest) -> Result<(), ApiError> {
    desktop.api().await?.withdraw_train(request).await
}

/// Skips a departure to come, or lets one that was skipped take place.
#[tauri::command]
#[specta::specta]
pub(crate) async fn skip_departure(desktop: State<'_, Desktop>, request: SkipDepartureRequest) -> Result<TrainView, ApiError> {
    desktop.api().await?.skip_departure(request).await
}

/// Lets a departure that asks stay.
#[tauri::command]
#[specta::specta]
pub(crate) async fn drop_departure(desktop: State<'_, Desktop>, request: WithdrawRequest) -> Result<TrainView, ApiError> {
    desktop.api().await?.drop_departure(request).await
}

/// Lets a departure that asks take place now.
#[tauri::command]
#[specta::specta]
pub(crate) async fn depart_now(desktop: State<'_, Desktop>, request: IdRequest) -> Result<TrainView, ApiError> {
    desktop.api().await?.depart_now(request).await
}

/// Rehearses the plan of a release: nothing is triggered, nothing is written.
#[tauri::command]
#[specta::specta]
pub(crate) async fn rehearse_release(desktop: State<'_, Desktop>, request: RehearseRequest) -> Result<RehearsalView, ApiError> {
    desktop.api().await?.rehearse_release(request).await
}
