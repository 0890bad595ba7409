//! Files and folders of the repository.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::response::IntoResponse;
use base64::Engine as _;
use http::{HeaderMap, StatusCode, header};
use serde_json::json;

use super::error::{Answer, ApiError};
use super::extract::Params;
use super::shapes::account::merged;
use super::shapes::commit::entry;
use crate::site::Site;

/// GitHub breaks base64 content into lines of this length.
const LINE: usize = 60;

pub(super) async fn root(state: State<Arc<Site>>, params: Params, headers: HeaderMap) -> Answer {
    get(state, Path(String::new()), params, headers).await
}

pub(super) async fn get(State(site): State<Arc<Site>>, Path(path): Path<String>, params: Params, headers: HeaderMap) -> Answer {
    let path = path.trim_matches('/');
    let reference = params.get("ref").unwrap_or("main");
    let missing = || ApiError::new(StatusCode::NOT_FOUND, format!("No commit found for the ref {reference}"));
    let sha = site.repository.resolve(reference).await?.ok_or_else(missing)?;
    let found = if path.is_empty() { None } else { site.repository.entry_at(&sha, path).await? };
    match found {
        Some(file) if file.kind == "blob" => {
            let content = site.repository.blob(&file.sha).await?;
            let accepts = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
            if accepts.contains("raw") {
                return Ok(([(header::CONTENT_TYPE, "application/vnd.github.raw+json; charset=utf-8")], content).into_response());
            }
            let body = json!({ "encoding": "base64", "content": lines(&content) });
            Ok(Json(merged(entry(&site, reference, &file), body)).into_response())
        }
        Some(_) => folder(&site, reference, &sha, path).await,
        None if path.is_empty() => folder(&site, reference, &sha, path).await,
        None => Err(ApiError::not_found()),
    }
}

async fn folder(site: &Site, reference: &str, sha: &str, path: &str) -> Answer {
    let entries = site.repository.folder_at(sha, path).await?;
    let shown: Vec<_> = entries.iter().map(|one| entry(site, reference, one)).collect();
    Ok(Json(shown).into_response())
}

fn lines(content: &[u8]) -> String {
    let encoded = base64::engine::general_purpose::STANDARD.encode(content);
    let mut text = String::new();
    let mut rest = encoded.as_str();
    while !rest.is_empty() {
        let (line, tail) = rest.split_at(rest.len().min(LINE));
        text.push_str(line);
        text.push('\n');
        rest = tail;
    }
    text
}
