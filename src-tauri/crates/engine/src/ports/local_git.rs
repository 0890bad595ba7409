//! Clones of products' repositories on this computer: a source beside the provider, for tags, changes and signatures.
//!
//! An implementation only reads. It must: bound every call in time and in what it takes in; run no hook, no pager, no filter, no
//! prompt and nothing that the clone's own configuration names; reach no network; and say in words what a person can do about a refusal.

use crate::ports::provider::{Comparison, ProviderError, ProviderErrorKind};
use async_trait::async_trait;
use pilothouse_domain::ProductId;
use pilothouse_domain::changelog::Commit;
use pilothouse_domain::release::{SourceKind, SourceRef};
use std::path::{Path, PathBuf};

/// Reads clones.
#[async_trait]
pub trait LocalGit: Send + Sync {
    /// Whether a folder is a clone that can be read, and of what.
    async fn inspect(&self, clone: &Path) -> Result<CloneFacts, LocalGitError>;

    /// Tags and branches, newest first; at most 200 of each. Of branches that are here and at a remote, those of the remote.
    async fn refs(&self, clone: &Path) -> Result<Vec<SourceRef>, LocalGitError>;

    /// What a name points at.
    async fn resolve(&self, clone: &Path, kind: SourceKind, name: &str) -> Result<SourceRef, LocalGitError>;

    /// The newest commits at a ref; at most `limit` (1 to 100).
    async fn commits(&self, clone: &Path, git_ref: &str, limit: u8) -> Result<Vec<Commit>, LocalGitError>;

    /// The commits that `head` has and `base` hasn't, newest first; at most 1,000.
    async fn compare(&self, clone: &Path, base: &str, head: &str) -> Result<Comparison, LocalGitError>;

    /// A file at a commit, as text; at most 128 KiB.
    async fn file(&self, _clone: &Path, _commit: &str, _path: &str) -> Result<String, LocalGitError> {
        Err(NoClones::refusal())
    }

    /// Whether a tag is signed, by whom, and whether that holds, by this person's own keys.
    async fn signature(&self, clone: &Path, tag: &str) -> Result<TagSignature, LocalGitError>;
}

/// Where this computer's clones are. Kept on the computer: a path of one means nothing on another.
pub trait CloneBook: Send + Sync {
    /// The clone of a product, where one is named.
    fn clone_of(&self, product: ProductId) -> Option<PathBuf>;

    /// Names it, or with `None` forgets it.
    ///
    /// # Errors
    /// Where that can't be kept.
    fn set_clone(&self, product: ProductId, clone: Option<&Path>) -> Result<(), LocalGitError>;
}

/// What is known of a clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloneFacts {
    /// Its folder, absolute.
    pub path: PathBuf,
    /// The branch that is checked out; `None` where none is.
    pub branch: Option<String>,
    /// How many tags it has.
    pub tags: u32,
    /// Where it was cloned from, without credentials; `None` where that isn't known.
    pub origin: Option<String>,
}

/// How a tag is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TagSignature {
    /// A lightweight tag: a name alone, which can't be signed.
    Lightweight,
    /// An annotated tag without a signature.
    Unsigned,
    /// Signed, and that holds, with a key that this person knows.
    Good {
        /// Whose key: `Mira Okafor <mira@example.com>`.
        by: String,
        /// Which key: a fingerprint.
        key: String,
    },
    /// Signed with a key that this person doesn't know.
    Unknown {
        /// Which key, where that is told.
        key: String,
        /// What to do about it.
        next_step: String,
    },
    /// The signature doesn't fit what it signs, or its key is revoked or expired.
    Bad {
        /// What is wrong.
        reason: String,
    },
    /// What would check it isn't there.
    Unchecked {
        /// Why.
        reason: String,
    },
}

/// Why a clone can't be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct LocalGitError {
    /// True where the clone can be read, and what was asked for isn't in it.
    pub is_missing: bool,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub next_step: String,
}

impl From<LocalGitError> for ProviderError {
    fn from(error: LocalGitError) -> Self {
        let kind = if error.is_missing { ProviderErrorKind::NotFound } else { ProviderErrorKind::Invalid };
        Self { kind, message: error.message, next_step: error.next_step }
    }
}

/// A host without clones.
pub(crate) struct NoClones;

impl NoClones {
    fn refusal() -> LocalGitError {
        LocalGitError {
            is_missing: false,
            message: "This host reads no local clones.".to_owned(),
            next_step: "Use the window or the command line of the computer that has the clone.".to_owned(),
        }
    }
}

impl CloneBook for NoClones {
    fn clone_of(&self, _product: ProductId) -> Option<PathBuf> {
        None
    }

    fn set_clone(&self, _product: ProductId, _clone: Option<&Path>) -> Result<(), LocalGitError> {
        Err(Self::refusal())
    }
}

#[async_trait]
impl LocalGit for NoClones {
    async fn inspect(&self, _clone: &Path) -> Result<CloneFacts, LocalGitError> {
        Err(Self::refusal())
    }

    async fn refs(&self, _clone: &Path) -> Result<Vec<SourceRef>, LocalGitError> {
        Err(Self::refusal())
    }

    async fn resolve(&self, _clone: &Path, _kind: SourceKind, _name: &str) -> Result<SourceRef, LocalGitError> {
        Err(Self::refusal())
    }

    async fn commits(&self, _clone: &Path, _git_ref: &str, _limit: u8) -> Result<Vec<Commit>, LocalGitError> {
        Err(Self::refusal())
    }

    async fn compare(&self, _clone: &Path, _base: &str, _head: &str) -> Result<Comparison, LocalGitError> {
        Err(Self::refusal())
    }

    async fn signature(&self, _clone: &Path, _tag: &str) -> Result<TagSignature, LocalGitError> {
        Err(Self::refusal())
    }
}
