//! The rows, and what a change does to them: revisions, uniqueness, references, and what goes along with what.

use super::checklists::Contents;
use super::unique::{PLACE, Unique};
use crate::entity::Entity;
use pilothouse_domain::approval::Approval;
use pilothouse_domain::calendar::{CalendarWindow, FreezeOverride};
use pilothouse_domain::check::{CheckState, HealthCheck};
use pilothouse_domain::checklist::{Checklist, ChecklistTemplate};
use pilothouse_domain::connection::Connection;
use pilothouse_domain::coordinated_release::{CoordinatedRelease, CoordinatedRun};
use pilothouse_domain::deployment::Deployment;
use pilothouse_domain::document::{Document, DocumentVersion};
use pilothouse_domain::evidence::Evidence;
use pilothouse_domain::gate::Gate;
use pilothouse_domain::incident::Incident;
use pilothouse_domain::lock::Lock;
use pilothouse_domain::manual_run::ManualRun;
use pilothouse_domain::product::{Environment, Product};
use pilothouse_domain::release::Release;
use pilothouse_domain::review::Review;
use pilothouse_domain::runbook::{AttachedRunbook, Runbook, RunbookRule, RunbookRun};
use pilothouse_domain::scheduled_start::ScheduledStart;
use pilothouse_domain::smoke::{Exchange, ReportRule, SmokeRun, SmokeScenario, SmokeTarget};
use pilothouse_domain::train::Train;
use pilothouse_domain::training::{Course, TrainingRecord, TrainingSession};
use pilothouse_domain::uat::{Feedback, UatRound};
use pilothouse_domain::unplanned::{PipelineMark, UnplannedRun};
use pilothouse_domain::{
    ApprovalId, CheckId, ConnectionId, EnvironmentId, GateId, IncidentId, ProductId, ReleaseId, RunbookRunId, ScheduledStartId, SmokeRunId,
    TrainId, UnplannedRunId,
};
use pilothouse_engine::ports::store::{ConnectionBudget, StoreError, Write};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use uuid::Uuid;

pub(super) type Table<E> = BTreeMap<Uuid, Arc<E>>;

/// The rows. Cheap to copy, so that a change is made on a copy.
#[derive(Clone, Default)]
pub(super) struct Tables {
    pub(super) connections: Table<Connection>,
    pub(super) products: Table<Product>,
    pub(super) environments: Table<Environment>,
    pub(super) checks: Table<HealthCheck>,
    pub(super) check_states: BTreeMap<CheckId, CheckState>,
    pub(super) releases: Table<Release>,
    pub(super) approvals: BTreeMap<ApprovalId, Approval>,
    pub(super) deployments: Table<Deployment>,
    pub(super) manual_runs: Table<ManualRun>,
    pub(super) locks: Table<Lock>,
    pub(super) calendar_windows: Table<CalendarWindow>,
    pub(super) freeze_overrides: Table<FreezeOverride>,
    pub(super) scheduled_starts: Table<ScheduledStart>,
    pub(super) trains: Table<Train>,
    pub(super) coordinated_releases: Table<CoordinatedRelease>,
    pub(super) coordinated_runs: Table<CoordinatedRun>,
    pub(super) unplanned_runs: Table<UnplannedRun>,
    pub(super) marks: BTreeMap<(ConnectionId, String, String), PipelineMark>,
    pub(super) budgets: BTreeMap<ConnectionId, ConnectionBudget>,
    pub(super) incidents: Table<Incident>,
    pub(super) incident_number: u32,
    pub(super) gates: Table<Gate>,
    pub(super) checklist_templates: Table<ChecklistTemplate>,
    pub(super) checklists: Table<Checklist>,
    pub(super) evidence: Table<Evidence>,
    pub(super) contents: Contents,
    pub(super) uat_rounds: Table<UatRound>,
    pub(super) feedback: Table<Feedback>,
    pub(super) documents: Table<Document>,
    pub(super) document_versions: Table<DocumentVersion>,
    pub(super) courses: Table<Course>,
    pub(super) training_sessions: Table<TrainingSession>,
    pub(super) training_records: Table<TrainingRecord>,
    pub(super) runbooks: Table<Runbook>,
    pub(super) runbook_runs: Table<RunbookRun>,
    pub(super) runbook_rules: Table<RunbookRule>,
    pub(super) attached_runbooks: Table<AttachedRunbook>,
    pub(super) reviews: Table<Review>,
    pub(super) settings: BTreeMap<String, String>,
    pub(super) smoke_scenarios: Table<SmokeScenario>,
    pub(super) smoke_targets: BTreeMap<EnvironmentId, SmokeTarget>,
    pub(super) report_rules: BTreeMap<EnvironmentId, ReportRule>,
    pub(super) smoke_runs: Table<SmokeRun>,
    pub(super) smoke_exchanges: BTreeMap<(SmokeRunId, u16, u16), Exchange>,
    /// Environments that the change under way is still to write: their places are free.
    moving: BTreeSet<Uuid>,
}

/// What a change did.
#[derive(Default)]
pub(super) struct Applied {
    /// What was changed: a kind, an id, and the product.
    pub(super) changed: Vec<(&'static str, String, Option<ProductId>)>,
    /// Checks that were taken away.
    pub(super) gone_checks: BTreeSet<CheckId>,
    /// Unplanned runs that were taken away.
    pub(super) gone_unplanned: BTreeSet<UnplannedRunId>,
    /// Incidents that were taken away.
    pub(super) gone_incidents: BTreeSet<IncidentId>,
    /// Gates that were taken away.
    pub(super) gone_gates: BTreeSet<GateId>,
    /// Smoke runs that were taken away.
    pub(super) gone_smoke_runs: BTreeSet<SmokeRunId>,
    /// Runs of runbooks that were taken away.
    pub(super) gone_runbook_runs: BTreeSet<RunbookRunId>,
    pub(super) gone_starts: BTreeSet<ScheduledStartId>,
    pub(super) gone_trains: BTreeSet<TrainId>,
}

impl Tables {
    /// Writes the rows. Where it fails, the tables are to be thrown away.
    pub(super) fn apply(&mut self, writes: &[Write]) -> Result<Applied, StoreError> {
        let mut applied = Applied::default();
        self.moving = moving(writes);
        for write in writes {
            self.apply_one(write, &mut applied)?;
        }
        self.moving.clear();
        Ok(applied)
    }

    fn apply_one(&mut self, write: &Write, applied: &mut Applied) -> Result<(), StoreError> {
        match write {
            Write::Connection(row) => self.put(row, |tables| &mut tables.connections, applied),
            Write::Product(row) => self.put(row, |tables| &mut tables.products, applied),
            Write::Environment(row) => {
                self.put(row, |tables| &mut tables.environments, applied)?;
                self.moving.remove(&row.key());
                Ok(())
            }
            Write::Check(row) => self.put(row, |tables| &mut tables.checks, applied),
            Write::Release(row) => self.put(row, |tables| &mut tables.releases, applied),
            Write::Deployment(row) => self.put(row, |tables| &mut tables.deployments, applied),
            Write::ManualRun(row) => self.put(row, |tables| &mut tables.manual_runs, applied),
            Write::Lock(row) => self.put(row, |tables| &mut tables.locks, applied),
            Write::UnplannedRun(row) => self.put(row, |tables| &mut tables.unplanned_runs, applied),
            Write::PipelineMark(mark) => {
                self.connected(mark.connection_id)?;
                self.marks.insert((mark.connection_id, mark.repository.clone(), mark.pipeline.clone()), mark.clone());
                Ok(())
            }
            Write::ConnectionBudget(budget) => {
                self.connected(budget.connection_id)?;
                self.budgets.insert(budget.connection_id, *budget);
                Ok(())
            }
            Write::Incident(row) => {
                self.incident_number = self.incident_number.max(row.number);
                self.put(row, |tables| &mut tables.incidents, applied)
            }
            Write::Gate(row) => self.put(row, |tables| &mut tables.gates, applied),
            Write::ChecklistTemplate(row) => self.put(row, |tables| &mut tables.checklist_templates, applied),
            Write::RemoveChecklistTemplate(row) => take(row, &mut self.checklist_templates, false, applied),
            Write::Checklist(row) => self.put(row, |tables| &mut tables.checklists, applied),
            Write::Evidence(change) => self.put_evidence(change, applied),
            Write::SmokeScenario(row) => self.put(row, |tables| &mut tables.smoke_scenarios, applied),
            Write::RemoveSmokeScenario(row) => take(row, &mut self.smoke_scenarios, false, applied),
            Write::SmokeTarget(target) => {
                let id = target.environment_id;
                let environment = self.environments.get(&id.uuid()).ok_or_else(|| not_found(Environment::KIND, id.uuid()))?;
                applied.changed.push(("smoke_target", id.to_string(), Some(environment.product_id)));
                self.smoke_targets.insert(id, target.clone());
                Ok(())
            }
            Write::ReportRule(rule) => {
                let id = rule.environment_id;
                let environment = self.environments.get(&id.uuid()).ok_or_else(|| not_found(Environment::KIND, id.uuid()))?;
                applied.changed.push(("report_rule", id.to_string(), Some(environment.product_id)));
                self.report_rules.insert(id, rule.clone());
                Ok(())
            }
            Write::SmokeRun(row) => self.put(row, |tables| &mut tables.smoke_runs, applied),
            Write::SmokeExchange { run, exchange } => {
                if !self.smoke_runs.contains_key(&run.uuid()) {
                    return Err(not_found(SmokeRun::KIND, run.uuid()));
                }
                self.smoke_exchanges.entry((*run, exchange.step, exchange.attempt)).or_insert_with(|| exchange.clone());
                Ok(())
            }
            Write::ForgetSmokeExchanges { of, latest } => {
                let Some(this) = self.smoke_runs.get(&of.uuid()) else { return Ok(()) };
                let is_like = |run: &&Arc<SmokeRun>| run.environment_id == this.environment_id && run.subject == this.subject;
                let mut like: Vec<_> = self.smoke_runs.values().filter(is_like).map(|run| (run.requested_at, run.id)).collect();
                like.sort_unstable_by(|one, other| other.cmp(one));
                let older: BTreeSet<_> = like.into_iter().skip(usize::try_from(*latest).unwrap_or(usize::MAX)).map(|(_, id)| id).collect();
                self.smoke_exchanges.retain(|(run, ..), _| !older.contains(run));
                Ok(())
            }
            Write::UatRound(row) => self.put(row, |tables| &mut tables.uat_rounds, applied),
            Write::Feedback(row) => self.put(row, |tables| &mut tables.feedback, applied),
            Write::Document(row) => self.put(row, |tables| &mut tables.documents, applied),
            Write::DocumentVersion(row) => self.put(row, |tables| &mut tables.document_versions, applied),
            Write::Course(row) => self.put(row, |tables| &mut tables.courses, applied),
            Write::TrainingSession(row) => self.put(row, |tables| &mut tables.training_sessions, applied),
            Write::TrainingRecord(row) => self.put(row, |tables| &mut tables.training_records, applied),
            Write::Runbook(row) => self.put(row, |tables| &mut tables.runbooks, applied),
            Write::RemoveRunbook(row) => take(row, &mut self.runbooks, false, applied),
            Write::RunbookRun(row) => self.put(row, |tables| &mut tables.runbook_runs, applied),
            Write::RunbookRule(row) => self.put(row, |tables| &mut tables.runbook_rules, applied),
            Write::AttachedRunbook(row) => self.put(row, |tables| &mut tables.attached_runbooks, applied),
            Write::RemoveAttachedRunbook(row) => take(row, &mut self.attached_runbooks, false, applied),
            Write::Review(row) => self.put(row, |tables| &mut tables.reviews, applied),
            Write::CalendarWindow(row) => self.put(row, |tables| &mut tables.calendar_windows, applied),
            Write::FreezeOverride(row) => self.put(row, |tables| &mut tables.freeze_overrides, applied),
            Write::ScheduledStart(row) => self.put(row, |tables| &mut tables.scheduled_starts, applied),
            Write::Train(row) => self.put(row, |tables| &mut tables.trains, applied),
            Write::CoordinatedRelease(row) => self.put(row, |tables| &mut tables.coordinated_releases, applied),
            Write::CoordinatedRun(row) => self.put(row, |tables| &mut tables.coordinated_runs, applied),
            Write::RemoveConnection(row) => {
                let in_use = self.products.values().any(|product| product.connection_id == row.id);
                self.drop_gates(|gate| gate.connection_id == row.id, applied);
                self.marks.retain(|(connection, ..), _| *connection != row.id);
                self.budgets.remove(&row.id);
                take(row, &mut self.connections, in_use, applied)
            }
            Write::RemoveProduct(row) => {
                let in_use = self.releases.values().any(|release| release.product_id == row.id)
                    || self.deployments.values().any(|deployment| deployment.product_id == row.id);
                self.drop_checks(|check| check.product_id == row.id, applied);
                let scenarios: Vec<_> = self.smoke_scenarios.values().filter(|s| s.product_id == row.id).map(|s| s.id).collect();
                for id in scenarios {
                    self.smoke_scenarios.remove(&id.uuid());
                    applied.changed.push((SmokeScenario::KIND, id.to_string(), Some(row.id)));
                }
                self.drop_smoke_runs(|run| run.product_id == row.id, applied);
                let environments: Vec<_> = self.environments.values().filter(|e| e.product_id == row.id).map(|e| e.id).collect();
                for id in environments {
                    self.environments.remove(&id.uuid());
                    self.smoke_targets.remove(&id);
                    self.report_rules.remove(&id);
                    applied.changed.push((Environment::KIND, id.to_string(), Some(row.id)));
                }
                self.locks.retain(|_, lock| lock.product_id != Some(row.id));
                self.calendar_windows.retain(|_, window| window.scope.product() != Some(row.id));
                self.freeze_overrides.retain(|_, given| given.product_id != row.id);
                self.drop_starts(|start| start.product_id == row.id, applied);
                self.drop_trains(row.id, applied);
                self.drop_incidents(|incident| incident.product_id == row.id, applied);
                self.drop_gates(|gate| gate.belongs.product_id == Some(row.id), applied);
                let seen = self.unplanned_runs.values().filter(|run| run.product_id == row.id).map(|run| run.id);
                applied.gone_unplanned.extend(seen);
                self.unplanned_runs.retain(|_, run| run.product_id != row.id);
                self.drop_checklists(|_, product| product == row.id);
                self.drop_uat(|_, product| product == row.id);
                self.drop_documents(row.id);
                self.drop_runbooks(|_, product| product == row.id, applied);
                self.evidence.retain(|_, evidence| evidence.product_id != row.id);
                self.drop_unneeded_contents();
                take(row, &mut self.products, in_use, applied)
            }
            Write::RemoveEnvironment(row) => {
                let in_use = self.deployments.values().any(|deployment| deployment.environment_id == row.id);
                self.drop_checks(|check| check.environment_id == row.id, applied);
                self.drop_smoke_runs(|run| run.environment_id == row.id, applied);
                self.smoke_targets.remove(&row.id);
                self.report_rules.remove(&row.id);
                self.locks.retain(|_, lock| lock.environment_id != Some(row.id));
                self.freeze_overrides.retain(|_, given| given.environment_id != row.id);
                self.drop_starts(|start| start.environment_id == row.id, applied);
                self.drop_incidents(|incident| incident.environment_id == row.id, applied);
                self.drop_gates(|gate| gate.belongs.environment_id == Some(row.id), applied);
                self.drop_checklists(|environment, _| environment == row.id);
                self.drop_uat(|environment, _| environment == row.id);
                self.drop_runbooks(|environment, _| environment == Some(row.id), applied);
                take(row, &mut self.environments, in_use, applied)
            }
            Write::RemoveCheck(row) => {
                self.check_states.remove(&row.id);
                applied.gone_checks.insert(row.id);
                take(row, &mut self.checks, false, applied)
            }
            Write::CheckState { check, before, after } => {
                let product = self.checks.get(&check.uuid()).ok_or_else(|| not_found(HealthCheck::KIND, check.uuid()))?.product_id;
                if self.check_states.get(check) != before.as_ref() {
                    return Err(StoreError::Conflict { kind: "check_state", id: check.to_string() });
                }
                self.check_states.insert(*check, after.clone());
                applied.changed.push(("check_state", check.to_string(), Some(product)));
                Ok(())
            }
            Write::Approval(approval) => {
                let product = self.product_of(approval.release_id)?;
                if self.approvals.insert(approval.id, approval.clone()).is_some() {
                    return Err(StoreError::Conflict { kind: "approval", id: approval.id.to_string() });
                }
                applied.changed.push(("approval", approval.id.to_string(), Some(product)));
                Ok(())
            }
            Write::Setting { key, value } => {
                self.settings.insert(key.clone(), value.clone());
                applied.changed.push(("setting", key.clone(), None));
                Ok(())
            }
        }
    }

    pub(super) fn put<E: Unique>(
        &mut self,
        row: &E,
        table: fn(&mut Self) -> &mut Table<E>,
        applied: &mut Applied,
    ) -> Result<(), StoreError> {
        let moving = self.moving.clone();
        let rows = table(self);
        let stored = rows.get(&row.key()).map_or(0, |stored| stored.revision());
        if stored != row.revision() {
            return Err(conflict(row));
        }
        let keys = row.unique();
        for other in rows.values().filter(|other| other.key() != row.key() && row.may_clash(other)) {
            let frees = |constraint: &str| constraint == PLACE && moving.contains(&other.key());
            if let Some((constraint, _)) = other.unique().iter().find(|key| keys.contains(key) && !frees(key.0)) {
                return Err(taken(row, constraint));
            }
        }
        rows.insert(row.key(), Arc::new(row.next()));
        if let Some((kind, id)) = row.parents().into_iter().find(|(kind, id)| !self.holds(kind, id)) {
            return Err(not_found(kind, id));
        }
        applied.changed.push((E::KIND, row.key().to_string(), row.product()));
        Ok(())
    }

    fn connected(&self, id: ConnectionId) -> Result<(), StoreError> {
        if self.connections.contains_key(&id.uuid()) { Ok(()) } else { Err(not_found(Connection::KIND, id.uuid())) }
    }

    fn holds(&self, kind: &str, id: &Uuid) -> bool {
        match kind {
            Connection::KIND => self.connections.contains_key(id),
            Product::KIND => self.products.contains_key(id),
            Environment::KIND => self.environments.contains_key(id),
            Release::KIND => self.releases.contains_key(id),
            UatRound::KIND => self.uat_rounds.contains_key(id),
            Document::KIND => self.documents.contains_key(id),
            Course::KIND => self.courses.contains_key(id),
            Deployment::KIND => self.deployments.contains_key(id),
            CoordinatedRelease::KIND => self.coordinated_releases.contains_key(id),
            _ => false,
        }
    }

    fn product_of(&self, release: ReleaseId) -> Result<ProductId, StoreError> {
        self.releases.get(&release.uuid()).map(|release| release.product_id).ok_or_else(|| not_found(Release::KIND, release.uuid()))
    }

    fn drop_checks(&mut self, which: impl Fn(&HealthCheck) -> bool, applied: &mut Applied) {
        let gone: Vec<(CheckId, ProductId)> = self.checks.values().filter(|c| which(c)).map(|c| (c.id, c.product_id)).collect();
        for (id, product) in gone {
            self.checks.remove(&id.uuid());
            self.check_states.remove(&id);
            applied.gone_checks.insert(id);
            applied.changed.push((HealthCheck::KIND, id.to_string(), Some(product)));
        }
    }

    fn drop_incidents(&mut self, which: impl Fn(&Incident) -> bool, applied: &mut Applied) {
        applied.gone_incidents.extend(self.incidents.values().filter(|incident| which(incident)).map(|incident| incident.id));
        self.incidents.retain(|_, incident| !which(incident));
    }

    fn drop_smoke_runs(&mut self, which: impl Fn(&SmokeRun) -> bool, applied: &mut Applied) {
        let gone: BTreeSet<SmokeRunId> = self.smoke_runs.values().filter(|run| which(run)).map(|run| run.id).collect();
        self.smoke_runs.retain(|_, run| !gone.contains(&run.id));
        self.smoke_exchanges.retain(|(run, ..), _| !gone.contains(run));
        applied.gone_smoke_runs.extend(gone);
    }

    fn drop_gates(&mut self, which: impl Fn(&Gate) -> bool, applied: &mut Applied) {
        applied.gone_gates.extend(self.gates.values().filter(|gate| which(gate)).map(|gate| gate.id));
        self.gates.retain(|_, gate| !which(gate));
    }
}

/// The environments that a change moves, where there are several.
fn moving(writes: &[Write]) -> BTreeSet<Uuid> {
    let environments = writes.iter().filter_map(|write| match write {
        Write::Environment(row) | Write::RemoveEnvironment(row) => Some(row),
        _ => None,
    });
    if environments.clone().count() < 2 {
        return BTreeSet::new();
    }
    environments.filter(|row| row.revision > 0).map(Entity::key).collect()
}

fn take<E: Entity>(row: &E, table: &mut Table<E>, in_use: bool, applied: &mut Applied) -> Result<(), StoreError> {
    if table.remove(&row.key()).is_none_or(|stored| stored.revision() != row.revision()) {
        return Err(conflict(row));
    }
    if in_use {
        return Err(StoreError::InUse { what: row.words() });
    }
    applied.changed.push((E::KIND, row.key().to_string(), row.product()));
    Ok(())
}

fn conflict<E: Entity>(row: &E) -> StoreError {
    StoreError::Conflict { kind: E::KIND, id: row.key().to_string() }
}

fn taken<E: Entity>(row: &E, constraint: &str) -> StoreError {
    StoreError::Taken { constraint: constraint.to_owned(), what: row.protected_by(constraint) }
}

fn not_found(kind: &'static str, id: Uuid) -> StoreError {
    StoreError::NotFound { kind, id: id.to_string() }
}
