//! Pipelines: browsing, runs by hand, holds.

use crate::desktop::Desktop;
use pilothouse_api::{
    ApiError, CancelRunRequest, CancelRunView, HeldPipelineView, IdRequest, ManualRunOutlook, ManualRunRequest, ManualRunView,
    ManualRunsRequest, PipelineRunDetail, PipelineRunRequest, PipelineRuns, PipelineRunsRequest, ProviderHoldView, ProviderHolds,
    RepositoriesRequest, RepositoryChoices, RepositoryPipelines, RepositoryRequest, RerunRequest, RunLogRequest, RunLogView,
    SetHoldRequest,
};
use tauri::State;

/// Repositories to choose from: those in use here, and what the provider finds.
#[tauri::command]
#[specta::specta]
pub(crate) async fn browse_repositories(desktop: State<'_, Desktop>, request: RepositoriesRequest) -> Result<RepositoryChoices, ApiError> {
    desktop.api().await?.browse_repositories(request).await
}

/// The pipelines of a repository with what they are bound to.
#[tauri::command]
#[specta::specta]
pub(crate) async fn browse_pipelines(desktop: State<'_, Desktop>, request: RepositoryRequest) -> Result<RepositoryPipelines, ApiError> {
    desktop.api().await?.browse_pipelines(request).await
}

/// The runs of a pipeline, whoever started them.
#[tauri::command]
#[specta::specta]
pub(crate) async fn pipeline_runs(desktop: State<'_, Desktop>, request: PipelineRunsRequest) -> Result<PipelineRuns, ApiError> {
    desktop.api().await?.pipeline_runs(request).await
}

/// A run with its jobs, and what may be done to it.
#[tauri::command]
#[specta::specta]
pub(crate) async fn pipeline_run(desktop: State<'_, Desktop>, request: PipelineRunRequest) -> Result<PipelineRunDetail, ApiError> {
    desktop.api().await?.pipeline_run(request).await
}

/// A part of a job's log.
#[tauri::command]
#[specta::specta]
pub(crate) async fn run_log(desktop: State<'_, Desktop>, request: RunLogRequest) -> Result<RunLogView, ApiError> {
    desktop.api().await?.run_log(request).await
}

/// What a start by hand would mean.
#[tauri::command]
#[specta::specta]
pub(crate) async fn manual_run_outlook(desktop: State<'_, Desktop>, request: ManualRunRequest) -> Result<ManualRunOutlook, ApiError> {
    desktop.api().await?.manual_run_outlook(request).await
}

/// Starts a run by hand.
#[tauri::command]
#[specta::specta]
pub(crate) async fn start_manual_run(desktop: State<'_, Desktop>, request: ManualRunRequest) -> Result<ManualRunView, ApiError> {
    desktop.api().await?.start_manual_run(request).await
}

/// Asks for another attempt of a run.
#[tauri::command]
#[specta::specta]
pub(crate) async fn rerun_run(desktop: State<'_, Desktop>, request: RerunRequest) -> Result<ManualRunView, ApiError> {
    desktop.api().await?.rerun_run(request).await
}

/// Asks the provider to stop a run.
#[tauri::command]
#[specta::specta]
pub(crate) async fn cancel_run(desktop: State<'_, Desktop>, request: CancelRunRequest) -> Result<CancelRunView, ApiError> {
    desktop.api().await?.cancel_run(request).await
}

/// Runs by hand, last requested first.
#[tauri::command]
#[specta::specta]
pub(crate) async fn manual_runs(desktop: State<'_, Desktop>, request: ManualRunsRequest) -> Result<Vec<ManualRunView>, ApiError> {
    desktop.api().await?.manual_runs(request).await
}

/// One run by hand.
#[tauri::command]
#[specta::specta]
pub(crate) async fn get_manual_run(desktop: State<'_, Desktop>, request: IdRequest) -> Result<ManualRunView, ApiError> {
    desktop.api().await?.get_manual_run(request).await
}

/// Has a run by hand that may have started looked for once more.
#[tauri::command]
#[specta::specta]
pub(crate) async fn look_for_manual_run(desktop: State<'_, Desktop>, request: IdRequest) -> Result<ManualRunView, ApiError> {
    desktop.api().await?.look_for_manual_run(request).await
}

/// What can be held in a repository, and whether it is.
#[tauri::command]
#[specta::specta]
pub(crate) async fn list_holds(desktop: State<'_, Desktop>, request: RepositoryRequest) -> Result<ProviderHolds, ApiError> {
    desktop.api().await?.list_holds(request).await
}

/// Holds something, or releases it.
#[tauri::command]
#[specta::specta]
pub(crate) async fn set_hold(desktop: State<'_, Desktop>, request: SetHoldRequest) -> Result<ProviderHoldView, ApiError> {
    desktop.api().await?.set_hold(request).await
}

/// What holds the deploy pipelines of a product up.
#[tauri::command]
#[specta::specta]
pub(crate) async fn held_pipelines(desktop: State<'_, Desktop>, request: IdRequest) -> Result<Vec<HeldPipelineView>, ApiError> {
    desktop.api().await?.held_pipelines(request).await
}
