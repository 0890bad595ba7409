//! Deployments, their decisions and their logs.

use crate::desktop::Desktop;
use pilothouse_api::{
    ApiError, CancelDeploymentRequest, ChangePhasesRequest, DecideRequest, DeploymentView, IdRequest, JobLogRequest, JobLogView,
    ListDeploymentsRequest, PauseDeploymentRequest, PhasesOutlookView, PromoteFullyRequest, RolloutTemplateView, SkipPhaseRequest,
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

/// Lets no further phase begin. What runs at the provider goes on.
#[tauri::command]
#[specta::specta]
pub(crate) async fn pause_deployment(desktop: State<'_, Desktop>, request: PauseDeploymentRequest) -> Result<DeploymentView, ApiError> {
    desktop.api().await?.pause_deployment(request).await
}

/// Lets a paused deployment go on.
#[tauri::command]
#[specta::specta]
pub(crate) async fn resume_deployment(desktop: State<'_, Desktop>, request: IdRequest) -> Result<DeploymentView, ApiError> {
    desktop.api().await?.resume_deployment(request).await
}

/// Leaves a phase out, or ends its watch.
#[tauri::command]
#[specta::specta]
pub(crate) async fn skip_phase(desktop: State<'_, Desktop>, request: SkipPhaseRequest) -> Result<DeploymentView, ApiError> {
    desktop.api().await?.skip_phase(request).await
}

/// Goes to the last phase next.
#[tauri::command]
#[specta::specta]
pub(crate) async fn promote_fully(desktop: State<'_, Desktop>, request: PromoteFullyRequest) -> Result<DeploymentView, ApiError> {
    desktop.api().await?.promote_fully(request).await
}

/// Changes the phases of a deployment that have not begun, and the release's plan with them.
#[tauri::command]
#[specta::specta]
pub(crate) async fn change_phases(desktop: State<'_, Desktop>, request: ChangePhasesRequest) -> Result<DeploymentView, ApiError> {
    desktop.api().await?.change_phases(request).await
}

/// What such a change would come to. Changes nothing.
#[tauri::command]
#[specta::specta]
pub(crate) async fn preview_phases(desktop: State<'_, Desktop>, request: ChangePhasesRequest) -> Result<PhasesOutlookView, ApiError> {
    desktop.api().await?.preview_phases(request).await
}

/// Keeps the version before from coming back by itself.
#[tauri::command]
#[specta::specta]
pub(crate) async fn hold_rollback(desktop: State<'_, Desktop>, request: IdRequest) -> Result<DeploymentView, ApiError> {
    desktop.api().await?.hold_rollback(request).await
}

/// Takes on what a deployment asks.
#[tauri::command]
#[specta::specta]
pub(crate) async fn take_question(desktop: State<'_, Desktop>, request: IdRequest) -> Result<DeploymentView, ApiError> {
    desktop.api().await?.take_question(request).await
}

/// Rollouts to begin with.
#[tauri::command]
#[specta::specta]
pub(crate) async fn rollout_templates(desktop: State<'_, Desktop>) -> Result<Vec<RolloutTemplateView>, ApiError> {
    Ok(desktop.api().await?.rollout_templates())
}

/// The log of a job, as far as the provider hands it out.
#[tauri::command]
#[specta::specta]
pub(crate) async fn job_log(desktop: State<'_, Desktop>, request: JobLogRequest) -> Result<JobLogView, ApiError> {
    desktop.api().await?.job_log(request).await
}
