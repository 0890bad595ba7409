//! Runbooks, their runs, what environments ask for, and what releases have attached.

use super::port::reading;
use super::releases::OPEN;
use super::rows::{one, read_all};
use super::select::Select;
use super::{LOST, Pool, SqlStore, bounded};
use crate::error::Fault;
use async_trait::async_trait;
use pilothouse_domain::runbook::{AttachedRunbook, Runbook, RunbookRule, RunbookRun};
use pilothouse_domain::{EnvironmentId, ProductId, ReleaseId, RunbookId, RunbookRunId};
use pilothouse_engine::ports::runbook_store::{RunbookRunFilter, RunbookStore};
use pilothouse_engine::ports::store::StoreError;

/// So many runbooks of a product are listed.
const RUNBOOKS: u32 = 1_000;

#[async_trait]
impl RunbookStore for SqlStore {
    async fn runbooks(&self, product: ProductId) -> Result<Vec<Runbook>, StoreError> {
        reading!(runbooks(&self.pools.reader, product))
    }

    async fn runbook(&self, id: RunbookId) -> Result<Runbook, StoreError> {
        reading!(one(&self.pools.reader, id.uuid()))
    }

    async fn runbook_runs(&self, filter: &RunbookRunFilter) -> Result<Vec<RunbookRun>, StoreError> {
        reading!(runs(&self.pools.reader, filter))
    }

    async fn runbook_run(&self, id: RunbookRunId) -> Result<RunbookRun, StoreError> {
        reading!(one(&self.pools.reader, id.uuid()))
    }

    async fn runbook_rules(&self, product: ProductId) -> Result<Vec<RunbookRule>, StoreError> {
        reading!(rules(&self.pools.reader, product))
    }

    async fn attached_runbooks(&self, product: ProductId) -> Result<Vec<AttachedRunbook>, StoreError> {
        reading!(attached(&self.pools.reader, product))
    }

    async fn attached_runbook(&self, release: ReleaseId) -> Result<Option<AttachedRunbook>, StoreError> {
        match reading!(one(&self.pools.reader, release.uuid())) {
            Err(StoreError::NotFound { .. }) => Ok(None),
            found => found.map(Some),
        }
    }
}

async fn runbooks(pool: &Pool, product: ProductId) -> Result<Vec<Runbook>, Fault> {
    let listed = Select::entities::<Runbook>().with("product_id = ", Some(product.uuid()));
    read_all(&listed.fetch(pool, "lower(name), name, id", RUNBOOKS).await?)
}

async fn runs(pool: &Pool, filter: &RunbookRunFilter) -> Result<Vec<RunbookRun>, Fault> {
    let listed = Select::entities::<RunbookRun>()
        .with("product_id = ", filter.product.map(ProductId::uuid))
        .with("runbook_id = ", filter.runbook.map(RunbookId::uuid))
        .with("release_id = ", filter.release.map(ReleaseId::uuid))
        .with("environment_id = ", filter.environment.map(EnvironmentId::uuid))
        .only(filter.running_only, "state = 'running'")
        .after(pool, "begun_at", filter.after.map(RunbookRunId::uuid))
        .await?;
    read_all(&listed.fetch(pool, "begun_at DESC, id DESC", filter.limit).await?)
}

async fn rules(pool: &Pool, product: ProductId) -> Result<Vec<RunbookRule>, Fault> {
    let listed = Select::entities::<RunbookRule>().with("product_id = ", Some(product.uuid()));
    read_all(&listed.fetch(pool, "id", u32::MAX).await?)
}

async fn attached(pool: &Pool, product: ProductId) -> Result<Vec<AttachedRunbook>, Fault> {
    let is_open = format!("id IN (SELECT id FROM release WHERE {OPEN})");
    let listed = Select::entities::<AttachedRunbook>().with("product_id = ", Some(product.uuid())).only(true, &is_open);
    read_all(&listed.fetch(pool, "id", u32::MAX).await?)
}
