//! Releases and their generated notes.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::response::IntoResponse;
use chrono::Utc;
use http::{StatusCode, header};
use serde::Deserialize;
use serde_json::json;

use super::error::{Answer, ApiError};
use super::extract::{Body, Id, Params};
use super::shapes::delivery as shapes;
use crate::lock::lock;
use crate::releases::Release;
use crate::repository::Range;
use crate::site::Site;

/// Most commits that generated notes name.
const MOST_LINES: usize = 200;

pub(super) async fn list(State(site): State<Arc<Site>>, params: Params) -> Answer {
    let all: Vec<Release> = lock(&site.releases).all.iter().rev().cloned().collect();
    Ok(params.array(&all, |release| shapes::release(&site, release)))
}

pub(super) async fn latest(State(site): State<Arc<Site>>) -> Answer {
    let found = lock(&site.releases).latest().cloned();
    shown(&site, found)
}

pub(super) async fn of_tag(State(site): State<Arc<Site>>, Path(tag): Path<String>) -> Answer {
    let found = lock(&site.releases).of_tag(&tag).cloned();
    shown(&site, found)
}

pub(super) async fn get(State(site): State<Arc<Site>>, Id(id): Id) -> Answer {
    let found = lock(&site.releases).all.iter().find(|release| release.id == id).cloned();
    shown(&site, found)
}

fn shown(site: &Site, found: Option<Release>) -> Answer {
    let release = found.ok_or_else(ApiError::not_found)?;
    Ok(Json(shapes::release(site, &release)).into_response())
}

pub(super) async fn assets(State(site): State<Arc<Site>>, Id(id): Id) -> Answer {
    lock(&site.releases).all.iter().find(|release| release.id == id).ok_or_else(ApiError::not_found)?;
    Ok(Json(json!([])).into_response())
}

#[derive(Deserialize)]
pub(super) struct NewRelease {
    tag_name: String,
    #[serde(default)]
    target_commitish: Option<String>,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    draft: bool,
    #[serde(default)]
    prerelease: bool,
    #[serde(default)]
    generate_release_notes: bool,
}

pub(super) async fn create(State(site): State<Arc<Site>>, Body(new): Body<NewRelease>) -> Answer {
    let target = new.target_commitish.clone().unwrap_or_else(|| "main".to_owned());
    let tag = format!("refs/tags/{}", new.tag_name);
    if new.tag_name.is_empty() || !site.repository.is_reference_name(&tag).await? {
        return Err(ApiError::invalid("Release", "tag_name", "invalid"));
    }
    let invalid_target = || ApiError::invalid("Release", "target_commitish", "invalid");
    let sha = site.repository.resolve(&target).await?.ok_or_else(invalid_target)?;
    if !new.draft && lock(&site.releases).of_tag(&new.tag_name).is_some() {
        return Err(ApiError::invalid("Release", "tag_name", "already_exists"));
    }
    if !new.draft && site.repository.reference(&tag).await?.is_none() {
        site.repository.create_reference(&tag, &sha).await?;
    }
    let mut body = new.body;
    if new.generate_release_notes {
        let notes = notes(&site, &new.tag_name, &target, None).await?;
        body = Some(body.map_or_else(|| notes.clone(), |own| format!("{own}\n\n{notes}")));
    }
    let now = Utc::now();
    let release = lock(&site.releases).add(Release {
        id: 0,
        tag: new.tag_name,
        target,
        name: new.name,
        body,
        draft: new.draft,
        prerelease: new.prerelease,
        created_at: now,
        published_at: (!new.draft).then_some(now),
    });
    site.bump();
    let location = format!("{}/releases/{}", site.repository_api(), release.id);
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], Json(shapes::release(&site, &release))).into_response())
}

#[derive(Deserialize)]
pub(super) struct Change {
    #[serde(default)]
    tag_name: Option<String>,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    draft: Option<bool>,
    #[serde(default)]
    prerelease: Option<bool>,
}

pub(super) async fn update(State(site): State<Arc<Site>>, Id(id): Id, Body(change): Body<Change>) -> Answer {
    let changed = {
        let mut releases = lock(&site.releases);
        let release = releases.all.iter_mut().find(|release| release.id == id).ok_or_else(ApiError::not_found)?;
        release.tag = change.tag_name.unwrap_or_else(|| release.tag.clone());
        release.name = change.name.or_else(|| release.name.take());
        release.body = change.body.or_else(|| release.body.take());
        release.prerelease = change.prerelease.unwrap_or(release.prerelease);
        release.draft = change.draft.unwrap_or(release.draft);
        if !release.draft {
            release.published_at = release.published_at.or_else(|| Some(Utc::now()));
        }
        release.clone()
    };
    let tag = format!("refs/tags/{}", changed.tag);
    if !changed.draft
        && site.repository.reference(&tag).await?.is_none()
        && let Some(sha) = site.repository.resolve(&changed.target).await?
    {
        site.repository.create_reference(&tag, &sha).await?;
    }
    site.bump();
    Ok(Json(shapes::release(&site, &changed)).into_response())
}

pub(super) async fn delete(State(site): State<Arc<Site>>, Id(id): Id) -> Answer {
    let mut releases = lock(&site.releases);
    let before = releases.all.len();
    releases.all.retain(|release| release.id != id);
    if releases.all.len() == before {
        return Err(ApiError::not_found());
    }
    Ok(StatusCode::NO_CONTENT.into_response())
}

#[derive(Deserialize)]
pub(super) struct Wish {
    tag_name: String,
    #[serde(default)]
    target_commitish: Option<String>,
    #[serde(default)]
    previous_tag_name: Option<String>,
}

pub(super) async fn generate_notes(State(site): State<Arc<Site>>, Body(wish): Body<Wish>) -> Answer {
    let target = wish.target_commitish.as_deref().unwrap_or("main");
    let body = notes(&site, &wish.tag_name, target, wish.previous_tag_name.as_deref()).await?;
    Ok(Json(json!({ "name": wish.tag_name, "body": body })).into_response())
}

/// One line per commit since the previous tag (the last published release, where none is named).
async fn notes(site: &Site, tag: &str, target: &str, previous: Option<&str>) -> Result<String, ApiError> {
    let head = match site.repository.reference(&format!("refs/tags/{tag}")).await? {
        Some(found) => found.commit,
        None => site.repository.resolve(target).await?.ok_or_else(ApiError::not_found)?,
    };
    let last = || lock(&site.releases).latest().map(|release| release.tag.clone()).filter(|last| last != tag);
    let previous = previous.map(str::to_owned).or_else(last);
    let base = match &previous {
        Some(previous) => Some(site.repository.resolve(previous).await?.ok_or_else(ApiError::not_found)?),
        None => None,
    };
    let revision = base.map_or_else(|| head.clone(), |base| format!("{base}..{head}"));
    let range = Range { revisions: vec![revision], ..Range::default() };
    let mut text = String::from("## What's Changed\n");
    for commit in site.repository.commits(&range, 0, MOST_LINES).await? {
        let subject = commit.message.lines().next().unwrap_or_default();
        let _ = writeln!(text, "* {subject} by {} in {}", commit.author.name, commit.sha.get(..7).unwrap_or_default());
    }
    if let Some(previous) = previous {
        let _ = write!(text, "\n\n**Full Changelog**: {}/compare/{previous}...{tag}", site.repository_page());
    }
    Ok(text)
}
