//! What a provider has: repositories, environments, pipelines, references.

use crate::desktop::Desktop;
use pilothouse_api::{
    ApiError, PipelineDescriptionView, PipelineRequest, PipelineView, RepositoriesRequest, RepositoryRequest, RepositoryView, SourceRefView,
};
use tauri::State;

/// Repositories that the account can see, by part of their name; at most 100.
#[tauri::command]
#[specta::specta]
pub(crate) async fn repositories(desktop: State<'_, Desktop>, request: RepositoriesRequest) -> Result<Vec<RepositoryView>, ApiError> {
    desktop.api().await?.repositories(request).await
}

/// One repository.
#[tauri::command]
#[specta::specta]
pub(crate) async fn repository(desktop: State<'_, Desktop>, request: RepositoryRequest) -> Result<RepositoryView, ApiError> {
    desktop.api().await?.repository(request).await
}

/// Names of the environments that the provider knows for a repository.
#[tauri::command]
#[specta::specta]
pub(crate) async fn provider_environments(desktop: State<'_, Desktop>, request: RepositoryRequest) -> Result<Vec<String>, ApiError> {
    desktop.api().await?.provider_environments(request).await
}

/// The pipelines of a repository.
#[tauri::command]
#[specta::specta]
pub(crate) async fn pipelines(desktop: State<'_, Desktop>, request: RepositoryRequest) -> Result<Vec<PipelineView>, ApiError> {
    desktop.api().await?.pipelines(request).await
}

/// A pipeline's inputs, as they are at a ref.
#[tauri::command]
#[specta::specta]
pub(crate) async fn describe_pipeline(desktop: State<'_, Desktop>, request: PipelineRequest) -> Result<PipelineDescriptionView, ApiError> {
    desktop.api().await?.describe_pipeline(request).await
}

/// Tags and branches, newest first where the provider tells.
#[tauri::command]
#[specta::specta]
pub(crate) async fn refs(desktop: State<'_, Desktop>, request: RepositoryRequest) -> Result<Vec<SourceRefView>, ApiError> {
    desktop.api().await?.refs(request).await
}
