//! Workflows: listing, enabling, disabling, dispatching.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Extension, Path, State};
use axum::response::{IntoResponse, Response};
use chrono::Utc;
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::error::{Answer, ApiError};
use super::extract::{Body, Params};
use super::gate::ApiVersion;
use super::shapes::run as shapes;
use crate::actions::dispatch::{self, Refused};
use crate::actions::{FOLDER, KnownWorkflow, workflow};
use crate::lock::lock;
use crate::site::Site;

pub(super) async fn list(State(site): State<Arc<Site>>, params: Params) -> Answer {
    let all = known(&site).await?;
    Ok(params.envelope("workflows", &all, |(known, name)| shapes::workflow(&site, known, name)))
}

pub(super) async fn get(State(site): State<Arc<Site>>, Path(wanted): Path<String>) -> Answer {
    let (known, name) = find(&site, &wanted).await?;
    Ok(Json(shapes::workflow(&site, &known, &name)).into_response())
}

pub(super) async fn enable(site: State<Arc<Site>>, wanted: Path<String>) -> Answer {
    switch(site, wanted, true).await
}

pub(super) async fn disable(site: State<Arc<Site>>, wanted: Path<String>) -> Answer {
    switch(site, wanted, false).await
}

async fn switch(State(site): State<Arc<Site>>, Path(wanted): Path<String>, enabled: bool) -> Answer {
    let (known, _) = find(&site, &wanted).await?;
    lock(&site.actions).switch(known.id, enabled, Utc::now());
    Ok(StatusCode::NO_CONTENT.into_response())
}

#[derive(Deserialize)]
pub(super) struct Dispatch {
    #[serde(rename = "ref")]
    reference: String,
    #[serde(default)]
    inputs: Map<String, Value>,
    #[serde(default)]
    return_run_details: Option<bool>,
}

pub(super) async fn dispatch(
    State(site): State<Arc<Site>>,
    Path(wanted): Path<String>,
    Extension(version): Extension<ApiVersion>,
    Body(body): Body<Dispatch>,
) -> Answer {
    let (known, _) = find(&site, &wanted).await?;
    let run_id = dispatch::accept(&site, &known, &body.reference, &body.inputs).await.map_err(|refused| match refused {
        Refused::Git(error) => error.into(),
        other => ApiError::unprocessable(other.to_string()),
    })?;
    // Enterprise Server does not know the parameter; from 2026-03-10 on it is gone and the answer always has the id.
    let detailed = match version {
        ApiVersion::V2026 => true,
        ApiVersion::V2022 => body.return_run_details == Some(true) && !site.options.enterprise_server,
    };
    if !detailed {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    Ok(details(&site, run_id))
}

fn details(site: &Site, run_id: u64) -> Response {
    Json(json!({
        "workflow_run_id": run_id,
        "run_url": format!("{}/actions/runs/{run_id}", site.repository_api()),
        "html_url": format!("{}/actions/runs/{run_id}", site.repository_page()),
    }))
    .into_response()
}

/// The workflows on the default branch with their names, by path.
async fn known(site: &Site) -> Result<Vec<(KnownWorkflow, String)>, ApiError> {
    let main = site.repository.resolve("main").await?.ok_or_else(ApiError::not_found)?;
    let mut all = Vec::new();
    for file in site.repository.folder_at(&main, FOLDER).await? {
        let is_workflow = file.kind == "blob" && (file.path.ends_with(".yml") || file.path.ends_with(".yaml"));
        if !is_workflow {
            continue;
        }
        let text = String::from_utf8_lossy(&site.repository.blob(&file.sha).await?).into_owned();
        // An unreadable file is listed under its path, as at GitHub.
        let name = workflow::parse(&file.path, &text).map_or_else(|_| file.path.clone(), |plan| plan.name);
        all.push((lock(&site.actions).workflow(&file.path, Utc::now()), name));
    }
    Ok(all)
}

/// A workflow by its id or file name; it must be on the default branch.
pub(super) async fn find(site: &Site, wanted: &str) -> Result<(KnownWorkflow, String), ApiError> {
    let matches = |known: &KnownWorkflow| known.id.to_string() == wanted || known.file_name() == wanted || known.path == wanted;
    known(site).await?.into_iter().find(|(known, _)| matches(known)).ok_or_else(ApiError::not_found)
}
