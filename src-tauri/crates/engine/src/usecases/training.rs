//! Training: courses, sessions, and who attended, passed or confirmed. Each step is an audit event.

use super::documents::person_or_self;
use super::training_input::{valid_audience, valid_course};
use crate::engine::Engine;
use crate::error::EngineError;
use crate::ports::StoreError;
use crate::ports::document_store::TrainingFilter;
use crate::ports::store::Write;
use pilothouse_domain::document::ReviewedRelease;
use pilothouse_domain::release::Release;
use pilothouse_domain::training::{
    Course, Marked, Material, Proof, Quiz, TraineeStanding, TrainingRecord, TrainingSession, course, for_changes, for_release, mark,
};
use pilothouse_domain::{Actor, CourseId, ProductId, ReleaseId, Timestamp};

/// So many of a product's newest records are looked at.
pub(super) const MOST_RECORDS: u32 = 10_000;
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
        let now = self.now();
        let mut asked = for_release(&courses, &records, &release, now);
        // What an environment gets with it that asks for training counts as well.
        let coming = self.arriving(&release, |environment| environment.rules.needs_training).await?;
        for changed in &coming {
            for standing in for_changes(&courses, &records, &release, changed.as_deref(), now) {
                if !asked.iter().any(|known| known.course.id == standing.course.id) {
                    asked.push(standing);
                }
            }
        }
        for standing in asked {
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

    /// The release that something is for; a course that wants a training for each needs one.
    pub(super) async fn release_for(&self, course: &Course, release: Option<ReleaseId>) -> Result<Option<ReviewedRelease>, EngineError> {
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

/// The name as the audience has it.
pub(super) fn trainee_name(course: &Course, name: String) -> String {
    course.trainee(&name).map_or(name, |trainee| trainee.name.clone())
}
