//! Clones on this computer, read with the `git` that is installed here.
//!
//! Why the program and not a library: whether a tag's signature holds is decided by the person's own `gpg`, `ssh-keygen`, keyring and
//! allowed signers, which Git alone puts together; and whoever has a clone has Git, which reads whatever their clone is: a worktree,
//! a partial clone, reftables, SHA-256. A second reader beside it could disagree with what they see on their command line.
//!
//! Must not: write to a clone, reach a network, wait for a person, or run what a clone's own configuration names (see [`run`]). A
//! clone may come from an archive, with a configuration that somebody else wrote.

mod read;
mod run;
mod signature;

#[cfg(test)]
mod tests;

use async_trait::async_trait;
use pilothouse_domain::changelog::Commit;
use pilothouse_domain::publication::tag_name_fault;
use pilothouse_domain::release::{SourceKind, SourceRef};
use pilothouse_engine::ports::local_git::{CloneFacts, LocalGit, LocalGitError, TagSignature};
use pilothouse_engine::ports::provider::Comparison;
use run::Runner;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// How many commits a comparison gives.
const MOST_COMPARED: u32 = 1_000;
/// The longest file that is read, in bytes.
const LONGEST_FILE: usize = 128 * 1024;
/// How many tags, and how many branches, are listed.
const MOST_REFS: usize = 200;

/// Reads clones with the `git` of this computer.
#[derive(Debug)]
pub struct GitProgram {
    runner: Runner,
}

impl Default for GitProgram {
    fn default() -> Self {
        Self { runner: Runner::of_this_process() }
    }
}

impl GitProgram {
    /// The full hash of the commit that this names; `None` where nothing does.
    async fn commit_of(&self, clone: &Path, name: &str) -> Result<Option<String>, LocalGitError> {
        let output = self.runner.run(clone, &["rev-parse", "--verify", "--quiet", &format!("{name}^{{commit}}")]).await?;
        Ok(output.succeeded.then(|| output.text().trim().to_owned()).filter(|commit| !commit.is_empty()))
    }

    async fn commit_or_missing(&self, clone: &Path, name: &str) -> Result<String, LocalGitError> {
        // What is no hash is looked for as a tag, then as a branch.
        let found = if read::is_hash(name) {
            self.commit_of(clone, name).await?
        } else {
            match self.resolve(clone, SourceKind::Tag, name).await {
                Ok(tag) => Some(tag.commit),
                Err(error) if error.is_missing => Some(self.resolve(clone, SourceKind::Branch, name).await?.commit),
                Err(error) => return Err(error),
            }
        };
        found.ok_or_else(|| missing(clone, name))
    }

    async fn log(&self, clone: &Path, range: &str, most: u32) -> Result<Vec<Commit>, LocalGitError> {
        let most = format!("--max-count={most}");
        let arguments =
            ["log", "-z", "--no-color", "--no-show-signature", "--encoding=UTF-8", &most, "--format=%H%x00%an%x00%ct%x00%B", range, "--"];
        Ok(read::commits(&self.runner.must(clone, &arguments).await?.stdout))
    }
}

#[async_trait]
impl LocalGit for GitProgram {
    async fn inspect(&self, clone: &Path) -> Result<CloneFacts, LocalGitError> {
        let bare = self.runner.must(clone, &["rev-parse", "--is-bare-repository"]).await?;
        let path = if bare.text().trim() == "true" {
            clone.to_owned()
        } else {
            PathBuf::from(self.runner.must(clone, &["rev-parse", "--show-toplevel"]).await?.text().trim_end_matches(['\n', '\r']))
        };
        let branch = self.runner.run(&path, &["symbolic-ref", "--quiet", "--short", "HEAD"]).await?;
        let tags = self.runner.must(&path, &["for-each-ref", "--format=%(objectname)", "--count=100000", "refs/tags"]).await?;
        let origin = self.runner.run(&path, &["config", "--get", "remote.origin.url"]).await?;
        Ok(CloneFacts {
            branch: branch.succeeded.then(|| branch.text().trim().to_owned()).filter(|branch| !branch.is_empty()),
            tags: u32::try_from(tags.text().lines().count()).unwrap_or(u32::MAX),
            origin: origin.succeeded.then(|| read::without_credentials(origin.text().trim())).filter(|origin| !origin.is_empty()),
            path,
        })
    }

    async fn refs(&self, clone: &Path) -> Result<Vec<SourceRef>, LocalGitError> {
        let most = format!("--count={}", MOST_REFS * 2);
        let format = "--format=%(refname)%00%(objectname)%00%(*objectname)%00%(objecttype)%00%(*objecttype)";
        let list = ["for-each-ref", "--sort=-creatordate", &most, format];
        let ask = |space: &'static [&'static str]| [list.as_slice(), space].concat();
        let tags = self.runner.must(clone, &ask(&["refs/tags"])).await?;
        let branches = self.runner.must(clone, &ask(&["refs/remotes", "refs/heads"])).await?;
        let mut found: Vec<SourceRef> = read::refs(&tags.text(), SourceKind::Tag).into_iter().take(MOST_REFS).collect();
        let mut seen = BTreeSet::new();
        let mut branches = read::refs(&branches.text(), SourceKind::Branch);
        // What was fetched goes before what is only here.
        branches.sort_by_key(|branch| !branch.name.starts_with("refs/remotes/"));
        for mut branch in branches {
            branch.name = read::branch_name(&branch.name);
            if !branch.name.is_empty() && seen.len() < MOST_REFS && seen.insert(branch.name.clone()) {
                found.push(branch);
            }
        }
        Ok(found)
    }

    async fn resolve(&self, clone: &Path, kind: SourceKind, name: &str) -> Result<SourceRef, LocalGitError> {
        let name = name.trim();
        let candidates = match kind {
            SourceKind::Commit if read::is_hash(name) => vec![name.to_owned()],
            SourceKind::Commit => return Err(missing(clone, name)),
            SourceKind::Tag | SourceKind::Branch if tag_name_fault(name).is_some() => return Err(missing(clone, name)),
            SourceKind::Tag => vec![format!("refs/tags/{name}")],
            SourceKind::Branch => {
                vec![format!("refs/remotes/origin/{name}"), format!("refs/heads/{name}"), format!("refs/remotes/{name}")]
            }
        };
        for candidate in candidates {
            if let Some(commit) = self.commit_of(clone, &candidate).await? {
                let name = if kind == SourceKind::Commit { commit.clone() } else { name.to_owned() };
                return Ok(SourceRef { kind, name, commit });
            }
        }
        Err(missing(clone, name))
    }

    async fn commits(&self, clone: &Path, git_ref: &str, limit: u8) -> Result<Vec<Commit>, LocalGitError> {
        let commit = self.commit_or_missing(clone, git_ref).await?;
        self.log(clone, &commit, u32::from(limit.clamp(1, 100))).await
    }

    async fn compare(&self, clone: &Path, base: &str, head: &str) -> Result<Comparison, LocalGitError> {
        let (base, head) = (self.commit_or_missing(clone, base).await?, self.commit_or_missing(clone, head).await?);
        let shallow = self.runner.must(clone, &["rev-parse", "--is-shallow-repository"]).await?;
        if shallow.text().trim() == "true" {
            return Err(LocalGitError {
                is_missing: false,
                message: format!("The clone {} holds only a part of the history, so that a comparison would be wrong.", clone.display()),
                next_step: "Fetch the rest with `git fetch --unshallow`.".to_owned(),
            });
        }
        let counted = self.runner.must(clone, &["rev-list", "--left-right", "--count", &format!("{base}...{head}"), "--"]).await?;
        let text = counted.text();
        let mut numbers = text.split_whitespace().map(|number| number.parse().unwrap_or(0));
        let (behind, ahead) = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
        let commits = self.log(clone, &format!("{base}..{head}"), MOST_COMPARED).await?;
        // From where the two parted: what the base changed meanwhile is not the head's.
        let differing = self
            .runner
            .must(clone, &["diff", "--name-only", "--no-renames", "--no-ext-diff", "-z", &format!("{base}...{head}"), "--"])
            .await?;
        let names = differing.text();
        let paths = Comparison::all_paths(names.split('\0').filter(|name| !name.is_empty()).map(str::to_owned));
        Ok(Comparison { commits, ahead, behind, paths })
    }

    async fn file(&self, clone: &Path, commit: &str, path: &str) -> Result<String, LocalGitError> {
        let commit = self.commit_or_missing(clone, commit).await?;
        let output = self.runner.run(clone, &["cat-file", "blob", &format!("{commit}:{path}")]).await?;
        if !output.succeeded {
            return Err(LocalGitError {
                is_missing: true,
                message: format!("The clone {} has no {path} at {}.", clone.display(), commit.get(..7).unwrap_or(&commit)),
                next_step: "Check the path, and whether the commit has the file.".to_owned(),
            });
        }
        match std::str::from_utf8(&output.stdout) {
            Ok(text) if text.len() <= LONGEST_FILE => Ok(text.to_owned()),
            _ => Err(LocalGitError {
                is_missing: false,
                message: format!("{path} in the clone {} is no text, or longer than 128 KiB.", clone.display()),
                next_step: "Look at the file.".to_owned(),
            }),
        }
    }

    async fn signature(&self, clone: &Path, tag: &str) -> Result<TagSignature, LocalGitError> {
        if tag_name_fault(tag).is_some() {
            return Err(missing(clone, tag));
        }
        signature::of_tag(&self.runner, clone, tag).await
    }
}

fn missing(clone: &Path, name: &str) -> LocalGitError {
    LocalGitError {
        is_missing: true,
        message: format!("The clone {} has no {name}.", clone.display()),
        next_step: "Fetch what is new with `git fetch --tags`, then try again.".to_owned(),
    }
}
