//! Courses, sessions and who was trained, as they go out.

use super::{MaterialBody, QuestionBody, QuizBody};
use crate::decode::shown;
use pilothouse_domain::Timestamp;
use pilothouse_domain::training::{Proof, Quiz, TrainingRecord, TrainingSession};
use pilothouse_engine::usecases::{CourseView, TraineeView};
use serde::{Deserialize, Serialize};
use specta::Type;

/// A course, who is trained, and its sessions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct CourseBody {
    /// Its id.
    pub id: String,
    /// Counts the writes.
    pub revision: u32,
    /// The product.
    pub product_id: String,
    /// Its title.
    pub title: String,
    /// What it teaches, in Markdown; may be empty.
    pub description: String,
    /// Where to read on.
    pub material: Vec<MaterialBody>,
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
    /// Counts how often everybody had to be trained anew.
    pub edition: u32,
    /// Why the release asks for it, where one is looked at.
    pub asked: Option<String>,
    /// Its audience, and how each stands.
    pub trainees: Vec<TraineeBody>,
    /// Its sessions, those that begin last first.
    pub sessions: Vec<SessionView>,
    /// What was recorded, newest first; at most 200.
    pub records: Vec<TrainingRecordView>,
    /// Set where it is given no longer: why, which may be empty.
    pub retired: Option<String>,
}

/// Somebody of an audience.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct TraineeBody {
    /// Their name.
    pub name: String,
    /// Where invitations go.
    pub email: Option<String>,
    /// What is missing, in words that follow the name; empty where they are trained.
    pub missing: Vec<String>,
    /// Until when they are trained.
    pub valid_until: Option<String>,
}

/// A session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct SessionView {
    /// Its id.
    pub id: String,
    /// Counts the writes.
    pub revision: u32,
    /// The course.
    pub course_id: String,
    /// The release that it prepares for.
    pub release_id: Option<String>,
    /// That release's version.
    pub release: Option<String>,
    /// When it begins.
    pub begins_at: String,
    /// When it ends.
    pub ends_at: String,
    /// How long it takes.
    pub minutes: u32,
    /// The zone that its times are meant in.
    pub time_zone: String,
    /// A room or an address; may be empty.
    pub place: String,
    /// Who gives it; may be empty.
    pub trainer: String,
    /// Whether it has begun, so that it can be recorded who was there.
    pub has_begun: bool,
    /// Who attended.
    pub attended: Vec<String>,
    /// Set where it doesn't take place: why, which may be empty.
    pub cancelled: Option<String>,
}

/// What was recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct TrainingRecordView {
    /// Its id.
    pub id: String,
    /// Who was trained.
    pub person: String,
    /// What they did.
    pub kind: TrainingProofWord,
    /// How many answers were right, where it is a quiz.
    pub right: Option<u32>,
    /// Of how many.
    pub of: Option<u32>,
    /// The release's version that it was for.
    pub release: Option<String>,
    /// Who recorded it.
    pub by: String,
    /// When they did it.
    pub at: String,
}

/// What somebody did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum TrainingProofWord {
    /// Attended a session.
    Attended,
    /// Passed the quiz.
    Passed,
    /// Did not pass it.
    NotPassed,
    /// Confirmed to have understood.
    Acknowledged,
}

/// How a quiz was answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct QuizMarkView {
    /// So many answers were right.
    pub right: u32,
    /// Of so many.
    pub of: u32,
    /// Whether that is enough.
    pub passed: bool,
    /// Places of the questions that were answered wrong, from 0.
    pub wrong: Vec<u32>,
}

/// So many records are shown with a course.
const RECORDS: usize = 200;

impl From<&Quiz> for QuizBody {
    fn from(quiz: &Quiz) -> Self {
        let question = |question: &pilothouse_domain::training::Question| QuestionBody {
            text: question.text.clone(),
            options: question.options.clone(),
            right: question.right.clone(),
        };
        Self { questions: quiz.questions.iter().map(question).collect(), pass_percent: quiz.pass_percent }
    }
}

impl From<&TraineeView> for TraineeBody {
    fn from(view: &TraineeView) -> Self {
        let TraineeView { name, email, missing, valid_until } = view.clone();
        Self { name, email, missing, valid_until: valid_until.map(shown) }
    }
}

impl From<&TrainingRecord> for TrainingRecordView {
    fn from(record: &TrainingRecord) -> Self {
        let (kind, right, of) = match record.proof {
            Proof::Attended { .. } => (TrainingProofWord::Attended, None, None),
            Proof::Quiz { right, of, passed: true } => (TrainingProofWord::Passed, Some(right), Some(of)),
            Proof::Quiz { right, of, passed: false } => (TrainingProofWord::NotPassed, Some(right), Some(of)),
            Proof::Acknowledged => (TrainingProofWord::Acknowledged, None, None),
        };
        Self {
            id: record.id.to_string(),
            person: record.person.clone(),
            kind,
            right,
            of,
            release: record.release.as_ref().map(|release| release.version.to_string()),
            by: record.by.to_string(),
            at: shown(record.at),
        }
    }
}

impl SessionView {
    pub(super) fn new(session: &TrainingSession, records: &[TrainingRecord], now: Timestamp) -> Self {
        let attended = records.iter().filter(|record| record.proof == Proof::Attended { session_id: session.id });
        Self {
            id: session.id.to_string(),
            revision: session.revision,
            course_id: session.course_id.to_string(),
            release_id: session.release.as_ref().map(|release| release.id.to_string()),
            release: session.release.as_ref().map(|release| release.version.to_string()),
            begins_at: shown(session.begins_at),
            ends_at: shown(session.ends_at),
            minutes: session.minutes(),
            time_zone: session.time_zone.clone(),
            place: session.place.clone(),
            trainer: session.trainer.clone(),
            has_begun: session.begins_at <= now,
            attended: attended.map(|record| record.person.clone()).collect(),
            cancelled: session.cancelled.as_ref().map(|cancelled| cancelled.reason.clone()),
        }
    }
}

impl CourseBody {
    pub(super) fn new(view: &CourseView, now: Timestamp) -> Self {
        let course = &view.course;
        Self {
            id: course.id.to_string(),
            revision: course.revision,
            product_id: course.product_id.to_string(),
            title: course.title.clone(),
            description: course.description.clone(),
            material: course.material.iter().map(|m| MaterialBody { title: m.title.clone(), url: m.url.clone() }).collect(),
            paths: course.paths.clone(),
            each_release: course.each_release,
            needs_attendance: course.needs_attendance,
            needs_acknowledgement: course.needs_acknowledgement,
            quiz: course.quiz.as_ref().map(Into::into),
            valid_days: course.valid_days,
            edition: course.edition,
            asked: view.asked.clone(),
            trainees: view.trainees.iter().map(Into::into).collect(),
            sessions: view.sessions.iter().map(|session| SessionView::new(session, &view.records, now)).collect(),
            records: view.records.iter().take(RECORDS).map(Into::into).collect(),
            retired: course.retired.as_ref().map(|retired| retired.reason.clone()),
        }
    }
}
