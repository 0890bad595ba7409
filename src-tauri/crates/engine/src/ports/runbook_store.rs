//! The part of the store that keeps runbooks, their runs, and what releases have attached. Written, as everything, through
//! [`Store::commit`](super::Store::commit).

use crate::ports::store::StoreError;
use async_trait::async_trait;
use pilothouse_domain::runbook::{AttachedRunbook, Runbook, RunbookRule, RunbookRun};
use pilothouse_domain::{EnvironmentId, ProductId, ReleaseId, RunbookId, RunbookRunId};

/// What is remembered of runbooks.
#[async_trait]
pub trait RunbookStore: Send + Sync {
    /// Runbooks of a product, by name; at most 1,000.
    async fn runbooks(&self, product: ProductId) -> Result<Vec<Runbook>, StoreError>;
    /// One runbook.
    async fn runbook(&self, id: RunbookId) -> Result<Runbook, StoreError>;

    /// Runs, last begun first.
    async fn runbook_runs(&self, filter: &RunbookRunFilter) -> Result<Vec<RunbookRun>, StoreError>;
    /// One run.
    async fn runbook_run(&self, id: RunbookRunId) -> Result<RunbookRun, StoreError>;

    /// What the environments of a product ask for, as far as anything was set.
    async fn runbook_rules(&self, product: ProductId) -> Result<Vec<RunbookRule>, StoreError>;

    /// What the releases of a product that are not closed have attached.
    async fn attached_runbooks(&self, product: ProductId) -> Result<Vec<AttachedRunbook>, StoreError>;
    /// What a release has attached.
    async fn attached_runbook(&self, release: ReleaseId) -> Result<Option<AttachedRunbook>, StoreError>;
}

/// Which runs.
#[derive(Clone, Copy, Debug, Default)]
pub struct RunbookRunFilter {
    /// Of this product.
    pub product: Option<ProductId>,
    /// Of this runbook.
    pub runbook: Option<RunbookId>,
    /// For this release.
    pub release: Option<ReleaseId>,
    /// In this environment.
    pub environment: Option<EnvironmentId>,
    /// Only those that are under way.
    pub running_only: bool,
    /// Begun before this one was (keyset paging).
    pub after: Option<RunbookRunId>,
    /// At most so many; 0 means 100.
    pub limit: u32,
}
