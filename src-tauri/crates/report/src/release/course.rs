//! How the release went, what was said of it afterwards, and every event that the audit has.

use super::{moment, signed, table};
use crate::document::{Block, Section};
use pilothouse_domain::metrics::duration_words;
use pilothouse_domain::record::ReleaseRecord;
use pilothouse_domain::review::course;

pub(super) fn course_of(record: &ReleaseRecord) -> Section {
    let rows = course(&record.events).into_iter().map(|milestone| {
        let entry = &milestone.event.entry;
        let since = milestone.since.map(|since| format!("+ {}", duration_words(since.as_secs_f64()))).unwrap_or_default();
        vec![moment(entry.at), since, entry.summary.clone(), entry.actor.to_string()]
    });
    let rows: Vec<Vec<String>> = rows.collect();
    let blocks = if rows.is_empty() {
        vec![Block::Empty("Nothing is on record.".into())]
    } else {
        vec![table("The milestones, with the time since the one before", &[("When", 3), ("Since", 2), ("What", 9), ("Who", 3)], rows)]
    };
    Section { title: "How it went".into(), blocks }
}

pub(super) fn review(record: &ReleaseRecord) -> Section {
    let Some(review) = &record.review else {
        return Section { title: "Review".into(), blocks: vec![Block::Empty("Nobody has written a review yet.".into())] };
    };
    let closed =
        review.closed.as_ref().map_or_else(|| "It is open.".to_owned(), |by| format!("Closed by {}.", signed(&by.by.to_string(), by.at)));
    let mut blocks = vec![Block::Text(format!("Begun by {}. {closed}", signed(&review.begun_by.to_string(), review.begun_at)))];
    if !review.summary.is_empty() {
        blocks.push(Block::Text(review.summary.clone()));
    }
    for (title, notes) in [("What went well:", &review.went_well), ("What should go better:", &review.to_improve)] {
        if !notes.is_empty() {
            blocks.push(Block::Text(title.into()));
            blocks.push(Block::List(notes.clone()));
        }
    }
    if !review.actions.is_empty() {
        let rows = review.actions.iter().map(|action| {
            let done =
                action.done.as_ref().map_or_else(|| "open".to_owned(), |by| format!("done by {}", signed(&by.by.to_string(), by.at)));
            let due = action.due.map(|due| due.as_datetime().format("%Y-%m-%d").to_string()).unwrap_or_default();
            vec![action.what.clone(), action.owner.clone(), due, done]
        });
        blocks.push(table("What is to be done", &[("Action", 7), ("Owner", 3), ("Due", 2), ("State", 5)], rows.collect()));
    }
    Section { title: "Review".into(), blocks }
}

pub(super) fn audit(record: &ReleaseRecord) -> Section {
    let rows = record.events.iter().map(|event| {
        vec![
            event.seq.to_string(),
            moment(event.entry.at),
            event.entry.actor.to_string(),
            event.entry.summary.clone(),
            event.hash.chars().take(16).collect(),
        ]
    });
    let caption = "Every event of the audit chain about this release, each with the beginning of its hash";
    let blocks = vec![table(caption, &[("No.", 1), ("When", 3), ("Who", 3), ("What", 8), ("Hash", 3)], rows.collect())];
    Section { title: "Audit events".into(), blocks }
}
