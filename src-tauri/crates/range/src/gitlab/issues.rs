//! Issues and their notes. A line that begins with a slash is a command (a quick action): `/close` closes.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse as _;
use chrono::{DateTime, Utc};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::error::{Answer, ApiError};
use super::extract::{Body, Id, Params};
use super::shapes::{PROJECT_ID, time, user};
use crate::issues::{Comment, Issue, Wish};
use crate::lock::lock;
use crate::site::Site;

fn names(text: &str) -> Vec<String> {
    text.split(',').map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect()
}

/// What is left of a text without its commands, and whether one closes.
fn obeyed(text: &str) -> (String, bool) {
    let is_command = |line: &&str| line.strip_prefix('/').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_lowercase()));
    let closes = text.lines().any(|line| line.trim_end() == "/close");
    (text.lines().filter(|line| !is_command(line)).collect::<Vec<_>>().join("\n"), closes)
}

fn missing() -> ApiError {
    ApiError::not_found("Issue")
}

pub(super) async fn list(State(site): State<Arc<Site>>, params: Params) -> Answer {
    let since = params.get("updated_after").map(|text| DateTime::parse_from_rfc3339(text).map(|at| at.with_timezone(&Utc)));
    let since = since.transpose().map_err(|_| ApiError::bad_parameter("updated_after is invalid"))?;
    let wish = Wish {
        open: params.get("state").filter(|state| *state != "all").map(|state| state == "opened"),
        labels: params.get("labels").map(names).unwrap_or_default(),
        since,
        by_change: params.is("order_by", "updated_at"),
        ascending: params.is("sort", "asc"),
    };
    let found = lock(&site.gitlab.issues).wished(&wish);
    Ok(params.page(&found, |issue| shape(&site, issue)))
}

pub(super) async fn get(State(site): State<Arc<Site>>, Id(number): Id) -> Answer {
    let found = lock(&site.gitlab.issues).get(number).cloned().ok_or_else(missing)?;
    Ok(Json(shape(&site, &found)).into_response())
}

#[derive(Deserialize)]
pub(super) struct NewIssue {
    title: String,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    labels: String,
}

pub(super) async fn create(State(site): State<Arc<Site>>, Body(new): Body<NewIssue>) -> Answer {
    if new.title.trim().is_empty() {
        return Err(ApiError::new(400, "title can't be blank"));
    }
    let (text, closes) = obeyed(new.description.as_deref().unwrap_or_default());
    let mut issues = lock(&site.gitlab.issues);
    let mut issue = issues.add(new.title, Some(text), names(&new.labels));
    if closes && let Some(closed) = issues.change(issue.number, |issue| issue.set_open(false)) {
        issue = closed;
    }
    drop(issues);
    site.bump();
    Ok((StatusCode::CREATED, Json(shape(&site, &issue))).into_response())
}

#[derive(Deserialize)]
pub(super) struct Change {
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    add_labels: Option<String>,
    #[serde(default)]
    state_event: Option<String>,
}

pub(super) async fn update(State(site): State<Arc<Site>>, Id(number): Id, Body(change): Body<Change>) -> Answer {
    let changed = lock(&site.gitlab.issues).change(number, |issue| {
        issue.title = change.title.unwrap_or_else(|| issue.title.clone());
        issue.body = change.description.or_else(|| issue.body.take());
        issue.label(change.add_labels.as_deref().map(names).unwrap_or_default());
        match change.state_event.as_deref() {
            Some("close") => issue.set_open(false),
            Some("reopen") => issue.set_open(true),
            _ => {}
        }
    });
    site.bump();
    Ok(Json(shape(&site, &changed.ok_or_else(missing)?)).into_response())
}

pub(super) async fn notes(State(site): State<Arc<Site>>, Id(number): Id, params: Params) -> Answer {
    let issue = lock(&site.gitlab.issues).get(number).cloned().ok_or_else(missing)?;
    let mut found = issue.comments.clone();
    if !params.is("sort", "asc") {
        found.reverse();
    }
    Ok(params.page(&found, |comment| note(&site, &issue, comment)))
}

#[derive(Deserialize)]
pub(super) struct NewNote {
    body: String,
}

pub(super) async fn comment(State(site): State<Arc<Site>>, Id(number): Id, Body(new): Body<NewNote>) -> Answer {
    let (text, closes) = obeyed(&new.body);
    let mut issues = lock(&site.gitlab.issues);
    if closes {
        issues.change(number, |issue| issue.set_open(false)).ok_or_else(missing)?;
    }
    if text.trim().is_empty() {
        return Ok((StatusCode::ACCEPTED, Json(json!({ "commands_changes": {}, "summary": ["Closed this issue."] }))).into_response());
    }
    let (issue, comment) = issues.comment(number, text).ok_or_else(missing)?;
    drop(issues);
    site.bump();
    Ok((StatusCode::CREATED, Json(note(&site, &issue, &comment))).into_response())
}

fn shape(site: &Site, one: &Issue) -> Value {
    json!({
        "id": one.id, "iid": one.number, "project_id": PROJECT_ID, "title": one.title, "description": one.body,
        "state": if one.closed_at.is_some() { "closed" } else { "opened" }, "created_at": time(one.created_at),
        "updated_at": time(one.updated_at), "closed_at": one.closed_at.map(time), "closed_by": one.closed_at.map(|_| user(site)),
        "labels": one.labels, "milestone": null, "assignees": [], "author": user(site), "type": "ISSUE", "assignee": null,
        "user_notes_count": one.comments.len(), "merge_requests_count": 0, "upvotes": 0, "downvotes": 0, "due_date": null,
        "confidential": false, "discussion_locked": null, "issue_type": "issue",
        "web_url": format!("{}/-/issues/{}", site.gitlab.page(), one.number),
    })
}

fn note(site: &Site, of: &Issue, one: &Comment) -> Value {
    json!({
        "id": one.id, "type": null, "body": one.body, "author": user(site), "created_at": time(one.at), "updated_at": time(one.at),
        "system": false, "noteable_id": of.id, "noteable_type": "Issue", "project_id": PROJECT_ID, "resolvable": false,
        "confidential": false, "internal": false, "noteable_iid": of.number,
    })
}
