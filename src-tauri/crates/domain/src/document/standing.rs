//! What a release must update, who has yet to read what, and which documents have grown old. A review counts for the version of the
//! document that was reviewed, and for the release at the commit that it was reviewed for.

use super::{Document, Review, is_same_person};
use crate::Timestamp;
use crate::paths::touched;
use crate::release::{Release, ReleaseState};
use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 3_600);

/// How a document stands for a release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentStanding<'a> {
    /// The document.
    pub document: &'a Document,
    /// Why the release must update it, in words without a full stop; `None` where it needn't.
    pub asked: Option<String>,
    /// The review for this release, of the current version.
    pub review: Option<&'a Review>,
    /// Since when it should have been reviewed, whatever a release changes.
    pub overdue_since: Option<Timestamp>,
    /// Who has not read the current version.
    pub unread: Vec<&'a str>,
}

impl DocumentStanding<'_> {
    /// Whether the release waits for a review of it.
    #[must_use]
    pub const fn needs_review(&self) -> bool {
        (self.asked.is_some() && self.review.is_none()) || self.overdue_since.is_some()
    }

    /// Whether nothing is missing.
    #[must_use]
    pub const fn is_met(&self) -> bool {
        !self.needs_review() && self.unread.is_empty()
    }
}

/// How a document stands for a release, by what that changes itself. One that is no longer in use asks for nothing.
#[must_use]
pub fn for_release<'a>(document: &'a Document, release: &Release, now: Timestamp) -> DocumentStanding<'a> {
    for_changes(document, release, release.changed_paths.as_deref(), now)
}

/// How a document stands for a release that changes these paths where it goes; `None` where they aren't known.
#[must_use]
pub fn for_changes<'a>(document: &'a Document, release: &Release, changed: Option<&[String]>, now: Timestamp) -> DocumentStanding<'a> {
    if document.retired.is_some() {
        return DocumentStanding { document, asked: None, review: None, overdue_since: None, unread: Vec::new() };
    }
    let is_for = |review: &&Review| review.number == document.number && review.release.as_ref().is_some_and(|of| of.is(release));
    DocumentStanding {
        document,
        asked: touched(&document.paths, changed),
        review: document.reviews.iter().rev().find(is_for),
        overdue_since: overdue(document, now),
        unread: unread(document),
    }
}

/// Since when a document should have been reviewed; `None` where it isn't due.
#[must_use]
pub fn overdue(document: &Document, now: Timestamp) -> Option<Timestamp> {
    let days = document.review_days?;
    let last = document.reviews.last().map_or(document.added_at, |review| review.at);
    let due = last.plus(DAY.saturating_mul(u32::from(days)));
    (due <= now && document.retired.is_none()).then_some(due)
}

/// Who has not read the current version. Nobody can read what has no version yet.
#[must_use]
pub fn unread(document: &Document) -> Vec<&str> {
    let has_read =
        |name: &str| document.readings.iter().any(|reading| reading.number == document.number && is_same_person(&reading.person, name));
    document.readers.iter().map(String::as_str).filter(|name| document.number == 0 || !has_read(name)).collect()
}

/// Why a document has grown old, in words without a full stop; empty where it is as it should be. Looks at the releases that are given:
/// one that was given up has changed nothing; a review for a later release covers the earlier ones.
#[must_use]
pub fn stale(document: &Document, releases: &[Release], now: Timestamp) -> Vec<String> {
    if document.retired.is_some() {
        return Vec::new();
    }
    let covers = |release: &Release| {
        document.reviews.iter().filter_map(|review| review.release.as_ref()).any(|of| of.is(release) || of.drafted_at > release.drafted_at)
    };
    let since = releases
        .iter()
        .filter(|release| release.drafted_at >= document.added_at && !matches!(release.state, ReleaseState::Aborted { .. }))
        .filter(|release| !covers(release))
        .filter_map(|release| touched(&document.paths, release.changed_paths.as_deref()).map(|why| format!("{}: {why}", release.version)));
    let mut found: Vec<String> = since.collect();
    if overdue(document, now).is_some() {
        found.push(match document.review_days {
            Some(1) => "it is to be reviewed each day".to_owned(),
            days => format!("it is to be reviewed every {} days", days.unwrap_or_default()),
        });
    }
    found
}
