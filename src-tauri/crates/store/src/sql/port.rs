//! The engine's port.

use super::rows::{missing_parent, one};
use super::{
    LOST, PATIENCE, SqlStore, TRIES, audit, bounded, catalogue, deployments, journal, measurements, outbox, pause, releases, smoke,
    unplanned,
};
use crate::error::Fault;
use crate::rules::refuse_unaudited;
use async_trait::async_trait;
use pilothouse_domain::approval::Approval;
use pilothouse_domain::audit::{AuditEvent, ChainHead};
use pilothouse_domain::check::{CheckState, HealthCheck, Measurement};
use pilothouse_domain::connection::Connection;
use pilothouse_domain::deployment::Deployment;
use pilothouse_domain::gate::Gate;
use pilothouse_domain::incident::Incident;
use pilothouse_domain::lock::Lock;
use pilothouse_domain::manual_run::ManualRun;
use pilothouse_domain::product::{Environment, Product};
use pilothouse_domain::release::Release;
use pilothouse_domain::smoke::{Exchange, ReportRule, SmokeRun, SmokeScenario, SmokeTarget};
use pilothouse_domain::unplanned::{PipelineMark, UnplannedRun};
use pilothouse_domain::{
    ApprovalId, CheckId, ConnectionId, DeploymentId, EnvironmentId, GateId, IncidentId, ManualRunId, ProductId, ReleaseId, SmokeRunId,
    SmokeScenarioId, Timestamp, UnplannedRunId,
};
use pilothouse_engine::ports::store::{
    AuditFilter, ChangeNotice, ChangeSet, Claimed, Committed, ConnectionBudget, DeploymentFilter, GateFilter, IncidentFilter,
    ManualRunFilter, OutboxEntry, ReleaseFilter, SmokeRunFilter, Store, StoreError, UnplannedRunFilter,
};
use tokio::sync::watch;

/// Asks, and again where the connection was lost: a server that was restarted leaves dead ones behind.
macro_rules! reading {
    ($work:expr) => {
        bounded(async {
            let mut lost = 0;
            loop {
                match $work.await {
                    Err(fault) if lost < LOST && fault.is_lost_connection() => lost += 1,
                    done => break done,
                }
            }
        })
        .await
    };
}

pub(super) use reading;

/// Writes, and again where others were in the way and nothing was written.
macro_rules! writing {
    ($work:expr) => {
        bounded(async {
            let mut tries = 0;
            loop {
                match $work.await {
                    Err(fault) if tries < TRIES && fault.is_contention() => {
                        tokio::time::sleep(pause(tries)).await;
                        tries += 1;
                    }
                    done => break done,
                }
            }
        })
        .await
    };
}

#[async_trait]
impl Store for SqlStore {
    async fn commit(&self, change: ChangeSet) -> Result<Committed, StoreError> {
        refuse_unaudited(&change)?;
        let committed = writing!(async {
            match self.try_commit(&change).await {
                Err(Fault::MissingParent(parents)) => Err(missing_parent(&self.pools.reader, parents).await),
                done => done,
            }
        });
        if let Err(error) = &committed {
            tracing::debug!(%error, "a change was not written");
        }
        committed
    }

    fn commits(&self) -> watch::Receiver<u64> {
        self.told.commits.subscribe()
    }

    fn measured(&self) -> watch::Receiver<u64> {
        self.told.measured.subscribe()
    }

    async fn changes_after(&self, seq: u32, limit: u32) -> Result<Vec<ChangeNotice>, StoreError> {
        reading!(audit::notices_after(&self.pools.reader, seq, limit))
    }

    async fn last_change(&self) -> Result<u32, StoreError> {
        reading!(journal::last_change(&self.pools.reader))
    }

    async fn connections(&self) -> Result<Vec<Connection>, StoreError> {
        reading!(catalogue::connections(&self.pools.reader))
    }

    async fn connection(&self, id: ConnectionId) -> Result<Connection, StoreError> {
        reading!(one(&self.pools.reader, id.uuid()))
    }

    async fn products(&self) -> Result<Vec<Product>, StoreError> {
        reading!(catalogue::products(&self.pools.reader))
    }

    async fn product(&self, id: ProductId) -> Result<Product, StoreError> {
        reading!(one(&self.pools.reader, id.uuid()))
    }

    async fn environments(&self, product: Option<ProductId>) -> Result<Vec<Environment>, StoreError> {
        reading!(catalogue::environments(&self.pools.reader, product))
    }

    async fn environment(&self, id: EnvironmentId) -> Result<Environment, StoreError> {
        reading!(one(&self.pools.reader, id.uuid()))
    }

    async fn checks(&self, environment: Option<EnvironmentId>) -> Result<Vec<HealthCheck>, StoreError> {
        reading!(catalogue::checks(&self.pools.reader, environment))
    }

    async fn check(&self, id: CheckId) -> Result<HealthCheck, StoreError> {
        reading!(one(&self.pools.reader, id.uuid()))
    }

    async fn check_states(&self) -> Result<Vec<(CheckId, CheckState)>, StoreError> {
        reading!(catalogue::check_states(&self.pools.reader))
    }

    async fn check_state(&self, check: CheckId) -> Result<Option<CheckState>, StoreError> {
        reading!(catalogue::check_state(&self.pools.reader, check))
    }

    async fn measurements(&self, check: CheckId, before: Timestamp, limit: u32) -> Result<Vec<Measurement>, StoreError> {
        reading!(measurements::of_check(&self.pools.reader, check, before, limit))
    }

    async fn record_measurements(&self, measured: &[(CheckId, Measurement)]) -> Result<(), StoreError> {
        if measured.is_empty() {
            return Ok(());
        }
        writing!(self.record(measured))
    }

    async fn prune_measurements(&self, before: Timestamp, limit: u32) -> Result<u32, StoreError> {
        writing!(self.prune(before, limit))
    }

    async fn releases(&self, filter: &ReleaseFilter) -> Result<Vec<Release>, StoreError> {
        reading!(releases::releases(&self.pools.reader, filter))
    }

    async fn release(&self, id: ReleaseId) -> Result<Release, StoreError> {
        reading!(one(&self.pools.reader, id.uuid()))
    }

    async fn approvals(&self, release: ReleaseId) -> Result<Vec<Approval>, StoreError> {
        reading!(releases::approvals(&self.pools.reader, release))
    }

    async fn approvals_after(&self, after: Option<ApprovalId>, limit: u32) -> Result<Vec<Approval>, StoreError> {
        reading!(releases::approvals_after(&self.pools.reader, after, limit))
    }

    async fn deployments(&self, filter: &DeploymentFilter) -> Result<Vec<Deployment>, StoreError> {
        reading!(deployments::deployments(&self.pools.reader, filter))
    }

    async fn deployment(&self, id: DeploymentId) -> Result<Deployment, StoreError> {
        reading!(one(&self.pools.reader, id.uuid()))
    }

    async fn policy_deployments(&self, product: ProductId) -> Result<Vec<Deployment>, StoreError> {
        reading!(deployments::policy_deployments(&self.pools.reader, product))
    }

    async fn manual_runs(&self, filter: &ManualRunFilter) -> Result<Vec<ManualRun>, StoreError> {
        reading!(deployments::manual_runs(&self.pools.reader, filter))
    }

    async fn manual_run(&self, id: ManualRunId) -> Result<ManualRun, StoreError> {
        reading!(one(&self.pools.reader, id.uuid()))
    }

    async fn locks(&self, product: Option<ProductId>) -> Result<Vec<Lock>, StoreError> {
        reading!(catalogue::locks(&self.pools.reader, product))
    }

    async fn unplanned_runs(&self, filter: &UnplannedRunFilter) -> Result<Vec<UnplannedRun>, StoreError> {
        reading!(unplanned::runs(&self.pools.reader, filter))
    }

    async fn unplanned_run(&self, id: UnplannedRunId) -> Result<UnplannedRun, StoreError> {
        reading!(one(&self.pools.reader, id.uuid()))
    }

    async fn pipeline_marks(&self, connection: ConnectionId, repository: &str) -> Result<Vec<PipelineMark>, StoreError> {
        reading!(unplanned::marks(&self.pools.reader, connection, repository))
    }

    async fn connection_budgets(&self) -> Result<Vec<ConnectionBudget>, StoreError> {
        reading!(unplanned::budgets(&self.pools.reader))
    }

    async fn incidents(&self, filter: &IncidentFilter) -> Result<Vec<Incident>, StoreError> {
        reading!(catalogue::incidents(&self.pools.reader, filter))
    }

    async fn incident(&self, id: IncidentId) -> Result<Incident, StoreError> {
        reading!(one(&self.pools.reader, id.uuid()))
    }

    async fn gates(&self, filter: &GateFilter) -> Result<Vec<Gate>, StoreError> {
        reading!(catalogue::gates(&self.pools.reader, filter))
    }

    async fn gate(&self, id: GateId) -> Result<Gate, StoreError> {
        reading!(one(&self.pools.reader, id.uuid()))
    }

    async fn smoke_scenarios(&self, product: ProductId) -> Result<Vec<SmokeScenario>, StoreError> {
        reading!(smoke::scenarios(&self.pools.reader, product))
    }

    async fn smoke_scenario(&self, id: SmokeScenarioId) -> Result<SmokeScenario, StoreError> {
        reading!(one(&self.pools.reader, id.uuid()))
    }

    async fn smoke_targets(&self, product: ProductId) -> Result<Vec<SmokeTarget>, StoreError> {
        reading!(smoke::targets(&self.pools.reader, product))
    }

    async fn report_rules(&self, product: ProductId) -> Result<Vec<ReportRule>, StoreError> {
        reading!(smoke::report_rules(&self.pools.reader, product))
    }

    async fn smoke_runs(&self, filter: &SmokeRunFilter) -> Result<Vec<SmokeRun>, StoreError> {
        reading!(smoke::runs(&self.pools.reader, filter))
    }

    async fn latest_smoke_runs(&self, product: ProductId, release: Option<ReleaseId>) -> Result<Vec<SmokeRun>, StoreError> {
        reading!(smoke::latest_runs(&self.pools.reader, product, release))
    }

    async fn smoke_run(&self, id: SmokeRunId) -> Result<SmokeRun, StoreError> {
        reading!(one(&self.pools.reader, id.uuid()))
    }

    async fn smoke_exchanges(&self, run: SmokeRunId) -> Result<Vec<Exchange>, StoreError> {
        reading!(smoke::exchanges(&self.pools.reader, run))
    }

    async fn last_incident_number(&self) -> Result<u32, StoreError> {
        reading!(journal::last_incident_number(&self.pools.reader))
    }

    async fn claim_due(&self, holder: &str, now: Timestamp, lease_until: Timestamp, limit: u32) -> Result<Vec<OutboxEntry>, StoreError> {
        writing!(self.claim(holder, now, lease_until, limit))
    }

    async fn next_due(&self, holder: &str, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        reading!(outbox::next_due(&self.pools.reader, holder, now))
    }

    async fn take_over(&self, holder: &str) -> Result<(), StoreError> {
        writing!(self.end_leases(holder))
    }

    async fn claim_lease(&self, name: &str, holder: &str, now: Timestamp, until: Timestamp) -> Result<Claimed, StoreError> {
        writing!(self.lease(name, holder, now, until))
    }

    async fn release_lease(&self, name: &str, holder: &str) -> Result<(), StoreError> {
        writing!(self.unlease(name, holder))
    }

    async fn audit(&self, filter: &AuditFilter) -> Result<Vec<AuditEvent>, StoreError> {
        reading!(audit::events(&self.pools.reader, filter))
    }

    async fn audit_after(&self, seq: u32, limit: u32) -> Result<Vec<AuditEvent>, StoreError> {
        reading!(audit::events_after(&self.pools.reader, seq, limit))
    }

    async fn audit_head(&self) -> Result<ChainHead, StoreError> {
        reading!(journal::audit_head(&self.pools.reader))
    }

    async fn close(&self) {
        let closing = async {
            self.follower.stop().await;
            self.pools.close().await;
        };
        if tokio::time::timeout(PATIENCE, closing).await.is_err() {
            tracing::warn!("the database was not closed in time; nothing that was committed is lost by that");
        }
    }

    async fn setting(&self, key: &str) -> Result<Option<String>, StoreError> {
        reading!(catalogue::setting(&self.pools.reader, key))
    }
}
