//! The one project.

use std::sync::Arc;

use axum::extract::State;
use axum::response::IntoResponse as _;
use axum::{Extension, Json};
use serde_json::{Value, json};

use super::error::Answer;
use super::extract::Params;
use super::shapes::{PROJECT_ID, time};
use crate::people::{NAME, OWNER, REPOSITORY, full_name};
use crate::site::Site;
use crate::tokens::Caller;

/// Whether a path or number names our project.
pub(super) fn is_ours(project: &str) -> bool {
    project == full_name() || project == PROJECT_ID.to_string()
}

pub(super) async fn list(State(site): State<Arc<Site>>, Extension(caller): Extension<Caller>, params: Params) -> Answer {
    let is_found = params.get("search").is_none_or(|text| full_name().contains(&text.to_lowercase()));
    let all: Vec<Value> = if is_found && caller != Caller::NoRepo { vec![project(&site)] } else { Vec::new() };
    Ok(params.page(&all, Value::clone))
}

pub(super) async fn get(State(site): State<Arc<Site>>) -> Answer {
    Ok(Json(project(&site)).into_response())
}

fn project(site: &Site) -> Value {
    let page = site.gitlab.page();
    json!({
        "id": PROJECT_ID, "description": "The checkout of Nordwind's shop.", "name": REPOSITORY, "path": REPOSITORY,
        "name_with_namespace": format!("{OWNER} / {REPOSITORY}"), "path_with_namespace": full_name(),
        "created_at": time(chrono::DateTime::from_timestamp(1_767_600_000, 0).unwrap_or_default()),
        "default_branch": "main", "tag_list": [], "topics": [], "web_url": page, "http_url_to_repo": format!("{page}.git"),
        "readme_url": format!("{page}/-/blob/main/README.md"), "forks_count": 0, "star_count": 3, "avatar_url": null,
        "namespace": { "id": 7_730, "name": OWNER, "path": OWNER, "kind": "group", "full_path": OWNER, "parent_id": null },
        "visibility": "private", "archived": false, "empty_repo": false, "jobs_enabled": true, "builds_access_level": "enabled",
        "ci_config_path": "", "ci_forward_deployment_enabled": true, "ci_forward_deployment_rollback_allowed": true,
        "permissions": { "project_access": null, "group_access": { "access_level": 40, "notification_level": 3 } },
        "owner": { "id": crate::people::USER_ID, "name": NAME, "username": crate::people::LOGIN },
    })
}
