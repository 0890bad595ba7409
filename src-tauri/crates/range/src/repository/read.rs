//! Reading: refs, commits, files. Nothing is remembered; each answer is what the repository holds now.

use chrono::{DateTime, SecondsFormat, Utc};

use super::{Commit, Entry, Reference, Repository, Signature};
use crate::error::RangeError;

/// Fields of one commit, separated by the unit separator, which no message of ours holds.
const FORMAT: &str = "--format=%H%x1f%T%x1f%P%x1f%an%x1f%ae%x1f%aI%x1f%cn%x1f%ce%x1f%cI%x1f%B";

/// A part of the history to list.
#[derive(Debug, Default, Clone)]
pub(crate) struct Range {
    /// Commit or range in git's words, already resolved to hashes.
    pub(crate) revisions: Vec<String>,
    pub(crate) path: Option<String>,
    pub(crate) since: Option<String>,
    pub(crate) until: Option<String>,
    pub(crate) author: Option<String>,
    pub(crate) oldest_first: bool,
}

impl Repository {
    /// All branches and tags, by name.
    pub(crate) async fn references(&self) -> Result<Vec<Reference>, RangeError> {
        let format = "--format=%(refname)%00%(objectname)%00%(objecttype)%00%(*objectname)";
        let text = self.git.text(&["for-each-ref", format, "refs/heads", "refs/tags"]).await?;
        Ok(text.lines().filter_map(reference).collect())
    }

    /// One branch or tag by its full name.
    pub(crate) async fn reference(&self, name: &str) -> Result<Option<Reference>, RangeError> {
        Ok(self.references().await?.into_iter().find(|reference| reference.name == name))
    }

    /// A branch or tag as people name it: short, or full with `refs/`. A commit hash is neither.
    pub(crate) async fn branch_or_tag(&self, name: &str) -> Result<Option<Reference>, RangeError> {
        let all = self.references().await?;
        let find = |full: &str| all.iter().find(|reference| reference.name == full).cloned();
        Ok(find(name).or_else(|| find(&format!("refs/heads/{name}"))).or_else(|| find(&format!("refs/tags/{name}"))))
    }

    /// The commit that a branch, tag or (short) hash leads to.
    pub(crate) async fn resolve(&self, name: &str) -> Result<Option<String>, RangeError> {
        if let Some(found) = self.branch_or_tag(name).await? {
            return Ok(Some(found.commit));
        }
        if !is_hash(name) {
            return Ok(None);
        }
        let commit = format!("{name}^{{commit}}");
        self.git.ask(&["rev-parse", "--verify", "-q", "--end-of-options", &commit]).await
    }

    /// A commit by its full hash.
    pub(crate) async fn commit(&self, sha: &str) -> Result<Option<Commit>, RangeError> {
        if let Some(kept) = self.objects.commits.get(sha) {
            return Ok(Some(kept));
        }
        let revisions = vec![sha.to_owned()];
        let range = Range { revisions, ..Range::default() };
        let found = self.commits(&range, 0, 1).await?.into_iter().next();
        if let Some(commit) = found.clone() {
            self.objects.commits.put(sha.to_owned(), commit);
        }
        Ok(found)
    }

    /// How many commits the range holds.
    pub(crate) async fn count(&self, range: &Range) -> Result<usize, RangeError> {
        let mut arguments = vec!["rev-list".to_owned(), "--count".to_owned()];
        arguments.extend(range.arguments());
        let text = self.git.text(&as_strs(&arguments)).await?;
        Ok(text.trim().parse().unwrap_or(0))
    }

    /// A page of the range's commits, newest first unless it says otherwise.
    pub(crate) async fn commits(&self, range: &Range, skip: usize, count: usize) -> Result<Vec<Commit>, RangeError> {
        let mut arguments: Vec<String> = ["log", "-z", FORMAT].map(str::to_owned).to_vec();
        if !range.oldest_first {
            // `--reverse` would be applied after skip and count: an oldest-first page is cut out below instead.
            arguments.push(format!("--skip={skip}"));
            arguments.push(format!("--max-count={count}"));
        } else {
            arguments.push("--reverse".to_owned());
        }
        arguments.extend(range.arguments());
        let text = self.git.text(&as_strs(&arguments)).await?;
        let commits = text.split('\0').filter_map(commit);
        Ok(if range.oldest_first { commits.skip(skip).take(count).collect() } else { commits.collect() })
    }

    /// The entries of a folder (`""` is the root) at a commit; empty where there is no such folder.
    pub(crate) async fn folder_at(&self, sha: &str, folder: &str) -> Result<Vec<Entry>, RangeError> {
        let below = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        self.entries(sha, &below).await
    }

    /// One file or folder at a commit.
    pub(crate) async fn entry_at(&self, sha: &str, path: &str) -> Result<Option<Entry>, RangeError> {
        Ok(self.entries(sha, path).await?.into_iter().next())
    }

    async fn entries(&self, sha: &str, path: &str) -> Result<Vec<Entry>, RangeError> {
        let key = format!("{sha}:{path}");
        if let Some(kept) = self.objects.entries.get(&key) {
            return Ok(kept);
        }
        let mut arguments = vec!["ls-tree", "-z", "-l", sha];
        if !path.is_empty() {
            arguments.extend(["--", path]);
        }
        let found: Vec<Entry> = self.git.text(&arguments).await?.split('\0').filter_map(entry).collect();
        self.objects.entries.put(key, found.clone());
        Ok(found)
    }

    pub(crate) async fn blob(&self, sha: &str) -> Result<Vec<u8>, RangeError> {
        if let Some(kept) = self.objects.blobs.get(sha) {
            return Ok(kept);
        }
        let content = self.git.run(&["cat-file", "blob", sha]).await?;
        self.objects.blobs.put(sha.to_owned(), content.clone());
        Ok(content)
    }

    /// The text of a file at a commit.
    pub(crate) async fn file_at(&self, sha: &str, path: &str) -> Result<Option<String>, RangeError> {
        match self.entry_at(sha, path).await? {
            Some(entry) if entry.kind == "blob" => Ok(Some(String::from_utf8_lossy(&self.blob(&entry.sha).await?).into_owned())),
            _ => Ok(None),
        }
    }

    /// The fields of an annotated tag's object: target, tag name, tagger, message.
    pub(crate) async fn tag_object(&self, sha: &str) -> Result<Option<(String, String, Signature, String)>, RangeError> {
        let Some(text) = self.git.ask(&["cat-file", "tag", sha]).await? else {
            return Ok(None);
        };
        let (head, message) = text.split_once("\n\n").unwrap_or((&text, ""));
        let field = |name: &str| head.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
        let tagger = tagger(field("tagger "));
        Ok(Some((field("object ").to_owned(), field("tag ").to_owned(), tagger, message.to_owned())))
    }
}

impl Range {
    fn arguments(&self) -> Vec<String> {
        let mut arguments = Vec::new();
        let mut option = |name: &str, value: &Option<String>| {
            if let Some(value) = value {
                arguments.push(format!("--{name}={value}"));
            }
        };
        option("since", &self.since);
        option("until", &self.until);
        option("author", &self.author);
        arguments.push("--end-of-options".to_owned());
        arguments.extend(self.revisions.iter().cloned());
        arguments.push("--".to_owned());
        arguments.extend(self.path.clone());
        arguments
    }
}

/// A full or shortened object name: 4 to 40 hexadecimal digits.
pub(crate) fn is_hash(name: &str) -> bool {
    (4..=40).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn as_strs(arguments: &[String]) -> Vec<&str> {
    arguments.iter().map(String::as_str).collect()
}

fn reference(line: &str) -> Option<Reference> {
    let mut fields = line.split('\0').map(str::to_owned);
    let (name, object, kind) = (fields.next()?, fields.next()?, fields.next()?);
    let peeled = fields.next().filter(|peeled| !peeled.is_empty());
    let commit = peeled.unwrap_or_else(|| object.clone());
    Some(Reference { name, object, kind, commit })
}

fn commit(record: &str) -> Option<Commit> {
    let mut fields = record.splitn(10, '\x1f');
    let mut next = || fields.next().map(str::to_owned);
    let (sha, tree, parents) = (next()?, next()?, next()?);
    let author = Signature { name: next()?, email: next()?, date: utc(&next()?) };
    let committer = Signature { name: next()?, email: next()?, date: utc(&next()?) };
    let message = next()?.trim_end().to_owned();
    let parents = parents.split_whitespace().map(str::to_owned).collect();
    Some(Commit { sha: sha.trim_start().to_owned(), tree, parents, author, committer, message })
}

fn entry(record: &str) -> Option<Entry> {
    let (head, path) = record.split_once('\t')?;
    let mut fields = head.split_whitespace();
    let (_mode, kind, sha, size) = (fields.next()?, fields.next()?, fields.next()?, fields.next()?);
    Some(Entry { path: path.to_owned(), kind: kind.to_owned(), sha: sha.to_owned(), size: size.parse().unwrap_or(0) })
}

fn utc(date: &str) -> String {
    DateTime::parse_from_rfc3339(date)
        .map_or_else(|_| date.to_owned(), |parsed| parsed.with_timezone(&Utc).to_rfc3339_opts(SecondsFormat::Secs, true))
}

/// `Name <mail> 1767600000 +0000`, as tag objects hold it.
fn tagger(line: &str) -> Signature {
    let (name, rest) = line.split_once(" <").unwrap_or((line, ""));
    let (email, time) = rest.split_once("> ").unwrap_or((rest, ""));
    let seconds = time.split_whitespace().next().and_then(|seconds| seconds.parse().ok()).unwrap_or(0);
    let date = DateTime::from_timestamp(seconds, 0).unwrap_or_default();
    Signature { name: name.to_owned(), email: email.to_owned(), date: date.to_rfc3339_opts(SecondsFormat::Secs, true) }
}
