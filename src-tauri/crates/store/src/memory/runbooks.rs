//! Runbooks, their runs, what environments ask for, and what releases have attached.

use super::MemoryStore;
use super::lists::{by_name, newest, one, sorted};
use super::tables::{Applied, Tables};
use crate::entity::Entity;
use async_trait::async_trait;
use pilothouse_domain::runbook::{AttachedRunbook, Runbook, RunbookRule, RunbookRun, RunbookRunState};
use pilothouse_domain::{EnvironmentId, ProductId, ReleaseId, RunbookId, RunbookRunId};
use pilothouse_engine::ports::runbook_store::{RunbookRunFilter, RunbookStore};
use pilothouse_engine::ports::store::StoreError;

#[async_trait]
impl RunbookStore for MemoryStore {
    async fn runbooks(&self, product: ProductId) -> Result<Vec<Runbook>, StoreError> {
        let keep = |row: &Runbook| row.product_id == product;
        Ok(sorted(&self.database.lock().tables.runbooks, keep, |row| by_name(&row.name, row.id.uuid())))
    }

    async fn runbook(&self, id: RunbookId) -> Result<Runbook, StoreError> {
        one(&self.database.lock().tables.runbooks, id.uuid())
    }

    async fn runbook_runs(&self, filter: &RunbookRunFilter) -> Result<Vec<RunbookRun>, StoreError> {
        let keep = |row: &RunbookRun| {
            filter.product.is_none_or(|id| row.product_id == id)
                && filter.runbook.is_none_or(|id| row.runbook_id == id)
                && filter.release.is_none_or(|id| row.release_id == Some(id))
                && filter.environment.is_none_or(|id| row.environment_id == id)
                && (!filter.running_only || row.state == RunbookRunState::Running)
        };
        let after = filter.after.map(RunbookRunId::uuid);
        newest(&self.database.lock().tables.runbook_runs, keep, |row| row.begun_at, after, filter.limit)
    }

    async fn runbook_run(&self, id: RunbookRunId) -> Result<RunbookRun, StoreError> {
        one(&self.database.lock().tables.runbook_runs, id.uuid())
    }

    async fn runbook_rules(&self, product: ProductId) -> Result<Vec<RunbookRule>, StoreError> {
        let keep = |row: &RunbookRule| row.product_id == product;
        Ok(sorted(&self.database.lock().tables.runbook_rules, keep, Entity::key))
    }

    async fn attached_runbooks(&self, product: ProductId) -> Result<Vec<AttachedRunbook>, StoreError> {
        let tables = &self.database.lock().tables;
        let is_open = |id: ReleaseId| tables.releases.get(&id.uuid()).is_some_and(|release| !release.state.is_terminal());
        let keep = |row: &AttachedRunbook| row.product_id == product && is_open(row.release_id);
        Ok(sorted(&tables.attached_runbooks, keep, Entity::key))
    }

    async fn attached_runbook(&self, release: ReleaseId) -> Result<Option<AttachedRunbook>, StoreError> {
        Ok(self.database.lock().tables.attached_runbooks.get(&release.uuid()).map(|row| AttachedRunbook::clone(row)))
    }
}

impl Tables {
    /// What goes along with an environment or a product.
    pub(super) fn drop_runbooks(&mut self, gone: impl Fn(Option<EnvironmentId>, ProductId) -> bool, applied: &mut Applied) {
        self.runbooks.retain(|_, row| !gone(None, row.product_id));
        self.attached_runbooks.retain(|_, row| !gone(None, row.product_id));
        self.runbook_rules.retain(|_, row| !gone(Some(row.environment_id), row.product_id));
        let is_gone = |row: &RunbookRun| gone(Some(row.environment_id), row.product_id);
        applied.gone_runbook_runs.extend(self.runbook_runs.values().filter(|row| is_gone(row)).map(|row| row.id));
        self.runbook_runs.retain(|_, row| !is_gone(row));
    }
}
