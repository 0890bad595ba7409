//! Checklists, their templates, and evidence.

use super::download::download;
use crate::desktop::Desktop;
use pilothouse_api::{
    ActedOnView, AddOwnItemRequest, ApiError, AssignItemsRequest, AttachEvidenceRequest, BeginChecklistRequest, ChecklistTemplateView,
    ChecklistView, EvidencePreviewView, EvidenceView, IdRequest, ImportChecklistIssueRequest, ImportChecklistItemsRequest,
    ImportReportView, PutChecklistTemplateRequest, RemoveOwnItemRequest, ReopenItemsRequest, SkipItemsRequest, TakeOverRequest,
    TickItemsRequest, WithdrawEvidenceRequest,
};
use tauri::State;

/// The checklists of a release, in promotion order.
#[tauri::command]
#[specta::specta]
pub(crate) async fn release_checklists(desktop: State<'_, Desktop>, request: IdRequest) -> Result<Vec<ChecklistView>, ApiError> {
    desktop.api().await?.release_checklists(request).await
}

/// Begins a checklist.
#[tauri::command]
#[specta::specta]
pub(crate) async fn begin_checklist(desktop: State<'_, Desktop>, request: BeginChecklistRequest) -> Result<ChecklistView, ApiError> {
    desktop.api().await?.begin_checklist(request).await
}

/// Ticks items.
#[tauri::command]
#[specta::specta]
pub(crate) async fn tick_items(desktop: State<'_, Desktop>, request: TickItemsRequest) -> Result<ActedOnView, ApiError> {
    desktop.api().await?.tick_items(request).await
}

/// Opens items again.
#[tauri::command]
#[specta::specta]
pub(crate) async fn reopen_items(desktop: State<'_, Desktop>, request: ReopenItemsRequest) -> Result<ActedOnView, ApiError> {
    desktop.api().await?.reopen_items(request).await
}

/// Leaves optional items out.
#[tauri::command]
#[specta::specta]
pub(crate) async fn skip_items(desktop: State<'_, Desktop>, request: SkipItemsRequest) -> Result<ActedOnView, ApiError> {
    desktop.api().await?.skip_items(request).await
}

/// Gives items to somebody.
#[tauri::command]
#[specta::specta]
pub(crate) async fn assign_items(desktop: State<'_, Desktop>, request: AssignItemsRequest) -> Result<ActedOnView, ApiError> {
    desktop.api().await?.assign_items(request).await
}

/// Adds an item to a checklist, for its release alone.
#[tauri::command]
#[specta::specta]
pub(crate) async fn add_own_item(desktop: State<'_, Desktop>, request: AddOwnItemRequest) -> Result<ChecklistView, ApiError> {
    desktop.api().await?.add_own_item(request).await
}

/// Takes an item away again that was added to a checklist.
#[tauri::command]
#[specta::specta]
pub(crate) async fn remove_own_item(desktop: State<'_, Desktop>, request: RemoveOwnItemRequest) -> Result<ChecklistView, ApiError> {
    desktop.api().await?.remove_own_item(request).await
}

/// Takes the last publication of its template over into a checklist.
#[tauri::command]
#[specta::specta]
pub(crate) async fn take_over_publication(desktop: State<'_, Desktop>, request: TakeOverRequest) -> Result<ChecklistView, ApiError> {
    desktop.api().await?.take_over_publication(request).await
}

/// The templates of a product's checklists.
#[tauri::command]
#[specta::specta]
pub(crate) async fn list_checklist_templates(
    desktop: State<'_, Desktop>,
    request: IdRequest,
) -> Result<Vec<ChecklistTemplateView>, ApiError> {
    desktop.api().await?.list_checklist_templates(request).await
}

/// Adds a template, or changes one.
#[tauri::command]
#[specta::specta]
pub(crate) async fn put_checklist_template(
    desktop: State<'_, Desktop>,
    request: PutChecklistTemplateRequest,
) -> Result<ChecklistTemplateView, ApiError> {
    desktop.api().await?.put_checklist_template(request).await
}

/// Publishes a template's draft.
#[tauri::command]
#[specta::specta]
pub(crate) async fn publish_checklist_template(desktop: State<'_, Desktop>, request: IdRequest) -> Result<ChecklistTemplateView, ApiError> {
    desktop.api().await?.publish_checklist_template(request).await
}

/// Takes a template away.
#[tauri::command]
#[specta::specta]
pub(crate) async fn remove_checklist_template(desktop: State<'_, Desktop>, request: IdRequest) -> Result<(), ApiError> {
    desktop.api().await?.remove_checklist_template(request).await
}

/// Adds the items of a list to a template's draft.
#[tauri::command]
#[specta::specta]
pub(crate) async fn import_checklist_items(
    desktop: State<'_, Desktop>,
    request: ImportChecklistItemsRequest,
) -> Result<ImportReportView, ApiError> {
    desktop.api().await?.import_checklist_items(request).await
}

/// Attaches evidence.
#[tauri::command]
#[specta::specta]
pub(crate) async fn attach_evidence(desktop: State<'_, Desktop>, request: AttachEvidenceRequest) -> Result<EvidenceView, ApiError> {
    desktop.api().await?.attach_evidence(request).await
}

/// Takes evidence back.
#[tauri::command]
#[specta::specta]
pub(crate) async fn withdraw_evidence(desktop: State<'_, Desktop>, request: WithdrawEvidenceRequest) -> Result<(), ApiError> {
    desktop.api().await?.withdraw_evidence(request).await
}

/// What a file shows, made safe.
#[tauri::command]
#[specta::specta]
pub(crate) async fn preview_evidence(desktop: State<'_, Desktop>, request: IdRequest) -> Result<EvidencePreviewView, ApiError> {
    desktop.api().await?.preview_evidence(request).await
}

/// Saves a file into the folder for downloads; where it lies. It is not opened.
#[tauri::command]
#[specta::specta]
pub(crate) async fn save_evidence(desktop: State<'_, Desktop>, request: IdRequest) -> Result<String, ApiError> {
    let (name, content) = desktop.api().await?.evidence_content(request).await?;
    download(name, content).await
}

/// Adds the task list of an issue to a template's draft.
#[tauri::command]
#[specta::specta]
pub(crate) async fn import_checklist_issue(
    desktop: State<'_, Desktop>,
    request: ImportChecklistIssueRequest,
) -> Result<ImportReportView, ApiError> {
    desktop.api().await?.import_checklist_issue(request).await
}
