//! Tags, branches, and what a name points at.

use super::client::Client;
use super::route::Route;
use super::wire;
use crate::failure::{failure, invalid};
use pilothouse_domain::Version;
use pilothouse_domain::release::{SourceKind, SourceRef};
use pilothouse_engine::ports::provider::{ProviderError, ProviderErrorKind};

/// How many tags and how many branches are given.
const MOST: usize = 200;
/// Pages of a hundred tags that are read. GitLab gives them by when they were made, so that the highest version may be on any page.
const MOST_TAG_PAGES: u32 = 10;
/// Pages of a hundred branches that are read.
const MOST_BRANCH_PAGES: u32 = 2;

/// Tags, the highest version first, then branches, the default one first.
pub(super) async fn list(client: &Client, repository: &str) -> Result<Vec<SourceRef>, ProviderError> {
    let tags = Route::project(repository, "/repository/tags", &[], format!("the tags of {repository}"))?;
    let branches = Route::project(repository, "/repository/branches", &[], format!("the branches of {repository}"))?;
    let (mut tags, mut branches) = tokio::try_join!(client.read_all(&tags, MOST_TAG_PAGES), client.read_all(&branches, MOST_BRANCH_PAGES))?;
    sort_tags(&mut tags);
    branches.sort_by_key(|branch: &wire::Reference| !branch.default);
    let refs = |kind: SourceKind, named: Vec<wire::Reference>| {
        let refs = named.into_iter().filter_map(move |one| Some(SourceRef { kind, name: one.name, commit: one.commit?.id }));
        refs.take(MOST)
    };
    Ok(refs(SourceKind::Tag, tags).chain(refs(SourceKind::Branch, branches)).collect())
}

/// Versions first, the highest first; then the rest, in GitLab's order.
fn sort_tags(tags: &mut [wire::Reference]) {
    tags.sort_by_cached_key(|tag| std::cmp::Reverse(version(&tag.name)));
}

/// The version in a tag, whatever stands before its first digit: `v1.2.3`, `shop-1.2.3`.
fn version(tag: &str) -> Option<Version> {
    let digits = tag.find(|c: char| c.is_ascii_digit())?;
    tag[digits..].parse().ok()
}

/// What a name points at.
pub(super) async fn resolve(client: &Client, repository: &str, kind: SourceKind, name: &str) -> Result<SourceRef, ProviderError> {
    let name = name.trim();
    if name.is_empty() {
        return Err(invalid("No name was given.", "Enter a tag, a branch or a commit."));
    }
    let (name, commit) = match kind {
        SourceKind::Tag => (name.to_owned(), points_at(client, repository, "/repository/tags/{}", "tag", name).await?),
        SourceKind::Branch => (name.to_owned(), points_at(client, repository, "/repository/branches/{}", "branch", name).await?),
        SourceKind::Commit => {
            let sha = commit(client, repository, name).await?;
            (sha.clone(), sha)
        }
    };
    Ok(SourceRef { kind, name, commit })
}

async fn points_at(client: &Client, repository: &str, place: &'static str, word: &str, name: &str) -> Result<String, ProviderError> {
    let route = Route::project(repository, place, &[name], format!("{word} {name} of {repository}"))?;
    let found: wire::Reference = client.read(&route).await?;
    found.commit.map(|commit| commit.id).ok_or_else(|| {
        invalid(format!("The {word} {name} points at something that is no commit."), "Choose a tag that points at a commit.")
    })
}

/// The full hash of a commit. A name that isn't a hash is refused: GitLab would take a branch for it.
async fn commit(client: &Client, repository: &str, name: &str) -> Result<String, ProviderError> {
    let sha = name.to_ascii_lowercase();
    if !(7..=64).contains(&sha.len()) || !sha.chars().all(|c| c.is_ascii_hexdigit()) {
        return Err(invalid(format!("`{name}` is no commit hash."), "Enter at least the first 7 characters of the hash."));
    }
    let route = Route::project(repository, "/repository/commits/{}", &[&sha], format!("commit {sha} of {repository}"))?;
    let answer = client.probe(&route).await?;
    let absent = || {
        let message = format!("{repository} has no commit {sha}.");
        failure(ProviderErrorKind::NotFound, message, "Check the hash, and that the commit was pushed.")
    };
    if answer.status.as_u16() == 404 {
        return Err(absent());
    }
    if !answer.status.is_success() {
        return Err(client.refusal(&answer));
    }
    let found: wire::Commit = answer.json(&client.secret)?;
    // A branch may be called like a hash.
    if found.id.starts_with(&sha) { Ok(found.id) } else { Err(absent()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_sorted_by_version_and_the_rest_comes_last() {
        let tag = |name: &str| wire::Reference { name: name.into(), commit: None, default: false };
        let mut tags = ["nightly", "v1.10.0", "v1.9.0", "zeta", "v2.0.0-rc.1", "shop-2.0.0"].map(tag);
        sort_tags(&mut tags);
        assert_eq!(tags.map(|tag| tag.name), ["shop-2.0.0", "v2.0.0-rc.1", "v1.10.0", "v1.9.0", "nightly", "zeta"]);
    }
}
