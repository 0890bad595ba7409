//! Tags, branches, and what a name points at.

use super::client::Client;
use super::route::{Route, encode};
use super::wire;
use crate::failure::{failure, invalid};
use crate::paging::has_next;
use pilothouse_domain::Version;
use pilothouse_domain::release::{SourceKind, SourceRef};
use pilothouse_engine::ports::provider::{ProviderError, ProviderErrorKind};

/// How many tags and how many branches are given.
const MOST: usize = 200;
/// Pages of a hundred tags that are read. GitHub gives them by name, so the newest may be on any page.
const MOST_TAG_PAGES: u32 = 10;
/// Pages of a hundred branches that are read.
const MOST_BRANCH_PAGES: u32 = 2;
/// How many tag objects may stand between a tag and its commit.
const MOST_PEELS: usize = 4;

/// Tags, the highest version first, then branches, the default one first.
pub(super) async fn list(client: &Client, repository: &str) -> Result<Vec<SourceRef>, ProviderError> {
    let (tags, branches, about) = tokio::try_join!(
        named(client, repository, "/tags", MOST_TAG_PAGES),
        named(client, repository, "/branches", MOST_BRANCH_PAGES),
        super::repositories::one(client, repository),
    )?;
    let mut tags = tags;
    sort_tags(&mut tags);
    let mut branches = branches;
    branches.sort_by_key(|branch| branch.name != about.default_branch);
    let refs = |kind: SourceKind, named: Vec<wire::NamedCommit>| {
        named.into_iter().take(MOST).map(move |one| SourceRef { kind, name: one.name, commit: one.commit.sha })
    };
    Ok(refs(SourceKind::Tag, tags).chain(refs(SourceKind::Branch, branches)).collect())
}

async fn named(client: &Client, repository: &str, template: &'static str, pages: u32) -> Result<Vec<wire::NamedCommit>, ProviderError> {
    let subject = format!("the {} of {repository}", template.trim_start_matches('/'));
    let route = Route::repo(repository, template, &[], subject)?.query("per_page", "100");
    let mut all = Vec::new();
    for page in 1..=pages {
        let answer = client.get(&route.clone().query("page", &page.to_string())).await?;
        let read: Vec<wire::NamedCommit> = answer.json(&client.secret)?;
        let is_last = read.is_empty() || !has_next(&answer.headers);
        all.extend(read);
        if is_last {
            break;
        }
    }
    Ok(all)
}

/// Versions first, the highest first; then the rest, in GitHub's order.
fn sort_tags(tags: &mut [wire::NamedCommit]) {
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
        SourceKind::Tag => (name.to_owned(), points_at(client, repository, "tags", name).await?),
        SourceKind::Branch => (name.to_owned(), points_at(client, repository, "heads", name).await?),
        SourceKind::Commit => {
            let sha = commit(client, repository, name).await?;
            (sha.clone(), sha)
        }
    };
    Ok(SourceRef { kind, name, commit })
}

/// The commit of a branch or tag. An annotated tag is an object of its own that names the commit.
async fn points_at(client: &Client, repository: &str, space: &str, name: &str) -> Result<String, ProviderError> {
    let word = if space == "tags" { "tag" } else { "branch" };
    let mut route = Route::repo(repository, "/git/ref", &[], format!("{word} {name} of {repository}"))?;
    // Slashes of the name stay slashes here, as in GitHub's own addresses.
    let encoded: Vec<String> = name.split('/').map(encode).collect();
    route.path = format!("{}/{space}/{}", route.path, encoded.join("/"));
    let mut object = client.get(&route).await?.json::<wire::PointsAt>(&client.secret)?.object;
    for _ in 0..MOST_PEELS {
        if object.kind != "tag" {
            break;
        }
        let peel = Route::repo(repository, "/git/tags/{}", &[&object.sha], route.subject.clone())?;
        object = client.get(&peel).await?.json::<wire::PointsAt>(&client.secret)?.object;
    }
    if object.kind == "commit" || object.kind.is_empty() {
        return Ok(object.sha);
    }
    Err(invalid(format!("The {word} {name} points at a {}, not at a commit.", object.kind), "Choose a tag that points at a commit."))
}

/// The full hash of a commit. A name that isn't a hash is refused: GitHub would take a branch for it.
async fn commit(client: &Client, repository: &str, name: &str) -> Result<String, ProviderError> {
    let sha = name.to_ascii_lowercase();
    if !(7..=64).contains(&sha.len()) || !sha.chars().all(|c| c.is_ascii_hexdigit()) {
        return Err(invalid(format!("`{name}` is no commit hash."), "Enter at least the first 7 characters of the hash."));
    }
    let subject = format!("commit {sha} of {repository}");
    // The page is one of the commit's files, of which none is wanted.
    let route = Route::repo(repository, "/commits/{}", &[&sha], subject)?.query("per_page", "1");
    let answer = client.probe(&route).await?;
    let absent = || {
        let message = format!("{repository} has no commit {sha}.");
        failure(ProviderErrorKind::NotFound, message, "Check the hash, and that the commit was pushed.")
    };
    if matches!(answer.status.as_u16(), 404 | 422) {
        return Err(absent());
    }
    if !answer.status.is_success() {
        return Err(client.refusal(&answer));
    }
    let found: wire::Commit = answer.json(&client.secret)?;
    // A branch may be called like a hash.
    if found.sha.starts_with(&sha) { Ok(found.sha) } else { Err(absent()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_sorted_by_version_and_the_rest_comes_last() {
        let tag = |name: &str| wire::NamedCommit { name: name.into(), commit: wire::CommitName { sha: String::new() } };
        let mut tags = ["nightly", "v1.10.0", "v1.9.0", "zeta", "v2.0.0-rc.1", "shop-2.0.0"].map(tag);
        sort_tags(&mut tags);
        assert_eq!(tags.map(|tag| tag.name), ["shop-2.0.0", "v2.0.0-rc.1", "v1.10.0", "v1.9.0", "nightly", "zeta"]);
    }
}
