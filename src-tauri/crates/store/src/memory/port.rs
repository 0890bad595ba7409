//! The engine's port.

use super::MemoryStore;
use super::lists::{by_name, for_policy, newest, one, sorted};
use crate::rules::{kept, page};
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
use std::cmp::Reverse;
use tokio::sync::watch;

fn count(limit: u32) -> usize {
    usize::try_from(limit).unwrap_or(usize::MAX)
}

#[async_trait]
impl Store for MemoryStore {
    async fn commit(&self, change: ChangeSet) -> Result<Committed, StoreError> {
        self.change(&change)
    }

    fn commits(&self) -> watch::Receiver<u64> {
        self.database.commits.subscribe()
    }

    fn measured(&self) -> watch::Receiver<u64> {
        self.database.measured.subscribe()
    }

    async fn changes_after(&self, seq: u32, limit: u32) -> Result<Vec<ChangeNotice>, StoreError> {
        let state = self.database.lock();
        Ok(state.notices.iter().filter(|notice| notice.seq > seq).take(count(page(limit))).cloned().collect())
    }

    async fn last_change(&self) -> Result<u32, StoreError> {
        Ok(self.database.lock().change_seq)
    }

    async fn connections(&self) -> Result<Vec<Connection>, StoreError> {
        Ok(sorted(&self.database.lock().tables.connections, |_| true, |row| by_name(&row.name, row.id.uuid())))
    }

    async fn connection(&self, id: ConnectionId) -> Result<Connection, StoreError> {
        one(&self.database.lock().tables.connections, id.uuid())
    }

    async fn products(&self) -> Result<Vec<Product>, StoreError> {
        Ok(sorted(&self.database.lock().tables.products, |_| true, |row| by_name(&row.name, row.id.uuid())))
    }

    async fn product(&self, id: ProductId) -> Result<Product, StoreError> {
        one(&self.database.lock().tables.products, id.uuid())
    }

    async fn environments(&self, product: Option<ProductId>) -> Result<Vec<Environment>, StoreError> {
        let tables = &self.database.lock().tables;
        let name = |id: ProductId| tables.products.get(&id.uuid()).map(|product| by_name(&product.name, id.uuid()));
        Ok(sorted(&tables.environments, |row| product.is_none_or(|id| row.product_id == id), |row| (name(row.product_id), row.position)))
    }

    async fn environment(&self, id: EnvironmentId) -> Result<Environment, StoreError> {
        one(&self.database.lock().tables.environments, id.uuid())
    }

    async fn checks(&self, environment: Option<EnvironmentId>) -> Result<Vec<HealthCheck>, StoreError> {
        let of = |row: &HealthCheck| environment.is_none_or(|id| row.environment_id == id);
        Ok(sorted(&self.database.lock().tables.checks, of, |row| by_name(&row.name, row.id.uuid())))
    }

    async fn check(&self, id: CheckId) -> Result<HealthCheck, StoreError> {
        one(&self.database.lock().tables.checks, id.uuid())
    }

    async fn check_states(&self) -> Result<Vec<(CheckId, CheckState)>, StoreError> {
        Ok(self.database.lock().tables.check_states.iter().map(|(id, state)| (*id, state.clone())).collect())
    }

    async fn check_state(&self, check: CheckId) -> Result<Option<CheckState>, StoreError> {
        Ok(self.database.lock().tables.check_states.get(&check).cloned())
    }

    async fn measurements(&self, check: CheckId, before: Timestamp, limit: u32) -> Result<Vec<Measurement>, StoreError> {
        let state = self.database.lock();
        let of_check = state.measurements.range(..(check, before)).rev().take_while(|((id, _), _)| *id == check);
        Ok(of_check.take(count(limit)).map(|(_, measured)| measured.clone()).collect())
    }

    async fn record_measurements(&self, measured: &[(CheckId, Measurement)]) -> Result<(), StoreError> {
        let mut state = self.database.lock();
        self.database.measured.send_modify(|count| *count += 1);
        for (check, measured) in measured {
            state.measurements.entry((*check, measured.at)).or_insert_with(|| kept(measured));
        }
        Ok(())
    }

    async fn prune_measurements(&self, before: Timestamp, limit: u32) -> Result<u32, StoreError> {
        let mut state = self.database.lock();
        let mut old: Vec<(Timestamp, CheckId)> =
            state.measurements.keys().filter(|(_, at)| *at < before).map(|(check, at)| (*at, *check)).collect();
        old.sort();
        old.truncate(count(limit));
        for (at, check) in &old {
            state.measurements.remove(&(*check, *at));
        }
        Ok(u32::try_from(old.len()).unwrap_or(u32::MAX))
    }

    async fn releases(&self, filter: &ReleaseFilter) -> Result<Vec<Release>, StoreError> {
        let keep = |row: &Release| filter.product.is_none_or(|id| row.product_id == id) && !(filter.open_only && row.state.is_terminal());
        newest(&self.database.lock().tables.releases, keep, |row| row.drafted_at, filter.after.map(ReleaseId::uuid), filter.limit)
    }

    async fn release(&self, id: ReleaseId) -> Result<Release, StoreError> {
        one(&self.database.lock().tables.releases, id.uuid())
    }

    async fn approvals(&self, release: ReleaseId) -> Result<Vec<Approval>, StoreError> {
        let state = self.database.lock();
        let mut votes: Vec<Approval> = state.tables.approvals.values().filter(|vote| vote.release_id == release).cloned().collect();
        votes.sort_by_key(|vote| (vote.at, vote.id));
        Ok(votes)
    }

    async fn approvals_after(&self, after: Option<ApprovalId>, limit: u32) -> Result<Vec<Approval>, StoreError> {
        let state = self.database.lock();
        let further = state.tables.approvals.iter().filter(|(id, _)| after.is_none_or(|after| **id > after));
        Ok(further.take(count(page(limit))).map(|(_, vote)| vote.clone()).collect())
    }

    async fn deployments(&self, filter: &DeploymentFilter) -> Result<Vec<Deployment>, StoreError> {
        let keep = |row: &Deployment| {
            filter.product.is_none_or(|id| row.product_id == id)
                && filter.release.is_none_or(|id| row.release_id == id)
                && filter.environment.is_none_or(|id| row.environment_id == id)
                && !(filter.active_only && row.state.is_terminal())
        };
        let after = filter.after.map(DeploymentId::uuid);
        newest(&self.database.lock().tables.deployments, keep, |row| row.requested_at, after, filter.limit)
    }

    async fn deployment(&self, id: DeploymentId) -> Result<Deployment, StoreError> {
        one(&self.database.lock().tables.deployments, id.uuid())
    }

    async fn policy_deployments(&self, product: ProductId) -> Result<Vec<Deployment>, StoreError> {
        Ok(for_policy(&self.database.lock().tables.deployments, product))
    }

    async fn manual_runs(&self, filter: &ManualRunFilter) -> Result<Vec<ManualRun>, StoreError> {
        let is = |wanted: &Option<String>, has: &str| wanted.as_deref().is_none_or(|wanted| wanted == has);
        let wanted = |row: &ManualRun| {
            filter.connection.is_none_or(|id| row.connection_id == id)
                && is(&filter.repository, &row.repository)
                && is(&filter.pipeline, &row.pipeline.pipeline)
                && is(&filter.external_id, row.run().map_or("", |run| run.external_id.as_str()))
        };
        let after = filter.after.map(ManualRunId::uuid);
        newest(&self.database.lock().tables.manual_runs, wanted, |row| row.requested_at, after, filter.limit)
    }

    async fn manual_run(&self, id: ManualRunId) -> Result<ManualRun, StoreError> {
        one(&self.database.lock().tables.manual_runs, id.uuid())
    }

    async fn locks(&self, product: Option<ProductId>) -> Result<Vec<Lock>, StoreError> {
        let keep = |row: &Lock| row.lifted.is_none() && product.is_none_or(|id| row.concerns(id));
        Ok(sorted(&self.database.lock().tables.locks, keep, |row| Reverse((row.since, row.id))))
    }

    async fn unplanned_runs(&self, filter: &UnplannedRunFilter) -> Result<Vec<UnplannedRun>, StoreError> {
        let keep = |row: &UnplannedRun| {
            filter.product.is_none_or(|id| row.product_id == id)
                && filter.connection.is_none_or(|id| row.connection_id == id)
                && filter.repository.as_ref().is_none_or(|repository| row.repository == *repository)
                && filter.since.is_none_or(|since| row.first_seen_at >= since)
                && (!filter.open_only || row.is_open())
        };
        newest(&self.database.lock().tables.unplanned_runs, keep, |row| row.first_seen_at, None, filter.limit)
    }

    async fn unplanned_run(&self, id: UnplannedRunId) -> Result<UnplannedRun, StoreError> {
        one(&self.database.lock().tables.unplanned_runs, id.uuid())
    }

    async fn pipeline_marks(&self, connection: ConnectionId, repository: &str) -> Result<Vec<PipelineMark>, StoreError> {
        let marks = &self.database.lock().tables.marks;
        Ok(marks.values().filter(|mark| mark.connection_id == connection && mark.repository == repository).cloned().collect())
    }

    async fn connection_budgets(&self) -> Result<Vec<ConnectionBudget>, StoreError> {
        Ok(self.database.lock().tables.budgets.values().copied().collect())
    }

    async fn incidents(&self, filter: &IncidentFilter) -> Result<Vec<Incident>, StoreError> {
        let keep = |row: &Incident| {
            filter.product.is_none_or(|id| row.product_id == id)
                && filter.environment.is_none_or(|id| row.environment_id == id)
                && (!filter.open_only || row.is_open())
        };
        newest(&self.database.lock().tables.incidents, keep, |row| row.opened_at, None, filter.limit)
    }

    async fn incident(&self, id: IncidentId) -> Result<Incident, StoreError> {
        one(&self.database.lock().tables.incidents, id.uuid())
    }

    async fn gates(&self, filter: &GateFilter) -> Result<Vec<Gate>, StoreError> {
        let keep = |row: &Gate| {
            filter.product.is_none_or(|id| row.belongs.product_id == Some(id))
                && filter.deployment.is_none_or(|id| row.belongs.deployment_id == Some(id))
                && filter.connection.is_none_or(|id| row.connection_id == id)
                && filter.repository.as_ref().is_none_or(|repository| row.repository == *repository)
                && (!filter.open_only || !row.state.is_terminal())
        };
        newest(&self.database.lock().tables.gates, keep, |row| row.first_seen_at, None, filter.limit)
    }

    async fn gate(&self, id: GateId) -> Result<Gate, StoreError> {
        one(&self.database.lock().tables.gates, id.uuid())
    }

    async fn smoke_scenarios(&self, product: ProductId) -> Result<Vec<SmokeScenario>, StoreError> {
        let tables = &self.database.lock().tables;
        Ok(sorted(&tables.smoke_scenarios, |row| row.product_id == product, |row| by_name(&row.name, row.id.uuid())))
    }

    async fn smoke_scenario(&self, id: SmokeScenarioId) -> Result<SmokeScenario, StoreError> {
        one(&self.database.lock().tables.smoke_scenarios, id.uuid())
    }

    async fn smoke_targets(&self, product: ProductId) -> Result<Vec<SmokeTarget>, StoreError> {
        let tables = &self.database.lock().tables;
        let is_of = |id: &EnvironmentId| tables.environments.get(&id.uuid()).is_some_and(|row| row.product_id == product);
        Ok(tables.smoke_targets.values().filter(|target| is_of(&target.environment_id)).cloned().collect())
    }

    async fn report_rules(&self, product: ProductId) -> Result<Vec<ReportRule>, StoreError> {
        let tables = &self.database.lock().tables;
        let is_of = |id: &EnvironmentId| tables.environments.get(&id.uuid()).is_some_and(|row| row.product_id == product);
        Ok(tables.report_rules.values().filter(|rule| is_of(&rule.environment_id)).cloned().collect())
    }

    async fn smoke_runs(&self, filter: &SmokeRunFilter) -> Result<Vec<SmokeRun>, StoreError> {
        let keep = |row: &SmokeRun| {
            filter.product.is_none_or(|id| row.product_id == id)
                && filter.release.is_none_or(|id| row.release_id == id)
                && filter.environment.is_none_or(|id| row.environment_id == id)
                && filter.subject.as_ref().is_none_or(|subject| row.subject == *subject)
        };
        newest(&self.database.lock().tables.smoke_runs, keep, |row| row.requested_at, filter.after.map(SmokeRunId::uuid), filter.limit)
    }

    async fn latest_smoke_runs(&self, product: ProductId, release: Option<ReleaseId>) -> Result<Vec<SmokeRun>, StoreError> {
        let tables = &self.database.lock().tables;
        let is_open = |id: ReleaseId| tables.releases.get(&id.uuid()).is_some_and(|release| !release.state.is_terminal());
        let wanted = |row: &SmokeRun| release.map_or_else(|| is_open(row.release_id), |id| row.release_id == id);
        let mut runs =
            sorted(&tables.smoke_runs, |row| row.product_id == product && wanted(row), |row| Reverse((row.requested_at, row.id)));
        let mut seen = Vec::new();
        runs.retain(|run| {
            let key = (run.release_id, run.environment_id, run.subject.clone());
            let is_new = !seen.contains(&key);
            seen.push(key);
            is_new
        });
        Ok(runs)
    }

    async fn smoke_run(&self, id: SmokeRunId) -> Result<SmokeRun, StoreError> {
        one(&self.database.lock().tables.smoke_runs, id.uuid())
    }

    async fn smoke_exchanges(&self, run: SmokeRunId) -> Result<Vec<Exchange>, StoreError> {
        let exchanges = &self.database.lock().tables.smoke_exchanges;
        Ok(exchanges.range((run, 0, 0)..=(run, u16::MAX, u16::MAX)).map(|(_, exchange)| exchange.clone()).collect())
    }

    async fn last_incident_number(&self) -> Result<u32, StoreError> {
        Ok(self.database.lock().tables.incident_number)
    }

    async fn claim_due(&self, holder: &str, now: Timestamp, lease_until: Timestamp, limit: u32) -> Result<Vec<OutboxEntry>, StoreError> {
        self.claim(holder, now, lease_until, limit)
    }

    async fn next_due(&self, holder: &str, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        let state = self.database.lock();
        Ok(state.outbox.values().filter(|task| task.is_free_for(holder, now)).map(|task| task.due_at).min())
    }

    async fn take_over(&self, holder: &str) -> Result<(), StoreError> {
        self.end_leases(holder)
    }

    async fn claim_lease(&self, name: &str, holder: &str, now: Timestamp, until: Timestamp) -> Result<Claimed, StoreError> {
        let leases = &mut self.database.lock().leases;
        match leases.get(name) {
            Some((other, theirs)) if other != holder && *theirs > now => Ok(Claimed::Theirs { until: *theirs }),
            _ => {
                leases.insert(name.to_owned(), (holder.to_owned(), until));
                Ok(Claimed::Ours)
            }
        }
    }

    async fn release_lease(&self, name: &str, holder: &str) -> Result<(), StoreError> {
        self.database.lock().leases.retain(|known, (other, _)| known != name || other != holder);
        Ok(())
    }

    async fn audit(&self, filter: &AuditFilter) -> Result<Vec<AuditEvent>, StoreError> {
        let state = self.database.lock();
        let product = filter.product.map(|id| id.to_string());
        let keep = |event: &AuditEvent| {
            filter.before.is_none_or(|before| event.seq < before)
                && product.as_ref().is_none_or(|id| event.entry.product_id == *id)
                && filter.subject_id.as_ref().is_none_or(|id| event.entry.subject_id == *id)
        };
        let events = state.audit.iter().rev().filter(|event| keep(event));
        Ok(events.take(count(page(filter.limit))).map(|event| AuditEvent::clone(event)).collect())
    }

    async fn audit_after(&self, seq: u32, limit: u32) -> Result<Vec<AuditEvent>, StoreError> {
        let state = self.database.lock();
        Ok(state.audit.iter().skip(count(seq)).take(count(page(limit))).map(|event| AuditEvent::clone(event)).collect())
    }

    async fn audit_head(&self) -> Result<ChainHead, StoreError> {
        Ok(self.database.lock().head.clone())
    }

    async fn close(&self) {}

    async fn setting(&self, key: &str) -> Result<Option<String>, StoreError> {
        Ok(self.database.lock().tables.settings.get(key).cloned())
    }
}
