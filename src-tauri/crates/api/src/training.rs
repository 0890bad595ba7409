//! Training: courses, sessions, attendance, quizzes, confirmations; and who is trained for a release.

mod view;

pub use view::*;

use crate::decode::{id, optional_id};
use crate::error::ApiError;
use crate::{Api, IdRequest, RetireRequest};
use pilothouse_domain::training::{Material, Question, Quiz};
use pilothouse_domain::{CourseId, ProductId, TrainingSessionId};
use pilothouse_engine::usecases::{CourseEdit, SessionEdit};
use serde::{Deserialize, Serialize};
use specta::Type;

/// A course as somebody sets it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct PutCourseRequest {
    /// Its id; none for a new one.
    pub id: Option<String>,
    /// The revision that was looked at.
    pub revision: u32,
    /// The product.
    pub product_id: String,
    /// Its title, unique in the product.
    pub title: String,
    /// What it teaches, in Markdown; may be empty.
    pub description: String,
    /// Where to read on.
    pub material: Vec<MaterialBody>,
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
    pub quiz: Option<QuizBody>,
    /// For so many days a training counts.
    pub valid_days: Option<u16>,
    /// True to ask everybody to be trained anew.
    pub renew: bool,
}

/// Material of a course.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct MaterialBody {
    /// What it is.
    pub title: String,
    /// Its address.
    pub url: String,
}

/// A quiz.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct QuizBody {
    /// Its questions, in order.
    pub questions: Vec<QuestionBody>,
    /// So many percent must be answered right, 1 to 100.
    pub pass_percent: u8,
}

/// A question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct QuestionBody {
    /// The question.
    pub text: String,
    /// What can be answered.
    pub options: Vec<String>,
    /// Places of the right answers, from 0.
    pub right: Vec<u8>,
}

/// A session as somebody sets it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct PutSessionRequest {
    /// Its id; none for a new one.
    pub id: Option<String>,
    /// The revision that was looked at.
    pub revision: u32,
    /// The course.
    pub course_id: String,
    /// The release that it prepares for.
    pub release_id: Option<String>,
    /// When it begins, on the clocks of its time zone: `2026-11-25T14:00`.
    pub begins: String,
    /// How long it takes.
    pub minutes: u32,
    /// An IANA name: `Europe/Berlin`.
    pub time_zone: String,
    /// A room or an address; may be empty.
    pub place: String,
    /// Who gives it: a name, with an e-mail address where calendars should answer; may be empty.
    pub trainer: String,
}

/// A session that doesn't take place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct CancelSessionRequest {
    /// Its id.
    pub id: String,
    /// Why; may be empty.
    pub reason: String,
}

/// Whether somebody attended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct AttendanceRequest {
    /// The session.
    pub session_id: String,
    /// Who.
    pub person: String,
    /// False takes it back.
    pub has_attended: bool,
}

/// That somebody has understood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct AcknowledgeCourseRequest {
    /// The course.
    pub course_id: String,
    /// Who; none for oneself.
    pub person: Option<String>,
    /// The release that it is for.
    pub release_id: Option<String>,
}

/// Somebody's answers to a quiz.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct AnswerQuizRequest {
    /// The course.
    pub course_id: String,
    /// Who; none for oneself.
    pub person: Option<String>,
    /// The release that it is for.
    pub release_id: Option<String>,
    /// Places of what was chosen, for each question in order.
    pub answers: Vec<Vec<u8>>,
}

/// A record to take back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct WithdrawTrainingRequest {
    /// Its id.
    pub id: String,
    /// Why, never empty.
    pub reason: String,
}

/// A record that was made for somebody else than who it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct CorrectTrainingRequest {
    /// Its id.
    pub id: String,
    /// Who it was.
    pub person: String,
    /// Why, never empty.
    pub reason: String,
}

impl From<QuizBody> for Quiz {
    fn from(body: QuizBody) -> Self {
        let question = |body: QuestionBody| Question { text: body.text, options: body.options, right: body.right };
        Self { questions: body.questions.into_iter().map(question).collect(), pass_percent: body.pass_percent }
    }
}

impl Api {
    /// The courses of a product, with who is trained.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn list_courses(&self, request: IdRequest) -> Result<Vec<CourseBody>, ApiError> {
        let (views, now) = (self.engine.list_courses(id("id", &request.id)?).await?, self.engine.now());
        Ok(views.iter().map(|view| CourseBody::new(view, now)).collect())
    }

    /// The courses that a release asks for, and who is trained for it.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn release_training(&self, request: IdRequest) -> Result<Vec<CourseBody>, ApiError> {
        let (views, now) = (self.engine.release_training(id("id", &request.id)?).await?, self.engine.now());
        Ok(views.iter().map(|view| CourseBody::new(view, now)).collect())
    }

    /// Adds or changes a course.
    ///
    /// # Errors
    /// `invalid` for what can't be kept; `taken` for a title in use; `conflict` where somebody else changed it.
    pub async fn put_course(&self, request: PutCourseRequest) -> Result<CourseBody, ApiError> {
        let product: ProductId = id("product_id", &request.product_id)?;
        let known: Option<CourseId> = optional_id("id", request.id.as_deref())?;
        let edit = CourseEdit {
            title: request.title,
            description: request.description,
            material: request.material.into_iter().map(|body| Material { title: body.title, url: body.url }).collect(),
            audience: request.audience,
            paths: request.paths,
            each_release: request.each_release,
            needs_attendance: request.needs_attendance,
            needs_acknowledgement: request.needs_acknowledgement,
            quiz: request.quiz.map(Quiz::from),
            valid_days: request.valid_days,
        };
        let known = known.map(|id| (id, request.revision));
        let course = self.engine.put_course(&self.actor, product, known, edit, request.renew).await?;
        self.course_body(course.id, product).await
    }

    /// Gives a course no longer, or again.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn retire_course(&self, request: RetireRequest) -> Result<CourseBody, ApiError> {
        let reason = request.is_retired.then_some(request.reason.as_str());
        let course = self.engine.retire_course(&self.actor, id("id", &request.id)?, reason).await?;
        self.course_body(course.id, course.product_id).await
    }

    /// Sets or changes a session.
    ///
    /// # Errors
    /// `invalid` for a time that its zone doesn't have, or where the course needs a release.
    pub async fn put_session(&self, request: PutSessionRequest) -> Result<SessionView, ApiError> {
        let known: Option<TrainingSessionId> = optional_id("id", request.id.as_deref())?;
        let edit = SessionEdit {
            release: optional_id("release_id", request.release_id.as_deref())?,
            begins: request.begins,
            minutes: request.minutes,
            time_zone: request.time_zone,
            place: request.place,
            trainer: request.trainer,
        };
        let known = known.map(|id| (id, request.revision));
        let session = self.engine.put_session(&self.actor, id("course_id", &request.course_id)?, known, edit).await?;
        Ok(SessionView::new(&session, &[], self.engine.now()))
    }

    /// Says that a session doesn't take place.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn cancel_session(&self, request: CancelSessionRequest) -> Result<SessionView, ApiError> {
        let session = self.engine.cancel_session(&self.actor, id("id", &request.id)?, &request.reason).await?;
        Ok(SessionView::new(&session, &[], self.engine.now()))
    }

    /// Records whether somebody attended a session.
    ///
    /// # Errors
    /// `invalid` before it has begun, or where it didn't take place.
    pub async fn record_attendance(&self, request: AttendanceRequest) -> Result<(), ApiError> {
        let session = id("session_id", &request.session_id)?;
        self.engine.record_attendance(&self.actor, session, &request.person, request.has_attended).await?;
        Ok(())
    }

    /// Records that somebody has understood.
    ///
    /// # Errors
    /// `invalid` where the course needs a release.
    pub async fn acknowledge_course(&self, request: AcknowledgeCourseRequest) -> Result<(), ApiError> {
        let release = optional_id("release_id", request.release_id.as_deref())?;
        let course = id("course_id", &request.course_id)?;
        self.engine.acknowledge_course(&self.actor, course, request.person.as_deref(), release).await?;
        Ok(())
    }

    /// Marks and records somebody's answers to a quiz.
    ///
    /// # Errors
    /// `invalid` where the course has no quiz, or needs a release.
    pub async fn answer_quiz(&self, request: AnswerQuizRequest) -> Result<QuizMarkView, ApiError> {
        let release = optional_id("release_id", request.release_id.as_deref())?;
        let course = id("course_id", &request.course_id)?;
        let marked = self.engine.answer_quiz(&self.actor, course, request.person.as_deref(), release, &request.answers).await?;
        let wrong = marked.wrong.iter().filter_map(|at| u32::try_from(*at).ok()).collect();
        Ok(QuizMarkView { right: marked.right, of: marked.of, passed: marked.passed, wrong })
    }

    /// Says that it was somebody else: the record is taken back, and one made for them.
    ///
    /// # Errors
    /// `invalid` without a reason, or where it was taken back already.
    pub async fn correct_training(&self, request: CorrectTrainingRequest) -> Result<(), ApiError> {
        let CorrectTrainingRequest { id: record, person, reason } = request;
        self.engine.correct_training(&self.actor, id("id", &record)?, &person, &reason).await?;
        Ok(())
    }

    /// Takes a record back that was made by mistake.
    ///
    /// # Errors
    /// `invalid` without a reason.
    pub async fn withdraw_training(&self, request: WithdrawTrainingRequest) -> Result<(), ApiError> {
        self.engine.withdraw_training(&self.actor, id("id", &request.id)?, &request.reason).await?;
        Ok(())
    }

    /// The invitation to a session as a calendar file: its name and content.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn session_calendar(&self, request: IdRequest) -> Result<(String, String), ApiError> {
        Ok(self.engine.session_calendar(id("id", &request.id)?).await?)
    }

    async fn course_body(&self, id: CourseId, product: ProductId) -> Result<CourseBody, ApiError> {
        let views = self.engine.list_courses(product).await?;
        let now = self.engine.now();
        let gone = || ApiError::new(crate::ErrorCode::NotFound, "the course is gone", "Look at the list again.");
        views.iter().find(|view| view.course.id == id).map(|view| CourseBody::new(view, now)).ok_or_else(gone)
    }
}
