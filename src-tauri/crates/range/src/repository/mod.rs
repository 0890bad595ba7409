//! The practice repository: a real Git repository in a folder, read and written through the git command line, so that what
//! somebody commits or pushes there from outside is seen here. It knows nothing of GitHub's JSON.

mod compare;
mod git;
mod kept;
mod read;
mod seed;
mod write;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::RangeError;
use git::Git;

pub(crate) use compare::{ChangedFile, FileStatus};
pub(crate) use read::Range;
pub use write::Push;

/// The repository on disk. Cloning shares it.
#[derive(Debug, Clone)]
pub(crate) struct Repository {
    git: Git,
    objects: Arc<kept::Objects>,
}

/// A branch or tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reference {
    /// Full name, e.g. `refs/tags/v1.0.0`.
    pub(crate) name: String,
    /// What it points at: a commit, or the tag object of an annotated tag.
    pub(crate) object: String,
    /// `commit` or `tag`.
    pub(crate) kind: String,
    /// The commit it leads to.
    pub(crate) commit: String,
}

impl Reference {
    pub(crate) fn branch(&self) -> Option<&str> {
        self.name.strip_prefix("refs/heads/")
    }

    pub(crate) fn tag(&self) -> Option<&str> {
        self.name.strip_prefix("refs/tags/")
    }
}

/// Who wrote something, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Signature {
    pub(crate) name: String,
    pub(crate) email: String,
    /// RFC 3339 in UTC, whole seconds.
    pub(crate) date: String,
}

/// One commit.
#[derive(Debug, Clone)]
pub(crate) struct Commit {
    pub(crate) sha: String,
    pub(crate) tree: String,
    pub(crate) parents: Vec<String>,
    pub(crate) author: Signature,
    pub(crate) committer: Signature,
    pub(crate) message: String,
}

/// One entry of a folder at a commit.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) path: String,
    /// `blob`, `tree` or `commit` (a submodule).
    pub(crate) kind: String,
    pub(crate) sha: String,
    /// In bytes; 0 for a folder.
    pub(crate) size: u64,
}

impl Repository {
    /// Makes the repository with its history in a new folder `name` of `parent`.
    pub(crate) async fn create(parent: &Path, name: &str) -> Result<Self, RangeError> {
        let folder: PathBuf = parent.join(name);
        std::fs::create_dir_all(&folder).map_err(|source| RangeError::Folder { path: folder.clone(), source })?;
        let git = Git::new(folder);
        git.run(&["init", "-q", "--initial-branch=main"]).await?;
        git.feed(&["fast-import", "--quiet"], seed::history().as_bytes()).await?;
        git.run(&["reset", "-q", "--hard", "main"]).await?;
        // A push into the checked-out branch from a clone is welcome: it moves the files along.
        git.run(&["config", "receive.denyCurrentBranch", "updateInstead"]).await?;
        git.run(&["config", "user.name", "Practice range"]).await?;
        git.run(&["config", "user.email", "range@nordwind.example"]).await?;
        Ok(Self { git, objects: Arc::default() })
    }

    /// Where it lies: commit here, or clone it and push.
    pub(crate) fn folder(&self) -> &Path {
        self.git.folder()
    }
}
