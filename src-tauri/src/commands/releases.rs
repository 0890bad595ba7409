//! Releases from draft to close.

use crate::desktop::Desktop;
use pilothouse_api::{
    ApiError, CompareReleaseRequest, ComparisonView, CreateTagRequest, DraftReleaseRequest, EditReleaseRequest, GenerateNotesRequest,
    GeneratedNotesView, IdRequest, ListReleasesRequest, PlanReleaseRequest, ProposalView, ProposeReleaseRequest, PublicationView,
    PublishReleaseRequest, ReasonRequest, ReleaseDetail, ReleaseView, ReviewHotfixRequest, SetTargetDateRequest, VoteRequest,
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

/// Records what the review after a hotfix found.
#[tauri::command]
#[specta::specta]
pub(crate) async fn review_hotfix(desktop: State<'_, Desktop>, request: ReviewHotfixRequest) -> Result<ReleaseDetail, ApiError> {
    desktop.api().await?.review_hotfix(request).await
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

/// How a release's tag and its release at the provider stand: looked at now, as far as that can be.
#[tauri::command]
#[specta::specta]
pub(crate) async fn release_publication(desktop: State<'_, Desktop>, request: IdRequest) -> Result<PublicationView, ApiError> {
    desktop.api().await?.release_publication(request).await
}

/// Creates the tag of a release at the provider.
#[tauri::command]
#[specta::specta]
pub(crate) async fn create_release_tag(desktop: State<'_, Desktop>, request: CreateTagRequest) -> Result<PublicationView, ApiError> {
    desktop.api().await?.create_release_tag(request).await
}

/// Publishes a release at the provider.
#[tauri::command]
#[specta::specta]
pub(crate) async fn publish_release(desktop: State<'_, Desktop>, request: PublishReleaseRequest) -> Result<PublicationView, ApiError> {
    desktop.api().await?.publish_release(request).await
}

/// Writes notes for a release, and keeps nothing.
#[tauri::command]
#[specta::specta]
pub(crate) async fn generate_notes(desktop: State<'_, Desktop>, request: GenerateNotesRequest) -> Result<GeneratedNotesView, ApiError> {
    desktop.api().await?.generate_notes(request).await
}

/// What a release would change where.
#[tauri::command]
#[specta::specta]
pub(crate) async fn compare_release(desktop: State<'_, Desktop>, request: CompareReleaseRequest) -> Result<ComparisonView, ApiError> {
    desktop.api().await?.compare_release(request).await
}

/// Sets the day by which a release is meant to be out, or takes it off.
#[tauri::command]
#[specta::specta]
pub(crate) async fn set_target_date(desktop: State<'_, Desktop>, request: SetTargetDateRequest) -> Result<ReleaseDetail, ApiError> {
    desktop.api().await?.set_target_date(request).await
}
