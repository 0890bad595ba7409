//! Native desktop notifications: org.freedesktop.Notifications on Linux, the notification centres of macOS and Windows. A later
//! alert about the same thing takes the place of the earlier one; a click on it names that thing to the host. Must not decide
//! whether somebody is told.

use async_trait::async_trait;
use notify_rust::{Notification, Timeout};
use pilothouse_engine::ports::{Alert, AlertSubject, Notifier, NotifyError, Urgency};
use std::time::Duration;
use tokio::sync::mpsc;

/// How long the desktop may take to take a notification.
const LIMIT: Duration = Duration::from_secs(5);

/// The application's name, as desktops show it.
const APP_NAME: &str = "Pilothouse";

/// The icon's name in the icon theme; also the name of the desktop entry.
const ICON: &str = "pilothouse";

/// Shows notifications on this person's desktop.
pub struct DesktopNotifier {
    desktop: desktop::Desktop,
}

impl DesktopNotifier {
    /// One that tells `opened` what the notification that was clicked is about, where the desktop can say so. Takes nothing up before
    /// the first alert.
    #[must_use]
    pub fn new(opened: Option<mpsc::Sender<AlertSubject>>) -> Self {
        Self { desktop: desktop::Desktop::new(opened) }
    }
}

#[async_trait]
impl Notifier for DesktopNotifier {
    async fn notify(&self, alert: &Alert) -> Result<(), NotifyError> {
        match tokio::time::timeout(LIMIT, self.desktop.show(alert)).await {
            Ok(shown) => shown.map_err(|reason| NotifyError { reason }),
            Err(_) => Err(NotifyError { reason: format!("the desktop did not answer within {} s", LIMIT.as_secs()) }),
        }
    }
}

/// What every desktop gets.
fn notification(alert: &Alert) -> Notification {
    let mut notification = Notification::new();
    notification.appname(APP_NAME).summary(&alert.title).body(&alert.body).icon(ICON);
    notification.timeout(match alert.urgency {
        Urgency::Normal => Timeout::Default,
        Urgency::Critical => Timeout::Never,
    });
    notification
}

#[cfg_attr(all(unix, not(target_os = "macos")), path = "notifier/freedesktop.rs")]
#[cfg_attr(not(all(unix, not(target_os = "macos"))), path = "notifier/native.rs")]
mod desktop;
