//! Jobs: following, their logs, playing manual ones, repeating.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse as _;
use chrono::Utc;
use http::{StatusCode, header};
use serde::Deserialize;
use serde_json::Value;

use super::error::{Answer, ApiError};
use super::extract::{Body, Id, Params};
use super::state::{Job, Pipeline, Status};
use super::{runner, shapes};
use crate::lock::lock;
use crate::site::Site;

pub(super) async fn list(State(site): State<Arc<Site>>, params: Params) -> Answer {
    let wanted: Vec<&str> = params.all("scope").collect();
    let mut found: Vec<(Pipeline, Job)> = {
        let state = lock(&site.gitlab.state);
        let of = |one: &Pipeline| one.current().map(|job| (one.clone(), job.clone())).collect::<Vec<_>>();
        state.pipelines.values().flat_map(of).collect()
    };
    found.retain(|(_, job)| wanted.is_empty() || wanted.contains(&job.status.word()));
    found.sort_by_key(|(_, job)| std::cmp::Reverse(job.id));
    let mut shown = Vec::new();
    for (one, job) in &found {
        shown.push(shapes::job(&site, one, job, &commit(&site, &one.sha).await?));
    }
    Ok(params.page(&shown, Value::clone))
}

pub(super) async fn get(State(site): State<Arc<Site>>, Id(id): Id) -> Answer {
    answer(&site, id, StatusCode::OK).await
}

pub(super) async fn trace(State(site): State<Arc<Site>>, Id(id): Id) -> Answer {
    let (_, job) = of(&site, id)?;
    if job.started_at.is_none() && job.trace.is_empty() {
        return Err(ApiError::not_found("Not Found"));
    }
    Ok(([(header::CONTENT_TYPE, "text/plain")], job.trace).into_response())
}

/// The archive of a job. Hosted servers hand it out by a redirect to their store.
pub(super) async fn artifacts(State(site): State<Arc<Site>>, Id(id): Id) -> Answer {
    let (_, job) = of(&site, id)?;
    let bytes = packed(&job).ok_or_else(|| ApiError::not_found("Not Found"))?;
    let location = format!("{}{}", site.urls.log_store, site.log_store.offer("application/zip", bytes));
    Ok((StatusCode::FOUND, [(header::LOCATION, location)]).into_response())
}

/// No job here declares its reports as reports.
pub(super) async fn test_report(State(site): State<Arc<Site>>, Id(id): Id) -> Answer {
    if !lock(&site.gitlab.state).pipelines.contains_key(&id) {
        return Err(ApiError::not_found("Not Found"));
    }
    let none = serde_json::json!({
        "total_time": 0, "total_count": 0, "success_count": 0, "failed_count": 0, "skipped_count": 0, "error_count": 0, "test_suites": [],
    });
    Ok(Json(none).into_response())
}

/// What a job that has ended left behind, as a zip archive.
pub(super) fn packed(job: &Job) -> Option<Vec<u8>> {
    job.finished_at?;
    let reports = crate::artifacts::of_log(&job.trace);
    (!reports.is_empty()).then(|| crate::artifacts::zip(&reports).ok()).flatten()
}

#[derive(Deserialize)]
pub(super) struct Play {
    #[serde(default)]
    job_variables_attributes: Vec<JobVariable>,
}

#[derive(Deserialize)]
struct JobVariable {
    key: String,
    value: String,
}

pub(super) async fn play(State(site): State<Arc<Site>>, Id(id): Id, Body(play): Body<Play>) -> Answer {
    let pipeline = {
        let mut state = lock(&site.gitlab.state);
        let lacking = state.deployment_of(id).is_some_and(|deployment| deployment.approvals_lacking() > 0);
        let (one, place) = state.find_mut(id).ok_or_else(|| ApiError::not_found("Job"))?;
        let job = one.jobs.get_mut(place).ok_or_else(|| ApiError::not_found("Job"))?;
        if job.status != Status::Manual || lacking {
            return Err(ApiError::new(400, "400 Bad request - Unplayable Job"));
        }
        job.status = Status::Pending;
        for JobVariable { key, value } in &play.job_variables_attributes {
            job.say(&format!("{key}={value}"));
        }
        one.updated_at = Utc::now();
        one.id
    };
    runner::start(&site, pipeline);
    answer(&site, id, StatusCode::OK).await
}

pub(super) async fn retry(State(site): State<Arc<Site>>, Id(id): Id) -> Answer {
    let (pipeline, new) = {
        let mut state = lock(&site.gitlab.state);
        let (one, job) = state.find(id).ok_or_else(|| ApiError::not_found("Job"))?;
        let can_repeat = !job.is_retried && matches!(job.status, Status::Success | Status::Failed | Status::Canceled);
        let pipeline = one.id;
        let new = if can_repeat { state.repeat(pipeline, id, &site.protected(), Utc::now()) } else { None };
        (pipeline, new.ok_or_else(|| ApiError::new(403, "403 Forbidden - Job is not retryable"))?)
    };
    runner::start(&site, pipeline);
    answer(&site, new, StatusCode::CREATED).await
}

async fn answer(site: &Site, id: u64, status: StatusCode) -> Answer {
    let (one, job) = of(site, id)?;
    let commit = commit(site, &one.sha).await?;
    Ok((status, Json(shapes::job(site, &one, &job, &commit))).into_response())
}

/// The commit of a job, as its JSON holds it.
pub(super) async fn commit(site: &Site, sha: &str) -> Result<Value, ApiError> {
    Ok(site.repository.commit(sha).await?.map(|commit| shapes::commit(site, &commit)).unwrap_or_default())
}

fn of(site: &Site, id: u64) -> Result<(Pipeline, Job), ApiError> {
    let state = lock(&site.gitlab.state);
    state.find(id).map(|(one, job)| (one.clone(), job.clone())).ok_or_else(|| ApiError::not_found("Job"))
}
