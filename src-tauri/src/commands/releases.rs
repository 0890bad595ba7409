//! Releases from draft to close.

use crate::desktop::Desktop;
use pilothouse_api::{
    ApiError, DraftReleaseRequest, EditReleaseRequest, IdRequest, ListReleasesRequest, PlanReleaseRequest, ProposalView,
    ProposeReleaseRequest, ReasonRequest, ReleaseDetail, ReleaseView, VoteRequest,
};
use tauri::State;

/// Releases, last drafted first.
#[tauri::command]
#[specta::specta]
pub(crate) async fn list_releases(desktop: State<'_, Desktop>, request: ListReleasesRequest) -> Result<Vec<ReleaseView>, ApiError> {
    desktop.api().await?.list_releases(request).await
}

/// One release, with everything that its screen shows.
#[tauri::command]
#[specta::specta]
pub(crate) async fn get_release(desktop: State<'_, Desktop>, request: IdRequest) -> Result<ReleaseDetail, ApiError> {
    desktop.api().await?.get_release(request).await
}

/// Drafts a release.
#[tauri::command]
#[specta::specta]
pub(crate) async fn draft_release(desktop: State<'_, Desktop>, request: DraftReleaseRequest) -> Result<ReleaseDetail, ApiError> {
    desktop.api().await?.draft_release(request).await
}

/// Edits notes or version.
#[tauri::command]
#[specta::specta]
pub(crate) async fn edit_release(desktop: State<'_, Desktop>, request: EditReleaseRequest) -> Result<ReleaseDetail, ApiError> {
    desktop.api().await?.edit_release(request).await
}

/// Plans a release. Earlier votes are void where the plan differs.
#[tauri::command]
#[specta::specta]
pub(crate) async fn plan_release(desktop: State<'_, Desktop>, request: PlanReleaseRequest) -> Result<ReleaseDetail, ApiError> {
    desktop.api().await?.plan_release(request).await
}

/// Asks for votes.
#[tauri::command]
#[specta::specta]
pub(crate) async fn request_approval(desktop: State<'_, Desktop>, request: IdRequest) -> Result<ReleaseDetail, ApiError> {
    desktop.api().await?.request_approval(request).await
}

/// Gives a vote, for the content that was looked at.
#[tauri::command]
#[specta::specta]
pub(crate) async fn vote(desktop: State<'_, Desktop>, request: VoteRequest) -> Result<ReleaseDetail, ApiError> {
    desktop.api().await?.vote(request).await
}

/// Closes a release that runs well in its last environment.
#[tauri::command]
#[specta::specta]
pub(crate) async fn complete_release(desktop: State<'_, Desktop>, request: IdRequest) -> Result<ReleaseDetail, ApiError> {
    desktop.api().await?.complete_release(request).await
}

/// Gives a release up.
#[tauri::command]
#[specta::specta]
pub(crate) async fn abort_release(desktop: State<'_, Desktop>, request: ReasonRequest) -> Result<ReleaseDetail, ApiError> {
    desktop.api().await?.abort_release(request).await
}

/// Marks a release bad, so that it can't advance.
#[tauri::command]
#[specta::specta]
pub(crate) async fn mark_release_bad(desktop: State<'_, Desktop>, request: ReasonRequest) -> Result<ReleaseDetail, ApiError> {
    desktop.api().await?.mark_release_bad(request).await
}

/// Takes the bad mark back.
#[tauri::command]
#[specta::specta]
pub(crate) async fn unmark_release(desktop: State<'_, Desktop>, request: IdRequest) -> Result<ReleaseDetail, ApiError> {
    desktop.api().await?.unmark_release(request).await
}

/// What could be released from a ref: version, changes, notes.
#[tauri::command]
#[specta::specta]
pub(crate) async fn propose_release(desktop: State<'_, Desktop>, request: ProposeReleaseRequest) -> Result<ProposalView, ApiError> {
    desktop.api().await?.propose_release(request).await
}
