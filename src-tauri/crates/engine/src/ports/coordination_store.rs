//! The part of the store that keeps coordinated releases and their ways to environments. Written, as everything, through
//! [`Store::commit`](super::Store::commit).

use crate::ports::store::StoreError;
use async_trait::async_trait;
use pilothouse_domain::coordinated_release::{CoordinatedRelease, CoordinatedRun};
use pilothouse_domain::{CoordinatedReleaseId, CoordinatedRunId};

/// What is remembered of coordinated releases.
#[async_trait]
pub trait CoordinationStore: Send + Sync {
    /// Coordinated releases, last made first.
    async fn coordinated_releases(&self, filter: &CoordinatedReleaseFilter) -> Result<Vec<CoordinatedRelease>, StoreError>;
    /// One of them, closed or not.
    async fn coordinated_release(&self, id: CoordinatedReleaseId) -> Result<CoordinatedRelease, StoreError>;
    /// Their ways to environments, last started first.
    async fn coordinated_runs(&self, filter: &CoordinatedRunFilter) -> Result<Vec<CoordinatedRun>, StoreError>;
    /// One of them.
    async fn coordinated_run(&self, id: CoordinatedRunId) -> Result<CoordinatedRun, StoreError>;
}

/// Which coordinated releases.
#[derive(Clone, Copy, Debug, Default)]
pub struct CoordinatedReleaseFilter {
    /// Only those that are not closed.
    pub open_only: bool,
    /// At most so many; 0 means 100.
    pub limit: u32,
}

/// Which runs of coordinated releases.
#[derive(Clone, Copy, Debug, Default)]
pub struct CoordinatedRunFilter {
    /// Of this one.
    pub coordinated_release: Option<CoordinatedReleaseId>,
    /// Only those that are not settled.
    pub open_only: bool,
    /// At most so many; 0 means 100.
    pub limit: u32,
}
