//! Training: courses, sessions, and who attended, passed or confirmed. Each step is an audit event.

use super::calendar;
use super::documents::{person_or_self, valid_text};
use super::training_input::{moment, valid_audience, valid_course, valid_trainer};
use super::valid_name;
use crate::engine::Engine;
use crate::error::EngineError;
use crate::ports::StoreError;
use crate::ports::document_store::TrainingFilter;
use crate::ports::store::Write;
use pilothouse_domain::document::ReviewedRelease;
use pilothouse_domain::release::Release;
use pilothouse_domain::training::{
    Course, Marked, Material, Proof, Quiz, TraineeStanding, TrainingRecord, TrainingSession, course, for_release, mark,
};
use pilothouse_domain::{Actor, CourseId, ProductId, ReleaseId, Timestamp, TrainingRecordId, TrainingSessionId};
use std::time::Duration;

/// So many of a product's newest records are looked at.
const MOST_RECORDS: u32 = 10_000;
/// So many sessions of a course are listed.
const MOST_SESSIONS: u32 = 200;

/// A course as somebody sets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CourseEdit {
    /// Its title.
    pub title: String,
    /// What it teaches, in Markdown.
    pub description: String,
    /// Where to read on.
    pub material: Vec<Material>,
    /// Who has to be trained: `Aiko`, or `Aiko <aiko@example.org>`.
    pub audience: Vec<String>,
    /// Patterns of paths whose change asks for it; empty for each release.
    pub paths: Vec<String>,
    /// Whether each release needs a training of its own.
    pub each_release: bool,
    /// They attend a session.
    pub needs_attendance: bool,
    /// They confirm that they have understood.
    pub needs_acknowledgement: bool,
    /// They pass this quiz.
    pub quiz: Option<Quiz>,
    /// For so many days a training counts.
    pub valid_days: Option<u16>,
}

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

/// A course, who is trained, and its sessions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CourseView {
    /// The course.
    pub course: Course,
    /// Why the release asks for it, where one is looked at.
    pub asked: Option<String>,
    /// How the audience stands.
    pub trainees: Vec<TraineeView>,
    /// Its sessions, those that begin last first.
    pub sessions: Vec<TrainingSession>,
    /// What shows who was trained, newest first; without what was withdrawn.
    pub records: Vec<TrainingRecord>,
}

/// How somebody stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraineeView {
    /// Their name.
    pub name: String,
    /// Where invitations go.
    pub email: Option<String>,
    /// What is missing, in words that follow the name. Empty: they are trained.
    pub missing: Vec<String>,
    /// Until when they are trained.
    pub valid_until: Option<Timestamp>,
}

impl Engine {
    /// The courses of a product, with who is trained, whatever the release.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn list_courses(&self, product: ProductId) -> Result<Vec<CourseView>, EngineError> {
        let courses = self.store().courses(product).await?;
        let records = self.training_records_of(product).await?;
        let now = self.now();
        let mut views = Vec::new();
        for known in courses {
            let trainees = course(&known, &records, None, now);
            views.push(self.course_view(&known, None, &trainees, &records).await?);
        }
        Ok(views)
    }

    /// The courses that a release asks for, and who is trained for it.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn release_training(&self, release: ReleaseId) -> Result<Vec<CourseView>, EngineError> {
        let release = self.store().release(release).await?;
        let courses = self.store().courses(release.product_id).await?;
        let records = self.training_records_of(release.product_id).await?;
        let mut views = Vec::new();
        for standing in for_release(&courses, &records, &release, self.now()) {
            views.push(self.course_view(standing.course, Some(standing.asked.clone()), &standing.trainees, &records).await?);
        }
        Ok(views)
    }

    async fn course_view(
        &self,
        course: &Course,
        asked: Option<String>,
        trainees: &[TraineeStanding<'_>],
        records: &[TrainingRecord],
    ) -> Result<CourseView, EngineError> {
        let of_course = TrainingFilter { course: Some(course.id), limit: MOST_SESSIONS, ..TrainingFilter::default() };
        let sessions = self.store().training_sessions(&of_course).await?;
        let view = |trainee: &TraineeStanding<'_>| TraineeView {
            name: trainee.name.to_owned(),
            email: course.trainee(trainee.name).and_then(|known| known.email.clone()),
            missing: trainee.missing.iter().map(|missing| missing.words().to_owned()).collect(),
            valid_until: trainee.valid_until,
        };
        let own = records.iter().filter(|record| record.course_id == course.id && record.withdrawn.is_none()).cloned().collect();
        Ok(CourseView { course: course.clone(), asked, trainees: trainees.iter().map(view).collect(), sessions, records: own })
    }

    /// What shows who was trained, the newest of a product.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn training_records_of(&self, product: ProductId) -> Result<Vec<TrainingRecord>, EngineError> {
        let newest = TrainingFilter { product: Some(product), limit: MOST_RECORDS, ..TrainingFilter::default() };
        Ok(self.store().training_records(&newest).await?)
    }

    /// Adds a course, or with an id and the revision that was looked at changes one. `renew` asks everybody to be trained anew.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] for what can't be kept; [`StoreError::Taken`] for a title in use; a conflict where somebody else changed it.
    pub async fn put_course(
        &self,
        actor: &Actor,
        product: ProductId,
        known: Option<(CourseId, u32)>,
        edit: CourseEdit,
        renew: bool,
    ) -> Result<Course, EngineError> {
        let product = self.store().product(product).await?;
        let edit = valid_course(edit)?;
        let audience = valid_audience(&edit.audience)?;
        let before = match known {
            Some((id, revision)) => {
                let course = self.store().course(id).await?;
                if course.revision != revision || course.product_id != product.id {
                    return Err(StoreError::Conflict { kind: "course", id: id.to_string() }.into());
                }
                Some(course)
            }
            None => None,
        };
        let is_new = before.is_none();
        let CourseEdit {
            title,
            description,
            material,
            audience: _,
            paths,
            each_release,
            needs_attendance,
            needs_acknowledgement,
            quiz,
            valid_days,
        } = edit;
        let course = Course {
            id: before.as_ref().map_or_else(|| self.new_id(CourseId::new), |course| course.id),
            revision: before.as_ref().map_or(0, |course| course.revision),
            product_id: product.id,
            title,
            description,
            material,
            audience,
            paths,
            each_release,
            needs_attendance,
            needs_acknowledgement,
            quiz,
            valid_days,
            edition: before.as_ref().map_or(1, |course| course.edition.saturating_add(u32::from(renew))),
            added_by: before.as_ref().map_or_else(|| actor.clone(), |course| course.added_by.clone()),
            added_at: before.as_ref().map_or_else(|| self.now(), |course| course.added_at),
            retired: before.and_then(|course| course.retired),
        };
        let (action, verb) = if is_new { ("added", "Added") } else { ("changed", "Changed") };
        let anew = if renew && !is_new { ": everybody is to be trained anew" } else { "" };
        let summary = format!("{verb} the course “{}” of {}{anew}", course.title, product.name);
        self.keep_course(actor, course, action, summary).await
    }

    /// Gives a course no longer, or with `None` gives it again.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] for a reason that is too long.
    pub async fn retire_course(&self, actor: &Actor, id: CourseId, reason: Option<&str>) -> Result<Course, EngineError> {
        let mut course = self.store().course(id).await?;
        course.retired = reason.map(|reason| self.retired(actor, reason)).transpose()?;
        let (action, verb) = if course.retired.is_some() { ("retired", "is given no longer") } else { ("restored", "is given again") };
        let summary = format!("The course “{}” {verb}", course.title);
        self.keep_course(actor, course, action, summary).await
    }

    async fn keep_course(&self, actor: &Actor, course: Course, action: &str, summary: String) -> Result<Course, EngineError> {
        let mut change = self.change(actor);
        change.audit_course(&format!("course.{action}"), &course, summary);
        let id = course.id;
        change.write(Write::Course(course));
        self.ports.store.commit(change.into_set()).await?;
        Ok(self.store().course(id).await?)
    }

    /// Sets a session of a course, or with an id and the revision that was looked at changes one.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] for a time that its zone doesn't have, or where the course needs a release.
    pub async fn put_session(
        &self,
        actor: &Actor,
        course: CourseId,
        known: Option<(TrainingSessionId, u32)>,
        edit: SessionEdit,
    ) -> Result<TrainingSession, EngineError> {
        let course = self.store().course(course).await?;
        let release = self.release_for(&course, edit.release).await?;
        let (begins_at, time_zone) = moment(&edit.begins, &edit.time_zone)?;
        if !(1..=1_440).contains(&edit.minutes) {
            return Err(EngineError::invalid("minutes", "a session takes 1 to 1,440 minutes", "Set several sessions for several days."));
        }
        let (id, revision) = match known {
            Some((id, revision)) => {
                let session = self.store().training_session(id).await?;
                if session.revision != revision || session.course_id != course.id {
                    return Err(StoreError::Conflict { kind: "training_session", id: id.to_string() }.into());
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
    /// [`EngineError::Invalid`] for a reason that is too long.
    pub async fn cancel_session(&self, actor: &Actor, id: TrainingSessionId, reason: &str) -> Result<TrainingSession, EngineError> {
        let mut session = self.store().training_session(id).await?;
        let course = self.store().course(session.course_id).await?;
        session.cancelled = Some(self.retired(actor, reason)?);
        self.keep_session(actor, session, "cancelled", &format!("A session of “{}” doesn't take place", course.title)).await
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

    /// Records that somebody has understood: oneself where nobody is named.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] where the course needs a release.
    pub async fn acknowledge_course(
        &self,
        actor: &Actor,
        id: CourseId,
        person: Option<&str>,
        release: Option<ReleaseId>,
    ) -> Result<TrainingRecord, EngineError> {
        let course = self.store().course(id).await?;
        let person = trainee_name(&course, person_or_self(actor, person)?);
        let release = self.release_for(&course, release).await?;
        self.add_record(actor, &course, person, Proof::Acknowledged, release, self.now()).await
    }

    /// Marks somebody's answers to the quiz, and records what came of it: one's own where nobody is named.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] where the course has no quiz, or needs a release.
    pub async fn answer_quiz(
        &self,
        actor: &Actor,
        id: CourseId,
        person: Option<&str>,
        release: Option<ReleaseId>,
        answers: &[Vec<u8>],
    ) -> Result<Marked, EngineError> {
        let course = self.store().course(id).await?;
        let Some(quiz) = &course.quiz else {
            return Err(EngineError::invalid("course", format!("“{}” has no quiz", course.title), "Attend it, or confirm it."));
        };
        let person = trainee_name(&course, person_or_self(actor, person)?);
        let release = self.release_for(&course, release).await?;
        let marked = mark(quiz, answers);
        let proof = Proof::Quiz { right: marked.right, of: marked.of, passed: marked.passed };
        self.add_record(actor, &course, person, proof, release, self.now()).await?;
        Ok(marked)
    }

    /// Takes a record back that was made by mistake.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] for a reason that is too long.
    pub async fn withdraw_training(&self, actor: &Actor, id: TrainingRecordId, reason: &str) -> Result<TrainingRecord, EngineError> {
        let record = self.store().training_record(id).await?;
        if record.withdrawn.is_some() {
            return Ok(record);
        }
        self.withdraw_record(actor, record, reason).await
    }

    async fn withdraw_record(&self, actor: &Actor, mut record: TrainingRecord, reason: &str) -> Result<TrainingRecord, EngineError> {
        let course = self.store().course(record.course_id).await?;
        record.withdrawn = Some(self.retired(actor, reason)?);
        let summary = format!("Took back that {} {} in “{}”", record.person, did(&record.proof), course.title);
        self.keep_record(actor, record, "withdrawn", summary).await
    }

    async fn add_record(
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

    /// The release that something is for; a course that wants a training for each needs one.
    async fn release_for(&self, course: &Course, release: Option<ReleaseId>) -> Result<Option<ReviewedRelease>, EngineError> {
        let Some(release) = release else {
            if course.each_release {
                let message = format!("“{}” is given for each release anew", course.title);
                return Err(EngineError::invalid("release", message, "Say for which release."));
            }
            return Ok(None);
        };
        let release: Release = self.store().release(release).await?;
        if release.product_id != course.product_id {
            return Err(EngineError::invalid("release", "the release is another product's", "Choose one of the course's product."));
        }
        Ok(Some(ReviewedRelease::of(&release)))
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

/// The name as the audience has it.
fn trainee_name(course: &Course, name: String) -> String {
    course.trainee(&name).map_or(name, |trainee| trainee.name.clone())
}
