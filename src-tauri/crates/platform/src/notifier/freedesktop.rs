//! Desktop Notifications Specification 1.2 (<https://specifications.freedesktop.org/notification-spec/latest/>).

use super::{ICON, notification};
use notify_rust::{Hint, Notification, NotificationHandle, NotificationResponse, Urgency as Level};
use pilothouse_engine::ports::{Alert, AlertSubject, Urgency};
use std::collections::VecDeque;
use tokio::sync::{Mutex, OnceCell, mpsc};
use tokio::task::AbortHandle;

/// How many notifications are kept track of. Each holds a connection to the bus: some desktops take a notification away when its
/// sender goes. The oldest is let go first.
const KEPT: usize = 16;

/// The action of a click on the notification itself, by the specification.
const CLICK: &str = "default";

pub(super) struct Desktop {
    opened: Option<mpsc::Sender<AlertSubject>>,
    abilities: OnceCell<Abilities>,
    /// Oldest first. Held while one is shown, so that two alerts about one thing don't pass each other.
    shown: Mutex<VecDeque<Shown>>,
}

#[derive(Clone, Copy, Default)]
struct Abilities {
    actions: bool,
    markup: bool,
}

struct Shown {
    about: Option<AlertSubject>,
    id: u32,
    /// Dropping it lets go of the connection.
    _kept: Kept,
}

/// Dropped for what it holds.
enum Kept {
    Connection { _handle: Box<NotificationHandle> },
    Listener(AbortHandle),
}

impl Drop for Kept {
    fn drop(&mut self) {
        if let Self::Listener(task) = self {
            task.abort();
        }
    }
}

impl Desktop {
    pub(super) fn new(opened: Option<mpsc::Sender<AlertSubject>>) -> Self {
        Self { opened, abilities: OnceCell::new(), shown: Mutex::new(VecDeque::new()) }
    }

    pub(super) async fn show(&self, alert: &Alert) -> Result<(), String> {
        let mut shown = self.shown.lock().await;
        let abilities = *self.abilities.get_or_try_init(ask_abilities).await?;
        let earlier = alert.about.and_then(|about| shown.iter().position(|s| s.about == Some(about)));
        let listens = abilities.actions && alert.about.is_some() && self.opened.is_some();

        let mut notification = self.compose(alert, abilities, listens);
        if let Some(earlier) = earlier.and_then(|index| shown.get(index)) {
            notification.id(earlier.id);
        }
        let handle = notification.show_async().await.map_err(|error| error.to_string())?;

        if let Some(index) = earlier {
            shown.remove(index);
        }
        while shown.len() >= KEPT {
            shown.pop_front();
        }
        let id = handle.id();
        let kept = match (alert.about, &self.opened) {
            (Some(about), Some(opened)) if listens => Kept::Listener(tokio::spawn(listen(handle, about, opened.clone())).abort_handle()),
            _ => Kept::Connection { _handle: Box::new(handle) },
        };
        shown.push_back(Shown { about: alert.about, id, _kept: kept });
        Ok(())
    }

    fn compose(&self, alert: &Alert, abilities: Abilities, listens: bool) -> Notification {
        let mut notification = notification(alert);
        if abilities.markup {
            notification.body(&escape(&alert.body));
        }
        notification.urgency(match alert.urgency {
            Urgency::Normal => Level::Normal,
            Urgency::Critical => Level::Critical,
        });
        notification.hint(Hint::DesktopEntry(ICON.to_owned()));
        if listens {
            notification.action(CLICK, "Open").action("open", "Open");
        }
        notification
    }
}

/// What the desktop can do; asked once, and again as long as there is no answer.
async fn ask_abilities() -> Result<Abilities, String> {
    let asked = tokio::task::spawn_blocking(notify_rust::get_capabilities);
    let words = asked.await.map_err(|error| error.to_string())?.map_err(|error| error.to_string())?;
    let can = |ability: &str| words.iter().any(|word| word == ability);
    Ok(Abilities { actions: can("actions"), markup: can("body-markup") })
}

/// Waits until the notification is clicked or closed. Ends with its notification, or when a newer one takes its place.
async fn listen(handle: NotificationHandle, about: AlertSubject, opened: mpsc::Sender<AlertSubject>) {
    let mut clicked = false;
    handle
        .wait_for_action_async(|response: &NotificationResponse| {
            clicked = matches!(response, NotificationResponse::Default | NotificationResponse::Action(_));
        })
        .await;
    if clicked && opened.send(about).await.is_err() {
        tracing::debug!(?about, "nobody listens to clicks on notifications any more");
    }
}

/// A body's words, where the desktop reads markup.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;
    use crate::DesktopNotifier;
    use pilothouse_domain::{IncidentId, Timestamp};
    use pilothouse_engine::ports::Notifier as _;
    use std::process::{Command, Stdio};
    use std::time::Duration;
    use uuid::Uuid;

    /// Set in a child process: its environment has no session bus.
    const CHILD_VAR: &str = "PILOTHOUSE_TEST_NOTIFIER_CHILD";

    fn alert(about: Option<AlertSubject>, title: &str) -> Alert {
        Alert {
            about,
            title: title.to_owned(),
            body: "checkout: 503 instead of 200 to 299 & <nothing> else".to_owned(),
            urgency: Urgency::Critical,
            at: Timestamp::from_micros(0).unwrap(),
            concerns: None,
        }
    }

    fn in_session() -> bool {
        let there = std::env::var_os("PILOTHOUSE_TEST_SESSION").is_some();
        if !there {
            println!("skipped: no private desktop session (run `cargo xtask test`)");
        }
        there
    }

    #[test]
    fn a_body_is_never_markup() {
        let desktop = Desktop::new(None);
        let composed = |markup| desktop.compose(&alert(None, "a & b"), Abilities { actions: true, markup }, true);
        assert!(composed(true).body.contains("&amp; &lt;nothing&gt;"));
        assert!(composed(false).body.contains("& <nothing>"));
        assert_eq!(composed(true).summary, "a & b", "the first line is plain by the specification");
        assert_eq!(composed(true).actions, ["default", "Open", "open", "Open"]);
    }

    #[tokio::test]
    async fn a_later_alert_of_an_incident_takes_the_place_of_the_earlier() {
        if !in_session() {
            return;
        }
        let (opened, _clicks) = mpsc::channel(4);
        let desktop = Desktop::new(Some(opened));
        let [one, other] = [Uuid::now_v7(), Uuid::now_v7()].map(|id| AlertSubject::Incident(IncidentId::new(id)));
        for about in [Some(one), Some(other), None, Some(one)] {
            desktop.show(&alert(about, "Checkout is failing in production")).await.unwrap();
        }
        let shown = desktop.shown.lock().await;
        let about: Vec<_> = shown.iter().map(|s| s.about).collect();
        assert_eq!(about, [Some(other), None, Some(one)]);
        assert!(shown[2].id < shown[0].id, "the first alert's number is used again");
    }

    #[tokio::test]
    async fn what_is_kept_is_bounded() {
        if !in_session() {
            return;
        }
        let desktop = Desktop::new(None);
        for _ in 0..=KEPT {
            desktop.show(&alert(None, "Recovered")).await.unwrap();
        }
        assert_eq!(desktop.shown.lock().await.len(), KEPT);
    }

    #[tokio::test]
    async fn a_click_names_the_incident() {
        if !in_session() {
            return;
        }
        let (opened, mut clicks) = mpsc::channel(4);
        let notifier = DesktopNotifier::new(Some(opened));
        let incident = AlertSubject::Incident(IncidentId::new(Uuid::now_v7()));
        // dunst does on request what a click does. Other tests' notifications may stand above this one, and a click may come
        // before it is listened for: then there is another one.
        for _ in 0..20 {
            notifier.notify(&alert(Some(incident), "Checkout is failing in production")).await.unwrap();
            for position in 0..KEPT {
                let mut click = tokio::process::Command::new("dunstctl");
                click.args(["action", &position.to_string()]).stdout(Stdio::null()).stderr(Stdio::null());
                if click.status().await.is_err() {
                    println!("skipped: dunstctl is missing");
                    return;
                }
                if let Ok(clicked) = tokio::time::timeout(Duration::from_millis(50), clicks.recv()).await {
                    assert_eq!(clicked, Some(incident));
                    return;
                }
            }
        }
        panic!("no click arrived");
    }

    /// Runs in a process of its own; as a test of this one it does nothing.
    #[tokio::test]
    async fn child_without_a_bus() {
        if std::env::var_os(CHILD_VAR).is_none() {
            return;
        }
        let error = DesktopNotifier::new(None).notify(&alert(None, "nobody sees this")).await.unwrap_err();
        println!("refused: {error}");
    }

    #[test]
    fn without_a_session_bus_the_refusal_says_so() {
        let empty = tempfile::tempdir().unwrap();
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "notifier::desktop::tests::child_without_a_bus", "--nocapture"])
            .env(CHILD_VAR, "1")
            .env("XDG_RUNTIME_DIR", empty.path())
            .env("DBUS_SESSION_BUS_ADDRESS", format!("unix:path={}", empty.path().join("bus").display()))
            .output()
            .unwrap();
        let stdout = String::from_utf8_lossy(&child.stdout);
        assert!(child.status.success(), "{stdout}{}", String::from_utf8_lossy(&child.stderr));
        assert!(stdout.contains("refused: the desktop took no notification: "), "{stdout}");
    }
}
