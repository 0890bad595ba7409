//! Writing: tag objects, refs, and commits made on the control's order.

use chrono::Utc;
use serde::{Deserialize, Serialize};

use super::Repository;
use super::read::is_hash;
use crate::error::RangeError;

const NO_OBJECT: &str = "0000000000000000000000000000000000000000";

/// A commit to add to the repository, as a colleague's push would.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Push {
    /// The commit message, e.g. `fix: round down`.
    pub message: String,
    /// The branch; it is made from main where it does not exist.
    #[serde(default = "main_branch")]
    pub branch: String,
    /// A lightweight tag to put on the new commit.
    #[serde(default)]
    pub tag: Option<String>,
    /// The file that the commit writes.
    #[serde(default = "change_file")]
    pub path: String,
    /// The file's whole new content; without it a line that makes the commit different from every other.
    #[serde(default)]
    pub content: Option<String>,
}

impl Push {
    /// A commit on main with this message.
    #[must_use]
    pub fn message(message: impl Into<String>) -> Self {
        Self { message: message.into(), branch: main_branch(), tag: None, path: change_file(), content: None }
    }
}

fn main_branch() -> String {
    "main".to_owned()
}

fn change_file() -> String {
    "src/change.js".to_owned()
}

impl Repository {
    /// Makes the commit and gives its hash.
    pub(crate) async fn push(&self, push: &Push) -> Result<String, RangeError> {
        let branch = format!("refs/heads/{}", push.branch);
        for reference in std::iter::once(branch.clone()).chain(push.tag.iter().map(|tag| format!("refs/tags/{tag}"))) {
            if self.git.ask(&["check-ref-format", &reference]).await?.is_none() {
                return Err(RangeError::Push(format!("{reference} is not a name that Git accepts")));
            }
        }
        let unusable = |part: &str| part.is_empty() || part == ".." || part == "." || part == ".git";
        if push.path.split('/').any(unusable) || push.path.contains(['\n', '"', '\0']) {
            return Err(RangeError::Push(format!("{:?} is not a path inside the repository", push.path)));
        }
        let from = match self.reference(&branch).await? {
            Some(found) => found.commit,
            None => self.resolve("main").await?.unwrap_or_default(),
        };
        let now = Utc::now();
        let content = push.content.clone().unwrap_or_else(|| format!("// {} {}\n", now.to_rfc3339(), uuid::Uuid::now_v7()));
        let stream = format!(
            "commit {branch}\ncommitter Jonas Weber <jonas.weber@nordwind.example> {} +0000\ndata {}\n{}\nfrom {from}\nM 100644 inline {}\ndata {}\n{content}\n",
            now.timestamp(),
            push.message.len(),
            push.message,
            push.path,
            content.len(),
        );
        self.git.feed(&["fast-import", "--quiet"], stream.as_bytes()).await?;
        if push.branch == "main" {
            self.git.run(&["reset", "-q", "--hard", "main"]).await?;
        }
        let sha = self.resolve(&branch).await?.unwrap_or_default();
        if let Some(tag) = &push.tag {
            self.create_reference(&format!("refs/tags/{tag}"), &sha).await?;
        }
        Ok(sha)
    }

    /// Writes an annotated tag's object, without a ref to it, and gives its hash.
    pub(crate) async fn create_tag_object(
        &self,
        name: &str,
        target: &str,
        kind: &str,
        tagger: &str,
        message: &str,
    ) -> Result<String, RangeError> {
        let now = Utc::now().timestamp();
        let object = format!("object {target}\ntype {kind}\ntag {name}\ntagger {tagger} {now} +0000\n\n{message}\n");
        let output = self.git.feed(&["mktag"], object.as_bytes()).await?;
        Ok(String::from_utf8_lossy(&output).trim().to_owned())
    }

    /// Makes a new ref. `false`: one of that name exists already.
    pub(crate) async fn create_reference(&self, name: &str, sha: &str) -> Result<bool, RangeError> {
        // With the null hash as its old value, git itself refuses to overwrite: no check that could be outrun.
        match self.git.run(&["update-ref", name, sha, NO_OBJECT]).await {
            Ok(_) => Ok(true),
            Err(RangeError::Git { .. }) if self.reference(name).await?.is_some() => Ok(false),
            Err(other) => Err(other),
        }
    }

    /// Whether git accepts the full name of a ref.
    pub(crate) async fn is_reference_name(&self, name: &str) -> Result<bool, RangeError> {
        Ok(self.git.ask(&["check-ref-format", name]).await?.is_some())
    }

    /// The kind of the object of that full hash (`commit`, `tag`, `tree`, `blob`), if there is one.
    pub(crate) async fn object_kind(&self, sha: &str) -> Result<Option<String>, RangeError> {
        if !is_hash(sha) || sha.len() != 40 {
            return Ok(None);
        }
        self.git.ask(&["cat-file", "-t", sha]).await
    }
}
