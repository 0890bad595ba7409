//! The report's sections about what was prepared: documents, training, the way back.

use super::{moment, signed, table};
use crate::document::{Block, Section};
use pilothouse_domain::document::for_release as document_standing;
use pilothouse_domain::record::ReleaseRecord;
use pilothouse_domain::runbook::{RunbookRun, RunbookRunState};
use pilothouse_domain::training::course as trainees;

pub(super) fn documents(record: &ReleaseRecord) -> Section {
    let rows: Vec<Vec<String>> = record
        .documents
        .iter()
        .map(|document| {
            let standing = document_standing(document, &record.release, record.as_of);
            let review = standing.review.map_or_else(|| "not reviewed".to_owned(), |review| signed(&review.by.to_string(), review.at));
            let unread = if standing.unread.is_empty() { "nobody".to_owned() } else { standing.unread.join(", ") };
            vec![document.title.clone(), document.number.to_string(), document.owner.clone(), review, unread]
        })
        .collect();
    let head = [("Document", 5), ("Version", 2), ("Owner", 3), ("Reviewed", 5), ("Has not read it", 4)];
    section("Documents", "No document had to be updated.", "Documents that it changes", &head, rows)
}

pub(super) fn training(record: &ReleaseRecord) -> Section {
    let mut rows = Vec::new();
    // Those that are on record are asked for.
    for course in &record.courses {
        for trainee in trainees(course, &record.training_records, Some(&record.release), record.as_of) {
            let missing: Vec<&str> = trainee.missing.iter().map(|missing| missing.words()).collect();
            let standing = match (missing.is_empty(), trainee.valid_until) {
                (false, _) => missing.join(", "),
                (true, Some(until)) => format!("trained, until {}", moment(until)),
                (true, None) => "trained".to_owned(),
            };
            rows.push(vec![course.title.clone(), trainee.name.to_owned(), standing]);
        }
    }
    let head = [("Course", 5), ("Who", 4), ("", 6)];
    section("Training", "It asked for no training.", "The audience of the courses that it asks for", &head, rows)
}

pub(super) fn runbooks(record: &ReleaseRecord) -> Section {
    let mut blocks = Vec::new();
    if let Some(attached) = &record.attached_runbook {
        let by = signed(&attached.attached_by.to_string(), attached.attached_at);
        blocks.push(Block::Text(format!("Way back: “{}”, publication {}, attached by {by}.", attached.name, attached.number)));
        let known = attached.acknowledgements.iter();
        blocks.push(Block::List(known.map(|known| format!("Acknowledged by {}", signed(&known.by.to_string(), known.at))).collect()));
    }
    let rows: Vec<Vec<String>> = record.runbook_runs.iter().map(of_run).collect();
    if !rows.is_empty() {
        let head = [("Runbook", 5), ("Environment", 3), ("Begun", 5), ("", 5)];
        blocks.push(table("Runs for it, oldest first", &head, rows));
    }
    if blocks.is_empty() {
        blocks.push(Block::Empty("No runbook was attached or run.".into()));
    }
    Section { title: "Runbooks".into(), blocks }
}

fn of_run(run: &RunbookRun) -> Vec<String> {
    let ended = match &run.state {
        RunbookRunState::Running => "under way".to_owned(),
        RunbookRunState::Completed { at } => format!("completed, {}", moment(*at)),
        RunbookRunState::Stopped { by, at, reason } => format!("stopped by {}: {reason}", signed(&by.to_string(), *at)),
    };
    vec![format!("{} {}", run.name, run.number), run.environment.clone(), signed(&run.begun_by.to_string(), run.begun_at), ended]
}

fn section(title: &str, nothing: &str, caption: &str, head: &[(&str, u8)], rows: Vec<Vec<String>>) -> Section {
    let block = if rows.is_empty() { Block::Empty(nothing.into()) } else { table(caption, head, rows) };
    Section { title: title.into(), blocks: vec![block] }
}
