//! What the desktop's notification daemon shows, from the start of a test on: earlier tests' alerts are closed and not counted.

use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

/// An alert comes after two failed measurements.
const PATIENCE: Duration = Duration::from_secs(60);
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// The daemon's account, from a moment on.
pub(super) struct Notifications {
    log: PathBuf,
    from: usize,
}

impl Notifications {
    /// From now on, with an empty screen.
    pub(super) fn from_now() -> Self {
        let log = std::env::var_os("PILOTHOUSE_TEST_NOTIFICATIONS").expect("PILOTHOUSE_TEST_NOTIFICATIONS names the daemon's log");
        let closed = Command::new("dunstctl").arg("close-all").status().unwrap();
        assert!(closed.success(), "no notification daemon listens");
        let mut account = Self { log: log.into(), from: 0 };
        account.from = account.read().len();
        account
    }

    /// Everything shown since.
    pub(super) fn shown(&self) -> String {
        self.read().get(self.from..).unwrap_or_default().to_owned()
    }

    /// Waits until these words are shown.
    pub(super) async fn says(&self, words: &str) {
        let until = Instant::now() + PATIENCE;
        while !self.shown().contains(words) {
            assert!(Instant::now() < until, "no notification says “{words}”:\n{}", self.shown());
            // A file that grows tells nobody.
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    /// Clicks on the newest notification that is shown. Says nothing where there is none.
    pub(super) fn click() {
        let _ = Command::new("dunstctl").args(["action", "0"]).status();
    }

    fn read(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }
}
