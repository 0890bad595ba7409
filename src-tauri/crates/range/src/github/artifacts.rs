//! Artifacts: what the jobs of all attempts of a run uploaded. A download is a redirect to the store of logs, which takes no token.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::response::IntoResponse;
use chrono::TimeDelta;
use http::{StatusCode, header};
use serde_json::{Value, json};

use super::error::{Answer, ApiError};
use super::extract::{Id, Params};
use super::runs::run_of;
use crate::actions::run::{Job, Run};
use crate::artifacts::{Report, of_log, zip};
use crate::lock::lock;
use crate::people::full_name;
use crate::site::Site;

/// For so long they are kept.
const KEPT: TimeDelta = TimeDelta::days(90);

pub(super) async fn list(State(site): State<Arc<Site>>, Id(id): Id, params: Params) -> Answer {
    let run = run_of(&site, id)?;
    let is_wanted = |job: &Job| params.get("name").is_none_or(|name| name == name_of(job));
    let jobs = run.attempts.iter().rev().flat_map(|attempt| &attempt.jobs).filter(|job| is_wanted(job));
    let all: Vec<Value> = jobs.filter_map(|job| shape(&site, &run, job)).collect();
    Ok(params.envelope("artifacts", &all, Value::clone))
}

pub(super) async fn get(State(site): State<Arc<Site>>, Id(id): Id) -> Answer {
    let actions = lock(&site.actions);
    let (run, _, job) = actions.job(id).ok_or_else(ApiError::not_found)?;
    Ok(Json(shape(&site, run, job).ok_or_else(ApiError::not_found)?).into_response())
}

pub(super) async fn download(State(site): State<Arc<Site>>, Path((id, format)): Path<(u64, String)>) -> Answer {
    if format != "zip" {
        return Err(ApiError::not_found());
    }
    let found = lock(&site.actions).job(id).and_then(|(_, _, job)| packed(job)).ok_or_else(ApiError::not_found)?;
    let location = format!("{}{}", site.urls.log_store, site.log_store.offer("application/zip", found));
    Ok((StatusCode::FOUND, [(header::LOCATION, location)]).into_response())
}

/// Its id is that of the job that uploaded it.
fn shape(site: &Site, run: &Run, job: &Job) -> Option<Value> {
    let size = packed(job)?.len();
    let at = job.completed_at?;
    let url = format!("{}/repos/{}/actions/artifacts/{}", site.urls.github, full_name(), job.id);
    let time = |at: chrono::DateTime<chrono::Utc>| at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    Some(json!({
        "id": job.id, "node_id": "MDg6QXJ0aWZhY3Q=", "name": name_of(job), "size_in_bytes": size, "url": url,
        "archive_download_url": format!("{url}/zip"), "expired": false, "digest": null,
        "created_at": time(at), "updated_at": time(at), "expires_at": time(at + KEPT),
        "workflow_run": { "id": run.id, "repository_id": 1, "head_repository_id": 1, "head_branch": run.ref_name, "head_sha": run.sha },
    }))
}

fn name_of(job: &Job) -> String {
    format!("test-results-{}", job.key)
}

fn packed(job: &Job) -> Option<Vec<u8>> {
    job.completed_at?;
    let reports: Vec<Report> = of_log(&job.log);
    (!reports.is_empty()).then(|| zip(&reports).ok()).flatten()
}
