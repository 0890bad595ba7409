//! Releases: those of GitHub's side, as both look at one repository.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse as _;
use chrono::Utc;
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::error::{Answer, ApiError};
use super::extract::{Body, Name, Params};
use super::shapes::{time, user};
use crate::lock::lock;
use crate::releases::Release;
use crate::site::Site;

#[derive(Deserialize)]
pub(super) struct NewRelease {
    tag_name: String,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    description: Option<String>,
    /// Makes the tag where it is missing.
    #[serde(default, rename = "ref")]
    reference: Option<String>,
}

pub(super) async fn list(State(site): State<Arc<Site>>, params: Params) -> Answer {
    let mut all: Vec<Release> = lock(&site.releases).all.iter().filter(|release| !release.draft).cloned().collect();
    all.reverse();
    Ok(params.page(&all, |release| shape(&site, release)))
}

pub(super) async fn get(State(site): State<Arc<Site>>, Name(tag): Name) -> Answer {
    let found = lock(&site.releases).of_tag(&tag).cloned().ok_or_else(|| ApiError::new(404, "404 Not Found"))?;
    Ok(Json(shape(&site, &found)).into_response())
}

pub(super) async fn create(State(site): State<Arc<Site>>, Body(new): Body<NewRelease>) -> Answer {
    let full = format!("refs/tags/{}", new.tag_name);
    if site.repository.reference(&full).await?.is_none() {
        let reference = new.reference.ok_or_else(|| ApiError::new(422, "Ref is not specified"))?;
        let commit = site.repository.resolve(&reference).await?.ok_or_else(|| ApiError::new(422, "Ref is not specified"))?;
        site.repository.create_reference(&full, &commit).await?;
    }
    let now = Utc::now();
    let release = {
        let mut releases = lock(&site.releases);
        if releases.of_tag(&new.tag_name).is_some() {
            return Err(ApiError::new(409, "Release already exists"));
        }
        releases.add(Release {
            id: 0,
            name: new.name.or_else(|| Some(new.tag_name.clone())),
            tag: new.tag_name,
            target: "main".to_owned(),
            body: new.description,
            draft: false,
            prerelease: false,
            created_at: now,
            published_at: Some(now),
        })
    };
    site.bump();
    Ok((StatusCode::CREATED, Json(shape(&site, &release))).into_response())
}

fn shape(site: &Site, release: &Release) -> Value {
    let page = format!("{}/-/releases/{}", site.gitlab.page(), release.tag);
    json!({
        "tag_name": release.tag, "name": release.name, "description": release.body, "created_at": time(release.created_at),
        "released_at": release.published_at.map(time), "upcoming_release": false, "author": user(site),
        "assets": { "count": 0, "sources": [], "links": [] }, "evidences": [],
        "tag_path": format!("/{}/-/tags/{}", crate::people::full_name(), release.tag), "_links": { "self": page },
    })
}
