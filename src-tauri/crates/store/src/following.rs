//! The number of the last commit, and the task that learns of commits by others.

use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Moves the number forward; never back.
pub(crate) fn advance(commits: &watch::Sender<u64>, seen: u64) {
    commits.send_if_modified(|last| {
        let moved = seen > *last;
        *last = seen.max(*last);
        moved
    });
}

/// A task that ends with its store.
pub(crate) struct Follower(JoinHandle<()>);

impl Follower {
    /// Starts it.
    pub(crate) fn spawn(task: impl Future<Output = ()> + Send + 'static) -> Self {
        Self(tokio::spawn(task))
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// How long to wait before the next try after so many failures in a row: 0.25 s, doubled each time, at most 30 s.
pub(crate) fn pause_after(failures: u32) -> Duration {
    Duration::from_millis(250).saturating_mul(1 << failures.min(7)).min(Duration::from_secs(30))
}
