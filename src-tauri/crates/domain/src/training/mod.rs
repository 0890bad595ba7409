//! Training: courses with their audience and material, sessions, and the record of who attended, passed the quiz, or confirmed to have
//! understood. A record counts for the course's edition, as long as it is valid, and for one release where the course asks for that.
//!
//! Must not: judge a deployment: that is [`policy`](crate::policy), which asks [`for_release`]. Nor know calendars or time zones.

mod quiz;
mod standing;

pub use quiz::{MAX_OPTIONS, MAX_QUESTIONS, Marked, Question, Quiz, QuizFault, mark, valid_quiz};
pub use standing::{CourseStanding, Missing, Part, TraineeStanding, course, for_changes, for_release};

use crate::document::{Retired, ReviewedRelease};
use crate::{Actor, CourseId, ProductId, Timestamp, TrainingRecordId, TrainingSessionId};
use serde::{Deserialize, Serialize};

/// So many people at most are the audience of a course.
pub const MAX_AUDIENCE: usize = 200;
/// So many links to material at most belong to a course.
pub const MAX_MATERIAL: usize = 20;

/// A course.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Course {
    /// Its id.
    pub id: CourseId,
    /// Counts the writes; 0 before the first.
    pub revision: u32,
    /// The product.
    pub product_id: ProductId,
    /// Its title, unique in the product.
    pub title: String,
    /// What it teaches, in Markdown; may be empty.
    pub description: String,
    /// Where to read on.
    pub material: Vec<Material>,
    /// Who has to be trained.
    pub audience: Vec<Trainee>,
    /// Paths in the repository whose change asks for it; empty: each release does.
    pub paths: Vec<String>,
    /// Whether each release that asks for it needs a training of its own.
    pub each_release: bool,
    /// They attend a session.
    pub needs_attendance: bool,
    /// They confirm that they have understood.
    pub needs_acknowledgement: bool,
    /// They pass this quiz.
    pub quiz: Option<Quiz>,
    /// For so many days a training counts; `None` for ever.
    pub valid_days: Option<u16>,
    /// Counts how often everybody had to be trained anew; from 1.
    pub edition: u32,
    /// Who added it.
    pub added_by: Actor,
    /// When.
    pub added_at: Timestamp,
    /// Set where it is no longer given.
    pub retired: Option<Retired>,
}

/// Material of a course.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Material {
    /// What it is.
    pub title: String,
    /// Its address, `http` or `https`.
    pub url: String,
}

/// Somebody who has to be trained.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trainee {
    /// Their name, unique in the audience.
    pub name: String,
    /// Where invitations go; may be missing.
    pub email: Option<String>,
}

/// A session of a course.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrainingSession {
    /// Its id.
    pub id: TrainingSessionId,
    /// Counts the writes; 0 before the first.
    pub revision: u32,
    /// The product.
    pub product_id: ProductId,
    /// The course.
    pub course_id: CourseId,
    /// The release that it prepares for.
    pub release: Option<ReviewedRelease>,
    /// When it begins.
    pub begins_at: Timestamp,
    /// When it ends, later than it begins.
    pub ends_at: Timestamp,
    /// The zone that its times are meant in: an IANA name such as `Europe/Berlin`.
    pub time_zone: String,
    /// A room or an address; may be empty.
    pub place: String,
    /// Who gives it.
    pub trainer: String,
    /// Set where it doesn't take place.
    pub cancelled: Option<Retired>,
}

/// What shows that somebody was trained, or tried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrainingRecord {
    /// Its id.
    pub id: TrainingRecordId,
    /// Counts the writes; 0 before the first.
    pub revision: u32,
    /// The product.
    pub product_id: ProductId,
    /// The course.
    pub course_id: CourseId,
    /// The course's edition then.
    pub edition: u32,
    /// Who was trained, by name.
    pub person: String,
    /// What they did.
    pub proof: Proof,
    /// The release that it was for.
    pub release: Option<ReviewedRelease>,
    /// Who recorded it: the person, or somebody for them.
    pub by: Actor,
    /// When they did it.
    pub at: Timestamp,
    /// Set where it was recorded by mistake.
    pub withdrawn: Option<Retired>,
}

/// What somebody did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Proof {
    /// They attended a session.
    Attended {
        /// Which.
        session_id: TrainingSessionId,
    },
    /// They answered the quiz.
    Quiz {
        /// So many answers were right.
        right: u32,
        /// Of so many.
        of: u32,
        /// Whether that was enough.
        passed: bool,
    },
    /// They confirmed that they have understood.
    Acknowledged,
}

impl TrainingSession {
    /// How long it takes, in minutes.
    #[must_use]
    pub fn minutes(&self) -> u32 {
        u32::try_from(self.ends_at.since(self.begins_at).as_secs() / 60).unwrap_or(u32::MAX)
    }
}

impl Course {
    /// Somebody of the audience.
    #[must_use]
    pub fn trainee(&self, name: &str) -> Option<&Trainee> {
        self.audience.iter().find(|trainee| crate::document::is_same_person(&trainee.name, name))
    }
}
