//! Pipelines: creating, listing, following, cancelling, repeating.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse as _;
use chrono::{DateTime, Utc};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::error::{Answer, ApiError};
use super::extract::{Body, Id, Params};
use super::state::{Pipeline, Status};
use super::{create as creating, jobs, runner, shapes};
use crate::lock::lock;
use crate::people::LOGIN;
use crate::site::Site;

#[derive(Deserialize)]
pub(super) struct NewPipeline {
    #[serde(rename = "ref")]
    reference: Option<String>,
    #[serde(default)]
    variables: Vec<Variable>,
    #[serde(default)]
    inputs: Map<String, Value>,
}

#[derive(Deserialize)]
struct Variable {
    key: String,
    value: String,
}

pub(super) async fn create(State(site): State<Arc<Site>>, Body(new): Body<NewPipeline>) -> Answer {
    let reference = new.reference.ok_or_else(|| ApiError::bad_parameter("ref is missing"))?;
    let variables = new.variables.into_iter().map(|variable| (variable.key, variable.value)).collect();
    let id = creating::accept(&site, &reference, variables, &new.inputs).await?;
    Ok((StatusCode::CREATED, Json(shown(&site, id)?)).into_response())
}

pub(super) async fn list(State(site): State<Arc<Site>>, params: Params) -> Answer {
    let mut all: Vec<Pipeline> = lock(&site.gitlab.state).pipelines.values().filter(|one| one.is_listed()).cloned().collect();
    if params.get("username").is_some_and(|login| login != LOGIN) || params.get("source").is_some_and(|source| source != "api") {
        all.clear();
    }
    let moment = |name: &str| params.get(name).and_then(|text| text.parse::<DateTime<Utc>>().ok());
    let after = moment("updated_after");
    let before = moment("updated_before");
    all.retain(|one| {
        params.get("ref").is_none_or(|wanted| wanted == one.ref_name)
            && params.get("sha").is_none_or(|wanted| wanted == one.sha)
            && params.get("status").is_none_or(|wanted| wanted == one.status())
            && after.is_none_or(|after| one.updated_at > after)
            && before.is_none_or(|before| one.updated_at < before)
    });
    if !params.is("sort", "asc") {
        all.reverse();
    }
    Ok(params.page(&all, |one| shapes::basic_pipeline(&site, one)))
}

pub(super) async fn get(State(site): State<Arc<Site>>, Id(id): Id) -> Answer {
    Ok(Json(shown(&site, id)?).into_response())
}

pub(super) async fn variables(State(site): State<Arc<Site>>, Id(id): Id) -> Answer {
    let one = of(&site, id)?;
    let shape = |(key, value): &(String, String)| json!({ "variable_type": "env_var", "key": key, "value": value, "raw": false });
    Ok(Json(one.variables.iter().map(shape).collect::<Vec<_>>()).into_response())
}

pub(super) async fn jobs(State(site): State<Arc<Site>>, Id(id): Id, params: Params) -> Answer {
    let mut one = of(&site, id)?;
    one.jobs.retain(|job| !job.is_retried || params.is("include_retried", "true"));
    let wanted: Vec<&str> = params.all("scope").collect();
    one.jobs.retain(|job| wanted.is_empty() || wanted.contains(&job.status.word()));
    one.jobs.sort_by_key(|job| std::cmp::Reverse(job.id));
    let commit = jobs::commit(&site, &one.sha).await?;
    Ok(params.page(&one.jobs, |job| shapes::job(&site, &one, job, &commit)))
}

pub(super) async fn bridges(State(site): State<Arc<Site>>, Id(id): Id, params: Params) -> Answer {
    of(&site, id)?;
    Ok(params.page::<Value>(&[], Value::clone))
}

/// Says yes whatever the state, as GitLab does.
pub(super) async fn cancel(State(site): State<Arc<Site>>, Id(id): Id) -> Answer {
    {
        let mut state = lock(&site.gitlab.state);
        let one = state.pipelines.get_mut(&id).ok_or_else(|| ApiError::not_found("Pipeline"))?;
        let now = Utc::now();
        let mut any = false;
        for job in one.jobs.iter_mut().filter(|job| !job.is_retried && !job.status.is_ended()) {
            job.status = Status::Canceled;
            job.finished_at = Some(now);
            any = true;
        }
        if any {
            one.updated_at = now;
            one.cancel.cancel();
        }
    }
    site.bump();
    Ok(Json(shown(&site, id)?).into_response())
}

/// Repeats what failed or was cancelled; does nothing, and says yes, where there is nothing of the kind.
pub(super) async fn retry(State(site): State<Arc<Site>>, Id(id): Id) -> Answer {
    let repeated = {
        let mut state = lock(&site.gitlab.state);
        let one = state.pipelines.get(&id).ok_or_else(|| ApiError::not_found("Pipeline"))?;
        let again: Vec<u64> =
            one.current().filter(|job| matches!(job.status, Status::Failed | Status::Canceled)).map(|job| job.id).collect();
        for job in &again {
            state.repeat(id, *job, &site.protected(), Utc::now());
        }
        if let Some(one) = state.pipelines.get_mut(&id).filter(|_| !again.is_empty()) {
            for job in one.jobs.iter_mut().filter(|job| !job.is_retried && job.status == Status::Skipped) {
                job.status = Status::Created;
            }
        }
        !again.is_empty()
    };
    if repeated {
        runner::start(&site, id);
    }
    Ok((StatusCode::CREATED, Json(shown(&site, id)?)).into_response())
}

fn shown(site: &Site, id: u64) -> Result<Value, ApiError> {
    of(site, id).map(|one| shapes::pipeline(site, &one))
}

fn of(site: &Site, id: u64) -> Result<Pipeline, ApiError> {
    lock(&site.gitlab.state).pipelines.get(&id).cloned().ok_or_else(|| ApiError::not_found("Pipeline"))
}
