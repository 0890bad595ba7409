//! Runbooks: written, published, run, attached to releases and acknowledged.

use crate::desktop::Desktop;
use pilothouse_api::{
    AcknowledgeRunbookRequest, ActOnRunbookRequest, ApiError, AttachRunbookRequest, BeginRunbookRequest, IdRequest, PublishRunbookRequest,
    PutRunbookRequest, ReleaseRunbookView, RunbookEnvironmentView, RunbookRunView, RunbookView, RunbooksView, SetRunbookRuleRequest,
};
use tauri::State;

/// The runbooks of a product, their latest runs, and what their editor chooses from.
#[tauri::command]
#[specta::specta]
pub(crate) async fn list_runbooks(desktop: State<'_, Desktop>, request: IdRequest) -> Result<RunbooksView, ApiError> {
    desktop.api().await?.list_runbooks(request).await
}

/// Adds a runbook, or changes one.
#[tauri::command]
#[specta::specta]
pub(crate) async fn put_runbook(desktop: State<'_, Desktop>, request: PutRunbookRequest) -> Result<RunbookView, ApiError> {
    desktop.api().await?.put_runbook(request).await
}

/// Publishes a runbook's draft.
#[tauri::command]
#[specta::specta]
pub(crate) async fn publish_runbook(desktop: State<'_, Desktop>, request: PublishRunbookRequest) -> Result<RunbookView, ApiError> {
    desktop.api().await?.publish_runbook(request).await
}

/// Takes a runbook away.
#[tauri::command]
#[specta::specta]
pub(crate) async fn remove_runbook(desktop: State<'_, Desktop>, request: IdRequest) -> Result<(), ApiError> {
    desktop.api().await?.remove_runbook(request).await
}

/// Says what an environment asks for.
#[tauri::command]
#[specta::specta]
pub(crate) async fn set_runbook_rule(
    desktop: State<'_, Desktop>,
    request: SetRunbookRuleRequest,
) -> Result<RunbookEnvironmentView, ApiError> {
    desktop.api().await?.set_runbook_rule(request).await
}

/// Begins a run.
#[tauri::command]
#[specta::specta]
pub(crate) async fn begin_runbook(desktop: State<'_, Desktop>, request: BeginRunbookRequest) -> Result<RunbookRunView, ApiError> {
    desktop.api().await?.begin_runbook(request).await
}

/// A run.
#[tauri::command]
#[specta::specta]
pub(crate) async fn get_runbook_run(desktop: State<'_, Desktop>, request: IdRequest) -> Result<RunbookRunView, ApiError> {
    desktop.api().await?.get_runbook_run(request).await
}

/// Does something to the step whose turn it is.
#[tauri::command]
#[specta::specta]
pub(crate) async fn act_on_runbook(desktop: State<'_, Desktop>, request: ActOnRunbookRequest) -> Result<RunbookRunView, ApiError> {
    desktop.api().await?.act_on_runbook(request).await
}

/// The rollback runbook of a release.
#[tauri::command]
#[specta::specta]
pub(crate) async fn release_runbook(desktop: State<'_, Desktop>, request: IdRequest) -> Result<ReleaseRunbookView, ApiError> {
    desktop.api().await?.release_runbook(request).await
}

/// Attaches the last publication of a rollback runbook to a release.
#[tauri::command]
#[specta::specta]
pub(crate) async fn attach_runbook(desktop: State<'_, Desktop>, request: AttachRunbookRequest) -> Result<ReleaseRunbookView, ApiError> {
    desktop.api().await?.attach_runbook(request).await
}

/// Takes the rollback runbook off a release.
#[tauri::command]
#[specta::specta]
pub(crate) async fn detach_runbook(desktop: State<'_, Desktop>, request: IdRequest) -> Result<ReleaseRunbookView, ApiError> {
    desktop.api().await?.detach_runbook(request).await
}

/// Records that somebody has read what is attached and knows their part in it.
#[tauri::command]
#[specta::specta]
pub(crate) async fn acknowledge_runbook(
    desktop: State<'_, Desktop>,
    request: AcknowledgeRunbookRequest,
) -> Result<ReleaseRunbookView, ApiError> {
    desktop.api().await?.acknowledge_runbook(request).await
}

/// Takes one's own acknowledgement back.
#[tauri::command]
#[specta::specta]
pub(crate) async fn withdraw_acknowledgement(desktop: State<'_, Desktop>, request: IdRequest) -> Result<ReleaseRunbookView, ApiError> {
    desktop.api().await?.withdraw_acknowledgement(request).await
}
