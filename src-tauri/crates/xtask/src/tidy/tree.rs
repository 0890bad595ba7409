//! The files that belong to the clone, with their text.

use std::fs;
use std::path::Path;

use crate::command::Cmd;
use crate::error::{Error, Result};

/// A file of the clone.
#[derive(Debug)]
pub(super) struct SourceFile {
    /// Its path from the root, with `/` between the parts.
    pub(super) path: String,
    /// Its text; empty for what isn't text.
    pub(super) text: String,
}

/// All files of the clone: those that Git follows, and new ones that it doesn't ignore.
#[derive(Debug, Default)]
pub(super) struct Tree {
    files: Vec<SourceFile>,
    home: Option<String>,
}

impl Tree {
    /// Reads the clone at `root`.
    pub(super) fn read(root: &Path) -> Result<Self> {
        let listing = Cmd::new("git").args(["ls-files", "--cached", "--others", "--exclude-standard", "-z"]).dir(root).output()?;
        let mut files = Vec::new();
        for path in listing.split('\0').filter(|path| !path.is_empty()) {
            let full = root.join(path);
            // Git also lists what was deleted and not yet committed.
            if !full.is_file() {
                continue;
            }
            let bytes = fs::read(&full).map_err(Error::io(format!("reading {path}")))?;
            files.push(SourceFile { path: path.to_owned(), text: String::from_utf8(bytes).unwrap_or_default() });
        }
        files.sort_by(|a, b| a.path.cmp(&b.path));
        files.dedup_by(|a, b| a.path == b.path);
        // A home folder of one part, such as that of root in some containers, says nothing.
        let home = std::env::var("HOME").ok().filter(|home| home.trim_matches('/').contains('/'));
        Ok(Self { files, home })
    }

    /// All files, by path.
    pub(super) fn files(&self) -> &[SourceFile] {
        &self.files
    }

    /// The home folder of the person at the machine.
    pub(super) fn home(&self) -> Option<&str> {
        self.home.as_deref()
    }

    /// The files whose name ends with one of `endings`.
    pub(super) fn ending<'a>(&'a self, endings: &'a [&str]) -> impl Iterator<Item = &'a SourceFile> {
        self.files.iter().filter(|file| endings.iter().any(|ending| file.path.ends_with(ending)))
    }

    /// A file by its path.
    pub(super) fn get(&self, path: &str) -> Option<&SourceFile> {
        self.files.iter().find(|file| file.path == path)
    }
}

impl SourceFile {
    /// The lines with their numbers, counted from 1.
    pub(super) fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(index, line)| (index + 1, line))
    }

    /// The last part of the path.
    pub(super) fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// Whether a program wrote the file: such files keep no rules of style.
    pub(super) fn is_generated(&self) -> bool {
        self.path == "ui/src/lib/api/bindings.ts" || self.path.contains("/gen/")
    }
}

/// The home folder of a clone that exists in a test alone.
#[cfg(test)]
pub(super) const HOME_IN_TESTS: &str = concat!("/home/", "maker");

#[cfg(test)]
impl Tree {
    /// A clone that exists in a test alone.
    pub(super) fn of(files: &[(&str, &str)]) -> Self {
        let file = |(path, text): &(&str, &str)| SourceFile { path: (*path).to_owned(), text: (*text).to_owned() };
        Self { files: files.iter().map(file).collect(), home: Some(HOME_IN_TESTS.to_owned()) }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    #[test]
    fn ignored_and_deleted_files_are_no_part_of_the_clone() {
        let dir = tempfile::tempdir().unwrap();
        let git = |args: &[&str]| Cmd::new("git").args(args).dir(dir.path()).output().unwrap();
        git(&["init", "--quiet"]);
        for name in ["kept.rs", "new.rs", "gone.rs", "made.o"] {
            fs::write(dir.path().join(name), name).unwrap();
        }
        fs::write(dir.path().join(".gitignore"), "*.o\n").unwrap();
        git(&["add", "kept.rs", "gone.rs"]);
        fs::remove_file(dir.path().join("gone.rs")).unwrap();
        let tree = Tree::read(dir.path()).unwrap();
        let paths: Vec<_> = tree.files().iter().map(|file| file.path.as_str()).collect();
        assert_eq!(paths, [".gitignore", "kept.rs", "new.rs"]);
    }
}
