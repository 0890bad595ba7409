//! Builds a [`ChangeSet`]: rows, audit events and outbox of one use case, by one actor at one moment. Must not write anything
//! itself.

use crate::ports::form_book::FormSettings;
use crate::ports::notifier::Alert;
use crate::ports::store::{ChangeSet, OutboxEffect, OutboxSubject, OutboxWrite, Write};
use pilothouse_domain::audit::AuditEntry;
use pilothouse_domain::calendar::CalendarWindow;
use pilothouse_domain::check::HealthCheck;
use pilothouse_domain::checklist::{Checklist, ChecklistTemplate};
use pilothouse_domain::connection::Connection;
use pilothouse_domain::coordinated_release::{CoordinatedRelease, CoordinatedRun};
use pilothouse_domain::deployment::{Deployment, Schedule};
use pilothouse_domain::document::{Document, DocumentVersion};
use pilothouse_domain::evidence::{ContentDigest, Evidence};
use pilothouse_domain::gate::Gate;
use pilothouse_domain::incident::Incident;
use pilothouse_domain::lock::Lock;
use pilothouse_domain::manual_run::{ManualRun, ManualRunEffect};
use pilothouse_domain::product::{Environment, Product};
use pilothouse_domain::release::Release;
use pilothouse_domain::review::Review;
use pilothouse_domain::runbook::{AttachedRunbook, Runbook, RunbookRule, RunbookRun};
use pilothouse_domain::scheduled_start::ScheduledStart;
use pilothouse_domain::signature::KEY_ADDED;
use pilothouse_domain::smoke::{SmokeRun, SmokeScenario};
use pilothouse_domain::train::Train;
use pilothouse_domain::training::{Course, TrainingRecord, TrainingSession};
use pilothouse_domain::uat::{Feedback, UatRound};
use pilothouse_domain::unplanned::UnplannedRun;
use pilothouse_domain::{Actor, CoordinatedRunId, ProductId, Timestamp};
use serde_json::Value;
use std::time::Duration;

/// A change in the making.
pub(crate) struct Change {
    actor: Actor,
    at: Timestamp,
    set: ChangeSet,
}

/// What an audit event is about.
struct Subject {
    kind: &'static str,
    id: String,
    product: Option<ProductId>,
}

impl Change {
    pub(crate) fn new(actor: Actor, at: Timestamp) -> Self {
        Self { actor, at, set: ChangeSet::default() }
    }

    pub(crate) fn into_set(self) -> ChangeSet {
        self.set
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.set.writes.is_empty() && self.set.outbox.is_empty()
    }

    pub(crate) fn write(&mut self, write: Write) {
        self.set.writes.push(write);
    }

    pub(crate) fn write_connection(&mut self, connection: Connection) {
        self.write(Write::Connection(connection));
    }

    /// The outbox of a deployment, as its machine asks for it.
    pub(crate) fn schedule(&mut self, deployment: &Deployment, schedule: Schedule) {
        let subject = OutboxSubject::Deployment(deployment.id);
        match schedule {
            Schedule::Keep => {}
            Schedule::Next { effect, after } => {
                let (effect, due_at) = (OutboxEffect::Deployment(effect), self.at.plus(after));
                self.set.outbox.push(OutboxWrite::Schedule { subject, effect, written_at: self.at, due_at });
            }
            Schedule::Nothing => self.set.outbox.push(OutboxWrite::Clear { subject }),
        }
    }

    /// An alert about an incident, to be shown at once.
    pub(crate) fn alert(&mut self, incident: &Incident, alert: Alert) {
        let (subject, effect) = (OutboxSubject::Incident(incident.id), OutboxEffect::Alert(alert));
        self.set.outbox.push(OutboxWrite::Schedule { subject, effect, written_at: self.at, due_at: self.at });
    }

    /// What is to be done about a gate, in place of anything else.
    pub(crate) fn schedule_gate(&mut self, gate: &Gate, effect: OutboxEffect, after: std::time::Duration) {
        let (subject, due_at) = (OutboxSubject::Gate(gate.id), self.at.plus(after));
        self.set.outbox.push(OutboxWrite::Schedule { subject, effect, written_at: self.at, due_at });
    }

    /// An alert about an unplanned run, to be shown at once.
    pub(crate) fn alert_unplanned(&mut self, run: &UnplannedRun, alert: Alert) {
        let (subject, effect) = (OutboxSubject::UnplannedRun(run.id), OutboxEffect::Alert(alert));
        self.set.outbox.push(OutboxWrite::Schedule { subject, effect, written_at: self.at, due_at: self.at });
    }

    /// What is to be done about a run by hand; `None` for nothing more.
    pub(crate) fn schedule_manual_run(&mut self, run: &ManualRun, next: Option<(ManualRunEffect, Duration)>) {
        let subject = OutboxSubject::ManualRun(run.id);
        self.set.outbox.push(match next {
            Some((effect, after)) => {
                let (effect, due_at) = (OutboxEffect::ManualRun(effect), self.at.plus(after));
                OutboxWrite::Schedule { subject, effect, written_at: self.at, due_at }
            }
            None => OutboxWrite::Clear { subject },
        });
    }

    /// What is to be done about a smoke run; `None` for nothing more.
    pub(crate) fn schedule_smoke(&mut self, run: &SmokeRun, effect: Option<OutboxEffect>) {
        let subject = OutboxSubject::SmokeRun(run.id);
        self.set.outbox.push(match effect {
            Some(effect) => OutboxWrite::Schedule { subject, effect, written_at: self.at, due_at: self.at },
            None => OutboxWrite::Clear { subject },
        });
    }

    /// What is to be done about a run of a runbook, and when; `None` for nothing more.
    pub(crate) fn schedule_runbook(&mut self, run: &RunbookRun, next: Option<(OutboxEffect, Timestamp)>) {
        let subject = OutboxSubject::RunbookRun(run.id);
        self.set.outbox.push(match next {
            Some((effect, due_at)) => OutboxWrite::Schedule { subject, effect, written_at: self.at, due_at },
            None => OutboxWrite::Clear { subject },
        });
    }

    /// What is to be done about a scheduled start, and when.
    pub(crate) fn schedule_start(&mut self, start: &ScheduledStart, effect: OutboxEffect, due_at: Timestamp) {
        let subject = OutboxSubject::ScheduledStart(start.id);
        self.set.outbox.push(OutboxWrite::Schedule { subject, effect, written_at: self.at, due_at });
    }

    /// Writes a scheduled start about which nothing is to be done any more.
    pub(crate) fn settle_start(&mut self, start: ScheduledStart) {
        self.set.outbox.push(OutboxWrite::Clear { subject: OutboxSubject::ScheduledStart(start.id) });
        self.write(Write::ScheduledStart(start));
    }

    /// What is to be done about a release train, and when; `None` for nothing more.
    pub(crate) fn schedule_train(&mut self, train: &Train, next: Option<(OutboxEffect, Timestamp)>) {
        let subject = OutboxSubject::Train(train.id);
        self.set.outbox.push(match next {
            Some((effect, due_at)) => OutboxWrite::Schedule { subject, effect, written_at: self.at, due_at },
            None => OutboxWrite::Clear { subject },
        });
    }

    /// What is to be done about a coordinated release on its way, and when; `None` for nothing more.
    pub(crate) fn schedule_coordinated_run(&mut self, run: CoordinatedRunId, due_at: Option<Timestamp>) {
        let subject = OutboxSubject::CoordinatedRun(run);
        self.set.outbox.push(match due_at {
            Some(due_at) => OutboxWrite::Schedule { subject, effect: OutboxEffect::CarryCoordinatedRun, written_at: self.at, due_at },
            None => OutboxWrite::Clear { subject },
        });
    }

    /// An alert about a coordinated release on its way, to be shown at once.
    pub(crate) fn alert_coordinated_run(&mut self, run: &CoordinatedRun, alert: Alert) {
        let (subject, effect) = (OutboxSubject::CoordinatedRunAlert(run.id), OutboxEffect::Alert(alert));
        self.set.outbox.push(OutboxWrite::Schedule { subject, effect, written_at: self.at, due_at: self.at });
    }

    pub(crate) fn outbox(&mut self, write: OutboxWrite) {
        self.set.outbox.push(write);
    }

    fn audit(&mut self, action: &str, subject: Subject, summary: String, data: Value) {
        self.set.audit.push(AuditEntry {
            at: self.at,
            actor: self.actor.clone(),
            action: action.to_owned(),
            subject_kind: subject.kind.to_owned(),
            subject_id: subject.id,
            product_id: subject.product.map(|p| p.to_string()).unwrap_or_default(),
            summary,
            data,
        });
    }

    pub(crate) fn audit_connection(&mut self, action: &str, connection: &Connection, summary: String) {
        let data = serde_json::json!({
            "kind": connection.kind, "name": connection.name, "base_url": connection.base_url, "status": connection.status,
        });
        self.audit(action, Subject { kind: "connection", id: connection.id.to_string(), product: None }, summary, data);
    }

    /// A change of how a connection reaches its server: `data` says what holds from now on.
    pub(crate) fn audit_network(&mut self, action: &str, connection: &Connection, summary: String, data: Value) {
        self.audit(action, Subject { kind: "connection", id: connection.id.to_string(), product: None }, summary, data);
    }

    pub(crate) fn audit_product(&mut self, action: &str, product: &Product, summary: String) {
        let subject = Subject { kind: "product", id: product.id.to_string(), product: Some(product.id) };
        self.audit(action, subject, summary, serde_json::json!(product));
    }

    /// A run of a smoke test that the loop is to carry out.
    pub(crate) fn request_smoke_run(&mut self, run: SmokeRun) {
        self.audit_smoke_run("smoke_run.requested", &run, format!("Runs {} in {} for {}", run.name, run.environment, run.version));
        self.schedule_smoke(&run, Some(OutboxEffect::RunSmoke));
        self.write(Write::SmokeRun(run));
    }

    pub(crate) fn audit_environment(&mut self, action: &str, environment: &Environment, summary: String) {
        let subject = Subject { kind: "environment", id: environment.id.to_string(), product: Some(environment.product_id) };
        self.audit(action, subject, summary, serde_json::json!(environment));
    }

    pub(crate) fn audit_check(&mut self, action: &str, check: &HealthCheck, summary: String) {
        let subject = Subject { kind: "check", id: check.id.to_string(), product: Some(check.product_id) };
        self.audit(action, subject, summary, serde_json::json!(check));
    }

    pub(crate) fn audit_release(&mut self, action: &str, release: &Release, summary: String, data: Value) {
        let subject = Subject { kind: "release", id: release.id.to_string(), product: Some(release.product_id) };
        self.audit(action, subject, summary, data);
    }

    /// Records the key with which a person signs from here on.
    pub(crate) fn audit_key(&mut self, person: &Actor, public_key: &str) {
        let short: String = public_key.chars().take(16).collect();
        let subject = Subject { kind: "approver", id: public_key.to_owned(), product: None };
        let summary = format!("{person} signs approvals with the key {short}…");
        self.audit(KEY_ADDED, subject, summary, serde_json::json!({ "algorithm": "Ed25519", "public_key": public_key }));
    }

    pub(crate) fn audit_deployment(&mut self, action: &str, deployment: &Deployment, summary: String, data: Value) {
        let subject = Subject { kind: "deployment", id: deployment.id.to_string(), product: Some(deployment.product_id) };
        self.audit(action, subject, summary, data);
    }

    pub(crate) fn audit_manual_run(&mut self, action: &str, run: &ManualRun, summary: String) {
        let subject = Subject { kind: "manual_run", id: run.id.to_string(), product: run.product() };
        self.audit(action, subject, summary, serde_json::json!(run));
    }

    /// Records what is done at a provider to something that Pilothouse doesn't keep: a run, a pipeline.
    pub(crate) fn audit_at_provider(
        &mut self,
        action: &str,
        kind: &'static str,
        id: String,
        product: Option<ProductId>,
        summary: String,
        data: Value,
    ) {
        self.audit(action, Subject { kind, id, product }, summary, data);
    }

    pub(crate) fn audit_lock(&mut self, action: &str, lock: &Lock, summary: String) {
        let subject = Subject { kind: "lock", id: lock.id.to_string(), product: lock.product_id };
        self.audit(action, subject, summary, serde_json::json!(lock));
    }

    pub(crate) fn audit_calendar_window(&mut self, action: &str, window: &CalendarWindow, summary: String) {
        let subject = Subject { kind: "calendar_window", id: window.id.to_string(), product: window.scope.product() };
        self.audit(action, subject, summary, serde_json::json!(window));
    }

    pub(crate) fn audit_start(&mut self, action: &str, start: &ScheduledStart, summary: String) {
        let subject = Subject { kind: "scheduled_start", id: start.id.to_string(), product: Some(start.product_id) };
        self.audit(action, subject, summary, serde_json::json!(start));
    }

    /// Of the departures, which the train keeps, only the last is in the event.
    pub(crate) fn audit_train(&mut self, action: &str, train: &Train, summary: String) {
        let subject = Subject { kind: "train", id: train.id.to_string(), product: Some(train.product_id) };
        let last = train.departures.last().cloned();
        let data = serde_json::json!(Train { departures: last.into_iter().collect(), ..train.clone() });
        self.audit(action, subject, summary, data);
    }

    pub(crate) fn audit_coordinated_release(&mut self, action: &str, release: &CoordinatedRelease, summary: String) {
        let subject = Subject { kind: "coordinated_release", id: release.id.to_string(), product: None };
        self.audit(action, subject, summary, serde_json::json!(release));
    }

    /// A step of a run is told of the coordinated release that is on its way.
    pub(crate) fn audit_coordinated_run(&mut self, action: &str, run: &CoordinatedRun, summary: String) {
        let subject = Subject { kind: "coordinated_release", id: run.coordinated_release_id.to_string(), product: None };
        self.audit(action, subject, summary, serde_json::json!(run));
    }

    pub(crate) fn audit_unplanned(&mut self, action: &str, run: &UnplannedRun, summary: String) {
        let subject = Subject { kind: "unplanned_run", id: run.id.to_string(), product: Some(run.product_id) };
        self.audit(action, subject, summary, serde_json::json!(run));
    }

    pub(crate) fn audit_incident(&mut self, action: &str, incident: &Incident, summary: String) {
        let subject = Subject { kind: "incident", id: incident.id.to_string(), product: Some(incident.product_id) };
        self.audit(action, subject, summary, serde_json::json!(incident));
    }

    pub(crate) fn audit_checklist_template(&mut self, action: &str, template: &ChecklistTemplate, summary: String) {
        let subject = Subject { kind: "checklist_template", id: template.id.to_string(), product: Some(template.product_id) };
        self.audit(action, subject, summary, serde_json::json!(template));
    }

    /// A step of a checklist: `data` says of which item, and what.
    pub(crate) fn audit_checklist(&mut self, action: &str, checklist: &Checklist, summary: String, data: Value) {
        let subject = Subject { kind: "checklist", id: checklist.id.to_string(), product: Some(checklist.product_id) };
        self.audit(action, subject, summary, data);
    }

    /// Evidence is told of where it belongs; its digest is in the event.
    pub(crate) fn audit_evidence(&mut self, action: &str, evidence: &Evidence, summary: String) {
        let subject = Subject { kind: evidence.owner.kind.word(), id: evidence.owner.id.to_string(), product: Some(evidence.product_id) };
        self.audit(action, subject, summary, serde_json::json!(evidence));
    }

    pub(crate) fn audit_smoke_scenario(&mut self, action: &str, scenario: &SmokeScenario, summary: String) {
        let subject = Subject { kind: "smoke_scenario", id: scenario.id.to_string(), product: Some(scenario.product_id) };
        self.audit(action, subject, summary, serde_json::json!(scenario));
    }

    /// Without the steps, which the run itself holds.
    pub(crate) fn audit_smoke_run(&mut self, action: &str, run: &SmokeRun, summary: String) {
        let subject = Subject { kind: "smoke_run", id: run.id.to_string(), product: Some(run.product_id) };
        let data = serde_json::json!({
            "release_id": run.release_id, "version": run.version, "commit": run.commit, "environment": run.environment,
            "subject": run.subject, "name": run.name, "cause": run.cause, "digest": run.digest, "required": run.required, "state": run.state,
            "steps": run.results.len(), "of": run.steps.len(),
        });
        self.audit(action, subject, summary, data);
    }

    /// A step of a round: `data` says what. Digests of tokens stay out of it.
    pub(crate) fn audit_uat_round(&mut self, action: &str, round: &UatRound, summary: String, data: Value) {
        let subject = Subject { kind: "uat_round", id: round.id.to_string(), product: Some(round.product_id) };
        self.audit(action, subject, summary, data);
    }

    pub(crate) fn audit_feedback(&mut self, action: &str, feedback: &Feedback, summary: String) {
        let subject = Subject { kind: "feedback", id: feedback.id.to_string(), product: Some(feedback.product_id) };
        self.audit(action, subject, summary, serde_json::json!(feedback));
    }

    pub(crate) fn audit_form(&mut self, action: &str, settings: &FormSettings, summary: String) {
        let subject = Subject { kind: "feedback_form", id: settings.place(), product: None };
        self.audit(action, subject, summary, serde_json::json!(settings));
    }

    /// A step of a document: what it is, the last review and reading, and the version that was written.
    pub(crate) fn audit_document(&mut self, action: &str, document: &Document, summary: String, written: Option<&DocumentVersion>) {
        let subject = Subject { kind: "document", id: document.id.to_string(), product: Some(document.product_id) };
        let written = written.map(|version| {
            let digest = ContentDigest::of(version.text.as_bytes());
            serde_json::json!({ "number": version.number, "remark": version.remark, "commit": version.commit, "text_sha256": digest })
        });
        let data = serde_json::json!({
            "kind": document.kind, "title": document.title, "owner": document.owner, "source": document.source, "number": document.number,
            "paths": document.paths, "review_days": document.review_days, "readers": document.readers, "retired": document.retired,
            "last_review": document.reviews.last(), "last_reading": document.readings.last(), "written": written,
        });
        self.audit(action, subject, summary, data);
    }

    pub(crate) fn audit_course(&mut self, action: &str, course: &Course, summary: String) {
        let subject = Subject { kind: "course", id: course.id.to_string(), product: Some(course.product_id) };
        self.audit(action, subject, summary, serde_json::json!(course));
    }

    pub(crate) fn audit_session(&mut self, action: &str, session: &TrainingSession, summary: String) {
        let subject = Subject { kind: "training_session", id: session.id.to_string(), product: Some(session.product_id) };
        self.audit(action, subject, summary, serde_json::json!(session));
    }

    pub(crate) fn audit_training(&mut self, action: &str, record: &TrainingRecord, summary: String) {
        let subject = Subject { kind: "training_record", id: record.id.to_string(), product: Some(record.product_id) };
        self.audit(action, subject, summary, serde_json::json!(record));
    }

    pub(crate) fn audit_runbook(&mut self, action: &str, runbook: &Runbook, summary: String) {
        let subject = Subject { kind: "runbook", id: runbook.id.to_string(), product: Some(runbook.product_id) };
        self.audit(action, subject, summary, serde_json::json!(runbook));
    }

    /// A step of a run: `data` says of which step, and what.
    pub(crate) fn audit_runbook_run(&mut self, action: &str, run: &RunbookRun, summary: String, data: Value) {
        let subject = Subject { kind: "runbook_run", id: run.id.to_string(), product: Some(run.product_id) };
        self.audit(action, subject, summary, data);
    }

    pub(crate) fn audit_runbook_rule(&mut self, action: &str, rule: &RunbookRule, summary: String) {
        let subject = Subject { kind: "environment", id: rule.environment_id.to_string(), product: Some(rule.product_id) };
        self.audit(action, subject, summary, serde_json::json!(rule));
    }

    /// Told of the release that it is attached to; the text is in the event, so that it stays known which one was acknowledged.
    pub(crate) fn audit_attached_runbook(&mut self, action: &str, attached: &AttachedRunbook, summary: String) {
        let subject = Subject { kind: "release", id: attached.release_id.to_string(), product: Some(attached.product_id) };
        self.audit(action, subject, summary, serde_json::json!(attached));
    }

    /// A step of a review: `data` says what.
    pub(crate) fn audit_review(&mut self, action: &str, review: &Review, summary: String, data: Value) {
        let subject = Subject { kind: "review", id: review.id.to_string(), product: Some(review.product_id) };
        self.audit(action, subject, summary, data);
    }

    pub(crate) fn audit_gate(&mut self, action: &str, gate: &Gate, summary: String) {
        let subject = Subject { kind: "gate", id: gate.id.to_string(), product: gate.belongs.product_id };
        self.audit(action, subject, summary, serde_json::json!(gate));
    }
}
