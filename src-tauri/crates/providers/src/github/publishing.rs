//! Tags, releases, and notes that GitHub writes.

use super::client::{Client, moved};
use super::refs;
use super::repositories;
use super::route::Route;
use super::wire_delivery::{Notes, Release, TagObject};
use crate::publishing::{released_already, tag_there_already};
use http::StatusCode;
use pilothouse_domain::Timestamp;
use pilothouse_domain::release::SourceKind;
use pilothouse_engine::ports::provider::{
    CallOutcome, NewRelease, NewTag, ProviderError, ProviderErrorKind, ProviderRelease, ReleaseAsset,
};
use serde_json::{Value, json};

/// Creates a tag: with a message first its object, which nobody sees until the second call gives it its name.
pub(super) async fn create_tag(client: &Client, repository: &str, tag: &NewTag) -> Result<(), ProviderError> {
    let about = format!("tag {} of {repository}", tag.name);
    let target = if tag.message.trim().is_empty() { tag.commit.clone() } else { tag_object(client, repository, tag, &about).await? };
    let body = json!({ "ref": format!("refs/tags/{}", tag.name), "sha": target });
    let refusal = match send(client, &Route::repo(repository, "/git/refs", &[], about.clone())?, &body).await {
        Ok(_) => return Ok(()),
        Err(refusal) => refusal,
    };
    // Said of one that is there already, as of any mistake, and after an unknown end it may be there: what it points at decides.
    let may_be_there = matches!(refusal.kind, ProviderErrorKind::Invalid | ProviderErrorKind::Conflict);
    if !may_be_there && refusal.outcome() != CallOutcome::Unknown {
        return Err(refusal);
    }
    let there = refs::resolve(client, repository, SourceKind::Tag, &tag.name).await.map(|there| there.commit);
    tag_there_already(tag, &about, "GitHub", there, ruled_out(refusal))
}

async fn tag_object(client: &Client, repository: &str, tag: &NewTag, about: &str) -> Result<String, ProviderError> {
    let body = json!({ "tag": tag.name, "message": tag.message, "object": tag.commit, "type": "commit" });
    send(client, &Route::repo(repository, "/git/tags", &[], about.to_owned())?, &body)
        .await
        .and_then(|answer| answer.json::<TagObject>(&client.secret))
        .map(|made| made.sha)
}

/// GitHub says 422 where a rule of the repository keeps us from creating a tag.
fn ruled_out(mut refusal: ProviderError) -> ProviderError {
    if refusal.kind == ProviderErrorKind::Invalid && refusal.message.to_ascii_lowercase().contains("rule violation") {
        refusal.kind = ProviderErrorKind::Forbidden;
        refusal.next_step = "Ask somebody whom the repository's rules for tags (Settings, Rules) except.".to_owned();
    }
    refusal
}

/// Publishes a release at a tag that is there. Without one GitHub would make it, at the default branch.
pub(super) async fn create_release(client: &Client, repository: &str, release: &NewRelease) -> Result<ProviderRelease, ProviderError> {
    refs::resolve(client, repository, SourceKind::Tag, &release.tag).await.map_err(|mut error| {
        if error.kind == ProviderErrorKind::NotFound {
            error.next_step = "Create the tag first.".to_owned();
        }
        error
    })?;
    let body = json!({
        "tag_name": release.tag,
        "name": release.title,
        "body": release.notes,
        "prerelease": release.is_prerelease,
        // The highest version is shown as the latest, not a late fix of an old one.
        "make_latest": "legacy",
    });
    let route = Route::repo(repository, "/releases", &[], format!("the release of {} in {repository}", release.tag))?;
    let answer = send(client, &route, &body).await.map_err(|error| {
        let is_there = error.kind == ProviderErrorKind::Invalid && error.message.contains("tag_name exists already");
        if is_there { released_already(error, &release.tag, repository, "GitHub") } else { error }
    })?;
    answer.json(&client.secret).map(shown)
}

/// The release of a tag. A draft belongs to none yet.
pub(super) async fn release(client: &Client, repository: &str, tag: &str) -> Result<Option<ProviderRelease>, ProviderError> {
    let route = Route::repo(repository, "/releases/tags/{}", &[tag], format!("the release of {tag} in {repository}"))?;
    let answer = client.probe(&route).await?;
    if answer.status == StatusCode::NOT_FOUND {
        // Said of a hidden repository, too.
        repositories::one(client, repository).await?;
        return Ok(None);
    }
    if !answer.status.is_success() {
        return Err(client.refusal(&answer));
    }
    answer.json(&client.secret).map(|read| Some(shown(read)))
}

/// Notes for a tag that need not be there yet. A POST that changes nothing.
pub(super) async fn notes(client: &Client, repository: &str, tag: &NewTag, since: Option<&str>) -> Result<String, ProviderError> {
    let mut body = json!({ "tag_name": tag.name, "target_commitish": tag.commit });
    if let Some(since) = since {
        body["previous_tag_name"] = since.into();
    }
    let route = Route::repo(repository, "/releases/generate-notes", &[], format!("notes for {} of {repository}", tag.name))?;
    send(client, &route, &body).await?.json::<Notes>(&client.secret).map(|notes| notes.body)
}

/// A POST that must succeed.
async fn send(client: &Client, route: &Route, body: &Value) -> Result<crate::answer::Answer, ProviderError> {
    let answer = client.post(route, Some(body)).await?;
    match answer.status {
        status if status.is_success() => Ok(answer),
        status if status.is_redirection() => Err(moved(&route.subject)),
        _ => Err(client.refusal(&answer)),
    }
}

fn shown(read: Release) -> ProviderRelease {
    // One that isn't uploaded to its end can't be had.
    let assets = read.assets.into_iter().filter(|asset| asset.state.as_deref().is_none_or(|state| state == "uploaded"));
    ProviderRelease {
        external_id: read.id.to_string(),
        title: read.name.filter(|name| !name.is_empty()).unwrap_or_else(|| read.tag_name.clone()),
        tag: read.tag_name,
        notes: read.body.unwrap_or_default(),
        published_at: read.published_at.as_deref().and_then(Timestamp::parse),
        url: read.html_url,
        assets: assets.map(|asset| ReleaseAsset { name: asset.name, url: asset.browser_download_url, size: asset.size }).collect(),
    }
}
