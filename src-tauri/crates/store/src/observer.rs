//! A seam for crash tests: somebody is told right before and right after each write that the engine's promises rest on. Must
//! not be used for anything else; without an observer it costs nothing.

use pilothouse_engine::ports::store::StoreError;

/// Is told around each commit of one handle: changes, claims and take-overs; not measurements. `n` counts them from 1.
///
/// A test aborts the process here, or answers with an error to play a database that fails.
pub trait CommitObserver: Send + Sync {
    /// Everything is written, nothing is committed. An error rolls it back.
    ///
    /// # Errors
    /// What the caller of the store is to get instead.
    fn before_commit(&self, n: u64) -> Result<(), StoreError> {
        let _ = n;
        Ok(())
    }

    /// It is committed; the caller doesn't know yet. An error plays an answer that got lost.
    ///
    /// # Errors
    /// What the caller of the store is to get instead.
    fn after_commit(&self, n: u64) -> Result<(), StoreError> {
        let _ = n;
        Ok(())
    }
}
