//! Coordinated releases and their ways to environments.

use super::MemoryStore;
use super::lists::{newest, one};
use async_trait::async_trait;
use pilothouse_domain::coordinated_release::{CoordinatedRelease, CoordinatedRun};
use pilothouse_domain::{CoordinatedReleaseId, CoordinatedRunId};
use pilothouse_engine::ports::coordination_store::{CoordinatedReleaseFilter, CoordinatedRunFilter, CoordinationStore};
use pilothouse_engine::ports::store::StoreError;

#[async_trait]
impl CoordinationStore for MemoryStore {
    async fn coordinated_releases(&self, filter: &CoordinatedReleaseFilter) -> Result<Vec<CoordinatedRelease>, StoreError> {
        let keep = |row: &CoordinatedRelease| !filter.open_only || row.is_open();
        newest(&self.database.lock().tables.coordinated_releases, keep, |row| row.created_at, None, filter.limit)
    }

    async fn coordinated_release(&self, id: CoordinatedReleaseId) -> Result<CoordinatedRelease, StoreError> {
        one(&self.database.lock().tables.coordinated_releases, id.uuid())
    }

    async fn coordinated_runs(&self, filter: &CoordinatedRunFilter) -> Result<Vec<CoordinatedRun>, StoreError> {
        let keep = |row: &CoordinatedRun| {
            filter.coordinated_release.is_none_or(|id| row.coordinated_release_id == id) && (!filter.open_only || row.is_open())
        };
        newest(&self.database.lock().tables.coordinated_runs, keep, |row| row.started_at, None, filter.limit)
    }

    async fn coordinated_run(&self, id: CoordinatedRunId) -> Result<CoordinatedRun, StoreError> {
        one(&self.database.lock().tables.coordinated_runs, id.uuid())
    }
}
