//! Ctrl-C and termination: one flag, and the end of whatever step is running. Never exits by itself: the
//! main thread unwinds, so that every service that was started is stopped.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use crate::error::{Error, Result};
use crate::processes;

static INTERRUPTED: AtomicBool = AtomicBool::new(false);
/// Process id of the step in the foreground; 0 while there is none.
static FOREGROUND: AtomicU32 = AtomicU32::new(0);
/// How long a step may take to end by itself after it was asked to.
const GRACE: Duration = Duration::from_secs(10);

/// Installs the handler. The first signal asks the step to end, the second one ends it.
pub(crate) fn install() -> Result<()> {
    ctrlc::set_handler(|| {
        let again = INTERRUPTED.swap(true, Ordering::SeqCst);
        let pid = FOREGROUND.load(Ordering::SeqCst);
        if pid == 0 {
            return;
        }
        if again {
            processes::kill_tree(pid);
            return;
        }
        processes::terminate_tree(pid);
        thread::spawn(move || {
            thread::sleep(GRACE);
            if FOREGROUND.load(Ordering::SeqCst) == pid {
                processes::kill_tree(pid);
            }
        });
    })
    .map_err(|error| Error::Unmet(format!("the handler for Ctrl-C can't be installed: {error}")))
}

/// Fails if the command was interrupted.
pub(crate) fn check() -> Result<()> {
    if INTERRUPTED.load(Ordering::SeqCst) { Err(Error::Interrupted) } else { Ok(()) }
}

/// Marks `pid` as the step that a signal ends, for as long as the guard lives.
pub(crate) fn foreground(pid: u32) -> Foreground {
    FOREGROUND.store(pid, Ordering::SeqCst);
    Foreground
}

/// See [`foreground`].
pub(crate) struct Foreground;

impl Drop for Foreground {
    fn drop(&mut self) {
        FOREGROUND.store(0, Ordering::SeqCst);
    }
}
