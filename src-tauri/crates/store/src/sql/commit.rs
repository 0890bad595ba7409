//! A change, in one transaction: rows, audit events, outbox, change notices.

use super::rows::{remove, write};
use super::{Connection, SqlStore, audit, catalogue, checklists, journal, measurements, outbox, releases, smoke, unplanned};
use crate::entity::Entity;
use crate::error::Fault;
use crate::following::advance;
use pilothouse_domain::ProductId;
use pilothouse_domain::audit::AuditEvent;
use pilothouse_domain::check::HealthCheck;
use pilothouse_domain::product::Environment;
use pilothouse_domain::smoke::SmokeScenario;
use pilothouse_engine::ports::store::{ChangeNotice, ChangeSet, Committed, Write};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

/// What was changed: a kind, an id, and the product.
type Changed = (&'static str, String, Option<ProductId>);

impl SqlStore {
    /// Writes a change, once.
    pub(super) async fn try_commit(&self, change: &ChangeSet) -> Result<Committed, Fault> {
        let _turn = self.pools.turn().await;
        let mut transaction = self.begin().await?;
        let mut journal = journal::hold(&mut transaction).await?;
        journal.commits += 1;

        make_room(&mut transaction, &change.writes).await?;
        let mut changed: Vec<Changed> = Vec::with_capacity(change.writes.len());
        for write in &change.writes {
            apply(&mut transaction, write, &mut changed).await?;
            if let Write::Incident(incident) = write {
                journal.incident_number = journal.incident_number.max(incident.number);
            }
        }
        for entry in &change.audit {
            let event = AuditEvent::after(&journal.audit, entry.clone());
            audit::append(&mut transaction, &event).await?;
            journal.audit = event.head();
        }
        for write in &change.outbox {
            outbox::change(&mut transaction, write).await?;
        }

        let mut changes: Vec<ChangeNotice> = Vec::with_capacity(changed.len());
        for (kind, id, product_id) in changed {
            if changes.iter().any(|notice| notice.kind == kind && notice.id == id) {
                continue;
            }
            journal.change_seq = journal.change_seq.saturating_add(1);
            let notice = ChangeNotice { seq: journal.change_seq, kind: kind.to_owned(), id, product_id };
            audit::note(&mut transaction, &notice).await?;
            changes.push(notice);
        }
        journal::put(&mut transaction, &journal).await?;
        super::super::announce(&mut transaction, journal.commits).await?;
        self.end(transaction).await?;
        advance(&self.told.commits, journal.commits);
        Ok(Committed { changes })
    }
}

/// Moves the environments that are about to be written out of the promotion path, where there are several: their places are
/// unique, and SQLite looks at that row by row.
async fn make_room(connection: &mut Connection, writes: &[Write]) -> Result<(), Fault> {
    let moving: Vec<Uuid> = writes
        .iter()
        .filter_map(|write| match write {
            Write::Environment(environment) | Write::RemoveEnvironment(environment) if environment.revision > 0 => {
                Some(environment.id.uuid())
            }
            _ => None,
        })
        .collect();
    if writes.iter().filter(|write| matches!(write, Write::Environment(_) | Write::RemoveEnvironment(_))).count() < 2 {
        return Ok(());
    }
    for id in moving {
        sqlx::query("UPDATE environment SET position = -1 - position WHERE id = $1 AND position >= 0")
            .bind(id)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

async fn apply(connection: &mut Connection, write: &Write, changed: &mut Vec<Changed>) -> Result<(), Fault> {
    match write {
        Write::Connection(connection_row) => put(connection, connection_row, changed).await,
        Write::Product(product) => put(connection, product, changed).await,
        Write::Environment(environment) => put(connection, environment, changed).await,
        Write::Check(check) => put(connection, check, changed).await,
        Write::Release(release) => put(connection, release, changed).await,
        Write::Deployment(deployment) => put(connection, deployment, changed).await,
        Write::ManualRun(run) => put(connection, run, changed).await,
        Write::Lock(lock) => put(connection, lock, changed).await,
        Write::UnplannedRun(run) => put(connection, run, changed).await,
        Write::PipelineMark(mark) => unplanned::put_mark(connection, mark).await,
        Write::ConnectionBudget(budget) => unplanned::put_budget(connection, budget).await,
        Write::Incident(incident) => put(connection, incident, changed).await,
        Write::Gate(gate) => put(connection, gate, changed).await,
        Write::ChecklistTemplate(template) => put(connection, template, changed).await,
        Write::RemoveChecklistTemplate(template) => take(connection, template, changed).await,
        Write::Checklist(checklist) => put(connection, checklist, changed).await,
        Write::UatRound(round) => put(connection, round, changed).await,
        Write::Feedback(feedback) => put(connection, feedback, changed).await,
        Write::Document(document) => put(connection, document, changed).await,
        Write::DocumentVersion(version) => put(connection, version, changed).await,
        Write::Course(course) => put(connection, course, changed).await,
        Write::TrainingSession(session) => put(connection, session, changed).await,
        Write::TrainingRecord(record) => put(connection, record, changed).await,
        Write::Runbook(runbook) => put(connection, runbook, changed).await,
        Write::RemoveRunbook(runbook) => take(connection, runbook, changed).await,
        Write::RunbookRun(run) => put(connection, run, changed).await,
        Write::RunbookRule(rule) => put(connection, rule, changed).await,
        Write::AttachedRunbook(attached) => put(connection, attached, changed).await,
        Write::RemoveAttachedRunbook(attached) => take(connection, attached, changed).await,
        Write::Review(review) => put(connection, review, changed).await,
        Write::CalendarWindow(window) => put(connection, window, changed).await,
        Write::FreezeOverride(given) => put(connection, given, changed).await,
        Write::ScheduledStart(start) => put(connection, start, changed).await,
        Write::Train(train) => put(connection, train, changed).await,
        Write::CoordinatedRelease(release) => put(connection, release, changed).await,
        Write::CoordinatedRun(run) => put(connection, run, changed).await,
        Write::Evidence(change) => {
            checklists::put_evidence(connection, change).await?;
            changed.push(("evidence", change.evidence.id.to_string(), change.evidence.product()));
            Ok(())
        }
        Write::SmokeScenario(scenario) => put(connection, scenario, changed).await,
        Write::RemoveSmokeScenario(scenario) => take(connection, scenario, changed).await,
        Write::SmokeTarget(target) => {
            let product = smoke::put_target(connection, target).await?;
            changed.push(("smoke_target", target.environment_id.to_string(), Some(product)));
            Ok(())
        }
        Write::ReportRule(rule) => {
            let product = smoke::put_report_rule(connection, rule).await?;
            changed.push(("report_rule", rule.environment_id.to_string(), Some(product)));
            Ok(())
        }
        Write::SmokeRun(run) => put(connection, run, changed).await,
        Write::SmokeExchange { run, exchange } => smoke::add_exchange(connection, *run, exchange).await,
        Write::ForgetSmokeExchanges { of, latest } => smoke::forget_exchanges(connection, *of, *latest).await,
        Write::RemoveConnection(connection_row) => {
            outbox::drop_going(connection, "connection_id", connection_row.id.uuid(), &["gate"]).await?;
            take(connection, connection_row, changed).await
        }
        Write::RemoveProduct(product) => {
            let id = product.id.uuid();
            let product_id = Some(product.id);
            going::<HealthCheck>(connection, "product_id = $1", id, product_id, changed).await?;
            going::<SmokeScenario>(connection, "product_id = $1", id, product_id, changed).await?;
            going::<Environment>(connection, "product_id = $1", id, product_id, changed).await?;
            measurements::forget(connection, "product_id = $1", id).await?;
            let kinds = ["incident", "gate", "unplanned_run", "smoke_run", "runbook_run", "scheduled_start", "train"];
            outbox::drop_going(connection, "product_id", id, &kinds).await?;
            take(connection, product, changed).await?;
            checklists::drop_unneeded(connection, "digest > $1", "").await
        }
        Write::RemoveEnvironment(environment) => {
            let id = environment.id.uuid();
            going::<HealthCheck>(connection, "environment_id = $1", id, environment.product(), changed).await?;
            measurements::forget(connection, "environment_id = $1", id).await?;
            outbox::drop_going(connection, "environment_id", id, &["incident", "gate", "smoke_run", "runbook_run", "scheduled_start"])
                .await?;
            take(connection, environment, changed).await
        }
        Write::RemoveCheck(check) => {
            measurements::forget(connection, "id = $1", check.id.uuid()).await?;
            take(connection, check, changed).await
        }
        Write::CheckState { check, before, after } => {
            let product = catalogue::put_check_state(connection, *check, before.as_ref(), after).await?;
            changed.push(("check_state", check.to_string(), Some(product)));
            Ok(())
        }
        Write::Approval(approval) => {
            let product = releases::add_approval(connection, approval).await?;
            changed.push(("approval", approval.id.to_string(), Some(product)));
            Ok(())
        }
        Write::Setting { key, value } => {
            catalogue::put_setting(connection, key, value).await?;
            changed.push(("setting", key.clone(), None));
            Ok(())
        }
    }
}

async fn put<E: Entity>(connection: &mut Connection, entity: &E, changed: &mut Vec<Changed>) -> Result<(), Fault> {
    write(connection, entity).await?;
    changed.push((E::KIND, entity.key().to_string(), entity.product()));
    Ok(())
}

async fn take<E: Entity>(connection: &mut Connection, entity: &E, changed: &mut Vec<Changed>) -> Result<(), Fault> {
    remove(connection, entity).await?;
    changed.push((E::KIND, entity.key().to_string(), entity.product()));
    Ok(())
}

/// Notes what will go along with something else.
async fn going<E: Entity>(
    connection: &mut Connection,
    condition: &'static str,
    id: Uuid,
    product: Option<ProductId>,
    changed: &mut Vec<Changed>,
) -> Result<(), Fault> {
    let sql = format!("SELECT id FROM {} WHERE {condition} ORDER BY id", E::KIND);
    let ids: Vec<Uuid> = sqlx::query_scalar(AssertSqlSafe(sql)).bind(id).fetch_all(connection).await?;
    changed.extend(ids.into_iter().map(|id| (E::KIND, id.to_string(), product)));
    Ok(())
}
