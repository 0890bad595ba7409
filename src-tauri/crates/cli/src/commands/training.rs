//! `pilothouse training`.

use super::document::release_id;
use crate::commands::Ran;
use crate::exit::Exit;
use crate::input;
use crate::names;
use crate::session::Session;
use crate::text::{clean, moment, table_or, word};
use clap::{Args, Subcommand};
use pilothouse_api::{
    AcknowledgeCourseRequest, AnswerQuizRequest, Api, ApiError, AttendanceRequest, CancelSessionRequest, CorrectTrainingRequest,
    CourseBody, ErrorCode, IdRequest, MaterialBody, PutCourseRequest, PutSessionRequest, QuizBody, QuizMarkView, RetireRequest,
    SessionView, TrainingRecordView, WithdrawTrainingRequest,
};
use serde::Deserialize;
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum TrainingCommand {
    /// The courses of a product, and who is trained
    List {
        /// The product
        product: String,
    },
    /// The courses that a release asks for, and who isn't trained yet. Exits with 3 where somebody isn't
    Release {
        /// The release: product@version, or id
        release: String,
    },
    /// Add or change a course from a JSON document: {"title": …, "audience": […], "needs_attendance": true, "quiz": {…}, …}
    Put {
        /// The product
        product: String,
        /// The document; - is standard input
        file: PathBuf,
        /// Ask everybody to be trained anew
        #[arg(long)]
        renew: bool,
    },
    /// Set a session of a course, or change one: what is left out stays as it is then
    Session {
        #[command(flatten)]
        which: Which,
        /// When it begins, on the clocks of the time zone: 2026-11-25T14:00
        begins: String,
        /// The time zone: Europe/Berlin; UTC without it
        #[arg(long, value_name = "NAME")]
        zone: Option<String>,
        /// How long it takes; an hour without it
        #[arg(long, value_name = "MINUTES")]
        minutes: Option<u32>,
        /// A room or an address
        #[arg(long, value_name = "TEXT")]
        place: Option<String>,
        /// Who gives it: a name, or "Lea <lea@example.org>" so that calendars can answer
        #[arg(long, value_name = "NAME")]
        trainer: Option<String>,
        /// Change this session, by its id, and have it take place again where it was cancelled
        #[arg(long, value_name = "SESSION")]
        change: Option<String>,
        /// The release that it prepares for
        #[arg(long = "for", value_name = "RELEASE")]
        release: Option<String>,
    },
    /// Say that a session doesn't take place
    Cancel {
        /// The session's id
        session: String,
        /// Why
        #[arg(long, value_name = "TEXT", default_value = "")]
        reason: String,
    },
    /// Print the invitation to a session as a calendar file
    Invite {
        /// The session's id
        session: String,
    },
    /// Record who attended a session
    Attend {
        /// The session's id
        session: String,
        /// Who
        #[arg(required = true)]
        people: Vec<String>,
        /// They did not: take it back
        #[arg(long)]
        undo: bool,
    },
    /// What was recorded in a course: who, what, when
    Records {
        #[command(flatten)]
        which: Which,
    },
    /// Take a record back that was made by mistake
    Withdraw {
        /// The record's id
        record: String,
        /// Why
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Say that it was somebody else: the record is taken back, and one made for them
    Correct {
        /// The record's id
        record: String,
        /// Who it was
        #[arg(long, value_name = "NAME")]
        person: String,
        /// Why
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Confirm that you have understood
    Acknowledge {
        #[command(flatten)]
        which: Which,
        /// Somebody else has
        #[arg(long, value_name = "NAME")]
        person: Option<String>,
        /// The release that it is for
        #[arg(long = "for", value_name = "RELEASE")]
        release: Option<String>,
    },
    /// Answer the quiz of a course: for each question the numbers of the right answers, such as 1 2,3 1. Exits with 1 where not passed
    Quiz {
        #[command(flatten)]
        which: Which,
        /// The answers; none prints the questions
        answers: Vec<String>,
        /// Somebody else answers
        #[arg(long, value_name = "NAME")]
        person: Option<String>,
        /// The release that it is for
        #[arg(long = "for", value_name = "RELEASE")]
        release: Option<String>,
    },
    /// Give a course no longer
    Retire {
        #[command(flatten)]
        which: Which,
        /// Why
        #[arg(long, value_name = "TEXT", default_value = "")]
        reason: String,
        /// Give it again instead
        #[arg(long)]
        undo: bool,
    },
}

/// Which course.
#[derive(Debug, Args)]
pub(crate) struct Which {
    /// The product
    product: String,
    /// The course: its title, or id
    course: String,
}

/// What `training put` reads.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    title: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    material: Vec<MaterialBody>,
    audience: Vec<String>,
    #[serde(default)]
    paths: Vec<String>,
    #[serde(default)]
    each_release: bool,
    #[serde(default)]
    needs_attendance: bool,
    #[serde(default)]
    needs_acknowledgement: bool,
    quiz: Option<QuizBody>,
    valid_days: Option<u16>,
}

pub(crate) async fn run(command: TrainingCommand, session: &Session<'_>) -> Ran {
    let api = session.api();
    let screen = &session.screen;
    match command {
        TrainingCommand::List { product } => {
            let id = names::product(api, &product).await?.id;
            screen.show(&api.list_courses(IdRequest { id }).await?, |views| courses(views));
        }
        TrainingCommand::Release { release } => {
            let views = api.release_training(IdRequest { id: names::release(api, &release).await? }).await?;
            screen.show(&views, |views| courses(views));
            if views.iter().flat_map(|view| &view.trainees).any(|trainee| !trainee.missing.is_empty()) {
                return Ok(Exit::Blocked);
            }
        }
        TrainingCommand::Put { product, file, renew } => {
            let product_id = names::product(api, &product).await?.id;
            let document: Document = input::json(&file)?;
            let known = api.list_courses(IdRequest { id: product_id.clone() }).await?;
            let known = known.into_iter().find(|course| course.title.to_lowercase() == document.title.trim().to_lowercase());
            let Document { title, description, material, audience, paths, each_release, .. } = document;
            let request = PutCourseRequest {
                id: known.as_ref().map(|course| course.id.clone()),
                revision: known.map_or(0, |course| course.revision),
                product_id,
                title,
                description,
                material,
                audience,
                paths,
                each_release,
                needs_attendance: document.needs_attendance,
                needs_acknowledgement: document.needs_acknowledgement,
                quiz: document.quiz,
                valid_days: document.valid_days,
                renew,
            };
            screen.show(&api.put_course(request).await?, course);
        }
        TrainingCommand::Session { which, begins, zone, minutes, place, trainer, change, release } => {
            let course = find(api, &which).await?;
            let known = change.map(|id| course.sessions.iter().find(|session| session.id == id).cloned().ok_or_else(|| no_session(&id)));
            let known = known.transpose()?;
            let release_id = release_id(api, release).await?.or_else(|| known.as_ref().and_then(|session| session.release_id.clone()));
            let of = |given: Option<String>, read: fn(&SessionView) -> &String, otherwise: &str| {
                given.or_else(|| known.as_ref().map(|session| read(session).clone())).unwrap_or_else(|| otherwise.to_owned())
            };
            let request = PutSessionRequest {
                id: known.as_ref().map(|session| session.id.clone()),
                revision: known.as_ref().map_or(0, |session| session.revision),
                course_id: course.id,
                release_id,
                begins,
                minutes: minutes.or_else(|| known.as_ref().map(|session| session.minutes)).unwrap_or(60),
                time_zone: of(zone, |session| &session.time_zone, "UTC"),
                place: of(place, |session| &session.place, ""),
                trainer: of(trainer, |session| &session.trainer, ""),
            };
            screen.show(&api.put_session(request).await?, |view| sessions(std::slice::from_ref(view)));
        }
        TrainingCommand::Cancel { session, reason } => {
            let view = api.cancel_session(CancelSessionRequest { id: session, reason }).await?;
            screen.show(&view, |view| sessions(std::slice::from_ref(view)));
        }
        TrainingCommand::Invite { session } => {
            let (_, calendar) = api.session_calendar(IdRequest { id: session }).await?;
            screen.show(&calendar, |calendar| calendar.replace("\r\n", "\n"));
        }
        TrainingCommand::Attend { session, people, undo } => {
            for person in &people {
                let request = AttendanceRequest { session_id: session.clone(), person: person.clone(), has_attended: !undo };
                api.record_attendance(request).await?;
            }
            let verb = if undo { "did not attend" } else { "attended" };
            screen.show(&people, |people| format!("{} {verb}.\n", clean(&people.join(", "))));
        }
        TrainingCommand::Records { which } => {
            screen.show(&find(api, &which).await?.records, |views| records(views));
        }
        TrainingCommand::Withdraw { record, reason } => {
            api.withdraw_training(WithdrawTrainingRequest { id: record.clone(), reason }).await?;
            screen.show(&record, |_| "Took it back.\n".to_owned());
        }
        TrainingCommand::Correct { record, person, reason } => {
            api.correct_training(CorrectTrainingRequest { id: record, person: person.clone(), reason }).await?;
            screen.show(&person, |person| format!("It is recorded for {} now.\n", clean(person)));
        }
        TrainingCommand::Acknowledge { which, person, release } => {
            let course_id = find(api, &which).await?.id;
            let release_id = release_id(api, release).await?;
            api.acknowledge_course(AcknowledgeCourseRequest { course_id, person, release_id }).await?;
            screen.show(&find(api, &which).await?, course);
        }
        TrainingCommand::Quiz { which, answers, person, release } => {
            let known = find(api, &which).await?;
            if answers.is_empty() {
                screen.show(&known, questions);
                return Ok(Exit::Done);
            }
            let answers = answers.iter().map(|text| chosen(text)).collect::<Result<_, _>>()?;
            let release_id = release_id(api, release).await?;
            let marked = api.answer_quiz(AnswerQuizRequest { course_id: known.id, person, release_id, answers }).await?;
            screen.show(&marked, mark);
            if !marked.passed {
                return Ok(Exit::Failed);
            }
        }
        TrainingCommand::Retire { which, reason, undo } => {
            let id = find(api, &which).await?.id;
            screen.show(&api.retire_course(RetireRequest { id, is_retired: !undo, reason }).await?, course);
        }
    }
    Ok(Exit::Done)
}

async fn find(api: &Api, which: &Which) -> Result<CourseBody, ApiError> {
    let id = names::product(api, &which.product).await?.id;
    let wanted = which.course.trim().to_lowercase();
    let views = api.list_courses(IdRequest { id }).await?;
    views.into_iter().find(|view| view.title.to_lowercase() == wanted || view.id == wanted).ok_or_else(|| {
        let message = format!("there is no course `{}`", which.course);
        ApiError::new(ErrorCode::NotFound, message, "See `pilothouse training list` for those that there are.")
    })
}

/// Places of answers from their numbers: `2,3`.
fn chosen(text: &str) -> Result<Vec<u8>, ApiError> {
    let wrong = || ApiError::invalid("answers", format!("`{text}` is no answer"), "Write numbers from 1 with commas between them: 2,3.");
    text.split(',').map(|number| number.trim().parse::<u8>().ok().and_then(|number| number.checked_sub(1)).ok_or_else(wrong)).collect()
}

fn courses(views: &[CourseBody]) -> String {
    if views.is_empty() {
        return "There is no course that is asked for.\n".to_owned();
    }
    views.iter().map(course).collect::<Vec<_>>().join("\n")
}

fn course(view: &CourseBody) -> String {
    let trained = view.trainees.iter().filter(|trainee| trainee.missing.is_empty()).count();
    let mut text = format!("{}: {trained} of {} trained\n", clean(&view.title), view.trainees.len());
    if view.retired.is_some() {
        text.push_str("Given no longer.\n");
    }
    if let Some(asked) = &view.asked {
        text.push_str(&format!("Asked for: {}\n", clean(asked)));
    }
    let rows = view.trainees.iter().map(|trainee| {
        let until = trainee.valid_until.as_ref().map(|until| format!("until {}", moment(until))).unwrap_or_default();
        let standing = if trainee.missing.is_empty() { format!("trained {until}") } else { trainee.missing.join(", ") };
        vec![trainee.name.clone(), standing]
    });
    text.push_str(&table_or(&["PERSON", "STANDING"], rows.collect(), "It has no audience."));
    if !view.sessions.is_empty() {
        text.push_str(&sessions(&view.sessions));
    }
    text
}

fn sessions(views: &[SessionView]) -> String {
    let rows = views.iter().map(|view| {
        let state = if view.cancelled.is_some() { "cancelled".to_owned() } else { format!("{} attended", view.attended.len()) };
        vec![view.id.clone(), moment(&view.begins_at), view.time_zone.clone(), view.place.clone(), view.trainer.clone(), state]
    });
    table_or(&["SESSION", "BEGINS", "ZONE", "PLACE", "TRAINER", ""], rows.collect(), "There is no session.")
}

fn records(views: &[TrainingRecordView]) -> String {
    let row = |view: &TrainingRecordView| {
        let of = view.release.clone().map(|version| format!("for {version}")).unwrap_or_default();
        vec![view.id.clone(), view.person.clone(), word(view.kind), moment(&view.at), of, view.by.clone()]
    };
    table_or(&["RECORD", "PERSON", "", "WHEN", "", "RECORDED BY"], views.iter().map(row).collect(), "Nothing was recorded.")
}

fn no_session(id: &str) -> ApiError {
    let message = format!("the course has no session `{id}`");
    ApiError::new(ErrorCode::NotFound, message, "See `pilothouse training list` for those that there are.")
}

fn questions(view: &CourseBody) -> String {
    let Some(quiz) = &view.quiz else { return "The course has no quiz.\n".to_owned() };
    let mut text = String::new();
    for (question, number) in quiz.questions.iter().zip(1..) {
        text.push_str(&format!("{number}. {}\n", clean(&question.text)));
        for (option, letter) in question.options.iter().zip(1..) {
            text.push_str(&format!("   {letter}) {}\n", clean(option)));
        }
    }
    text
}

fn mark(view: &QuizMarkView) -> String {
    let word = if view.passed { "Passed" } else { "Not passed" };
    let wrong: Vec<String> = view.wrong.iter().map(|at| (at + 1).to_string()).collect();
    let wrong = if wrong.is_empty() { String::new() } else { format!("; wrong: {}", wrong.join(", ")) };
    format!("{word}: {} of {} right{wrong}\n", view.right, view.of)
}
