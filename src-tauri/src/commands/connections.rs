//! Connections to providers, and their tokens on the way into the keychain.

use crate::desktop::Desktop;
use pilothouse_api::{
    AddConnectionRequest, ApiError, ConnectionCheck, ConnectionView, EditNetworkRequest, IdRequest, ProviderKindView, ReplaceTokenRequest,
};
use tauri::State;

/// The providers that a connection can be made to.
#[tauri::command]
#[specta::specta]
pub(crate) async fn provider_kinds(desktop: State<'_, Desktop>) -> Result<Vec<ProviderKindView>, ApiError> {
    Ok(desktop.api().await?.provider_kinds())
}

/// All connections, by name.
#[tauri::command]
#[specta::specta]
pub(crate) async fn list_connections(desktop: State<'_, Desktop>) -> Result<Vec<ConnectionView>, ApiError> {
    desktop.api().await?.list_connections().await
}

/// Adds a connection: the provider must know the token, and the keychain must take it.
#[tauri::command]
#[specta::specta]
pub(crate) async fn add_connection(desktop: State<'_, Desktop>, request: AddConnectionRequest) -> Result<ConnectionCheck, ApiError> {
    desktop.api().await?.add_connection(request).await
}

/// Asks the provider who we are and what we may do.
#[tauri::command]
#[specta::specta]
pub(crate) async fn verify_connection(desktop: State<'_, Desktop>, request: IdRequest) -> Result<ConnectionCheck, ApiError> {
    desktop.api().await?.verify_connection(request).await
}

/// Puts another token in place of the old one.
#[tauri::command]
#[specta::specta]
pub(crate) async fn replace_token(desktop: State<'_, Desktop>, request: ReplaceTokenRequest) -> Result<ConnectionCheck, ApiError> {
    desktop.api().await?.replace_token(request).await
}

/// Takes a connection away, and its token out of the keychain.
#[tauri::command]
#[specta::specta]
pub(crate) async fn remove_connection(desktop: State<'_, Desktop>, request: IdRequest) -> Result<(), ApiError> {
    desktop.api().await?.remove_connection(request).await
}

/// Changes how a connection reaches its server, and asks the provider who we are that way.
#[tauri::command]
#[specta::specta]
pub(crate) async fn edit_network(desktop: State<'_, Desktop>, request: EditNetworkRequest) -> Result<ConnectionCheck, ApiError> {
    desktop.api().await?.edit_network(request).await
}
