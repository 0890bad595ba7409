//! Issues, their comments and labels.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;
use chrono::{DateTime, Utc};
use http::{StatusCode, header};
use serde::Deserialize;
use serde_json::Value;

use super::error::{Answer, ApiError};
use super::extract::{Body, Id, Params};
use super::shapes::issue as shapes;
use crate::issues::{Comment, Wish};
use crate::lock::lock;
use crate::site::Site;

fn since(params: &Params) -> Result<Option<DateTime<Utc>>, ApiError> {
    let read = |text: &str| DateTime::parse_from_rfc3339(text).map(|at| at.with_timezone(&Utc));
    params.get("since").map(read).transpose().map_err(|_| ApiError::invalid("Issue", "since", "invalid"))
}

pub(super) async fn list(State(site): State<Arc<Site>>, params: Params) -> Answer {
    let wish = Wish {
        open: match params.get("state").unwrap_or("open") {
            "all" => None,
            state => Some(state == "open"),
        },
        labels: params.get("labels").map(|text| text.split(',').map(str::to_owned).collect()).unwrap_or_default(),
        since: since(&params)?,
        by_change: params.get("sort") == Some("updated"),
        ascending: params.get("direction") == Some("asc"),
    };
    let found = lock(&site.issues).wished(&wish);
    Ok(params.array(&found, |issue| shapes::issue(&site, issue)))
}

pub(super) async fn get(State(site): State<Arc<Site>>, Id(number): Id) -> Answer {
    let found = lock(&site.issues).get(number).cloned().ok_or_else(ApiError::not_found)?;
    Ok(Json(shapes::issue(&site, &found)).into_response())
}

#[derive(Deserialize)]
pub(super) struct NewIssue {
    /// GitHub takes numbers, too.
    title: Value,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    labels: Vec<String>,
}

pub(super) async fn create(State(site): State<Arc<Site>>, Body(new): Body<NewIssue>) -> Answer {
    let title = new.title.as_str().map_or_else(|| new.title.to_string(), str::to_owned);
    if title.trim().is_empty() {
        return Err(ApiError::invalid("Issue", "title", "missing_field"));
    }
    let issue = lock(&site.issues).add(title, new.body, new.labels);
    site.bump();
    let location = format!("{}/issues/{}", site.repository_api(), issue.number);
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], Json(shapes::issue(&site, &issue))).into_response())
}

#[derive(Deserialize)]
pub(super) struct Change {
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    state: Option<String>,
    #[serde(default)]
    labels: Option<Vec<String>>,
}

pub(super) async fn update(State(site): State<Arc<Site>>, Id(number): Id, Body(change): Body<Change>) -> Answer {
    if change.state.as_deref().is_some_and(|state| !matches!(state, "open" | "closed")) {
        return Err(ApiError::invalid("Issue", "state", "invalid"));
    }
    let changed = lock(&site.issues).change(number, |issue| {
        issue.title = change.title.unwrap_or_else(|| issue.title.clone());
        issue.body = change.body.or_else(|| issue.body.take());
        issue.labels = change.labels.unwrap_or_else(|| issue.labels.clone());
        if let Some(state) = change.state {
            issue.set_open(state == "open");
        }
    });
    site.bump();
    let changed = changed.ok_or_else(ApiError::not_found)?;
    Ok(Json(shapes::issue(&site, &changed)).into_response())
}

pub(super) async fn comments(State(site): State<Arc<Site>>, Id(number): Id, params: Params) -> Answer {
    let since = since(&params)?;
    let issue = lock(&site.issues).get(number).cloned().ok_or_else(ApiError::not_found)?;
    let is_wanted = |comment: &&Comment| since.is_none_or(|since| comment.at.timestamp() >= since.timestamp());
    let found: Vec<Comment> = issue.comments.iter().filter(is_wanted).cloned().collect();
    Ok(params.array(&found, |comment| shapes::comment(&site, &issue, comment)))
}

#[derive(Deserialize)]
pub(super) struct NewComment {
    body: String,
}

pub(super) async fn comment(State(site): State<Arc<Site>>, Id(number): Id, Body(new): Body<NewComment>) -> Answer {
    if new.body.trim().is_empty() {
        return Err(ApiError::invalid("IssueComment", "body", "missing_field"));
    }
    let made = lock(&site.issues).comment(number, new.body);
    let (issue, comment) = made.ok_or_else(ApiError::not_found)?;
    site.bump();
    let body = shapes::comment(&site, &issue, &comment);
    let location = body["url"].as_str().unwrap_or_default().to_owned();
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], Json(body)).into_response())
}

#[derive(Deserialize)]
pub(super) struct NewLabels {
    labels: Vec<String>,
}

pub(super) async fn labels(State(site): State<Arc<Site>>, Id(number): Id) -> Answer {
    let issue = lock(&site.issues).get(number).cloned().ok_or_else(ApiError::not_found)?;
    Ok(Json(shapes::labels(&site, &issue)).into_response())
}

pub(super) async fn add_labels(State(site): State<Arc<Site>>, Id(number): Id, Body(new): Body<NewLabels>) -> Answer {
    let changed = lock(&site.issues).change(number, |issue| issue.label(new.labels));
    site.bump();
    let issue = changed.ok_or_else(ApiError::not_found)?;
    Ok(Json(shapes::labels(&site, &issue)).into_response())
}
