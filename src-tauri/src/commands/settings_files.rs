//! Settings files: a product's settings as a text, what a text would change, and applying it.

use super::record::saved;
use crate::desktop::Desktop;
use pilothouse_api::{
    ApiError, ApplySettingsRequest, IdRequest, KeepSettingsRequest, LookAtSettingsRequest, RepositorySettingsRequest,
    RepositorySettingsView, SavedFileView, SettingsLookView,
};
use tauri::State;

/// Saves a product's settings as a file into the folder for downloads.
#[tauri::command]
#[specta::specta]
pub(crate) async fn save_settings_file(desktop: State<'_, Desktop>, request: IdRequest) -> Result<SavedFileView, ApiError> {
    saved(desktop.api().await?.settings_file(request).await?).await
}

/// What applying a text would change.
#[tauri::command]
#[specta::specta]
pub(crate) async fn look_at_settings(desktop: State<'_, Desktop>, request: LookAtSettingsRequest) -> Result<SettingsLookView, ApiError> {
    desktop.api().await?.look_at_settings(request).await
}

/// Applies a text.
#[tauri::command]
#[specta::specta]
pub(crate) async fn apply_settings(desktop: State<'_, Desktop>, request: ApplySettingsRequest) -> Result<SettingsLookView, ApiError> {
    desktop.api().await?.apply_settings(request).await
}

/// What applying a file of the product's repository would change.
#[tauri::command]
#[specta::specta]
pub(crate) async fn look_at_repository_settings(
    desktop: State<'_, Desktop>,
    request: RepositorySettingsRequest,
) -> Result<RepositorySettingsView, ApiError> {
    desktop.api().await?.look_at_repository_settings(request).await
}

/// Applies a file of the product's repository, and keeps it as where the settings come from.
#[tauri::command]
#[specta::specta]
pub(crate) async fn keep_settings_in_repository(
    desktop: State<'_, Desktop>,
    request: KeepSettingsRequest,
) -> Result<SettingsLookView, ApiError> {
    desktop.api().await?.keep_settings_in_repository(request).await
}

/// Lets go of the file that a product's settings come from.
#[tauri::command]
#[specta::specta]
pub(crate) async fn set_settings_here(desktop: State<'_, Desktop>, request: IdRequest) -> Result<(), ApiError> {
    desktop.api().await?.set_settings_here(request).await
}
