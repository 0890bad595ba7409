//! What people wrote, reviewed, read and learnt for a release: the audit events of documents and training that are about it.

use crate::engine::Engine;
use crate::error::EngineError;
use crate::ports::document_store::TrainingFilter;
use crate::ports::store::AuditFilter;
use pilothouse_domain::audit::AuditEvent;
use pilothouse_domain::document::Document;
use pilothouse_domain::release::Release;
use pilothouse_domain::training::TrainingSession;
use serde_json::Value;
use std::collections::BTreeSet;

/// So many documents of a release are told of, so many records, and so many sessions of each course.
const MOST: usize = 50;
/// So many of the newest events of each are looked at.
const EVENTS: u32 = 200;

impl Engine {
    /// What was done with documents and in trainings for a release, oldest first.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn people_events(&self, release: &Release) -> Result<Vec<AuditEvent>, EngineError> {
        let documents = self.store().documents(release.product_id).await?;
        let reviewed = documents.iter().filter(|document| !numbers(document, release).is_empty());
        let mut events = Vec::new();
        for document in reviewed.take(MOST) {
            let numbers = numbers(document, release);
            let about = self.events_of(document.id.to_string()).await?;
            events.extend(about.into_iter().filter(|event| is_of_document(event, release, &numbers)));
        }
        let mut subjects = BTreeSet::new();
        for course in self.store().courses(release.product_id).await? {
            let of_course = TrainingFilter { course: Some(course.id), limit: EVENTS, ..TrainingFilter::default() };
            let sessions: Vec<TrainingSession> = self.store().training_sessions(&of_course).await?;
            let own = sessions.iter().filter(|session| session.release.as_ref().is_some_and(|of| of.id == release.id));
            subjects.extend(own.take(MOST).map(|session| session.id.to_string()));
            let records = self.store().training_records(&of_course).await?;
            let own = records.iter().filter(|record| record.release.as_ref().is_some_and(|of| of.id == release.id));
            subjects.extend(own.take(MOST).map(|record| record.id.to_string()));
        }
        for subject in subjects {
            events.extend(self.events_of(subject).await?);
        }
        events.sort_by_key(|event| event.seq);
        Ok(events)
    }

    async fn events_of(&self, subject: String) -> Result<Vec<AuditEvent>, EngineError> {
        let filter = AuditFilter { subject_id: Some(subject), limit: EVENTS, ..AuditFilter::default() };
        Ok(self.store().audit(&filter).await?)
    }
}

/// The versions of a document that were reviewed for a release.
fn numbers(document: &Document, release: &Release) -> BTreeSet<u32> {
    let own = |review: &&pilothouse_domain::document::Review| review.release.as_ref().is_some_and(|of| of.id == release.id);
    document.reviews.iter().filter(own).map(|review| review.number).collect()
}

/// Whether an event of a document is about a release: it was reviewed or written for it, or a version read that was reviewed for it.
fn is_of_document(event: &AuditEvent, release: &Release, numbers: &BTreeSet<u32>) -> bool {
    let data = &event.entry.data;
    let text = |pointer: &str| data.pointer(pointer).and_then(Value::as_str);
    let number = |pointer: &str| data.pointer(pointer).and_then(Value::as_u64).and_then(|number| u32::try_from(number).ok());
    match event.entry.action.as_str() {
        "document.reviewed" => text("/last_review/release/id") == Some(&release.id.to_string()),
        // A version that is written for a release is reviewed for it in the same step.
        "document.written" => {
            text("/last_review/release/id") == Some(&release.id.to_string()) && number("/last_review/number") == number("/number")
        }
        "document.read" => number("/last_reading/number").is_some_and(|number| numbers.contains(&number)),
        _ => false,
    }
}
