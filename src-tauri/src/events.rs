//! What the window is told without asking. Must not carry what the window can ask for: an event says that it should.

use crate::desktop::Desktop;
use futures::StreamExt as _;
use pilothouse_api::{Api, ApiError, ChangeEvent, EVERYTHING};
use serde::{Deserialize, Serialize};
use std::pin::pin;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tauri::{AppHandle, Manager as _};
use tauri_specta::Event;
use tokio::sync::Notify;

/// How long to wait before changes are followed again after the database gave no answer.
const PAUSE: Duration = Duration::from_secs(2);
/// Changes that come within this time are told together: shorter than anybody notices.
const GATHER: Duration = Duration::from_millis(40);
/// How many changes are listed one by one.
const LISTED: usize = 100;

/// The start came through or failed: ask `startup_state`.
#[derive(Clone, Debug, Serialize, Deserialize, specta::Type, Event)]
pub(crate) struct StartupChanged {}

/// Things have changed, whoever changed them: who shows them asks again.
#[derive(Clone, Debug, Serialize, Deserialize, specta::Type, Event)]
pub(crate) struct Changed {
    /// What has changed, oldest first; one of the kind `everything` where it is too much to be listed.
    pub(crate) changes: Vec<ChangeEvent>,
}

/// Tells the window of changes until the database is closed. A hidden window is left alone; it hears of everything when it is shown.
pub(crate) async fn forward(app: AppHandle, api: Api) {
    let gathered = Gathered::default();
    let tell = async {
        loop {
            let changes = gathered.next(GATHER).await;
            if app.state::<Desktop>().window_shown()
                && let Err(error) = (Changed { changes }).emit(&app)
            {
                tracing::warn!(%error, "the window was not told of a change");
            }
        }
    };
    tokio::select! {
        () = follow(&api, |change| gathered.add(change)) => {}
        () = tell => {}
    }
}

/// Tells a window that was hidden for a while.
pub(crate) fn tell_everything(app: &AppHandle) {
    if let Err(error) = (Changed { changes: vec![everything(0)] }).emit(app) {
        tracing::warn!(%error, "the window was not told of what changed while it was hidden");
    }
}

fn everything(seq: u32) -> ChangeEvent {
    ChangeEvent { seq, kind: EVERYTHING.to_owned(), id: String::new(), product_id: None }
}

/// Changes that wait to be told together: a storm of them is one event.
#[derive(Default)]
pub(crate) struct Gathered {
    changes: Mutex<Vec<ChangeEvent>>,
    added: Notify,
}

impl Gathered {
    /// Adds one. From [`LISTED`] on they become one that stands for all.
    pub(crate) fn add(&self, change: ChangeEvent) {
        let mut changes = self.changes.lock().unwrap_or_else(PoisonError::into_inner);
        if changes.len() >= LISTED {
            *changes = vec![everything(change.seq)];
        } else {
            changes.push(change);
        }
        drop(changes);
        self.added.notify_one();
    }

    /// Waits for one, then this long for others, and takes them all.
    pub(crate) async fn next(&self, gather: Duration) -> Vec<ChangeEvent> {
        self.added.notified().await;
        tokio::time::sleep(gather).await;
        std::mem::take(&mut *self.changes.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Calls `seen` with each change from now on, until the database is closed. After a fault of the database it goes on where it
/// was, and says that everything may have changed.
pub(crate) async fn follow(api: &Api, mut seen: impl FnMut(ChangeEvent)) {
    let mut after = None;
    loop {
        match follow_from(api, &mut after, &mut seen).await {
            Ok(()) => return,
            Err(error) => {
                tracing::warn!(%error, "changes can't be followed for now");
                tokio::time::sleep(PAUSE).await;
                seen(everything(after.unwrap_or(0)));
            }
        }
    }
}

async fn follow_from(api: &Api, after: &mut Option<u32>, seen: &mut impl FnMut(ChangeEvent)) -> Result<(), ApiError> {
    let from = match *after {
        Some(from) => from,
        None => *after.insert(api.last_change().await?),
    };
    let mut changes = pin!(api.follow(from));
    while let Some(change) = changes.next().await {
        let change = change?;
        *after = Some(change.seq);
        seen(change);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(seq: u32) -> ChangeEvent {
        ChangeEvent { seq, kind: "check_state".to_owned(), id: seq.to_string(), product_id: None }
    }

    #[tokio::test]
    async fn changes_are_told_together_and_in_order() {
        let gathered = Gathered::default();
        gathered.add(change(1));
        gathered.add(change(2));
        assert_eq!(gathered.next(Duration::ZERO).await, [change(1), change(2)]);
        gathered.add(change(3));
        assert_eq!(gathered.next(Duration::ZERO).await, [change(3)]);
    }

    #[tokio::test]
    async fn a_storm_is_one_change_that_stands_for_all() {
        let gathered = Gathered::default();
        for seq in 1..=u32::try_from(LISTED).unwrap_or(u32::MAX) + 1 {
            gathered.add(change(seq));
        }
        assert_eq!(gathered.next(Duration::ZERO).await, [everything(101)]);
    }
}
