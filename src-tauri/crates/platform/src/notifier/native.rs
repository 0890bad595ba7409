//! The notification centres of macOS and Windows, as far as they can be used without a bundle identity: they are shown, and
//! neither replaced nor clicked.

use super::notification;
use pilothouse_engine::ports::{Alert, AlertSubject};
use tokio::sync::mpsc;

pub(super) struct Desktop;

impl Desktop {
    pub(super) fn new(_opened: Option<mpsc::Sender<AlertSubject>>) -> Self {
        Self
    }

    pub(super) async fn show(&self, alert: &Alert) -> Result<(), String> {
        let notification = notification(alert);
        let shown = tokio::task::spawn_blocking(move || notification.show().map(drop));
        shown.await.map_err(|error| error.to_string())?.map_err(|error| error.to_string())
    }
}
