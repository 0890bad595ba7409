//! Documents of a product: user guides, manuals, release notes; written here, or linked to a file of the repository or a page elsewhere.
//! They have numbered versions, reviews, and people who confirm that they have read an exact version.
//!
//! Must not: hold the texts: each [`DocumentVersion`] is a row of its own. Nor judge a deployment: that is [`policy`](crate::policy).

mod search;
mod standing;

pub use search::{MAX_TERMS, excerpt, folded, matches, terms};
pub use standing::{DocumentStanding, for_changes, for_release, overdue, stale, unread};

use crate::release::Release;
use crate::{Actor, DocumentId, DocumentVersionId, ProductId, ReleaseId, Timestamp, Version};
use serde::{Deserialize, Serialize};

/// The longest text of a version, in characters.
pub const MAX_TEXT: usize = 200_000;
/// So many reviews, and so many confirmations of readers, are kept with a document; older ones are in the audit.
pub const MAX_KEPT: usize = 500;
/// So many people at most have to read a document.
pub const MAX_READERS: usize = 200;
/// So many documents at most belong to a product. A search looks at all of them.
pub const MAX_DOCUMENTS: usize = 1_000;

/// A document of a product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// Its id.
    pub id: DocumentId,
    /// Counts the writes; 0 before the first.
    pub revision: u32,
    /// The product.
    pub product_id: ProductId,
    /// What kind of document.
    pub kind: DocumentKind,
    /// Its title, unique in the product.
    pub title: String,
    /// Who sees to it, by name.
    pub owner: String,
    /// Where its text lies.
    pub source: DocumentSource,
    /// The number of its current version; 0 before the first.
    pub number: u32,
    /// Paths in the repository whose change asks to review it: `deploy/**`; `**` for each release.
    pub paths: Vec<String>,
    /// After so many days it must be reviewed again; `None` for never.
    pub review_days: Option<u16>,
    /// Who has to read each version, by name.
    pub readers: Vec<String>,
    /// Its reviews, oldest first.
    pub reviews: Vec<Review>,
    /// Who has read what, oldest first.
    pub readings: Vec<Reading>,
    /// Who added it.
    pub added_by: Actor,
    /// When.
    pub added_at: Timestamp,
    /// Set where it is no longer in use.
    pub retired: Option<Retired>,
}

/// Kinds of documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DocumentKind {
    /// For those who use the product.
    UserGuide,
    /// For those who operate it.
    OperationsManual,
    /// What to do when something fails.
    Troubleshooting,
    /// What a release brings.
    ReleaseNotes,
    /// Anything else.
    Other,
}

/// Where a document's text lies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum DocumentSource {
    /// Here.
    Written,
    /// In a file of the product's repository; each version is the file at a commit.
    Repository {
        /// The file's path.
        path: String,
    },
    /// On a page elsewhere; a version says what was seen there.
    Link {
        /// Its address, `http` or `https`.
        url: String,
    },
}

/// A version of a document. Never changed once it is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentVersion {
    /// Its id.
    pub id: DocumentVersionId,
    /// Counts the writes; 0 before the first.
    pub revision: u32,
    /// The product.
    pub product_id: ProductId,
    /// The document.
    pub document_id: DocumentId,
    /// Its number, from 1 without gaps.
    pub number: u32,
    /// The document's title then.
    pub title: String,
    /// The text, in Markdown; may be empty for a page elsewhere.
    pub text: String,
    /// What changed; may be empty.
    pub remark: String,
    /// The commit of the repository that the text was read at.
    pub commit: Option<String>,
    /// Who wrote it.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
}

/// That somebody looked a version through and found it right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    /// The document's version.
    pub number: u32,
    /// The release that it was reviewed for.
    pub release: Option<ReviewedRelease>,
    /// A remark; may be empty.
    pub remark: String,
    /// Who.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
}

/// A release as it was when something was done for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewedRelease {
    /// The release.
    pub id: ReleaseId,
    /// Its version.
    pub version: Version,
    /// Its commit.
    pub commit: String,
    /// When it was drafted.
    pub drafted_at: Timestamp,
}

/// That somebody has read a version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// The document's version.
    pub number: u32,
    /// Who has read it, by name.
    pub person: String,
    /// Who recorded it: the reader, or somebody for them.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
}

/// That something is no longer in use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retired {
    /// Who said so.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
    /// Why; may be empty.
    pub reason: String,
}

impl DocumentKind {
    /// As people read it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::UserGuide => "user guide",
            Self::OperationsManual => "operations manual",
            Self::Troubleshooting => "troubleshooting guide",
            Self::ReleaseNotes => "release notes",
            Self::Other => "document",
        }
    }
}

impl ReviewedRelease {
    /// The release as it is.
    #[must_use]
    pub fn of(release: &Release) -> Self {
        Self { id: release.id, version: release.version.clone(), commit: release.source.commit.clone(), drafted_at: release.drafted_at }
    }

    /// Whether it is what the release is now.
    #[must_use]
    pub fn is(&self, release: &Release) -> bool {
        self.id == release.id && self.version == release.version && self.commit == release.source.commit
    }
}

/// Whether two names mean the same person.
#[must_use]
pub fn is_same_person(one: &str, other: &str) -> bool {
    one.trim().to_lowercase() == other.trim().to_lowercase()
}

impl Document {
    /// The document with another review. What is kept is bounded: the oldest go.
    #[must_use]
    pub fn reviewed(mut self, review: Review) -> Self {
        self.reviews.push(review);
        let surplus = self.reviews.len().saturating_sub(MAX_KEPT);
        self.reviews.drain(..surplus);
        self
    }

    /// The document with a reader more; as it was where they have read this version already.
    #[must_use]
    pub fn read(mut self, reading: Reading) -> Self {
        let is_there = |known: &Reading| known.number == reading.number && is_same_person(&known.person, &reading.person);
        if !self.readings.iter().any(is_there) {
            self.readings.push(reading);
            let surplus = self.readings.len().saturating_sub(MAX_KEPT);
            self.readings.drain(..surplus);
        }
        self
    }

    /// The last review of the current version.
    #[must_use]
    pub fn last_review(&self) -> Option<&Review> {
        self.reviews.iter().rev().find(|review| review.number == self.number)
    }
}
