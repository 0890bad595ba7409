//! Tags, releases, and notes that GitLab writes.

use super::client::Client;
use super::projects;
use super::refs;
use super::route::Route;
use super::wire;
use crate::publishing::{released_already, tag_there_already};
use http::StatusCode;
use pilothouse_domain::Timestamp;
use pilothouse_domain::release::SourceKind;
use pilothouse_engine::ports::provider::{NewRelease, NewTag, ProviderError, ProviderErrorKind, ProviderRelease, ReleaseAsset};
use serde_json::json;

/// Creates a tag. GitLab says 400 to one that is there already, as to any mistake; what it points at decides.
pub(super) async fn create_tag(client: &Client, repository: &str, tag: &NewTag) -> Result<(), ProviderError> {
    let about = format!("tag {} of {repository}", tag.name);
    let mut body = json!({ "tag_name": tag.name, "ref": tag.commit });
    if !tag.message.trim().is_empty() {
        body["message"] = tag.message.clone().into();
    }
    let route = Route::project(repository, "/repository/tags", &[], about.clone())?;
    let answer = client.post(&route, Some(&body)).await?;
    if answer.status.is_success() {
        return Ok(());
    }
    let refusal = client.refusal(&answer);
    if !matches!(refusal.kind, ProviderErrorKind::Invalid | ProviderErrorKind::Conflict) {
        return Err(refusal);
    }
    let there = refs::resolve(client, repository, SourceKind::Tag, &tag.name).await.map(|there| there.commit);
    tag_there_already(tag, &about, "GitLab", there, refusal)
}

/// Publishes a release at a tag that is there. Without `ref` in the request GitLab makes no tag by itself.
pub(super) async fn create_release(client: &Client, repository: &str, release: &NewRelease) -> Result<ProviderRelease, ProviderError> {
    let route = Route::project(repository, "/releases", &[], format!("the release of {} in {repository}", release.tag))?;
    let body = json!({ "tag_name": release.tag, "name": release.title, "description": release.notes });
    let answer = client.post(&route, Some(&body)).await?;
    if !answer.status.is_success() {
        let error = client.refusal(&answer);
        let is_there = error.kind == ProviderErrorKind::Conflict;
        return Err(if is_there { released_already(error, &release.tag, repository, "GitLab") } else { error });
    }
    answer.json(&client.secret).map(shown)
}

/// The release of a tag.
pub(super) async fn release(client: &Client, repository: &str, tag: &str) -> Result<Option<ProviderRelease>, ProviderError> {
    let route = Route::project(repository, "/releases/{}", &[tag], format!("the release of {tag} in {repository}"))?;
    let answer = client.probe(&route).await?;
    if answer.status == StatusCode::NOT_FOUND {
        // Said of a hidden project, too.
        projects::read(client, repository).await?;
        return Ok(None);
    }
    if !answer.status.is_success() {
        return Err(client.refusal(&answer));
    }
    answer.json(&client.secret).map(|read| Some(shown(read)))
}

/// Notes for a tag that need not be there yet. The preview alone: its POST would commit them to a branch.
pub(super) async fn notes(client: &Client, repository: &str, tag: &NewTag, since: Option<&str>) -> Result<String, ProviderError> {
    let route = Route::project(repository, "/repository/changelog", &[], format!("the changelog of {} in {repository}", tag.name))?;
    // GitLab takes a version here, with or without `v`, and nothing else that a tag may hold.
    let version = tag.name.find(|c: char| c.is_ascii_digit()).map_or(tag.name.as_str(), |at| &tag.name[at..]);
    let mut route = route.query("version", version).query("to", &tag.commit);
    if let Some(since) = since {
        let from = refs::resolve(client, repository, SourceKind::Tag, since).await?.commit;
        route = route.query("from", &from);
    }
    client.read::<wire::Changelog>(&route).await.map(|read| read.notes)
}

fn shown(read: wire::Release) -> ProviderRelease {
    let asset = |link: wire::AssetLink| ReleaseAsset { name: link.name, url: link.direct_asset_url.unwrap_or(link.url), size: None };
    ProviderRelease {
        // GitLab knows a release by its tag.
        external_id: read.tag_name.clone(),
        title: read.name.unwrap_or_else(|| read.tag_name.clone()),
        tag: read.tag_name,
        notes: read.description.unwrap_or_default(),
        published_at: read.released_at.as_deref().and_then(Timestamp::parse),
        url: read.links.page.unwrap_or_default(),
        assets: read.assets.links.into_iter().map(asset).collect(),
    }
}
