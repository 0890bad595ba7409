//! The number of the last commit, and the task that learns of commits by others.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

/// What is told to whoever follows a store.
#[derive(Clone)]
pub(crate) struct Told {
    /// The number of the last commit.
    pub(crate) commits: Arc<watch::Sender<u64>>,
    /// Moves with measurements.
    pub(crate) measured: Arc<watch::Sender<u64>>,
}

impl Told {
    /// From this commit on.
    pub(crate) fn since(commit: u64) -> Self {
        Self { commits: Arc::new(watch::Sender::new(commit)), measured: Arc::new(watch::Sender::new(0)) }
    }

    /// Measurements were kept.
    pub(crate) fn measured(&self) {
        self.measured.send_modify(|count| *count = count.wrapping_add(1));
    }
}

/// How long a follower may take to put its connection away.
const STOPPING: Duration = Duration::from_secs(5);

/// Moves the number forward; never back.
pub(crate) fn advance(commits: &watch::Sender<u64>, seen: u64) {
    commits.send_if_modified(|last| {
        let moved = seen > *last;
        *last = seen.max(*last);
        moved
    });
}

/// A task that ends with its store.
pub(crate) struct Follower(Mutex<Option<Running>>);

struct Running {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Follower {
    /// Starts it. It is told when to end.
    pub(crate) fn spawn<T: Future<Output = ()> + Send + 'static>(follow: impl FnOnce(oneshot::Receiver<()>) -> T) -> Self {
        let (stop, stopped) = oneshot::channel();
        Self(Mutex::new(Some(Running { stop, task: tokio::spawn(follow(stopped)) })))
    }

    /// Ends it, and waits until its connection is closed.
    pub(crate) async fn stop(&self) {
        let Some(Running { stop, mut task }) = self.take() else { return };
        // An error means that it has ended already.
        let _ = stop.send(());
        if tokio::time::timeout(STOPPING, &mut task).await.is_err() {
            task.abort();
        }
    }

    fn take(&self) -> Option<Running> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        if let Some(running) = self.take() {
            running.task.abort();
        }
    }
}

/// How long to wait before the next try after so many failures in a row: 0.25 s, doubled each time, at most 30 s.
pub(crate) fn pause_after(failures: u32) -> Duration {
    Duration::from_millis(250).saturating_mul(1 << failures.min(7)).min(Duration::from_secs(30))
}
