//! User acceptance testing: rounds, testers, and their feedback.

use crate::desktop::Desktop;
use pilothouse_api::{
    AddTesterRequest, AnswerFeedbackRequest, ApiError, BeginUatRoundRequest, EditUatRoundRequest, FeedbackFormView, FeedbackImportView,
    FeedbackView, FileIssueRequest, GiveFeedbackRequest, GiveUpRoundRequest, IdRequest, ImportFeedbackRequest, InvitationView,
    InviteTesterRequest, IssueDraftBody, ListFeedbackRequest, RecordOutcomeRequest, ResolveFeedbackRequest, SetFeedbackFormRequest,
    SetTrackerRequest, SettleErrandRequest, SignOffRequest, TellIssueRequest, TesterRequest, TrackerReadingView, TriageFeedbackRequest,
    UatRoundBody,
};
use tauri::State;

/// The rounds of a release, last begun first.
#[tauri::command]
#[specta::specta]
pub(crate) async fn release_uat_rounds(desktop: State<'_, Desktop>, request: IdRequest) -> Result<Vec<UatRoundBody>, ApiError> {
    desktop.api().await?.release_uat_rounds(request).await
}

/// A round.
#[tauri::command]
#[specta::specta]
pub(crate) async fn get_uat_round(desktop: State<'_, Desktop>, request: IdRequest) -> Result<UatRoundBody, ApiError> {
    desktop.api().await?.get_uat_round(request).await
}

/// Begins a round.
#[tauri::command]
#[specta::specta]
pub(crate) async fn begin_uat_round(desktop: State<'_, Desktop>, request: BeginUatRoundRequest) -> Result<UatRoundBody, ApiError> {
    desktop.api().await?.begin_uat_round(request).await
}

/// Changes what is tested, and when it is enough.
#[tauri::command]
#[specta::specta]
pub(crate) async fn edit_uat_round(desktop: State<'_, Desktop>, request: EditUatRoundRequest) -> Result<UatRoundBody, ApiError> {
    desktop.api().await?.edit_uat_round(request).await
}

/// Adds somebody who tests.
#[tauri::command]
#[specta::specta]
pub(crate) async fn add_tester(desktop: State<'_, Desktop>, request: AddTesterRequest) -> Result<UatRoundBody, ApiError> {
    desktop.api().await?.add_tester(request).await
}

/// Takes somebody away who tests.
#[tauri::command]
#[specta::specta]
pub(crate) async fn remove_tester(desktop: State<'_, Desktop>, request: TesterRequest) -> Result<UatRoundBody, ApiError> {
    desktop.api().await?.remove_tester(request).await
}

/// Records what a tester says of a scenario.
#[tauri::command]
#[specta::specta]
pub(crate) async fn record_outcome(desktop: State<'_, Desktop>, request: RecordOutcomeRequest) -> Result<UatRoundBody, ApiError> {
    desktop.api().await?.record_outcome(request).await
}

/// Signs a round.
#[tauri::command]
#[specta::specta]
pub(crate) async fn sign_off_round(desktop: State<'_, Desktop>, request: SignOffRequest) -> Result<UatRoundBody, ApiError> {
    desktop.api().await?.sign_off_round(request).await
}

/// Takes one's own signature back.
#[tauri::command]
#[specta::specta]
pub(crate) async fn withdraw_sign_off(desktop: State<'_, Desktop>, request: IdRequest) -> Result<UatRoundBody, ApiError> {
    desktop.api().await?.withdraw_sign_off(request).await
}

/// Gives a round up.
#[tauri::command]
#[specta::specta]
pub(crate) async fn give_up_round(desktop: State<'_, Desktop>, request: GiveUpRoundRequest) -> Result<UatRoundBody, ApiError> {
    desktop.api().await?.give_up_round(request).await
}

/// Feedback of a round, newest first.
#[tauri::command]
#[specta::specta]
pub(crate) async fn list_feedback(desktop: State<'_, Desktop>, request: ListFeedbackRequest) -> Result<Vec<FeedbackView>, ApiError> {
    desktop.api().await?.list_feedback(request).await
}

/// Takes feedback that somebody has told.
#[tauri::command]
#[specta::specta]
pub(crate) async fn give_feedback(desktop: State<'_, Desktop>, request: GiveFeedbackRequest) -> Result<FeedbackView, ApiError> {
    desktop.api().await?.give_feedback(request).await
}

/// Decides about feedback.
#[tauri::command]
#[specta::specta]
pub(crate) async fn triage_feedback(desktop: State<'_, Desktop>, request: TriageFeedbackRequest) -> Result<Vec<FeedbackView>, ApiError> {
    desktop.api().await?.triage_feedback(request).await
}

/// Says that a blocker was put right.
#[tauri::command]
#[specta::specta]
pub(crate) async fn resolve_feedback(desktop: State<'_, Desktop>, request: ResolveFeedbackRequest) -> Result<FeedbackView, ApiError> {
    desktop.api().await?.resolve_feedback(request).await
}

/// Answers a tester.
#[tauri::command]
#[specta::specta]
pub(crate) async fn answer_feedback(desktop: State<'_, Desktop>, request: AnswerFeedbackRequest) -> Result<FeedbackView, ApiError> {
    desktop.api().await?.answer_feedback(request).await
}

/// Reads feedback from a table or an e-mail.
#[tauri::command]
#[specta::specta]
pub(crate) async fn import_feedback(desktop: State<'_, Desktop>, request: ImportFeedbackRequest) -> Result<FeedbackImportView, ApiError> {
    desktop.api().await?.import_feedback(request).await
}

/// Makes an invitation for a tester.
#[tauri::command]
#[specta::specta]
pub(crate) async fn invite_tester(desktop: State<'_, Desktop>, request: InviteTesterRequest) -> Result<InvitationView, ApiError> {
    desktop.api().await?.invite_tester(request).await
}

/// Takes a tester's invitation back.
#[tauri::command]
#[specta::specta]
pub(crate) async fn withdraw_invitation(desktop: State<'_, Desktop>, request: TesterRequest) -> Result<UatRoundBody, ApiError> {
    desktop.api().await?.withdraw_invitation(request).await
}

/// The feedback form on this computer.
#[tauri::command]
#[specta::specta]
pub(crate) async fn feedback_form(desktop: State<'_, Desktop>) -> Result<FeedbackFormView, ApiError> {
    desktop.api().await?.feedback_form().await
}

/// Turns the feedback form on or off, or changes where it is served.
#[tauri::command]
#[specta::specta]
pub(crate) async fn set_feedback_form(desktop: State<'_, Desktop>, request: SetFeedbackFormRequest) -> Result<FeedbackFormView, ApiError> {
    desktop.api().await?.set_feedback_form(request).await
}

/// Says where testers of a round write issues.
#[tauri::command]
#[specta::specta]
pub(crate) async fn set_tracker(desktop: State<'_, Desktop>, request: SetTrackerRequest) -> Result<UatRoundBody, ApiError> {
    desktop.api().await?.set_tracker(request).await
}

/// Reads what is new at a round's tracker.
#[tauri::command]
#[specta::specta]
pub(crate) async fn read_tracker(desktop: State<'_, Desktop>, request: IdRequest) -> Result<TrackerReadingView, ApiError> {
    desktop.api().await?.read_tracker(request).await
}

/// An issue as a feedback would become one.
#[tauri::command]
#[specta::specta]
pub(crate) async fn draft_issue(desktop: State<'_, Desktop>, request: IdRequest) -> Result<IssueDraftBody, ApiError> {
    desktop.api().await?.draft_issue(request).await
}

/// Has a feedback become an issue, once.
#[tauri::command]
#[specta::specta]
pub(crate) async fn file_issue(desktop: State<'_, Desktop>, request: FileIssueRequest) -> Result<FeedbackView, ApiError> {
    desktop.api().await?.file_issue(request).await
}

/// Answers, labels or closes the issue of a feedback.
#[tauri::command]
#[specta::specta]
pub(crate) async fn tell_issue(desktop: State<'_, Desktop>, request: TellIssueRequest) -> Result<FeedbackView, ApiError> {
    desktop.api().await?.tell_issue(request).await
}

/// Looks once more for what may have been written to a tracker, or is done with it.
#[tauri::command]
#[specta::specta]
pub(crate) async fn settle_errand(desktop: State<'_, Desktop>, request: SettleErrandRequest) -> Result<FeedbackView, ApiError> {
    desktop.api().await?.settle_errand(request).await
}
