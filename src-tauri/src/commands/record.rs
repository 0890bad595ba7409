//! What is handed out about a release, its review, and delivery metrics.

use super::download::download;
use crate::desktop::Desktop;
use pilothouse_api::{
    ApiError, BundleKeyView, CloseReviewRequest, DeliveryMetricsRequest, DeliveryMetricsView, HandedOut, IdRequest, ReleaseReportRequest,
    ReleaseReviewView, ReportPreviewView, ReviewBody, SavedFileView, SetReviewActionRequest, WriteReviewRequest,
};
use tauri::State;

/// How delivery went in an environment.
#[tauri::command]
#[specta::specta]
pub(crate) async fn delivery_metrics(
    desktop: State<'_, Desktop>,
    request: DeliveryMetricsRequest,
) -> Result<DeliveryMetricsView, ApiError> {
    desktop.api().await?.delivery_metrics(request).await
}

/// A release's review, and how the release went.
#[tauri::command]
#[specta::specta]
pub(crate) async fn release_review(desktop: State<'_, Desktop>, request: IdRequest) -> Result<ReleaseReviewView, ApiError> {
    desktop.api().await?.release_review(request).await
}

/// Writes a release's review.
#[tauri::command]
#[specta::specta]
pub(crate) async fn write_review(desktop: State<'_, Desktop>, request: WriteReviewRequest) -> Result<ReviewBody, ApiError> {
    desktop.api().await?.write_review(request).await
}

/// Ticks an action of a review, or opens it again.
#[tauri::command]
#[specta::specta]
pub(crate) async fn set_review_action(desktop: State<'_, Desktop>, request: SetReviewActionRequest) -> Result<ReviewBody, ApiError> {
    desktop.api().await?.set_review_action(request).await
}

/// Closes a review, or opens it again.
#[tauri::command]
#[specta::specta]
pub(crate) async fn close_review(desktop: State<'_, Desktop>, request: CloseReviewRequest) -> Result<ReviewBody, ApiError> {
    desktop.api().await?.close_review(request).await
}

/// The report of a release, to be looked at.
#[tauri::command]
#[specta::specta]
pub(crate) async fn preview_report(desktop: State<'_, Desktop>, request: IdRequest) -> Result<ReportPreviewView, ApiError> {
    desktop.api().await?.preview_report(request).await
}

/// Saves the report of a release into the folder for downloads; it is not opened.
#[tauri::command]
#[specta::specta]
pub(crate) async fn save_release_report(desktop: State<'_, Desktop>, request: ReleaseReportRequest) -> Result<SavedFileView, ApiError> {
    saved(desktop.api().await?.release_report(request).await?).await
}

/// Saves the auditor's bundle of a release into the folder for downloads.
#[tauri::command]
#[specta::specta]
pub(crate) async fn save_release_bundle(desktop: State<'_, Desktop>, request: IdRequest) -> Result<SavedFileView, ApiError> {
    saved(desktop.api().await?.release_bundle(request).await?).await
}

/// The key with which this computer signs bundles.
#[tauri::command]
#[specta::specta]
pub(crate) async fn bundle_key(desktop: State<'_, Desktop>) -> Result<BundleKeyView, ApiError> {
    desktop.api().await?.bundle_key().await
}

pub(super) async fn saved(file: HandedOut) -> Result<SavedFileView, ApiError> {
    let mut told = file.saved_as(String::new());
    told.path = download(file.name, file.content).await?;
    Ok(told)
}
