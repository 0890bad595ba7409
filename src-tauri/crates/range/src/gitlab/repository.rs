//! The repository: tags, branches, commits, comparisons, files, the changelog.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse as _;
use base64::Engine as _;
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::error::{Answer, ApiError};
use super::extract::{Body, Name, Params};
use super::shapes;
use crate::lock::lock;
use crate::people::{MAIL, NAME};
use crate::repository::{ChangedFile, FileStatus, Range, Reference};
use crate::site::Site;

/// Commits of a comparison that are given.
const MOST_COMPARED: usize = 1000;

async fn references(site: &Site, is_wanted: impl Fn(&Reference) -> bool) -> Result<Vec<Reference>, ApiError> {
    Ok(site.repository.references().await?.into_iter().filter(is_wanted).collect())
}

pub(super) async fn tags(State(site): State<Arc<Site>>, params: Params) -> Answer {
    let mut shown = Vec::new();
    // Newest first: the seeded tags are in that order by name, too.
    for reference in references(&site, |reference| reference.tag().is_some()).await?.iter().rev() {
        shown.push(tag_shape(&site, reference).await?);
    }
    Ok(params.page(&shown, Value::clone))
}

pub(super) async fn tag(State(site): State<Arc<Site>>, Name(name): Name) -> Answer {
    let found = site.repository.reference(&format!("refs/tags/{name}")).await?.ok_or_else(|| ApiError::not_found("Tag"))?;
    Ok(Json(tag_shape(&site, &found).await?).into_response())
}

async fn tag_shape(site: &Site, reference: &Reference) -> Result<Value, ApiError> {
    let message = if reference.kind == "tag" {
        site.repository.tag_object(&reference.object).await?.map(|(.., message)| message.trim().to_owned())
    } else {
        None
    };
    let name = reference.tag().unwrap_or_default();
    let release = lock(&site.releases).of_tag(name).map(|release| json!({ "tag_name": name, "description": release.body }));
    Ok(json!({
        "name": name, "message": message.unwrap_or_default(), "target": reference.object, "protected": false, "release": release,
        "commit": commit_shape(site, &reference.commit).await?, "created_at": null,
    }))
}

async fn commit_shape(site: &Site, sha: &str) -> Result<Value, ApiError> {
    Ok(site.repository.commit(sha).await?.map(|commit| shapes::commit(site, &commit)).unwrap_or_default())
}

#[derive(Deserialize)]
pub(super) struct NewTag {
    tag_name: String,
    #[serde(rename = "ref")]
    reference: String,
    #[serde(default)]
    message: Option<String>,
}

pub(super) async fn create_tag(State(site): State<Arc<Site>>, Body(new): Body<NewTag>) -> Answer {
    let full = format!("refs/tags/{}", new.tag_name);
    if !site.repository.is_reference_name(&full).await? {
        return Err(ApiError::new(400, "Tag name invalid"));
    }
    let target = site.repository.resolve(&new.reference).await?;
    let target = target.ok_or_else(|| ApiError::new(400, format!("Target {} is invalid", new.reference)))?;
    let object = match new.message.filter(|message| !message.is_empty()) {
        Some(message) => {
            let tagger = format!("{NAME} <{MAIL}>");
            site.repository.create_tag_object(&new.tag_name, &target, "commit", &tagger, &message).await?
        }
        None => target,
    };
    if !site.repository.create_reference(&full, &object).await? {
        // 400, and not the 409 that one would expect.
        return Err(ApiError::new(400, format!("Tag {} already exists", new.tag_name)));
    }
    let made = site.repository.reference(&full).await?.ok_or_else(|| ApiError::not_found("Tag"))?;
    Ok((StatusCode::CREATED, Json(tag_shape(&site, &made).await?)).into_response())
}

pub(super) async fn branches(State(site): State<Arc<Site>>, params: Params) -> Answer {
    let mut shown = Vec::new();
    for reference in references(&site, |reference| reference.branch().is_some()).await? {
        shown.push(branch_shape(&site, &reference).await?);
    }
    Ok(params.page(&shown, Value::clone))
}

pub(super) async fn branch(State(site): State<Arc<Site>>, Name(name): Name) -> Answer {
    let found = site.repository.reference(&format!("refs/heads/{name}")).await?.ok_or_else(|| ApiError::not_found("Branch"))?;
    Ok(Json(branch_shape(&site, &found).await?).into_response())
}

async fn branch_shape(site: &Site, reference: &Reference) -> Result<Value, ApiError> {
    let name = reference.branch().unwrap_or_default();
    Ok(json!({
        "name": name, "commit": commit_shape(site, &reference.commit).await?, "merged": false, "protected": name == "main",
        "developers_can_push": false, "developers_can_merge": false, "can_push": true, "default": name == "main",
        "web_url": format!("{}/-/tree/{name}", site.gitlab.page()),
    }))
}

pub(super) async fn commits(State(site): State<Arc<Site>>, params: Params) -> Answer {
    let start = params.get("ref_name").unwrap_or("main");
    let sha = site.repository.resolve(start).await?.ok_or_else(|| ApiError::not_found("Commit"))?;
    let text = |name: &str| params.get(name).map(str::to_owned);
    let range = Range { revisions: vec![sha], path: text("path"), since: text("since"), until: text("until"), ..Range::default() };
    let total = site.repository.count(&range).await?;
    let all = site.repository.commits(&range, 0, total).await?;
    Ok(params.page(&all, |commit| shapes::commit(&site, commit)))
}

pub(super) async fn commit(State(site): State<Arc<Site>>, Name(name): Name) -> Answer {
    let sha = site.repository.resolve(&name).await?.ok_or_else(|| ApiError::not_found("Commit"))?;
    let mut body = commit_shape(&site, &sha).await?;
    shapes::merge(&mut body, json!({ "status": null, "project_id": shapes::PROJECT_ID, "last_pipeline": null }));
    Ok(Json(body).into_response())
}

pub(super) async fn compare(State(site): State<Arc<Site>>, params: Params) -> Answer {
    let side = async |name: &str| -> Result<String, ApiError> {
        let wanted = params.get(name).ok_or_else(|| ApiError::bad_parameter(format!("{name} is missing")))?;
        site.repository.resolve(wanted).await?.ok_or_else(|| ApiError::not_found("Ref"))
    };
    let (from, to) = (side("from").await?, side("to").await?);
    let range = Range { revisions: vec![format!("{from}..{to}")], oldest_first: true, ..Range::default() };
    let all = site.repository.commits(&range, 0, MOST_COMPARED).await?;
    let shown: Vec<Value> = all.iter().map(|commit| shapes::commit(&site, commit)).collect();
    let base = site.repository.compare(&from, &to).await?.map(|compared| compared.merge_base);
    let files = site.repository.changed_files(Some(base.as_deref().unwrap_or(&from)), &to).await?;
    let diff = |file: &ChangedFile| {
        json!({
            "old_path": file.previous.as_deref().unwrap_or(&file.path), "new_path": file.path, "a_mode": "100644", "b_mode": "100644",
            "new_file": file.status == FileStatus::Added, "renamed_file": file.status == FileStatus::Renamed,
            "deleted_file": file.status == FileStatus::Removed, "generated_file": false, "diff": file.patch.as_deref().unwrap_or_default(),
        })
    };
    let diffs: Vec<Value> = files.iter().map(diff).collect();
    Ok(Json(json!({
        "commit": shown.last(), "commits": shown, "diffs": diffs, "compare_timeout": false, "compare_same_ref": from == to,
        "web_url": format!("{}/-/compare/{from}...{to}", site.gitlab.page()),
    }))
    .into_response())
}

pub(super) async fn file(State(site): State<Arc<Site>>, Name(path): Name, params: Params) -> Answer {
    let reference = params.get("ref").ok_or_else(|| ApiError::bad_parameter("ref is missing"))?;
    let reference = if reference == "HEAD" { "main" } else { reference };
    let sha = site.repository.resolve(reference).await?.ok_or_else(|| ApiError::not_found("Commit"))?;
    let found = site.repository.entry_at(&sha, &path).await?.filter(|entry| entry.kind == "blob");
    let found = found.ok_or_else(|| ApiError::not_found("File"))?;
    let content = site.repository.blob(&found.sha).await?;
    Ok(Json(json!({
        "file_name": path.rsplit('/').next(), "file_path": path, "size": content.len(), "encoding": "base64",
        "content": base64::engine::general_purpose::STANDARD.encode(&content), "ref": reference, "blob_id": found.sha,
        "commit_id": sha, "last_commit_id": sha, "execute_filemode": false,
    }))
    .into_response())
}

/// The preview of a changelog. The seeded commits have no `Changelog` trailers, so that their types stand in for it.
pub(super) async fn changelog(State(site): State<Arc<Site>>, params: Params) -> Answer {
    let version = params.get("version").ok_or_else(|| ApiError::bad_parameter("version is missing"))?;
    if !version.split('.').take(2).all(|part| part.parse::<u32>().is_ok()) {
        return Err(ApiError::new(422, "422 The version is not a semantic version"));
    }
    let to = params.get("to").unwrap_or("main");
    let to = site.repository.resolve(to).await?.ok_or_else(|| ApiError::not_found("Commit"))?;
    let Some(from) = params.get("from") else {
        let why = "422 The commit start range is unspecified, and no previous tag could be found to use instead";
        return Err(ApiError::new(422, why));
    };
    let range = Range { revisions: vec![format!("{from}..{to}")], ..Range::default() };
    let mut notes = format!("## {version}\n");
    for commit in site.repository.commits(&range, 0, MOST_COMPARED).await? {
        notes += &format!("\n- {}", commit.message.lines().next().unwrap_or_default());
    }
    Ok(Json(json!({ "notes": notes })).into_response())
}
