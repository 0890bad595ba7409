//! Files that a run left behind at the provider. What is in them comes from outside: it is read within limits, and a path among them names
//! a file to people and opens none.

use pilothouse_domain::Timestamp;

/// Whether a file of this path is wanted.
pub type Wanted<'a> = &'a (dyn Fn(&str) -> bool + Send + Sync);

/// Something that a run left behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Artifact {
    /// The provider's id of it.
    pub id: String,
    /// Its name; of a single file, its path.
    pub name: String,
    /// True where it holds files of its own, false where it is one.
    pub is_archive: bool,
    /// How large its download is, in bytes, where that is told.
    pub bytes: Option<u64>,
    /// Until when it is kept, where that is told.
    pub expires_at: Option<Timestamp>,
    /// Why it can't be had, or isn't of the last attempt; `None` where it can.
    pub why_not: Option<String>,
}

/// How much of an artifact is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArtifactLimits {
    /// Bytes of the download.
    pub download_bytes: usize,
    /// Files that are wanted.
    pub files: usize,
    /// Bytes of a file.
    pub file_bytes: usize,
    /// Bytes of all wanted files together.
    pub unpacked_bytes: usize,
}

/// A file of an artifact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArtifactFile {
    /// Its path there, for people.
    pub path: String,
    /// What it holds, as text; what is no UTF-8 in it is replaced.
    pub text: String,
}

/// The wanted files of an artifact.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ArtifactFiles {
    /// The files, by path.
    pub files: Vec<ArtifactFile>,
    /// Wanted files that were not read, with the reason.
    pub left_out: Vec<String>,
}
