//! Environments and deployments, and the approvals that blocked ones wait for.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse as _;
use chrono::Utc;
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::error::{Answer, ApiError};
use super::extract::{Body, Id, Params};
use super::state::{Approval, Deployment, Job, Pipeline, Status};
use super::{jobs, shapes};
use crate::lock::lock;
use crate::site::Site;

pub(super) async fn environments(State(site): State<Arc<Site>>, params: Params) -> Answer {
    let all: Vec<Value> = site
        .fleet
        .environments()
        .iter()
        .filter(|environment| params.get("name").is_none_or(|wanted| wanted == environment.name))
        .map(|environment| {
            json!({
                "id": shapes::environment_id(&site, environment.name), "name": environment.name, "slug": environment.name,
                "external_url": environment.url, "tier": environment.name, "state": "available", "auto_stop_at": null,
                "created_at": shapes::time(Utc::now()), "updated_at": shapes::time(Utc::now()),
            })
        })
        .collect();
    Ok(params.page(&all, Value::clone))
}

pub(super) async fn list(State(site): State<Arc<Site>>, params: Params) -> Answer {
    let mut found: Vec<(Deployment, Pipeline, Job)> = {
        let state = lock(&site.gitlab.state);
        let whole = |one: &Deployment| state.find(one.job).map(|(of, by)| (one.clone(), of.clone(), by.clone()));
        state.deployments.iter().filter_map(whole).collect()
    };
    found.retain(|(one, _, by)| {
        params.get("environment").is_none_or(|wanted| wanted == one.environment)
            && params.get("status").is_none_or(|wanted| wanted == one.status(by.status))
    });
    if params.is("sort", "desc") {
        found.reverse();
    }
    let mut shown = Vec::new();
    for (one, of, by) in &found {
        shown.push(shapes::deployment(&site, of, by, one, &jobs::commit(&site, &of.sha).await?));
    }
    Ok(params.page(&shown, Value::clone))
}

pub(super) async fn get(State(site): State<Arc<Site>>, Id(id): Id) -> Answer {
    let (one, of, by) = {
        let state = lock(&site.gitlab.state);
        let one = state.deployments.iter().find(|one| one.id == id).ok_or_else(|| ApiError::not_found("Not Found"))?;
        let (of, by) = state.find(one.job).ok_or_else(|| ApiError::not_found("Not Found"))?;
        (one.clone(), of.clone(), by.clone())
    };
    let commit = jobs::commit(&site, &of.sha).await?;
    Ok(Json(shapes::deployment_with_approvals(&site, &of, &by, &one, &commit)).into_response())
}

#[derive(Deserialize)]
pub(super) struct Review {
    status: Verdict,
    #[serde(default)]
    comment: String,
}

#[derive(Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum Verdict {
    Approved,
    Rejected,
}

pub(super) async fn approve(State(site): State<Arc<Site>>, Id(id): Id, Body(review): Body<Review>) -> Answer {
    let given = Approval { is_approved: review.status == Verdict::Approved, comment: review.comment, at: Utc::now() };
    {
        let mut guard = lock(&site.gitlab.state);
        let state = &mut *guard;
        let one = state.deployments.iter_mut().find(|one| one.id == id).ok_or_else(|| ApiError::not_found("Not Found"))?;
        let jobs = state.pipelines.get_mut(&one.pipeline).into_iter().flat_map(|of| &mut of.jobs);
        let by = jobs.into_iter().find(|job| job.id == one.job).ok_or_else(|| ApiError::not_found("Not Found"))?;
        if by.status != Status::Manual || one.approvals_lacking() == 0 {
            return Err(ApiError::new(400, "400 Bad request - The deployment is not waiting for approvals."));
        }
        one.approvals.push(given.clone());
        one.updated_at = given.at;
        if !given.is_approved {
            by.status = Status::Failed;
            by.failure = Some("deployment_rejected");
            by.finished_at = Some(given.at);
            let pipeline = one.pipeline;
            // What comes behind it is skipped.
            state.next(pipeline);
        }
    }
    site.bump();
    Ok((StatusCode::CREATED, Json(shapes::approval(&site, &given))).into_response())
}
