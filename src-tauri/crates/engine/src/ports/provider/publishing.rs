//! Tags and releases at a provider.

use pilothouse_domain::Timestamp;

/// A tag to create.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewTag {
    /// Its name: `v1.4.0`.
    pub name: String,
    /// The commit, in full.
    pub commit: String,
    /// Its message; a tag without one is a lightweight tag.
    pub message: String,
}

/// A release to publish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRelease {
    /// Its tag.
    pub tag: String,
    /// Its title.
    pub title: String,
    /// Its notes, Markdown.
    pub notes: String,
    /// Whether it is marked as not ready for everybody.
    pub is_prerelease: bool,
}

/// A release as the provider keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderRelease {
    /// Its id there.
    pub external_id: String,
    /// Its tag.
    pub tag: String,
    /// Its title.
    pub title: String,
    /// Its notes, Markdown.
    pub notes: String,
    /// When it was published, where it is.
    pub published_at: Option<Timestamp>,
    /// Its page.
    pub url: String,
    /// Its files.
    pub assets: Vec<ReleaseAsset>,
}

/// A file of a release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleaseAsset {
    /// Its name.
    pub name: String,
    /// Where it can be had.
    pub url: String,
    /// Its size in bytes, where the provider tells.
    pub size: Option<u64>,
}
