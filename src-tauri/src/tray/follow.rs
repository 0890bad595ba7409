//! Keeps the tray icon up to date. Must not ask more often than things change.

use super::{TrayState, show_state};
use crate::events::{self, Gathered};
use pilothouse_api::{Api, ApiError, ChangeEvent, EVERYTHING};
use std::time::Duration;
use tauri::AppHandle;

/// Changes that come within this time are looked at together.
const GATHER: Duration = Duration::from_millis(500);

/// The kind of change that each measurement makes: what comes of it is an incident, which is a change of its own.
const MEASURED: &str = "check_state";

/// Shows how things stand, after each change, until the database is closed.
pub(crate) async fn follow(app: AppHandle, api: Api) {
    let changed = Gathered::default();
    // The first look waits for no change.
    changed.add(ChangeEvent { seq: 0, kind: EVERYTHING.to_owned(), id: String::new(), product_id: None });
    tokio::select! {
        () = events::follow(&api, |change| if change.kind != MEASURED { changed.add(change) }) => {}
        () = show_each(&app, &api, &changed) => {}
    }
}

async fn show_each(app: &AppHandle, api: &Api, changed: &Gathered) {
    let mut shown = None;
    loop {
        changed.next(GATHER).await;
        let state = match look(api).await {
            Ok(state) => state,
            Err(error) => {
                tracing::warn!(%error, "the tray can't be kept up to date for now");
                continue;
            }
        };
        if shown != Some(state) {
            show_state(app, state);
            shown = Some(state);
        }
    }
}

async fn look(api: &Api) -> Result<TrayState, ApiError> {
    let counts = api.overview().await?.counts;
    let connections = api.list_connections().await?.len();
    Ok(TrayState::of(counts.incidents_open, counts.waiting, counts.under_way, u32::try_from(connections).unwrap_or(u32::MAX)))
}
