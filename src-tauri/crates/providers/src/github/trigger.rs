//! Starting a run: one POST, and what is known after it.

use super::api_version::ApiVersion;
use super::client::{Client, moved};
use super::route::Route;
use super::wire;
use crate::failure::invalid;
use pilothouse_domain::deployment::{Run, RunStatus};
use pilothouse_domain::pipeline::FilledBinding;
use pilothouse_engine::ports::provider::{ProviderError, ProviderErrorKind};
use serde_json::{Map, Value, json};
use std::sync::atomic::Ordering;

/// How many inputs GitHub takes (since 2025-12; 10 before, and GitHub itself refuses then).
const MOST_INPUTS: usize = 25;
/// The field by which GitHub is asked to name the run in the API's older version (since 2026-02-19, not on Enterprise Server up to
/// 3.19). In the newer one it always does, and the field is gone.
const RUN_DETAILS: &str = "return_run_details";

/// Starts a run. `None` where it was accepted without naming the run.
pub(super) async fn trigger(client: &Client, repository: &str, pipeline: &FilledBinding) -> Result<Option<Run>, ProviderError> {
    if pipeline.inputs.len() > MOST_INPUTS {
        let given = pipeline.inputs.len();
        return Err(invalid(
            format!("GitHub takes at most {MOST_INPUTS} inputs, not {given}."),
            "Remove inputs from the pipeline's settings.",
        ));
    }
    let subject = format!("workflow {} of {repository} at {}", pipeline.pipeline, pipeline.git_ref);
    let route = Route::repo(repository, "/actions/workflows/{}/dispatches", &[&pipeline.pipeline], subject)?;
    let is_older = client.memory.api_version() == ApiVersion::V2022;
    let asks_for_details = is_older && !client.memory.refuses_run_details.load(Ordering::Relaxed);
    let mut answer = client.post(&route, Some(&body(pipeline, asks_for_details))).await?;
    // Sent again on this one ground: the server has read the request and refused it because of this very field, so nothing was
    // started, and the same request can only be refused again.
    if asks_for_details && refuses_the_field(answer.status.as_u16(), &answer.body) {
        client.memory.refuses_run_details.store(true, Ordering::Relaxed);
        answer = client.post(&route, Some(&body(pipeline, false))).await?;
    }
    if answer.status.is_redirection() {
        return Err(moved(&route.subject));
    }
    if !answer.status.is_success() {
        let mut error = client.refusal(&answer);
        if error.kind == ProviderErrorKind::NotFound {
            error.next_step = format!(
                "Check that {} is on the default branch: GitHub starts no other. And that the token may see {repository}.",
                pipeline.pipeline
            );
        }
        return Err(error);
    }
    // Accepted, whatever the body says: an answer that can't be read must not look like a failure here.
    let Ok(started) = answer.json::<wire::Dispatched>(&client.secret) else { return Ok(None) };
    Ok(Some(Run {
        external_id: started.workflow_run_id.to_string(),
        url: started.html_url,
        attempt: 1,
        status: RunStatus::Queued,
        title: String::new(),
        created_at: None,
        started_at: None,
        ended_at: None,
        started_by: None,
        git_ref: Some(pipeline.git_ref.clone()),
        commit: None,
        jobs: Vec::new(),
    }))
}

fn body(pipeline: &FilledBinding, asks_for_details: bool) -> Value {
    let inputs: Map<String, Value> = pipeline.inputs.iter().map(|(name, value)| (name.clone(), Value::from(value.as_str()))).collect();
    let mut body = json!({ "ref": pipeline.git_ref, "inputs": inputs });
    if asks_for_details {
        body[RUN_DETAILS] = Value::Bool(true);
    }
    body
}

fn refuses_the_field(status: u16, body: &[u8]) -> bool {
    matches!(status, 400 | 422) && String::from_utf8_lossy(body).contains(RUN_DETAILS)
}
