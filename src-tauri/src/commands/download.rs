//! Saving a file into the folder for downloads, for the commands that hand one out. It is never opened. Must not know what it is.

use pilothouse_api::{ApiError, ErrorCode};
use pilothouse_platform::save_download;

/// Saves a file under a name, or under one beside it that is free; where it lies.
///
/// # Errors
/// `internal` where there is no folder, or no room in it.
pub(super) async fn download(name: String, content: Vec<u8>) -> Result<String, ApiError> {
    let failed = |reason: String| ApiError::new(ErrorCode::Internal, reason, "See whether the folder for downloads is there and has room.");
    match tauri::async_runtime::spawn_blocking(move || save_download(&name, &content)).await {
        Ok(Ok(path)) => Ok(path.display().to_string()),
        Ok(Err(error)) => Err(failed(error.to_string())),
        Err(error) => Err(failed(error.to_string())),
    }
}
