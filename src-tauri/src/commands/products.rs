//! Products with their environments.

use crate::desktop::Desktop;
use crate::folder;
use pilothouse_api::{
    ApiError, CloneView, IdRequest, InspectCloneRequest, ProductDto, ProductSuggestion, ProductView, RepositoryRequest, SetCloneRequest,
    SourceRefView,
};
use std::path::Path;
use tauri::{State, WebviewWindow};

/// All products, by name.
#[tauri::command]
#[specta::specta]
pub(crate) async fn list_products(desktop: State<'_, Desktop>) -> Result<Vec<ProductView>, ApiError> {
    desktop.api().await?.list_products().await
}

/// One product, with all that can be set.
#[tauri::command]
#[specta::specta]
pub(crate) async fn get_product(desktop: State<'_, Desktop>, request: IdRequest) -> Result<ProductDto, ApiError> {
    desktop.api().await?.get_product(request).await
}

/// Adds a product with its environments and checks. Its ids are made here.
#[tauri::command]
#[specta::specta]
pub(crate) async fn add_product(desktop: State<'_, Desktop>, request: ProductDto) -> Result<ProductDto, ApiError> {
    desktop.api().await?.add_product(request).await
}

/// Changes a product, its environments and checks.
#[tauri::command]
#[specta::specta]
pub(crate) async fn change_product(desktop: State<'_, Desktop>, request: ProductDto) -> Result<ProductDto, ApiError> {
    desktop.api().await?.change_product(request).await
}

/// Takes a product away.
#[tauri::command]
#[specta::specta]
pub(crate) async fn remove_product(desktop: State<'_, Desktop>, request: IdRequest) -> Result<(), ApiError> {
    desktop.api().await?.remove_product(request).await
}

/// Proposes a product from a repository.
#[tauri::command]
#[specta::specta]
pub(crate) async fn suggest_product(desktop: State<'_, Desktop>, request: RepositoryRequest) -> Result<ProductSuggestion, ApiError> {
    desktop.api().await?.suggest_product(request).await
}

/// Whether a folder is a clone that can be read. Keeps nothing.
#[tauri::command]
#[specta::specta]
pub(crate) async fn inspect_clone(desktop: State<'_, Desktop>, request: InspectCloneRequest) -> Result<CloneView, ApiError> {
    desktop.api().await?.inspect_clone(request).await
}

/// Has a person choose a folder on this computer, in the system's own dialog; none where they choose none.
#[tauri::command]
#[specta::specta]
pub(crate) async fn choose_folder(window: WebviewWindow, from: Option<String>) -> Result<Option<String>, ApiError> {
    folder::choose(&window, from.as_deref().map(Path::new)).await
}

/// The clone of a product on this computer.
#[tauri::command]
#[specta::specta]
pub(crate) async fn product_clone(desktop: State<'_, Desktop>, request: IdRequest) -> Result<Option<CloneView>, ApiError> {
    desktop.api().await?.product_clone(request).await
}

/// Names the clone of a product on this computer, or forgets it.
#[tauri::command]
#[specta::specta]
pub(crate) async fn set_product_clone(desktop: State<'_, Desktop>, request: SetCloneRequest) -> Result<Option<CloneView>, ApiError> {
    desktop.api().await?.set_product_clone(request).await
}

/// Tags and branches that a product's releases can be drafted from.
#[tauri::command]
#[specta::specta]
pub(crate) async fn product_refs(desktop: State<'_, Desktop>, request: IdRequest) -> Result<Vec<SourceRefView>, ApiError> {
    desktop.api().await?.product_refs(request).await
}
