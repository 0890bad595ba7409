//! Releases: notes that belong to a tag. Drafts belong to none until they are published.

use chrono::{DateTime, Utc};

const FIRST: u64 = 310_000_001;

/// One release.
#[derive(Debug, Clone)]
pub(crate) struct Release {
    pub(crate) id: u64,
    pub(crate) tag: String,
    pub(crate) target: String,
    pub(crate) name: Option<String>,
    pub(crate) body: Option<String>,
    pub(crate) draft: bool,
    pub(crate) prerelease: bool,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) published_at: Option<DateTime<Utc>>,
}

/// All releases, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Releases {
    pub(crate) all: Vec<Release>,
    made: u64,
}

impl Releases {
    pub(crate) fn add(&mut self, mut release: Release) -> Release {
        release.id = FIRST + self.made;
        self.made += 1;
        self.all.push(release.clone());
        release
    }

    /// The published release of a tag.
    pub(crate) fn of_tag(&self, tag: &str) -> Option<&Release> {
        self.all.iter().find(|release| !release.draft && release.tag == tag)
    }

    /// The newest one that is neither a draft nor a pre-release.
    pub(crate) fn latest(&self) -> Option<&Release> {
        self.all.iter().rev().find(|release| !release.draft && !release.prerelease)
    }
}
