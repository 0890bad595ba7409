//! Deployments, their decisions and their logs.

use crate::desktop::Desktop;
use pilothouse_api::{
    ApiError, CancelDeploymentRequest, DecideRequest, DeploymentView, IdRequest, JobLogRequest, JobLogView, ListDeploymentsRequest,
    StartDeploymentRequest,
};
use tauri::State;

/// Starts a deployment of a release to an environment. Returns once that is written; the engine does the rest.
#[tauri::command]
#[specta::specta]
pub(crate) async fn start_deployment(desktop: State<'_, Desktop>, request: StartDeploymentRequest) -> Result<DeploymentView, ApiError> {
    desktop.api().await?.start_deployment(request).await
}

/// One deployment.
#[tauri::command]
#[specta::specta]
pub(crate) async fn get_deployment(desktop: State<'_, Desktop>, request: IdRequest) -> Result<DeploymentView, ApiError> {
    desktop.api().await?.get_deployment(request).await
}

/// Deployments, last requested first.
#[tauri::command]
#[specta::specta]
pub(crate) async fn list_deployments(
    desktop: State<'_, Desktop>,
    request: ListDeploymentsRequest,
) -> Result<Vec<DeploymentView>, ApiError> {
    desktop.api().await?.list_deployments(request).await
}

/// Asks for a deployment to stop.
#[tauri::command]
#[specta::specta]
pub(crate) async fn cancel_deployment(desktop: State<'_, Desktop>, request: CancelDeploymentRequest) -> Result<DeploymentView, ApiError> {
    desktop.api().await?.cancel_deployment(request).await
}

/// Answers what a deployment asks.
#[tauri::command]
#[specta::specta]
pub(crate) async fn decide(desktop: State<'_, Desktop>, request: DecideRequest) -> Result<DeploymentView, ApiError> {
    desktop.api().await?.decide(request).await
}

/// The log of a job, as far as the provider hands it out.
#[tauri::command]
#[specta::specta]
pub(crate) async fn job_log(desktop: State<'_, Desktop>, request: JobLogRequest) -> Result<JobLogView, ApiError> {
    desktop.api().await?.job_log(request).await
}
