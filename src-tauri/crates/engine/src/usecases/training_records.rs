//! What shows that somebody was trained: kept, corrected, taken back. Nothing is deleted, and each step is an audit event.

use super::training::trainee_name;
use super::{valid_name, valid_reason};
use crate::engine::Engine;
use crate::error::EngineError;
use crate::ports::store::Write;
use pilothouse_domain::document::{ReviewedRelease, is_same_person};
use pilothouse_domain::training::{Course, Proof, TrainingRecord};
use pilothouse_domain::{Actor, Timestamp, TrainingRecordId};

impl Engine {
    /// Takes a record back that was made by mistake.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] without a reason.
    pub async fn withdraw_training(&self, actor: &Actor, id: TrainingRecordId, reason: &str) -> Result<TrainingRecord, EngineError> {
        let record = self.store().training_record(id).await?;
        if record.withdrawn.is_some() {
            return Ok(record);
        }
        self.withdraw_record(actor, record, &valid_reason(reason)?).await
    }

    /// Says that it was somebody else: the record is taken back, and one for them made with what was done, and when.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] without a reason, for a record that was taken back, and where the name is the same.
    pub async fn correct_training(
        &self,
        actor: &Actor,
        id: TrainingRecordId,
        person: &str,
        reason: &str,
    ) -> Result<TrainingRecord, EngineError> {
        let mut wrong = self.store().training_record(id).await?;
        let course = self.store().course(wrong.course_id).await?;
        let reason = valid_reason(reason)?;
        let person = trainee_name(&course, valid_name("person", person, 120)?);
        if wrong.withdrawn.is_some() {
            return Err(EngineError::invalid("id", "the record was taken back already", "Record it anew."));
        }
        if is_same_person(&wrong.person, &person) {
            let message = format!("it was recorded for {person} already");
            return Err(EngineError::invalid("person", message, "Name who it was, or take the record back."));
        }
        let right = TrainingRecord {
            id: self.new_id(TrainingRecordId::new),
            revision: 0,
            person,
            by: actor.clone(),
            withdrawn: None,
            ..wrong.clone()
        };
        wrong.withdrawn = Some(self.retired(actor, &reason)?);
        let (title, what) = (&course.title, did(&right.proof));
        let summary = format!("Not {}, but {} {what} in “{title}”: {reason}", wrong.person, right.person);
        let mut change = self.change(actor);
        change.audit_training("training_record.corrected", &wrong, summary);
        change.audit_training("training_record.recorded", &right, format!("{} {what} in “{title}”", right.person));
        let id = right.id;
        change.write(Write::TrainingRecord(wrong));
        change.write(Write::TrainingRecord(right));
        self.ports.store.commit(change.into_set()).await?;
        Ok(self.store().training_record(id).await?)
    }

    pub(super) async fn withdraw_record(
        &self,
        actor: &Actor,
        mut record: TrainingRecord,
        reason: &str,
    ) -> Result<TrainingRecord, EngineError> {
        let course = self.store().course(record.course_id).await?;
        record.withdrawn = Some(self.retired(actor, reason)?);
        let why = if reason.is_empty() { String::new() } else { format!(": {reason}") };
        let summary = format!("Took back that {} {} in “{}”{why}", record.person, did(&record.proof), course.title);
        self.keep_record(actor, record, "withdrawn", summary).await
    }

    pub(super) async fn add_record(
        &self,
        actor: &Actor,
        course: &Course,
        person: String,
        proof: Proof,
        release: Option<ReviewedRelease>,
        at: Timestamp,
    ) -> Result<TrainingRecord, EngineError> {
        if course.retired.is_some() {
            let message = format!("“{}” is given no longer", course.title);
            return Err(EngineError::invalid("course", message, "Choose another course, or give it again."));
        }
        let record = TrainingRecord {
            id: self.new_id(TrainingRecordId::new),
            revision: 0,
            product_id: course.product_id,
            course_id: course.id,
            edition: course.edition,
            person,
            proof,
            release,
            by: actor.clone(),
            at,
            withdrawn: None,
        };
        let summary = format!("{} {} in “{}”", record.person, did(&record.proof), course.title);
        self.keep_record(actor, record, "recorded", summary).await
    }

    async fn keep_record(
        &self,
        actor: &Actor,
        record: TrainingRecord,
        action: &str,
        summary: String,
    ) -> Result<TrainingRecord, EngineError> {
        let mut change = self.change(actor);
        change.audit_training(&format!("training_record.{action}"), &record, summary);
        let id = record.id;
        change.write(Write::TrainingRecord(record));
        self.ports.store.commit(change.into_set()).await?;
        Ok(self.store().training_record(id).await?)
    }
}

/// What somebody did, in words that follow their name.
fn did(proof: &Proof) -> String {
    match proof {
        Proof::Attended { .. } => "attended a session".to_owned(),
        Proof::Quiz { right, of, passed: true } => format!("passed the quiz with {right} of {of}"),
        Proof::Quiz { right, of, passed: false } => format!("did not pass the quiz with {right} of {of}"),
        Proof::Acknowledged => "confirmed to have understood".to_owned(),
    }
}
