//! Comparing two commits the way GitHub does: from their merge base, commits oldest first, files with their counts.

use super::Repository;
use super::read::Range;
use crate::error::RangeError;

/// What lies between two commits.
#[derive(Debug)]
pub(crate) struct Comparison {
    pub(crate) merge_base: String,
    pub(crate) ahead: usize,
    pub(crate) behind: usize,
    /// The commits of head that base lacks, to be paged through.
    pub(crate) commits: Range,
}

/// How a file differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FileStatus {
    Added,
    Removed,
    Modified,
    Renamed,
}

/// One file that differs.
#[derive(Debug, Clone)]
pub(crate) struct ChangedFile {
    pub(crate) path: String,
    pub(crate) previous: Option<String>,
    pub(crate) status: FileStatus,
    /// The blob's hash; of a removed file the one it had.
    pub(crate) sha: String,
    pub(crate) additions: u64,
    pub(crate) deletions: u64,
    /// Hunks only, without git's header; `None` for a binary file.
    pub(crate) patch: Option<String>,
}

impl Repository {
    /// `None` where the two have no common history.
    pub(crate) async fn compare(&self, base: &str, head: &str) -> Result<Option<Comparison>, RangeError> {
        let Some(merge_base) = self.git.ask(&["merge-base", base, head]).await? else {
            return Ok(None);
        };
        let sides = format!("{base}...{head}");
        let counts = self.git.text(&["rev-list", "--left-right", "--count", &sides, "--"]).await?;
        let mut counts = counts.split_whitespace().map(|count| count.parse().unwrap_or(0));
        let (behind, ahead) = (counts.next().unwrap_or(0), counts.next().unwrap_or(0));
        let revisions = vec![format!("{base}..{head}")];
        let commits = Range { revisions, oldest_first: true, ..Range::default() };
        Ok(Some(Comparison { merge_base, ahead, behind, commits }))
    }

    /// The files that differ between two commits, by path. Without `from`: all files of `to` (a first commit).
    pub(crate) async fn changed_files(&self, from: Option<&str>, to: &str) -> Result<Vec<ChangedFile>, RangeError> {
        const COMMON: [&str; 4] = ["--no-commit-id", "-r", "-M", "--root"];
        let mut arguments = vec!["diff-tree"];
        arguments.extend(COMMON);
        arguments.extend(["--abbrev=40", "--raw", "--numstat", "-p", "-z"]);
        arguments.extend(from);
        arguments.extend([to, "--"]);
        let output = self.git.run(&arguments).await?;
        Ok(parse(&String::from_utf8_lossy(&output)))
    }
}

/// With `-z` git writes the raw entries, then the counts, all ended by NUL, then an empty entry and the patch.
fn parse(output: &str) -> Vec<ChangedFile> {
    let (tables, patch) = match output.find("\0\0") {
        Some(end) => (&output[..=end], &output[end + 2..]),
        None => (output, ""),
    };
    let mut fields = tables.split('\0').peekable();
    let mut files: Vec<ChangedFile> = Vec::new();
    while let Some(head) = fields.next_if(|field| field.starts_with(':')) {
        files.extend(raw(head, &mut fields));
    }
    for file in &mut files {
        let Some(counts) = fields.next() else { break };
        let mut numbers = counts.splitn(3, '\t');
        let mut number = || numbers.next().and_then(|number| number.parse().ok()).unwrap_or(0);
        (file.additions, file.deletions) = (number(), number());
        if file.previous.is_some() {
            // A rename's counts end with an empty path, followed by the old and the new one.
            fields.nth(1);
        }
    }
    let mut hunks = patch.split("diff --git ").skip(1);
    for file in &mut files {
        let text = hunks.next().unwrap_or_default();
        file.patch = text.find("\n@@").map(|start| text[start + 1..].trim_end_matches('\n').to_owned());
    }
    files
}

/// `:100644 100644 OLD NEW M` and the path or, of a rename, the two paths.
fn raw<'a>(head: &str, fields: &mut impl Iterator<Item = &'a str>) -> Option<ChangedFile> {
    let parts: Vec<&str> = head.split_whitespace().collect();
    let (old, new, letter) = (*parts.get(2)?, *parts.get(3)?, parts.get(4)?.chars().next()?);
    let first = fields.next()?.to_owned();
    let (status, previous, path) = match letter {
        'A' => (FileStatus::Added, None, first),
        'D' => (FileStatus::Removed, None, first),
        'R' => (FileStatus::Renamed, Some(first), fields.next()?.to_owned()),
        _ => (FileStatus::Modified, None, first),
    };
    let sha = if status == FileStatus::Removed { old } else { new }.to_owned();
    Some(ChangedFile { path, previous, status, sha, additions: 0, deletions: 0, patch: None })
}
