//! The calendar: freezes, change windows, overrides, calendar files.

use super::download::download;
use crate::desktop::Desktop;
use pilothouse_api::{
    ApiError, CalendarRequest, CalendarView, CalendarWindowView, ExportCalendarRequest, FreezeOverrideView, IdRequest,
    ImportCalendarRequest, ImportedCalendarView, OccurrenceView, OverrideFreezeRequest, PutCalendarWindowRequest, WindowTimesDto,
    WithdrawRequest,
};
use tauri::State;

/// What is on in a time.
#[tauri::command]
#[specta::specta]
pub(crate) async fn calendar(desktop: State<'_, Desktop>, request: CalendarRequest) -> Result<CalendarView, ApiError> {
    desktop.api().await?.calendar(request).await
}

/// Adds or changes a freeze or a change window.
#[tauri::command]
#[specta::specta]
pub(crate) async fn put_calendar_window(
    desktop: State<'_, Desktop>,
    request: PutCalendarWindowRequest,
) -> Result<CalendarWindowView, ApiError> {
    desktop.api().await?.put_calendar_window(request).await
}

/// The next five occurrences of times that are being written.
#[tauri::command]
#[specta::specta]
pub(crate) async fn preview_calendar_window(desktop: State<'_, Desktop>, request: WindowTimesDto) -> Result<Vec<OccurrenceView>, ApiError> {
    desktop.api().await?.preview_calendar_window(request)
}

/// Withdraws a freeze or a change window.
#[tauri::command]
#[specta::specta]
pub(crate) async fn withdraw_calendar_window(desktop: State<'_, Desktop>, request: WithdrawRequest) -> Result<(), ApiError> {
    desktop.api().await?.withdraw_calendar_window(request).await
}

/// Lets a release go to an environment in spite of what is closed there now.
#[tauri::command]
#[specta::specta]
pub(crate) async fn override_freeze(desktop: State<'_, Desktop>, request: OverrideFreezeRequest) -> Result<FreezeOverrideView, ApiError> {
    desktop.api().await?.override_freeze(request).await
}

/// Takes an override back.
#[tauri::command]
#[specta::specta]
pub(crate) async fn withdraw_freeze_override(
    desktop: State<'_, Desktop>,
    request: WithdrawRequest,
) -> Result<FreezeOverrideView, ApiError> {
    desktop.api().await?.withdraw_freeze_override(request).await
}

/// The overrides for a release.
#[tauri::command]
#[specta::specta]
pub(crate) async fn list_freeze_overrides(desktop: State<'_, Desktop>, request: IdRequest) -> Result<Vec<FreezeOverrideView>, ApiError> {
    desktop.api().await?.list_freeze_overrides(request).await
}

/// Takes the events of a calendar file; on trial, only says what would come of it.
#[tauri::command]
#[specta::specta]
pub(crate) async fn import_calendar(desktop: State<'_, Desktop>, request: ImportCalendarRequest) -> Result<ImportedCalendarView, ApiError> {
    desktop.api().await?.import_calendar(request).await
}

/// Saves the calendar into the folder for downloads; where it lies. It is not opened.
#[tauri::command]
#[specta::specta]
pub(crate) async fn save_calendar(desktop: State<'_, Desktop>, request: ExportCalendarRequest) -> Result<String, ApiError> {
    let (name, content) = desktop.api().await?.export_calendar(request).await?;
    download(name, content.into_bytes()).await
}
