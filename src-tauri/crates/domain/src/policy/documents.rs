//! The rules about documents and training, for environments that ask for them: what the release changes is documented, each version was
//! read by those who have to, and the audience is trained.

use super::{Blocker, Clearance, Facts, Gate};
use crate::Timestamp;
use crate::arriving::arriving;
use crate::document::{self, DocumentStanding};
use crate::product::Environment;
use crate::training::{self, CourseStanding};

/// So many people are named; the others are counted.
const NAMED: usize = 3;

/// Documents that hold the release up.
pub(super) fn documents(facts: &Facts<'_>, environment: &Environment, now: Timestamp) -> Vec<Blocker> {
    if !environment.rules.documents_for(facts.release) {
        return Vec::new();
    }
    let changed = arriving(facts.release, facts.releases, facts.deployments, environment.id);
    let standings = facts.documents.iter().map(|document| document::for_changes(document, facts.release, changed.as_deref(), now));
    standings.flat_map(|standing| [review(facts, &standing), readers(&standing)]).flatten().collect()
}

fn blocker(standing: &DocumentStanding<'_>, title: String, detail: String) -> Blocker {
    Blocker { gate: Gate::Documents, title, detail, cleared_by: Clearance::Documenting { document: standing.document.id } }
}

fn review(facts: &Facts<'_>, standing: &DocumentStanding<'_>) -> Option<Blocker> {
    let (document, version) = (standing.document, &facts.release.version);
    if !standing.needs_review() {
        return None;
    }
    let why = match (&standing.asked, standing.overdue_since) {
        (Some(asked), _) if standing.review.is_none() => sentence(asked),
        (_, Some(since)) => format!("Its review is overdue since {}", since.as_datetime().format("%Y-%m-%d")),
        _ => return None,
    };
    let owner = if document.owner.is_empty() { "Anybody".to_owned() } else { document.owner.clone() };
    let title = format!("“{}” is not reviewed for {version}", document.title);
    Some(blocker(standing, title, format!("{why}. {owner} brings it up to date, or says that it is.")))
}

fn readers(standing: &DocumentStanding<'_>) -> Option<Blocker> {
    let document = standing.document;
    if standing.unread.is_empty() {
        return None;
    }
    let names = named(&standing.unread.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
    if document.number == 0 {
        let title = format!("“{}” has no text yet", document.title);
        return Some(blocker(standing, title, format!("{names} should read it.")));
    }
    let count = if standing.unread.len() == 1 { "1 person has".to_owned() } else { format!("{} people have", standing.unread.len()) };
    let title = format!("{count} not read “{}”", document.title);
    Some(blocker(standing, title, format!("Version {} is to be read by {names}.", document.number)))
}

/// Courses whose audience holds the release up.
pub(super) fn training(facts: &Facts<'_>, environment: &Environment, now: Timestamp) -> Vec<Blocker> {
    if !environment.rules.training_for(facts.release) {
        return Vec::new();
    }
    let changed = arriving(facts.release, facts.releases, facts.deployments, environment.id);
    training::for_changes(facts.courses, facts.training, facts.release, changed.as_deref(), now)
        .iter()
        .filter_map(|standing| of_course(facts, standing))
        .collect()
}

fn of_course(facts: &Facts<'_>, standing: &CourseStanding<'_>) -> Option<Blocker> {
    let people: Vec<String> = standing
        .untrained()
        .map(|trainee| {
            let missing: Vec<&str> = trainee.missing.iter().map(training::Missing::words).collect();
            format!("{} {}", trainee.name, missing.join(" and "))
        })
        .collect();
    let count = match people.len() {
        0 => return None,
        1 => "1 person is".to_owned(),
        many => format!("{many} people are"),
    };
    Some(Blocker {
        gate: Gate::Training,
        title: format!("{count} not trained in “{}”", standing.course.title),
        detail: format!("{}. For {}, {}.", named_clauses(&people), facts.release.version, standing.asked),
        cleared_by: Clearance::Training { course: standing.course.id },
    })
}

fn named(names: &[String]) -> String {
    listed(names, ", ")
}

fn named_clauses(clauses: &[String]) -> String {
    listed(clauses, "; ")
}

fn listed(words: &[String], between: &str) -> String {
    let mut shown: Vec<String> = words.iter().take(NAMED).cloned().collect();
    if words.len() > NAMED {
        shown.push(format!("and {} more", words.len() - NAMED));
    }
    shown.join(between)
}

/// A reason as the beginning of a sentence.
fn sentence(reason: &str) -> String {
    let mut chars = reason.chars();
    // A path keeps its letters.
    if reason.starts_with("which ") {
        chars.next().map(|c| c.to_uppercase().chain(chars).collect()).unwrap_or_default()
    } else {
        reason.to_owned()
    }
}
