//! One way to take a lock: a panic elsewhere must not turn into a second one here.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks, also after a panic of another holder. The guard must not be held across an await.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
