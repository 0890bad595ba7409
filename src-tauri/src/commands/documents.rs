//! Documents of a product, and training.

use super::download::download;
use crate::desktop::Desktop;
use pilothouse_api::{
    AcknowledgeCourseRequest, AnswerQuizRequest, ApiError, AttendanceRequest, CancelSessionRequest, ConfirmReadingRequest,
    CorrectTrainingRequest, CourseBody, DocumentPageView, DocumentView, GetDocumentRequest, IdRequest, ListDocumentsRequest,
    PutCourseRequest, PutDocumentRequest, PutSessionRequest, QuizMarkView, ReleaseDocumentView, RetireRequest, ReviewDocumentRequest,
    SessionView, TakeDocumentRequest, WithdrawTrainingRequest, WriteDocumentRequest,
};
use tauri::State;

/// The documents of a product, by title.
#[tauri::command]
#[specta::specta]
pub(crate) async fn list_documents(desktop: State<'_, Desktop>, request: ListDocumentsRequest) -> Result<Vec<DocumentView>, ApiError> {
    desktop.api().await?.list_documents(request).await
}

/// A document with a text.
#[tauri::command]
#[specta::specta]
pub(crate) async fn get_document(desktop: State<'_, Desktop>, request: GetDocumentRequest) -> Result<DocumentPageView, ApiError> {
    desktop.api().await?.get_document(request).await
}

/// How each document of a product stands for a release.
#[tauri::command]
#[specta::specta]
pub(crate) async fn release_documents(desktop: State<'_, Desktop>, request: IdRequest) -> Result<Vec<ReleaseDocumentView>, ApiError> {
    desktop.api().await?.release_documents(request).await
}

/// Adds or changes a document.
#[tauri::command]
#[specta::specta]
pub(crate) async fn put_document(desktop: State<'_, Desktop>, request: PutDocumentRequest) -> Result<DocumentPageView, ApiError> {
    desktop.api().await?.put_document(request).await
}

/// Writes a version of a document.
#[tauri::command]
#[specta::specta]
pub(crate) async fn write_document(desktop: State<'_, Desktop>, request: WriteDocumentRequest) -> Result<DocumentPageView, ApiError> {
    desktop.api().await?.write_document(request).await
}

/// Takes a document in from the repository.
#[tauri::command]
#[specta::specta]
pub(crate) async fn take_document(desktop: State<'_, Desktop>, request: TakeDocumentRequest) -> Result<DocumentPageView, ApiError> {
    desktop.api().await?.take_document(request).await
}

/// Says that the current version is right.
#[tauri::command]
#[specta::specta]
pub(crate) async fn review_document(desktop: State<'_, Desktop>, request: ReviewDocumentRequest) -> Result<DocumentPageView, ApiError> {
    desktop.api().await?.review_document(request).await
}

/// Records that somebody has read the current version.
#[tauri::command]
#[specta::specta]
pub(crate) async fn confirm_reading(desktop: State<'_, Desktop>, request: ConfirmReadingRequest) -> Result<DocumentPageView, ApiError> {
    desktop.api().await?.confirm_reading(request).await
}

/// Takes a document out of use, or into use again.
#[tauri::command]
#[specta::specta]
pub(crate) async fn retire_document(desktop: State<'_, Desktop>, request: RetireRequest) -> Result<DocumentPageView, ApiError> {
    desktop.api().await?.retire_document(request).await
}

/// The courses of a product, with who is trained.
#[tauri::command]
#[specta::specta]
pub(crate) async fn list_courses(desktop: State<'_, Desktop>, request: IdRequest) -> Result<Vec<CourseBody>, ApiError> {
    desktop.api().await?.list_courses(request).await
}

/// The courses that a release asks for, and who is trained for it.
#[tauri::command]
#[specta::specta]
pub(crate) async fn release_training(desktop: State<'_, Desktop>, request: IdRequest) -> Result<Vec<CourseBody>, ApiError> {
    desktop.api().await?.release_training(request).await
}

/// Adds or changes a course.
#[tauri::command]
#[specta::specta]
pub(crate) async fn put_course(desktop: State<'_, Desktop>, request: PutCourseRequest) -> Result<CourseBody, ApiError> {
    desktop.api().await?.put_course(request).await
}

/// Gives a course no longer, or again.
#[tauri::command]
#[specta::specta]
pub(crate) async fn retire_course(desktop: State<'_, Desktop>, request: RetireRequest) -> Result<CourseBody, ApiError> {
    desktop.api().await?.retire_course(request).await
}

/// Sets or changes a session.
#[tauri::command]
#[specta::specta]
pub(crate) async fn put_session(desktop: State<'_, Desktop>, request: PutSessionRequest) -> Result<SessionView, ApiError> {
    desktop.api().await?.put_session(request).await
}

/// Says that a session doesn't take place.
#[tauri::command]
#[specta::specta]
pub(crate) async fn cancel_session(desktop: State<'_, Desktop>, request: CancelSessionRequest) -> Result<SessionView, ApiError> {
    desktop.api().await?.cancel_session(request).await
}

/// Records whether somebody attended a session.
#[tauri::command]
#[specta::specta]
pub(crate) async fn record_attendance(desktop: State<'_, Desktop>, request: AttendanceRequest) -> Result<(), ApiError> {
    desktop.api().await?.record_attendance(request).await
}

/// Records that somebody has understood.
#[tauri::command]
#[specta::specta]
pub(crate) async fn acknowledge_course(desktop: State<'_, Desktop>, request: AcknowledgeCourseRequest) -> Result<(), ApiError> {
    desktop.api().await?.acknowledge_course(request).await
}

/// Marks and records somebody's answers to a quiz.
#[tauri::command]
#[specta::specta]
pub(crate) async fn answer_quiz(desktop: State<'_, Desktop>, request: AnswerQuizRequest) -> Result<QuizMarkView, ApiError> {
    desktop.api().await?.answer_quiz(request).await
}

/// Takes a record back that was made by mistake.
#[tauri::command]
#[specta::specta]
pub(crate) async fn withdraw_training(desktop: State<'_, Desktop>, request: WithdrawTrainingRequest) -> Result<(), ApiError> {
    desktop.api().await?.withdraw_training(request).await
}

/// Says that a record was somebody else's.
#[tauri::command]
#[specta::specta]
pub(crate) async fn correct_training(desktop: State<'_, Desktop>, request: CorrectTrainingRequest) -> Result<(), ApiError> {
    desktop.api().await?.correct_training(request).await
}

/// Saves the invitation to a session into the folder for downloads; where it lies. It is not opened.
#[tauri::command]
#[specta::specta]
pub(crate) async fn save_session_calendar(desktop: State<'_, Desktop>, request: IdRequest) -> Result<String, ApiError> {
    let (name, content) = desktop.api().await?.session_calendar(request).await?;
    download(name, content.into_bytes()).await
}
