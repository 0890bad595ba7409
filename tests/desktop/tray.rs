//! The tray: with one, a closed window goes on watching and says so once; without one, closing it ends the app.

use super::notifications::Notifications;
use super::page::heading;
use super::surroundings::Surroundings;
use super::window::Window;
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(30);

/// The program that shows tray icons, as applications see it (StatusNotifierItem specification).
struct TrayHost {
    items: std::sync::Arc<Mutex<Vec<String>>>,
}

#[zbus::interface(name = "org.kde.StatusNotifierWatcher")]
impl TrayHost {
    fn register_status_notifier_item(&self, #[zbus(header)] header: zbus::message::Header<'_>, service: String) {
        let sender = header.sender().map(ToString::to_string).unwrap_or_default();
        self.items.lock().unwrap().push(format!("{sender} {service}"));
    }

    #[zbus(property)]
    fn is_status_notifier_host_registered(&self) -> bool {
        true
    }

    #[zbus(property)]
    fn protocol_version(&self) -> i32 {
        0
    }
}

/// Asks the window manager to close the window, as its button does. No key presses: one that ends the window it was meant for is let
/// go of in another. Does nothing where no window is open, or no window manager is there yet.
fn close_by_hand() {
    let _ = Command::new("wmctrl").args(["-F", "-c", "Pilothouse"]).status();
}

fn windows() -> usize {
    let found = Command::new("xdotool").args(["search", "--onlyvisible", "--name", "^Pilothouse$"]).output().unwrap();
    String::from_utf8_lossy(&found.stdout).lines().count()
}

/// The processes of the app on this data folder.
fn runs_on(data: &Path) -> bool {
    let found = Command::new("pgrep").args(["-f", &format!("pilothouse-desktop --data-dir {}", data.display())]).output().unwrap();
    found.status.success()
}

async fn until(what: &str, mut question: impl FnMut() -> bool) {
    let limit = Instant::now() + PATIENCE;
    while !question() {
        assert!(Instant::now() < limit, "{what}");
        // The window manager tells nobody.
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn a_closed_window_watches_from_the_tray_where_there_is_one() {
    let Some(surroundings) = Surroundings::find("the tray") else { return };
    let items = std::sync::Arc::default();
    let host = TrayHost { items: std::sync::Arc::clone(&items) };
    let bus = zbus::connection::Builder::session().unwrap();
    let bus = bus.serve_at("/StatusNotifierWatcher", host).unwrap().name("org.kde.StatusNotifierWatcher").unwrap().build().await.unwrap();

    let notifications = Notifications::from_now();
    let window = Window::open(&surroundings).await;
    window.page().find(&heading("Welcome to Pilothouse")).await;
    until("the app puts no icon into the tray", || !items.lock().unwrap().is_empty()).await;
    until("the window stays open", || {
        close_by_hand();
        windows() == 0
    })
    .await;
    assert!(runs_on(window.data()), "the app goes on without its window");
    until("nobody is told that it goes on", || window.data().join("tray-notice-shown").exists()).await;
    notifications.says("Pilothouse keeps watching").await;

    let app = Command::new(&surroundings.app).arg("--data-dir").arg(window.data()).status().unwrap();
    assert!(app.success(), "a second start hands over to the first");
    until("a second start doesn't show the window", || windows() == 1).await;

    drop(bus);
    let data = window.data().to_owned();
    // The app hears that the tray is gone a moment later: until then it hides its window again.
    until("without a tray, closing the window doesn't end the app", || {
        if windows() > 0 {
            close_by_hand();
        } else if runs_on(&data) {
            let _ = Command::new(&surroundings.app).arg("--data-dir").arg(&data).status();
        }
        !runs_on(&data)
    })
    .await;
    window.has_ended().await;
}
