//! Who is trained, and who isn't yet: for a course, and for a release.

use super::{Course, Proof, TrainingRecord};
use crate::Timestamp;
use crate::document::is_same_person;
use crate::paths::touched;
use crate::release::Release;
use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 3_600);

/// A part of being trained.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// Attending a session.
    Attendance,
    /// Passing the quiz.
    Quiz,
    /// Confirming to have understood.
    Acknowledgement,
}

/// A part that is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Missing {
    /// Which.
    pub part: Part,
    /// When it ceased to be valid; `None` where it never was there.
    pub expired_at: Option<Timestamp>,
}

/// How somebody of the audience stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraineeStanding<'a> {
    /// Their name.
    pub name: &'a str,
    /// What is missing. Empty: they are trained.
    pub missing: Vec<Missing>,
    /// Until when they are trained; `None` for ever, or where they aren't.
    pub valid_until: Option<Timestamp>,
}

/// How a course stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CourseStanding<'a> {
    /// The course.
    pub course: &'a Course,
    /// Why the release asks for it, in words without a full stop.
    pub asked: String,
    /// Its audience, in the course's order.
    pub trainees: Vec<TraineeStanding<'a>>,
}

impl Missing {
    /// In words that follow a name.
    #[must_use]
    pub const fn words(&self) -> &'static str {
        match (self.part, self.expired_at.is_some()) {
            (Part::Attendance, false) => "has not attended",
            (Part::Attendance, true) => "attended too long ago",
            (Part::Quiz, false) => "has not passed the quiz",
            (Part::Quiz, true) => "passed the quiz too long ago",
            (Part::Acknowledgement, false) => "has not confirmed it",
            (Part::Acknowledgement, true) => "confirmed it too long ago",
        }
    }
}

impl CourseStanding<'_> {
    /// Who isn't trained.
    pub fn untrained(&self) -> impl Iterator<Item = &TraineeStanding<'_>> {
        self.trainees.iter().filter(|trainee| !trainee.missing.is_empty())
    }
}

/// The courses that a release asks for by what it changes itself, and how their audience stands.
#[must_use]
pub fn for_release<'a>(courses: &'a [Course], records: &[TrainingRecord], release: &Release, now: Timestamp) -> Vec<CourseStanding<'a>> {
    for_changes(courses, records, release, release.changed_paths.as_deref(), now)
}

/// The courses that a release asks for which changes these paths where it goes; `None` where they aren't known.
#[must_use]
pub fn for_changes<'a>(
    courses: &'a [Course],
    records: &[TrainingRecord],
    release: &Release,
    changed: Option<&[String]>,
    now: Timestamp,
) -> Vec<CourseStanding<'a>> {
    courses
        .iter()
        .filter_map(|known| {
            let asked = asked(known, changed)?;
            Some(CourseStanding { course: known, asked, trainees: course(known, records, Some(release), now) })
        })
        .collect()
}

/// Why a release asks for a course.
fn asked(course: &Course, changed: Option<&[String]>) -> Option<String> {
    if course.retired.is_some() {
        return None;
    }
    if course.paths.is_empty() {
        return Some("each release asks for it".to_owned());
    }
    touched(&course.paths, changed)
}

/// How the audience of a course stands; for a release where one is named.
#[must_use]
pub fn course<'a>(course: &'a Course, records: &[TrainingRecord], release: Option<&Release>, now: Timestamp) -> Vec<TraineeStanding<'a>> {
    let own: Vec<&TrainingRecord> =
        records.iter().filter(|record| record.course_id == course.id && counts(course, record, release)).collect();
    course.audience.iter().map(|trainee| trainee_standing(course, &own, &trainee.name, now)).collect()
}

fn trainee_standing<'a>(course: &Course, records: &[&TrainingRecord], name: &'a str, now: Timestamp) -> TraineeStanding<'a> {
    let mut missing = Vec::new();
    let mut valid_until: Option<Timestamp> = None;
    for part in parts(course) {
        let of_part = records.iter().filter(|record| is_same_person(&record.person, name) && part_of(&record.proof) == Some(part));
        match of_part.map(|record| record.at).max() {
            None => missing.push(Missing { part, expired_at: None }),
            Some(at) => {
                let end = course.valid_days.map(|days| at.plus(DAY.saturating_mul(u32::from(days))));
                match end {
                    Some(end) if end <= now => missing.push(Missing { part, expired_at: Some(end) }),
                    Some(end) => valid_until = Some(valid_until.map_or(end, |known| known.min(end))),
                    None => {}
                }
            }
        }
    }
    let valid_until = valid_until.filter(|_| missing.is_empty());
    TraineeStanding { name, missing, valid_until }
}

/// What a course asks of its audience.
fn parts(course: &Course) -> impl Iterator<Item = Part> {
    let asked = [
        (course.needs_attendance, Part::Attendance),
        (course.quiz.is_some(), Part::Quiz),
        (course.needs_acknowledgement, Part::Acknowledgement),
    ];
    asked.into_iter().filter_map(|(is_asked, part)| is_asked.then_some(part))
}

const fn part_of(proof: &Proof) -> Option<Part> {
    match proof {
        Proof::Attended { .. } => Some(Part::Attendance),
        Proof::Quiz { passed: true, .. } => Some(Part::Quiz),
        Proof::Quiz { passed: false, .. } => None,
        Proof::Acknowledged => Some(Part::Acknowledgement),
    }
}

fn counts(course: &Course, record: &TrainingRecord, release: Option<&Release>) -> bool {
    let is_for_it = match release {
        Some(release) if course.each_release => {
            record.release.as_ref().is_some_and(|of| of.id == release.id && of.version == release.version)
        }
        _ => true,
    };
    record.withdrawn.is_none() && record.edition == course.edition && is_for_it
}
