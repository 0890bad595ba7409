//! Evidence: what is kept to show that something was done or seen: a file, a link, a note, a measured time. It belongs to a part of
//! something else (an item of a checklist, a step of a runbook, a feedback, a drill), and files are known by the digest of their content.
//! Must not hold the content itself: that lies in the store, once for each digest.

use crate::{Actor, EvidenceId, ProductId, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::fmt;
use uuid::Uuid;

/// The largest file that is taken, in bytes: 10 MiB.
pub const MAX_FILE_BYTES: usize = 10 * 1024 * 1024;

/// So many pieces of evidence at most belong to one part.
pub const MAX_PER_PART: usize = 50;

/// A piece of evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// Its id.
    pub id: EvidenceId,
    /// Counts the writes; 0 before the first.
    pub revision: u32,
    /// The product that it belongs to.
    pub product_id: ProductId,
    /// What it is evidence for.
    pub owner: EvidenceOwner,
    /// What it is.
    pub content: EvidenceContent,
    /// Who attached it.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
    /// Set once it was taken back. A file's content is gone then, unless other evidence has the same.
    pub withdrawn: Option<Withdrawn>,
}

/// What a piece of evidence belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct EvidenceOwner {
    /// The kind of thing.
    pub kind: EvidenceOwnerKind,
    /// The thing's id.
    pub id: Uuid,
    /// Its part, where it has parts: the item of a checklist, the step of a runbook.
    pub part: Option<Uuid>,
}

/// The kinds of things that have evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceOwnerKind {
    /// A checklist; the part is its item.
    Checklist,
    /// Feedback of a tester.
    Feedback,
    /// A runbook that is carried out; the part is its step.
    RunbookRun,
    /// A drill that restores a backup.
    RestoreDrill,
    /// A document.
    Document,
    /// A session of a course.
    TrainingSession,
}

/// What a piece of evidence is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum EvidenceContent {
    /// A file.
    File {
        /// The name that it came with, without folders. Says nothing about what it is.
        name: String,
        /// What it is, found in its content: `image/png`.
        media_type: String,
        /// Its length in bytes.
        bytes: u32,
        /// Its content's digest.
        digest: ContentDigest,
    },
    /// A page elsewhere.
    Link {
        /// Its address, `http` or `https`.
        url: String,
        /// What it shows; may be empty.
        title: String,
    },
    /// A remark.
    Note {
        /// In Markdown.
        text: String,
    },
    /// A time that was measured.
    MeasuredTime {
        /// Of what.
        what: String,
        /// Seconds.
        seconds: u32,
    },
}

/// That a piece of evidence was taken back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withdrawn {
    /// Who.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
    /// Why; may be empty.
    pub reason: String,
}

/// SHA-256 of a content, in hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ContentDigest(String);

/// How a file may be looked at in the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SafeView {
    /// As a picture that is drawn anew from its pixels.
    Picture,
    /// As plain text.
    Text,
    /// Not at all: it can be saved.
    SaveOnly,
}

impl ContentDigest {
    /// The digest of these bytes.
    #[must_use]
    pub fn of(content: &[u8]) -> Self {
        Self(Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// The digest as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ContentDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl EvidenceOwnerKind {
    /// The kind's word, as in the database.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Checklist => "checklist",
            Self::Feedback => "feedback",
            Self::RunbookRun => "runbook_run",
            Self::RestoreDrill => "restore_drill",
            Self::Document => "document",
            Self::TrainingSession => "training_session",
        }
    }
}

impl Evidence {
    /// True while it counts.
    #[must_use]
    pub const fn is_current(&self) -> bool {
        self.withdrawn.is_none()
    }

    /// The digest of its file, where it is one that was not taken back.
    #[must_use]
    pub const fn kept_digest(&self) -> Option<&ContentDigest> {
        match &self.content {
            EvidenceContent::File { digest, .. } if self.withdrawn.is_none() => Some(digest),
            _ => None,
        }
    }

    /// In a few words: `the file plan.pdf`.
    #[must_use]
    pub fn words(&self) -> String {
        match &self.content {
            EvidenceContent::File { name, .. } => format!("the file {name}"),
            EvidenceContent::Link { url, title } => format!("the link {}", if title.is_empty() { url } else { title }),
            EvidenceContent::Note { .. } => "a note".to_owned(),
            EvidenceContent::MeasuredTime { what, seconds } => format!("a measured time of {seconds} s for {what}"),
        }
    }
}

/// How a file of this type may be looked at. Only what can be drawn from its pixels, or written out letter by letter, is shown: a page's
/// source may be read, and is never rendered.
#[must_use]
pub fn safe_view(media_type: &str) -> SafeView {
    match media_type {
        "image/png" | "image/jpeg" | "image/gif" | "image/webp" => SafeView::Picture,
        text if text.starts_with("text/") => SafeView::Text,
        _ => SafeView::SaveOnly,
    }
}

/// A file's name without folders and without what a file system or a terminal stumbles over; at most 120 characters.
#[must_use]
pub fn plain_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let is_odd = |c: char| {
        c.is_control() || "<>:\"|?*".contains(c) || ('\u{200e}'..='\u{202e}').contains(&c) || ('\u{2066}'..='\u{2069}').contains(&c)
    };
    let clean: String = last.chars().map(|c| if is_odd(c) { '_' } else { c }).collect();
    let clean = clean.trim().trim_start_matches('.').trim();
    if clean.is_empty() {
        return "file".to_owned();
    }
    let count = clean.chars().count();
    if count <= 120 {
        return clean.to_owned();
    }
    // The end tells what a person takes it for.
    let (head, tail): (String, String) = (clean.chars().take(100).collect(), clean.chars().skip(count - 19).collect());
    format!("{head}…{tail}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_content_has_the_same_digest() {
        assert_eq!(ContentDigest::of(b"a"), ContentDigest::of(b"a"));
        assert_eq!(ContentDigest::of(b"").as_str(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }

    #[test]
    fn only_what_can_not_run_is_shown() {
        assert_eq!(safe_view("image/png"), SafeView::Picture);
        assert_eq!((safe_view("text/plain"), safe_view("text/html")), (SafeView::Text, SafeView::Text));
        for other in ["image/svg+xml", "image/tiff", "application/pdf", "application/zip", "application/xhtml+xml", ""] {
            assert_eq!(safe_view(other), SafeView::SaveOnly, "{other}");
        }
    }

    #[test]
    fn a_name_leads_nowhere() {
        for (given, plain) in [
            ("plan.pdf", "plan.pdf"),
            ("../../etc/passwd", "passwd"),
            ("C:\\Users\\x\\run.exe", "run.exe"),
            ("..", "file"),
            (".bashrc", "bashrc"),
            ("a\u{202e}gnp.exe", "a_gnp.exe"),
            ("  ", "file"),
            ("a:b\n", "a_b_"),
        ] {
            assert_eq!(plain_name(given), plain, "{given:?}");
        }
        let long = plain_name(&format!("{}.png", "x".repeat(500)));
        assert!(long.chars().count() == 120 && long.ends_with(".png"), "{long}");
    }
}
