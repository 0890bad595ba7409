//! Branches, tags, refs and tag objects.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::response::IntoResponse;
use http::{StatusCode, header};
use serde::Deserialize;
use serde_json::json;

use super::error::{Answer, ApiError};
use super::extract::{Body, Params};
use super::shapes::account::merged;
use super::shapes::commit as shapes;
use crate::people::{MAIL, NAME};
use crate::site::Site;

pub(super) async fn branches(State(site): State<Arc<Site>>, params: Params) -> Answer {
    let mut all = site.repository.references().await?;
    all.retain(|reference| reference.branch().is_some());
    if params.get("protected") == Some("true") {
        all.clear();
    }
    Ok(params.array(&all, |reference| shapes::branch(&site, reference)))
}

pub(super) async fn branch(State(site): State<Arc<Site>>, Path(name): Path<String>) -> Answer {
    let found = site.repository.reference(&format!("refs/heads/{name}")).await?;
    let missing = || ApiError::new(StatusCode::NOT_FOUND, "Branch not found");
    let reference = found.ok_or_else(missing)?;
    let commit = site.repository.commit(&reference.commit).await?.ok_or_else(missing)?;
    let url = format!("{}/branches/{name}", site.repository_api());
    let more = json!({
        "commit": shapes::commit(&site, &commit), "protected": false,
        "_links": { "self": url, "html": format!("{}/tree/{name}", site.repository_page()) },
        "protection": { "enabled": false, "required_status_checks": { "contexts": [], "checks": [] } },
        "protection_url": format!("{url}/protection"),
    });
    Ok(Json(merged(shapes::branch(&site, &reference), more)).into_response())
}

pub(super) async fn tags(State(site): State<Arc<Site>>, params: Params) -> Answer {
    let mut all = site.repository.references().await?;
    all.retain(|reference| reference.tag().is_some());
    // GitHub lists tags by name, backwards.
    all.reverse();
    Ok(params.array(&all, |reference| shapes::tag(&site, reference)))
}

pub(super) async fn get(State(site): State<Arc<Site>>, Path(name): Path<String>) -> Answer {
    let found = site.repository.reference(&format!("refs/{name}")).await?;
    let reference = found.ok_or_else(ApiError::not_found)?;
    Ok(Json(shapes::git_ref(&site, &reference)).into_response())
}

pub(super) async fn matching(State(site): State<Arc<Site>>, Path(name): Path<String>) -> Answer {
    let head = format!("refs/{name}");
    let mut all = site.repository.references().await?;
    all.retain(|reference| reference.name.starts_with(&head));
    let shown: Vec<_> = all.iter().map(|reference| shapes::git_ref(&site, reference)).collect();
    Ok(Json(shown).into_response())
}

#[derive(Deserialize)]
pub(super) struct NewReference {
    #[serde(rename = "ref")]
    reference: String,
    sha: String,
}

pub(super) async fn create(State(site): State<Arc<Site>>, Body(new): Body<NewReference>) -> Answer {
    let proper = new.reference.starts_with("refs/") && new.reference.matches('/').count() >= 2;
    if !proper || !site.repository.is_reference_name(&new.reference).await? {
        return Err(ApiError::unprocessable("Reference name is not valid: it must start with 'refs' and have at least two slashes."));
    }
    if site.repository.object_kind(&new.sha).await?.is_none() {
        return Err(ApiError::unprocessable("Object does not exist"));
    }
    if !site.repository.create_reference(&new.reference, &new.sha).await? {
        return Err(ApiError::unprocessable("Reference already exists"));
    }
    let found = site.repository.reference(&new.reference).await?;
    let body = shapes::git_ref(&site, &found.ok_or_else(ApiError::not_found)?);
    let location = format!("{}/git/{}", site.repository_api(), new.reference);
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], Json(body)).into_response())
}

#[derive(Deserialize)]
pub(super) struct NewTag {
    tag: String,
    message: String,
    object: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    tagger: Option<Tagger>,
}

#[derive(Deserialize)]
struct Tagger {
    name: String,
    email: String,
}

pub(super) async fn create_tag(State(site): State<Arc<Site>>, Body(new): Body<NewTag>) -> Answer {
    if !site.repository.is_reference_name(&format!("refs/tags/{}", new.tag)).await? {
        return Err(ApiError::invalid("Tag", "tag", "invalid"));
    }
    match site.repository.object_kind(&new.object).await? {
        Some(kind) if kind == new.kind => {}
        Some(_) => {
            return Err(ApiError::unprocessable(format!("Supplied object is not a {}", new.kind)));
        }
        None => {
            return Err(ApiError::unprocessable("Could not resolve to a node with the global id of the object"));
        }
    }
    let plain = |text: &str| text.replace(['<', '>', '\n', '\0'], "");
    let (name, mail) = new.tagger.map_or((NAME.to_owned(), MAIL.to_owned()), |tagger| (plain(&tagger.name), plain(&tagger.email)));
    let tagger = format!("{name} <{mail}>");
    let sha = site.repository.create_tag_object(&new.tag, &new.object, &new.kind, &tagger, &new.message).await?;
    let body = tag_body(&site, &sha).await?;
    let location = format!("{}/git/tags/{sha}", site.repository_api());
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], body).into_response())
}

pub(super) async fn tag(State(site): State<Arc<Site>>, Path(sha): Path<String>) -> Answer {
    if site.repository.object_kind(&sha).await?.as_deref() != Some("tag") {
        return Err(ApiError::not_found());
    }
    Ok(tag_body(&site, &sha).await?.into_response())
}

async fn tag_body(site: &Site, sha: &str) -> Result<Json<serde_json::Value>, ApiError> {
    let found = site.repository.tag_object(sha).await?;
    let (target, name, tagger, message) = found.ok_or_else(ApiError::not_found)?;
    Ok(Json(shapes::git_tag(site, sha, &target, &name, &tagger, &message)))
}
