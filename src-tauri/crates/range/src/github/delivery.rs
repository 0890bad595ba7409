//! Environments, deployments and their statuses.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::response::IntoResponse;
use http::StatusCode;
use serde::Deserialize;
use serde_json::Value;

use super::error::{Answer, ApiError};
use super::extract::{Body, Id, Params};
use super::shapes::delivery as shapes;
use crate::deployments::{Deployment, DeploymentState};
use crate::lock::lock;
use crate::site::Site;

pub(super) async fn environments(State(site): State<Arc<Site>>, params: Params) -> Answer {
    let names: Vec<&str> = site.fleet.environments().iter().map(|environment| environment.name).collect();
    Ok(params.envelope("environments", &names, |name| shapes::environment(&site, name)))
}

pub(super) async fn environment(State(site): State<Arc<Site>>, Path(name): Path<String>) -> Answer {
    site.fleet.environment(&name).ok_or_else(ApiError::not_found)?;
    Ok(Json(shapes::environment(&site, &name)).into_response())
}

pub(super) async fn list(State(site): State<Arc<Site>>, params: Params) -> Answer {
    let fits = |one: &&Deployment| {
        let is = |name: &str, value: &str| params.get(name).is_none_or(|wanted| wanted == value || wanted == "none");
        is("environment", &one.environment) && is("sha", &one.sha) && is("ref", &one.ref_name) && is("task", &one.task)
    };
    let found: Vec<Deployment> = lock(&site.deployments).all.iter().rev().filter(fits).cloned().collect();
    Ok(params.array(&found, |one| shapes::deployment(&site, one)))
}

fn deployment_of(site: &Site, id: u64) -> Result<Deployment, ApiError> {
    lock(&site.deployments).all.iter().find(|one| one.id == id).cloned().ok_or_else(ApiError::not_found)
}

pub(super) async fn get(State(site): State<Arc<Site>>, Id(id): Id) -> Answer {
    let one = deployment_of(&site, id)?;
    Ok(Json(shapes::deployment(&site, &one)).into_response())
}

#[derive(Deserialize)]
pub(super) struct NewDeployment {
    #[serde(rename = "ref")]
    reference: String,
    #[serde(default)]
    task: Option<String>,
    #[serde(default)]
    environment: Option<String>,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    payload: Option<Value>,
}

pub(super) async fn create(State(site): State<Arc<Site>>, Body(new): Body<NewDeployment>) -> Answer {
    let missing = || ApiError::unprocessable(format!("No ref found for: {}", new.reference));
    let sha = site.repository.resolve(&new.reference).await?.ok_or_else(missing)?;
    let environment = new.environment.unwrap_or_else(|| "production".to_owned());
    let task = new.task.unwrap_or_else(|| "deploy".to_owned());
    let made = {
        let mut deployments = lock(&site.deployments);
        let id = deployments.create(&environment, &sha, &new.reference, &task);
        deployments.all.iter_mut().find(|one| one.id == id).map(|one| {
            one.description = new.description.or_else(|| Some(String::new()));
            one.payload = new.payload.unwrap_or_else(|| serde_json::json!({}));
            one.clone()
        })
    };
    site.bump();
    let made = made.ok_or_else(ApiError::not_found)?;
    Ok((StatusCode::CREATED, Json(shapes::deployment(&site, &made))).into_response())
}

pub(super) async fn statuses(State(site): State<Arc<Site>>, Id(id): Id, params: Params) -> Answer {
    let mut one = deployment_of(&site, id)?;
    let mut newest_first = std::mem::take(&mut one.statuses);
    newest_first.reverse();
    Ok(params.array(&newest_first, |status| shapes::status(&site, &one, status)))
}

pub(super) async fn status(State(site): State<Arc<Site>>, Path((id, wanted)): Path<(u64, u64)>) -> Answer {
    let one = deployment_of(&site, id)?;
    let status = one.statuses.iter().find(|status| status.id == wanted).ok_or_else(ApiError::not_found)?;
    Ok(Json(shapes::status(&site, &one, status)).into_response())
}

#[derive(Deserialize)]
pub(super) struct NewStatus {
    state: DeploymentState,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    log_url: Option<String>,
    #[serde(default)]
    target_url: Option<String>,
    #[serde(default)]
    auto_inactive: Option<bool>,
}

pub(super) async fn create_status(State(site): State<Arc<Site>>, Id(id): Id, Body(new): Body<NewStatus>) -> Answer {
    let log = new.log_url.or(new.target_url).unwrap_or_default();
    let description = new.description.unwrap_or_default();
    let auto_inactive = new.auto_inactive.unwrap_or(true);
    let made = lock(&site.deployments).add_status(id, new.state, description, &log, auto_inactive);
    let made = made.ok_or_else(ApiError::not_found)?;
    site.bump();
    let one = deployment_of(&site, id)?;
    Ok((StatusCode::CREATED, Json(shapes::status(&site, &one, &made))).into_response())
}
