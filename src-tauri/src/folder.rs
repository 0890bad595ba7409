//! The system's own dialog for choosing a folder. Must not look into what is chosen.

use pilothouse_api::{ApiError, ErrorCode};
use rfd::AsyncFileDialog;
use std::path::Path;
use tauri::WebviewWindow;
use tokio::sync::oneshot;

/// Asks for a folder over a window; `None` where a person chooses none. Begins in `from` where that is a folder.
///
/// # Errors
/// `internal` where the window is gone.
pub(crate) async fn choose(window: &WebviewWindow, from: Option<&Path>) -> Result<Option<String>, ApiError> {
    let (tell, told) = oneshot::channel();
    let (parent, from) = (window.clone(), from.filter(|from| from.is_dir()).map(Path::to_path_buf));
    // The systems' dialogs are made on the thread of the windows; waiting for an answer isn't bound to it.
    let asked = window.run_on_main_thread(move || {
        let dialog = AsyncFileDialog::new().set_title("Choose the folder of a clone").set_parent(&parent);
        let answer = match from {
            Some(from) => dialog.set_directory(from),
            None => dialog,
        }
        .pick_folder();
        tauri::async_runtime::spawn(async move {
            // Nobody waits any more where the page was left meanwhile.
            let _ = tell.send(answer.await);
        });
    });
    asked.map_err(|error| {
        ApiError::new(ErrorCode::Internal, format!("The dialog for choosing a folder can't be opened: {error}"), "Type the folder.")
    })?;
    Ok(told.await.ok().flatten().map(|chosen| chosen.path().display().to_string()))
}
