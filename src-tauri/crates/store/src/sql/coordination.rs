//! Coordinated releases and their ways to environments.

use super::port::reading;
use super::rows::{one, read_all};
use super::select::Select;
use super::{LOST, Pool, SqlStore, bounded};
use crate::error::Fault;
use async_trait::async_trait;
use pilothouse_domain::coordinated_release::{CoordinatedRelease, CoordinatedRun};
use pilothouse_domain::{CoordinatedReleaseId, CoordinatedRunId};
use pilothouse_engine::ports::coordination_store::{CoordinatedReleaseFilter, CoordinatedRunFilter, CoordinationStore};
use pilothouse_engine::ports::store::StoreError;

#[async_trait]
impl CoordinationStore for SqlStore {
    async fn coordinated_releases(&self, filter: &CoordinatedReleaseFilter) -> Result<Vec<CoordinatedRelease>, StoreError> {
        reading!(releases(&self.pools.reader, filter))
    }

    async fn coordinated_release(&self, id: CoordinatedReleaseId) -> Result<CoordinatedRelease, StoreError> {
        reading!(one(&self.pools.reader, id.uuid()))
    }

    async fn coordinated_runs(&self, filter: &CoordinatedRunFilter) -> Result<Vec<CoordinatedRun>, StoreError> {
        reading!(runs(&self.pools.reader, filter))
    }

    async fn coordinated_run(&self, id: CoordinatedRunId) -> Result<CoordinatedRun, StoreError> {
        reading!(one(&self.pools.reader, id.uuid()))
    }
}

async fn releases(pool: &Pool, filter: &CoordinatedReleaseFilter) -> Result<Vec<CoordinatedRelease>, Fault> {
    let listed = Select::entities::<CoordinatedRelease>().only(filter.open_only, "closed_at IS NULL");
    read_all(&listed.fetch(pool, "created_at DESC, id DESC", filter.limit).await?)
}

async fn runs(pool: &Pool, filter: &CoordinatedRunFilter) -> Result<Vec<CoordinatedRun>, Fault> {
    let listed = Select::entities::<CoordinatedRun>()
        .with("coordinated_release_id = ", filter.coordinated_release.map(CoordinatedReleaseId::uuid))
        .only(filter.open_only, "settled_at IS NULL");
    read_all(&listed.fetch(pool, "started_at DESC, id DESC", filter.limit).await?)
}
