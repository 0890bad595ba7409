//! Sessions of courses: set, moved, cancelled, and who attended. Each step is an audit event.

use super::calendar;
use super::clocks::moment;
use super::documents::valid_text;
use super::training::{MOST_RECORDS, trainee_name};
use super::training_input::valid_trainer;
use super::valid_name;
use crate::engine::Engine;
use crate::error::EngineError;
use crate::ports::StoreError;
use crate::ports::document_store::TrainingFilter;
use crate::ports::store::Write;
use pilothouse_domain::document::ReviewedRelease;
use pilothouse_domain::training::{Proof, TrainingRecord, TrainingSession};
use pilothouse_domain::{Actor, CourseId, ReleaseId, TrainingSessionId};
use std::time::Duration;

/// A session as somebody sets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionEdit {
    /// The release that it prepares for.
    pub release: Option<ReleaseId>,
    /// When it begins, on the clocks of its time zone: `2026-11-25T14:00`.
    pub begins: String,
    /// How long it takes, 1 to 1,440.
    pub minutes: u32,
    /// Its time zone: an IANA name.
    pub time_zone: String,
    /// A room or an address; may be empty.
    pub place: String,
    /// Who gives it; may be empty.
    pub trainer: String,
}

impl Engine {
    /// Sets a session of a course, or with an id and the revision that was looked at changes one.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] for a time that its zone doesn't have, where the course needs a release, and where one that somebody
    /// attended would be moved. One that was cancelled takes place again by being changed.
    pub async fn put_session(
        &self,
        actor: &Actor,
        course: CourseId,
        known: Option<(TrainingSessionId, u32)>,
        edit: SessionEdit,
    ) -> Result<TrainingSession, EngineError> {
        let course = self.store().course(course).await?;
        let release = self.release_for(&course, edit.release).await?;
        let (begins_at, time_zone) = moment("begins", &edit.begins, &edit.time_zone)?;
        if !(1..=1_440).contains(&edit.minutes) {
            return Err(EngineError::invalid("minutes", "a session takes 1 to 1,440 minutes", "Set several sessions for several days."));
        }
        let (id, revision) = match known {
            Some((id, revision)) => {
                let session = self.store().training_session(id).await?;
                if session.revision != revision || session.course_id != course.id {
                    return Err(StoreError::Conflict { kind: "training_session", id: id.to_string() }.into());
                }
                let of = |release: &Option<ReviewedRelease>| release.as_ref().map(|release| release.id);
                if session.begins_at != begins_at || of(&session.release) != of(&release) {
                    self.nobody_attended(&session, "Take their attendance back first, or set another session.").await?;
                }
                (id, revision)
            }
            None => (self.new_id(TrainingSessionId::new), 0),
        };
        let session = TrainingSession {
            id,
            revision,
            product_id: course.product_id,
            course_id: course.id,
            release,
            begins_at,
            ends_at: begins_at.plus(Duration::from_secs(u64::from(edit.minutes) * 60)),
            time_zone,
            place: valid_text("place", &edit.place, 300)?,
            trainer: valid_trainer(&edit.trainer)?,
            cancelled: None,
        };
        let verb = if revision == 0 { "Set" } else { "Changed" };
        self.keep_session(actor, session, if revision == 0 { "set" } else { "changed" }, &format!("{verb} a session of “{}”", course.title))
            .await
    }

    /// Says that a session doesn't take place.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] for a reason that is too long, and where somebody attended it.
    pub async fn cancel_session(&self, actor: &Actor, id: TrainingSessionId, reason: &str) -> Result<TrainingSession, EngineError> {
        let mut session = self.store().training_session(id).await?;
        let course = self.store().course(session.course_id).await?;
        self.nobody_attended(&session, "Take their attendance back first.").await?;
        session.cancelled = Some(self.retired(actor, reason)?);
        let why = if reason.trim().is_empty() { String::new() } else { format!(" ({})", reason.trim()) };
        self.keep_session(actor, session, "cancelled", &format!("A session of “{}” doesn't take place{why}", course.title)).await
    }

    async fn keep_session(
        &self,
        actor: &Actor,
        session: TrainingSession,
        action: &str,
        summary: &str,
    ) -> Result<TrainingSession, EngineError> {
        let mut change = self.change(actor);
        change.audit_session(&format!("training_session.{action}"), &session, format!("{summary}: {}", session.begins_at));
        let id = session.id;
        change.write(Write::TrainingSession(session));
        self.ports.store.commit(change.into_set()).await?;
        Ok(self.store().training_session(id).await?)
    }

    /// The invitation to a session as a calendar file (RFC 5545): its name and content. One that was cancelled takes it out of calendars.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn session_calendar(&self, id: TrainingSessionId) -> Result<(String, String), EngineError> {
        let session = self.store().training_session(id).await?;
        let course = self.store().course(session.course_id).await?;
        Ok((calendar::file_name(&course, &session), calendar::invitation(&course, &session, self.now())))
    }

    /// Records that somebody attended a session, or with `false` takes that back.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] before the session has begun, or where it didn't take place.
    pub async fn record_attendance(
        &self,
        actor: &Actor,
        id: TrainingSessionId,
        person: &str,
        has_attended: bool,
    ) -> Result<TrainingSession, EngineError> {
        let session = self.store().training_session(id).await?;
        let course = self.store().course(session.course_id).await?;
        let person = trainee_name(&course, valid_name("person", person, 120)?);
        let own = TrainingFilter { course: Some(course.id), limit: MOST_RECORDS, ..TrainingFilter::default() };
        let records = self.store().training_records(&own).await?;
        let is_it = |record: &&TrainingRecord| {
            record.withdrawn.is_none()
                && record.proof == Proof::Attended { session_id: id }
                && pilothouse_domain::document::is_same_person(&record.person, &person)
        };
        match (records.iter().find(is_it), has_attended) {
            (Some(record), false) => self.withdraw_record(actor, record.clone(), "").await.map(|_| session),
            (None, true) => {
                if session.cancelled.is_some() {
                    return Err(EngineError::invalid("session", "the session didn't take place", "Choose another session."));
                }
                if self.now() < session.begins_at {
                    return Err(EngineError::invalid("session", "the session hasn't begun yet", "Record who was there once it has begun."));
                }
                let (at, release) = (session.ends_at.min(self.now()), session.release.clone());
                self.add_record(actor, &course, person, Proof::Attended { session_id: id }, release, at).await.map(|_| session)
            }
            (Some(_), true) | (None, false) => Ok(session),
        }
    }

    /// What somebody attended was held: it is neither moved nor cancelled.
    async fn nobody_attended(&self, session: &TrainingSession, next_step: &'static str) -> Result<(), EngineError> {
        let own = TrainingFilter { course: Some(session.course_id), limit: MOST_RECORDS, ..TrainingFilter::default() };
        let attended = Proof::Attended { session_id: session.id };
        let records = self.store().training_records(&own).await?;
        match records.iter().filter(|record| record.withdrawn.is_none() && record.proof == attended).count() {
            0 => Ok(()),
            1 => Err(EngineError::invalid("session", "somebody attended the session", next_step)),
            many => Err(EngineError::invalid("session", format!("{many} people attended the session"), next_step)),
        }
    }
}
