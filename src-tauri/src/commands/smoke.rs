//! Smoke tests: scenarios, runs and imported reports.

use crate::desktop::Desktop;
use pilothouse_api::{
    ApiError, CheckedSmokeView, CollectReportsRequest, IdRequest, ImportReportRequest, PutSmokeScenarioRequest, RunSmokeRequest,
    SetReportRuleRequest, SetSmokeSecretRequest, SetSmokeTargetRequest, SmokePanelView, SmokeRunSummary, SmokeRunView, SmokeScenarioDto,
    SmokeScenariosView, SmokeTextRequest, TriedSmokeView, TrySmokeRequest,
};
use tauri::State;

/// How the smoke tests stand for a release.
#[tauri::command]
#[specta::specta]
pub(crate) async fn smoke_panel(desktop: State<'_, Desktop>, request: IdRequest) -> Result<SmokePanelView, ApiError> {
    desktop.api().await?.smoke_panel(request).await
}

/// A smoke run with all that was sent and came back.
#[tauri::command]
#[specta::specta]
pub(crate) async fn get_smoke_run(desktop: State<'_, Desktop>, request: IdRequest) -> Result<SmokeRunView, ApiError> {
    desktop.api().await?.get_smoke_run(request).await
}

/// Asks for smoke runs.
#[tauri::command]
#[specta::specta]
pub(crate) async fn run_smoke(desktop: State<'_, Desktop>, request: RunSmokeRequest) -> Result<Vec<SmokeRunSummary>, ApiError> {
    desktop.api().await?.run_smoke(request).await
}

/// Stops a smoke run.
#[tauri::command]
#[specta::specta]
pub(crate) async fn cancel_smoke_run(desktop: State<'_, Desktop>, request: IdRequest) -> Result<SmokeRunSummary, ApiError> {
    desktop.api().await?.cancel_smoke_run(request).await
}

/// Imports a report of another tool.
#[tauri::command]
#[specta::specta]
pub(crate) async fn import_report(desktop: State<'_, Desktop>, request: ImportReportRequest) -> Result<SmokeRunView, ApiError> {
    desktop.api().await?.import_report(request).await
}

/// Imports the reports that a run left behind.
#[tauri::command]
#[specta::specta]
pub(crate) async fn collect_reports(desktop: State<'_, Desktop>, request: CollectReportsRequest) -> Result<SmokeRunSummary, ApiError> {
    desktop.api().await?.collect_reports(request).await
}

/// Says which files of the runs of an environment's pipeline are reports.
#[tauri::command]
#[specta::specta]
pub(crate) async fn set_report_rule(desktop: State<'_, Desktop>, request: SetReportRuleRequest) -> Result<(), ApiError> {
    desktop.api().await?.set_report_rule(request).await
}

/// The smoke scenarios of a product.
#[tauri::command]
#[specta::specta]
pub(crate) async fn smoke_scenarios(desktop: State<'_, Desktop>, request: IdRequest) -> Result<SmokeScenariosView, ApiError> {
    desktop.api().await?.smoke_scenarios(request).await
}

/// Adds a smoke scenario, or changes the one whose id is given.
#[tauri::command]
#[specta::specta]
pub(crate) async fn put_smoke_scenario(
    desktop: State<'_, Desktop>,
    request: PutSmokeScenarioRequest,
) -> Result<SmokeScenarioDto, ApiError> {
    desktop.api().await?.put_smoke_scenario(request).await
}

/// Takes a smoke scenario away.
#[tauri::command]
#[specta::specta]
pub(crate) async fn remove_smoke_scenario(desktop: State<'_, Desktop>, request: IdRequest) -> Result<(), ApiError> {
    desktop.api().await?.remove_smoke_scenario(request).await
}

/// What is wrong with a scenario's text.
#[tauri::command]
#[specta::specta]
pub(crate) async fn check_smoke(desktop: State<'_, Desktop>, request: SmokeTextRequest) -> Result<CheckedSmokeView, ApiError> {
    desktop.api().await?.check_smoke(request).await
}

/// Sends the steps of a scenario's text, and keeps nothing.
#[tauri::command]
#[specta::specta]
pub(crate) async fn try_smoke(desktop: State<'_, Desktop>, request: TrySmokeRequest) -> Result<TriedSmokeView, ApiError> {
    desktop.api().await?.try_smoke(request).await
}

/// Says where smoke tests reach an environment.
#[tauri::command]
#[specta::specta]
pub(crate) async fn set_smoke_target(desktop: State<'_, Desktop>, request: SetSmokeTargetRequest) -> Result<(), ApiError> {
    desktop.api().await?.set_smoke_target(request).await
}

/// Keeps a secret of a product's smoke tests, or forgets it.
#[tauri::command]
#[specta::specta]
pub(crate) async fn set_smoke_secret(desktop: State<'_, Desktop>, request: SetSmokeSecretRequest) -> Result<(), ApiError> {
    desktop.api().await?.set_smoke_secret(request).await
}
