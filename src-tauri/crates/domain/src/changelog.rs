//! The changelog of a release: commits between two refs, sorted by what they mean (Conventional Commits 1.0,
//! <https://www.conventionalcommits.org/en/v1.0.0/>), and the Markdown notes proposed from them.

use crate::Timestamp;
use crate::version::Bump;
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;

/// A commit that a release brings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commit {
    /// Full hash.
    pub sha: String,
    /// First line of its message.
    pub title: String,
    /// True where the message announces a breaking change.
    pub breaking: bool,
    /// Who wrote it.
    pub author: String,
    /// When.
    pub at: Option<Timestamp>,
}

impl Commit {
    /// A commit from its whole message.
    #[must_use]
    pub fn from_message(sha: String, message: &str, author: String, at: Option<Timestamp>) -> Self {
        let title = message.lines().next().unwrap_or_default().trim().to_owned();
        let breaking_footer =
            message.lines().skip(1).any(|line| line.starts_with("BREAKING CHANGE:") || line.starts_with("BREAKING-CHANGE:"));
        let breaking = breaking_footer || split_title(&title).is_some_and(|(kind, _)| kind.ends_with('!'));
        Self { sha, title, breaking, author, at }
    }

    /// What it is, by its conventional type.
    #[must_use]
    pub fn kind(&self) -> ChangeKind {
        let kind = split_title(&self.title).map_or("", |(kind, _)| kind.split('(').next().unwrap_or(kind));
        match kind.trim_end_matches('!') {
            "feat" => ChangeKind::Feature,
            "fix" => ChangeKind::Fix,
            "perf" => ChangeKind::Performance,
            _ => ChangeKind::Other,
        }
    }

    fn section(&self) -> Section {
        match self.kind() {
            _ if self.breaking => Section::Breaking,
            ChangeKind::Feature => Section::Features,
            ChangeKind::Fix => Section::Fixes,
            ChangeKind::Performance => Section::Performance,
            ChangeKind::Other => Section::Other,
        }
    }

    /// Its title without the conventional type.
    #[must_use]
    pub fn subject(&self) -> &str {
        split_title(&self.title).map_or(self.title.as_str(), |(_, subject)| subject)
    }
}

/// What a commit is, by its conventional type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ChangeKind {
    /// `feat`.
    Feature,
    /// `fix`.
    Fix,
    /// `perf`.
    Performance,
    /// Anything else, and what follows no convention.
    Other,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Section {
    Breaking,
    Features,
    Fixes,
    Performance,
    Other,
}

impl Section {
    const ALL: [(Self, &'static str); 5] = [
        (Self::Breaking, "Breaking changes"),
        (Self::Features, "Features"),
        (Self::Fixes, "Fixes"),
        (Self::Performance, "Performance"),
        (Self::Other, "Other changes"),
    ];
}

/// `feat(api)!: text` → (`feat(api)!`, `text`). `None` where the title follows no convention.
fn split_title(title: &str) -> Option<(&str, &str)> {
    let (kind, subject) = title.split_once(": ")?;
    let word = kind.trim_end_matches('!').split('(').next()?;
    (!word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase())).then_some((kind, subject.trim()))
}

/// Which number the commits ask to raise.
#[must_use]
pub fn proposed_bump(commits: &[Commit]) -> Bump {
    if commits.iter().any(|c| c.breaking) {
        Bump::Major
    } else if commits.iter().any(|c| c.section() == Section::Features) {
        Bump::Minor
    } else {
        Bump::Patch
    }
}

/// Release notes in Markdown: one list per kind of change. Empty for no commits.
#[must_use]
pub fn propose_notes(commits: &[Commit]) -> String {
    let mut notes = String::new();
    for (section, heading) in Section::ALL {
        let mut lines = commits.iter().filter(|c| c.section() == section).peekable();
        if lines.peek().is_none() {
            continue;
        }
        if !notes.is_empty() {
            notes.push('\n');
        }
        // Writing to a String doesn't fail.
        let _ = writeln!(notes, "## {heading}\n");
        for commit in lines {
            let short: String = commit.sha.chars().take(7).collect();
            let _ = writeln!(notes, "- {} ({short})", escape(commit.subject()));
        }
    }
    notes
}

/// A commit's words as Markdown text: what would be markup is written out.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '\\' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '!' | '|') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commit(message: &str) -> Commit {
        Commit::from_message("0123456789abcdef".into(), message, "Jonas".into(), None)
    }

    #[test]
    fn commits_propose_the_bump_of_semver() {
        assert_eq!(proposed_bump(&[commit("fix: a"), commit("chore: b")]), Bump::Patch);
        assert_eq!(proposed_bump(&[commit("fix: a"), commit("feat(api): b")]), Bump::Minor);
        assert_eq!(proposed_bump(&[commit("feat!: b")]), Bump::Major);
        assert_eq!(proposed_bump(&[commit("fix: a\n\nBREAKING CHANGE: c")]), Bump::Major);
        assert_eq!(proposed_bump(&[commit("Merge: pull request")]), Bump::Patch);
    }

    #[test]
    fn notes_group_the_commits_and_keep_their_words_literal() {
        let notes = propose_notes(&[commit("fix: rounding of <b>totals</b>"), commit("feat: export"), commit("Tidy up")]);
        assert_eq!(
            notes,
            "## Features\n\n- export (0123456)\n\n## Fixes\n\n- rounding of \\<b\\>totals\\</b\\> (0123456)\n\n## Other changes\n\n- Tidy up (0123456)\n"
        );
        assert_eq!(propose_notes(&[]), "");
    }
}
