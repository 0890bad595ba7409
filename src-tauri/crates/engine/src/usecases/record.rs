//! The record of a release: gathers everything that is kept about it, for reports and for auditors, and notes that it was handed out.
//! Must not render anything, nor hand out what opens something.

use super::metrics::REPORT_WEEKS;
use crate::engine::Engine;
use crate::error::EngineError;
use crate::ports::checklist_store::ChecklistFilter;
use crate::ports::document_store::TrainingFilter;
use crate::ports::runbook_store::RunbookRunFilter;
use crate::ports::store::{AuditFilter, DeploymentFilter, GateFilter, IncidentFilter, SmokeRunFilter, UnplannedRunFilter};
use crate::ports::uat_store::{FeedbackFilter, UatRoundFilter};
use pilothouse_domain::audit::AuditEvent;
use pilothouse_domain::deployment::{Deployment, DeploymentKind};
use pilothouse_domain::document::{self, Document};
use pilothouse_domain::evidence::{ContentDigest, EvidenceContent, EvidenceOwnerKind};
use pilothouse_domain::incident::Incident;
use pilothouse_domain::metrics::Window;
use pilothouse_domain::record::{ChainLink, LogDigest, ReleaseRecord, is_export};
use pilothouse_domain::release::Release;
use pilothouse_domain::signature::KEY_ADDED;
use pilothouse_domain::training::{self, Course, TrainingRecord};
use pilothouse_domain::uat::Feedback;
use pilothouse_domain::{Actor, ConnectionId, CourseId, ReleaseId, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use uuid::Uuid;

/// So much of each kind is read.
const MOST: u32 = 5_000;
/// So much feedback of a round is read.
const MOST_FEEDBACK: u32 = 20_000;
/// So many events of one thing are read.
const MOST_EVENTS: u32 = 5_000;
/// So many logs are looked at.
const MOST_LOGS: usize = 200;
/// Logs that come after this time are not asked for.
const LOGS_TIME: Duration = Duration::from_secs(120);
/// A log that takes longer is told as not to be had.
const LOG_TIME: Duration = Duration::from_secs(20);
/// So many links of the chain are read at a time.
const PAGE: u32 = 1_000;

/// What is handed out of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordExport {
    /// The release report.
    Report,
    /// The auditor's bundle.
    Bundle,
}

impl Engine {
    /// Everything that is kept about a release, as of the last thing that happened to it.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn release_record(&self, id: ReleaseId) -> Result<ReleaseRecord, EngineError> {
        let store = self.store();
        let release = store.release(id).await?;
        let product = store.product(release.product_id).await?;
        let environments = store.environments(Some(product.id)).await?;
        let checks = store.checks(None).await?.into_iter().filter(|check| check.product_id == product.id).collect();
        let deployments = self.record_deployments(&release).await?;
        let of_release = ChecklistFilter { release: Some(id), limit: MOST, ..ChecklistFilter::default() };
        let checklists = oldest_first(store.checklists(&of_release).await?);
        let of_release = SmokeRunFilter { release: Some(id), limit: MOST, ..SmokeRunFilter::default() };
        let smoke_runs = oldest_first(store.smoke_runs(&of_release).await?);
        let of_release = UatRoundFilter { release: Some(id), limit: MOST, ..UatRoundFilter::default() };
        let mut uat_rounds = oldest_first(store.uat_rounds(&of_release).await?);
        let mut feedback: Vec<Feedback> = Vec::new();
        for round in &mut uat_rounds {
            round.testers.iter_mut().for_each(|tester| tester.invitation = None);
            let of_round = FeedbackFilter { round: Some(round.id), limit: MOST_FEEDBACK, ..FeedbackFilter::default() };
            feedback.extend(oldest_first(store.feedback(&of_round).await?));
        }
        let mut gates = Vec::new();
        for deployment in &deployments {
            let filter = GateFilter { deployment: Some(deployment.id), limit: MOST, ..GateFilter::default() };
            gates.extend(oldest_first(store.gates(&filter).await?));
        }
        let incidents = self.record_incidents(&release, &deployments).await?;
        let documents = self.record_documents(&release).await?;
        let (courses, training_records) = self.record_training(&release).await?;
        let of_release = RunbookRunFilter { release: Some(id), limit: MOST, ..RunbookRunFilter::default() };
        let runbook_runs = oldest_first(store.runbook_runs(&of_release).await?);
        let review = self.review_of(id).await?;
        let owners = checklists.iter().map(|c| (EvidenceOwnerKind::Checklist, c.id.uuid()));
        let owners = owners.chain(feedback.iter().map(|f| (EvidenceOwnerKind::Feedback, f.id.uuid())));
        let owners: Vec<(EvidenceOwnerKind, Uuid)> =
            owners.chain(runbook_runs.iter().map(|r| (EvidenceOwnerKind::RunbookRun, r.id.uuid()))).collect();
        let mut evidence = Vec::new();
        for (kind, owner) in owners {
            evidence.extend(store.evidence_of(kind, owner).await?);
        }
        let mut record = ReleaseRecord {
            as_of: release.drafted_at,
            approvals: store.approvals(id).await?,
            attached_runbook: store.attached_runbook(id).await?,
            product,
            environments,
            checks,
            release,
            deployments,
            gates,
            checklists,
            smoke_runs,
            uat_rounds,
            feedback,
            documents,
            courses,
            training_records,
            runbook_runs,
            incidents,
            unplanned_runs: Vec::new(),
            evidence,
            review,
            metrics: Vec::new(),
            events: Vec::new(),
        };
        record.events = self.events_about(subjects(&record)).await?;
        record.events.extend(self.people_events(&record.release).await?);
        record.events.sort_by_key(|event| event.seq);
        record.as_of = record.events.iter().map(|event| event.entry.at).fold(record.as_of, Timestamp::max);
        record.unplanned_runs = self.record_unplanned(&record).await?;
        let history = self.product_history(record.product.id).await?;
        // The moment itself belongs to it: what happened last counts.
        let window = Window::last_weeks(REPORT_WEEKS, record.as_of.plus(Duration::from_micros(1)));
        record.metrics = record.environments.iter().map(|e| (e.id, history.measure(e.id, window))).collect();
        Ok(record)
    }

    /// The product's documents that a release asks for, or that were reviewed for it.
    async fn record_documents(&self, release: &Release) -> Result<Vec<Document>, EngineError> {
        let mut documents = self.store().documents(release.product_id).await?;
        let came = self.arrived(release, |environment| environment.rules.needs_documents).await?;
        let changed: Vec<Option<&[String]>> = all_of(release, &came).collect();
        documents.retain(|document| {
            let mut standings = changed.iter().map(|changed| document::for_changes(document, release, *changed, release.drafted_at));
            standings.any(|standing| standing.asked.is_some() || standing.review.is_some())
        });
        Ok(documents)
    }

    /// The courses that a release asks for, and what shows who was trained in them.
    async fn record_training(&self, release: &Release) -> Result<(Vec<Course>, Vec<TrainingRecord>), EngineError> {
        let all = self.store().courses(release.product_id).await?;
        let came = self.arrived(release, |environment| environment.rules.needs_training).await?;
        let asked = |changed| training::for_changes(&all, &[], release, changed, release.drafted_at);
        let asked: BTreeSet<CourseId> = all_of(release, &came).flat_map(asked).map(|standing| standing.course.id).collect();
        let courses: Vec<Course> = all.iter().filter(|course| asked.contains(&course.id)).cloned().collect();
        let mut records = Vec::new();
        for course in &courses {
            let of_course = TrainingFilter { course: Some(course.id), limit: MOST, ..TrainingFilter::default() };
            records.extend(oldest_first(self.store().training_records(&of_course).await?));
        }
        Ok((courses, records))
    }

    /// The events that tell how a release went: of itself, its deployments, what was tested, and what broke.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn course_events(&self, release: &Release) -> Result<Vec<AuditEvent>, EngineError> {
        let deployments = self.record_deployments(release).await?;
        let incidents = self.record_incidents(release, &deployments).await?;
        let of_release = SmokeRunFilter { release: Some(release.id), ..SmokeRunFilter::default() };
        let runs = self.store().smoke_runs(&of_release).await?;
        let of_release = UatRoundFilter { release: Some(release.id), ..UatRoundFilter::default() };
        let rounds = self.store().uat_rounds(&of_release).await?;
        let subjects = std::iter::once(release.id.to_string())
            .chain(deployments.iter().map(|d| d.id.to_string()))
            .chain(incidents.iter().map(|i| i.id.to_string()))
            .chain(runs.iter().map(|r| r.id.to_string()))
            .chain(rounds.iter().map(|r| r.id.to_string()));
        let mut events = self.events_about(subjects.collect()).await?;
        events.extend(self.people_events(release).await?);
        events.sort_by_key(|event| event.seq);
        Ok(events)
    }

    /// The links of the audit chain from one event to another, both included: what they are is told by the hashes alone.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn chain_links(&self, first: u32, last: u32) -> Result<Vec<ChainLink>, EngineError> {
        let mut links: Vec<ChainLink> = Vec::new();
        let mut at = first.saturating_sub(1);
        while at < last {
            let page = self.store().audit_after(at, PAGE.min(last - at)).await?;
            let Some(end) = page.last().map(|event| event.seq).filter(|end| *end > at) else { break };
            links.extend(page.into_iter().map(|event| ChainLink { seq: event.seq, previous_hash: event.previous_hash, hash: event.hash }));
            at = end;
        }
        Ok(links)
    }

    /// The events that record the keys with which the votes of a record were signed.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn key_events(&self, record: &ReleaseRecord) -> Result<Vec<AuditEvent>, EngineError> {
        let keys: BTreeSet<&String> = record.approvals.iter().filter_map(|a| a.signature.as_ref()).map(|s| &s.public_key).collect();
        let events = self.events_about(keys.into_iter().cloned().collect()).await?;
        Ok(events.into_iter().filter(|event| event.entry.action == KEY_ADDED).collect())
    }

    /// The contents of a record's files of evidence that are kept, each once, by digest.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn evidence_files(&self, record: &ReleaseRecord) -> Result<BTreeMap<ContentDigest, Vec<u8>>, EngineError> {
        let mut files = BTreeMap::new();
        for evidence in record.evidence.iter().filter(|evidence| evidence.is_current()) {
            let EvidenceContent::File { digest, .. } = &evidence.content else { continue };
            if !files.contains_key(digest)
                && let Some(content) = self.store().evidence_content(digest).await?
            {
                files.insert(digest.clone(), content);
            }
        }
        Ok(files)
    }

    /// The digests of the logs of a record's runs, as the providers hand them out now. One that can't be had is told with the reason.
    pub async fn log_digests(&self, record: &ReleaseRecord) -> Vec<LogDigest> {
        let until = self.now().plus(LOGS_TIME);
        let mut digests = Vec::new();
        for (log, connection, repository) in logs_of(record) {
            let asked = if self.now() < until {
                self.whole_log(connection, repository, log.job.clone()).await
            } else {
                Err("the providers were too slow to ask for it".to_owned())
            };
            digests.push(match asked {
                Ok(text) => {
                    let bytes = u32::try_from(text.len()).unwrap_or(u32::MAX);
                    LogDigest { bytes, sha256: Some(ContentDigest::of(text.as_bytes())), ..log }
                }
                Err(unavailable) => LogDigest { unavailable, ..log },
            });
        }
        digests
    }

    async fn whole_log(&self, connection: ConnectionId, repository: String, job: String) -> Result<String, String> {
        let asked = self.ask_provider(connection, async move |client| client.job_log(&repository, &job, 0).await);
        match tokio::time::timeout(LOG_TIME, asked).await {
            Ok(Ok(Some(part))) if part.elsewhere.is_none() => Ok(part.text),
            Ok(Ok(Some(_))) => Err("the provider doesn't hand it out".to_owned()),
            Ok(Ok(None)) => Err("the provider has no log of it".to_owned()),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err(format!("the provider gave no answer within {} s", LOG_TIME.as_secs())),
        }
    }

    /// Notes that a record was handed out, with the digest of what was.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn note_export(
        &self,
        actor: &Actor,
        record: &ReleaseRecord,
        export: RecordExport,
        file: &str,
        digest: &ContentDigest,
    ) -> Result<(), EngineError> {
        let (action, what) = match export {
            RecordExport::Report => ("release.report_saved", "report"),
            RecordExport::Bundle => ("release.bundle_saved", "bundle"),
        };
        let mut change = self.change(actor);
        let summary = format!("Saved the {what} of {} as {file}", record.release.version);
        let data = serde_json::json!({ "file": file, "sha256": digest, "as_of": record.as_of });
        change.audit_release(action, &record.release, summary, data);
        self.ports.store.commit(change.into_set()).await?;
        Ok(())
    }

    /// The deployments of a release, and the rollbacks that took them back; oldest first.
    async fn record_deployments(&self, release: &Release) -> Result<Vec<Deployment>, EngineError> {
        let filter = DeploymentFilter { release: Some(release.id), limit: MOST, ..DeploymentFilter::default() };
        let mut own = self.store().deployments(&filter).await?;
        let ids: BTreeSet<_> = own.iter().map(|deployment| deployment.id).collect();
        let filter = DeploymentFilter { product: Some(release.product_id), limit: MOST, ..DeploymentFilter::default() };
        let others = self.store().deployments(&filter).await?.into_iter().filter(|d| {
            matches!(&d.kind, DeploymentKind::Rollback { parent: Some(parent), .. } if ids.contains(parent)) && !ids.contains(&d.id)
        });
        own.extend(others);
        own.sort_by_key(|deployment| (deployment.requested_at, deployment.id));
        Ok(own)
    }

    async fn record_incidents(&self, release: &Release, deployments: &[Deployment]) -> Result<Vec<Incident>, EngineError> {
        let filter = IncidentFilter { product: Some(release.product_id), limit: MOST, ..IncidentFilter::default() };
        let of_release = |id| deployments.iter().any(|deployment| deployment.id == id && deployment.release_id == release.id);
        let own = self.store().incidents(&filter).await?.into_iter().filter(|incident| incident.deployment_id.is_some_and(of_release));
        Ok(oldest_first(own.collect()))
    }

    /// What was run elsewhere while the release was on its way.
    async fn record_unplanned(&self, record: &ReleaseRecord) -> Result<Vec<pilothouse_domain::unplanned::UnplannedRun>, EngineError> {
        let filter = UnplannedRunFilter {
            product: Some(record.product.id),
            since: Some(record.release.drafted_at),
            limit: MOST,
            ..UnplannedRunFilter::default()
        };
        let seen = self.store().unplanned_runs(&filter).await?.into_iter().filter(|run| run.first_seen_at <= record.as_of);
        Ok(oldest_first(seen.collect()))
    }

    /// The events about these subjects, by their numbers, without exports.
    async fn events_about(&self, subjects: BTreeSet<String>) -> Result<Vec<AuditEvent>, EngineError> {
        let mut events = Vec::new();
        for subject in subjects {
            let filter = AuditFilter { subject_id: Some(subject), limit: MOST_EVENTS, ..AuditFilter::default() };
            events.extend(self.store().audit(&filter).await?);
        }
        events.retain(|event| !is_export(&event.entry.action));
        events.sort_by_key(|event| event.seq);
        Ok(events)
    }
}

fn subjects(record: &ReleaseRecord) -> BTreeSet<String> {
    let mut subjects = BTreeSet::from([record.release.id.to_string()]);
    subjects.extend(record.deployments.iter().map(|row| row.id.to_string()));
    subjects.extend(record.gates.iter().map(|row| row.id.to_string()));
    subjects.extend(record.checklists.iter().map(|row| row.id.to_string()));
    subjects.extend(record.smoke_runs.iter().map(|row| row.id.to_string()));
    subjects.extend(record.uat_rounds.iter().map(|row| row.id.to_string()));
    subjects.extend(record.feedback.iter().map(|row| row.id.to_string()));
    subjects.extend(record.runbook_runs.iter().map(|row| row.id.to_string()));
    subjects.extend(record.incidents.iter().map(|row| row.id.to_string()));
    subjects.extend(record.review.iter().map(|row| row.id.to_string()));
    subjects
}

/// The logs to ask for: of each job of each run, through which connection and in which repository.
fn logs_of(record: &ReleaseRecord) -> Vec<(LogDigest, ConnectionId, String)> {
    let mut logs = Vec::new();
    for deployment in &record.deployments {
        let connection = deployment.pipeline.connection(record.product.connection_id);
        for run in deployment.phases.iter().filter_map(|phase| phase.state.run()) {
            for job in &run.jobs {
                let log = LogDigest {
                    deployment_id: deployment.id,
                    run: run.external_id.clone(),
                    attempt: run.attempt,
                    job: job.external_id.clone(),
                    name: job.name.clone(),
                    bytes: 0,
                    sha256: None,
                    unavailable: String::new(),
                };
                logs.push((log, connection, deployment.repository.clone()));
            }
        }
    }
    logs.truncate(MOST_LOGS);
    logs
}

/// The paths that a release changes itself, and those that changed where it came.
fn all_of<'a>(release: &'a Release, came: &'a [Option<Vec<String>>]) -> impl Iterator<Item = Option<&'a [String]>> {
    std::iter::once(release.changed_paths.as_deref()).chain(came.iter().map(Option::as_deref))
}

/// Lists come newest first.
fn oldest_first<T>(mut rows: Vec<T>) -> Vec<T> {
    rows.reverse();
    rows
}
