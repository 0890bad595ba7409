//! The wire contract between this process and the window: which commands and events there are, and their TypeScript. Must hold no
//! type of its own.

use crate::commands::host;
use crate::events::StartupChanged;
use crate::place::PlaceRequested;
use specta_typescript::Typescript;
use std::path::Path;
use tauri::Wry;
use tauri_specta::{Builder, ErrorHandlingMode, collect_commands, collect_events};

/// Everything that the window may call and hear.
pub(crate) fn contract() -> Builder<Wry> {
    Builder::new()
        .error_handling(ErrorHandlingMode::Throw)
        .commands(collect_commands![
            host::startup_state,
            host::retry_startup,
            host::ui_ready,
            host::take_place,
        ])
        .events(collect_events![StartupChanged, PlaceRequested])
}

/// Writes the TypeScript side to `path`.
///
/// # Errors
/// Where a type can't be expressed in TypeScript, or the file can't be written.
pub fn export(path: &Path) -> Result<(), specta_typescript::Error> {
    contract().export(Typescript::default(), path)
}
