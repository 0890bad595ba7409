//! Coordinated releases.

use crate::desktop::Desktop;
use pilothouse_api::{
    AnswerCoordinatedRunRequest, ApiError, CoordinatedOutlookRequest, CoordinatedReleaseDetail, CoordinatedReleaseView, CoordinatedRunView,
    CreateCoordinatedReleaseRequest, IdRequest, JointRollbackRequest, ListCoordinatedReleasesRequest, MemberOutlookView, MemberWayBackView,
    PutCoordinatedMemberRequest, RemoveCoordinatedMemberRequest, RenameCoordinatedReleaseRequest, StartCoordinatedRunRequest,
    WithdrawRequest,
};
use tauri::State;

/// The coordinated releases.
#[tauri::command]
#[specta::specta]
pub(crate) async fn list_coordinated_releases(
    desktop: State<'_, Desktop>,
    request: ListCoordinatedReleasesRequest,
) -> Result<Vec<CoordinatedReleaseView>, ApiError> {
    desktop.api().await?.list_coordinated_releases(request).await
}

/// A coordinated release with its members in every environment.
#[tauri::command]
#[specta::specta]
pub(crate) async fn get_coordinated_release(desktop: State<'_, Desktop>, request: IdRequest) -> Result<CoordinatedReleaseDetail, ApiError> {
    desktop.api().await?.get_coordinated_release(request).await
}

/// Makes a coordinated release.
#[tauri::command]
#[specta::specta]
pub(crate) async fn create_coordinated_release(
    desktop: State<'_, Desktop>,
    request: CreateCoordinatedReleaseRequest,
) -> Result<CoordinatedReleaseDetail, ApiError> {
    desktop.api().await?.create_coordinated_release(request).await
}

/// Gives a coordinated release another name.
#[tauri::command]
#[specta::specta]
pub(crate) async fn rename_coordinated_release(
    desktop: State<'_, Desktop>,
    request: RenameCoordinatedReleaseRequest,
) -> Result<CoordinatedReleaseDetail, ApiError> {
    desktop.api().await?.rename_coordinated_release(request).await
}

/// Takes a release in, or gives a member another stage.
#[tauri::command]
#[specta::specta]
pub(crate) async fn put_coordinated_member(
    desktop: State<'_, Desktop>,
    request: PutCoordinatedMemberRequest,
) -> Result<CoordinatedReleaseDetail, ApiError> {
    desktop.api().await?.put_coordinated_member(request).await
}

/// Takes a release out.
#[tauri::command]
#[specta::specta]
pub(crate) async fn remove_coordinated_member(
    desktop: State<'_, Desktop>,
    request: RemoveCoordinatedMemberRequest,
) -> Result<CoordinatedReleaseDetail, ApiError> {
    desktop.api().await?.remove_coordinated_member(request).await
}

/// Closes a coordinated release.
#[tauri::command]
#[specta::specta]
pub(crate) async fn close_coordinated_release(
    desktop: State<'_, Desktop>,
    request: WithdrawRequest,
) -> Result<CoordinatedReleaseDetail, ApiError> {
    desktop.api().await?.close_coordinated_release(request).await
}

/// How each member stands before it goes to an environment.
#[tauri::command]
#[specta::specta]
pub(crate) async fn preview_coordinated_run(
    desktop: State<'_, Desktop>,
    request: CoordinatedOutlookRequest,
) -> Result<Vec<MemberOutlookView>, ApiError> {
    desktop.api().await?.preview_coordinated_run(request).await
}

/// Sets a coordinated release on its way to an environment.
#[tauri::command]
#[specta::specta]
pub(crate) async fn start_coordinated_run(
    desktop: State<'_, Desktop>,
    request: StartCoordinatedRunRequest,
) -> Result<CoordinatedRunView, ApiError> {
    desktop.api().await?.start_coordinated_run(request).await
}

/// Says what becomes of a member that waits for a person.
#[tauri::command]
#[specta::specta]
pub(crate) async fn answer_coordinated_run(
    desktop: State<'_, Desktop>,
    request: AnswerCoordinatedRunRequest,
) -> Result<CoordinatedRunView, ApiError> {
    desktop.api().await?.answer_coordinated_run(request).await
}

/// Lets nothing further start.
#[tauri::command]
#[specta::specta]
pub(crate) async fn cancel_coordinated_run(desktop: State<'_, Desktop>, request: WithdrawRequest) -> Result<CoordinatedRunView, ApiError> {
    desktop.api().await?.cancel_coordinated_run(request).await
}

/// What a joint rollback would do to each member.
#[tauri::command]
#[specta::specta]
pub(crate) async fn preview_joint_rollback(desktop: State<'_, Desktop>, request: IdRequest) -> Result<Vec<MemberWayBackView>, ApiError> {
    desktop.api().await?.preview_joint_rollback(request).await
}

/// Takes back together what a way has deployed.
#[tauri::command]
#[specta::specta]
pub(crate) async fn start_joint_rollback(
    desktop: State<'_, Desktop>,
    request: JointRollbackRequest,
) -> Result<CoordinatedRunView, ApiError> {
    desktop.api().await?.start_joint_rollback(request).await
}
