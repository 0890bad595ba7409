//! What the window is told without asking. Must not carry what the window can ask for: an event says that it should.

use serde::{Deserialize, Serialize};
use tauri_specta::Event;

/// The start came through or failed: ask `startup_state`.
#[derive(Clone, Debug, Serialize, Deserialize, specta::Type, Event)]
pub(crate) struct StartupChanged {}
