//! The audit log and its verification.

use crate::desktop::Desktop;
use pilothouse_api::{ApiError, AuditEventView, AuditPageRequest, ChainHeadDto, ChainReportView, VerifyAuditRequest};
use tauri::State;

/// A page of the audit trail, newest first.
#[tauri::command]
#[specta::specta]
pub(crate) async fn audit_page(desktop: State<'_, Desktop>, request: AuditPageRequest) -> Result<Vec<AuditEventView>, ApiError> {
    desktop.api().await?.audit_page(request).await
}

/// Verifies the whole chain. A broken one is no error: it is what was found out.
#[tauri::command]
#[specta::specta]
pub(crate) async fn verify_audit(desktop: State<'_, Desktop>, request: VerifyAuditRequest) -> Result<ChainReportView, ApiError> {
    desktop.api().await?.verify_audit(request).await
}

/// The head of the chain, to be kept elsewhere.
#[tauri::command]
#[specta::specta]
pub(crate) async fn audit_head(desktop: State<'_, Desktop>) -> Result<ChainHeadDto, ApiError> {
    desktop.api().await?.audit_head().await
}
