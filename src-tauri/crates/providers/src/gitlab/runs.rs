//! Following a pipeline, stopping it, and repeating what failed in it.

use super::client::Client;
use super::route::Route;
use super::status::{last_attempt, status};
use super::wire_ci;
use crate::failure::failure;
use pilothouse_domain::deployment::{CancelAnswer, Run, RunStatus};
use pilothouse_engine::ports::provider::{ProviderError, ProviderErrorKind};

/// Pages of a hundred jobs that are read of one pipeline.
const MOST_JOB_PAGES: u32 = 10;

/// A pipeline with the jobs of its last attempt.
pub(super) async fn run(client: &Client, repository: &str, id: &str) -> Result<Run, ProviderError> {
    let (pipeline, jobs, bridges) =
        tokio::try_join!(pipeline(client, repository, id), jobs(client, repository, id), bridges(client, repository, id))?;
    // A job that was repeated begins before its pipeline's own word follows: the success of the time before must not be taken for this one's.
    let is_at_work = jobs.iter().any(is_at_work);
    let (attempt, jobs) = last_attempt(jobs, bridges);
    let mut run = pipeline.into_run(attempt, jobs);
    if is_at_work && run.status == RunStatus::Succeeded {
        run.status = RunStatus::InProgress;
    }
    Ok(run)
}

/// Whether a job was handed out or waits to be, so that its pipeline can't have ended.
fn is_at_work(job: &wire_ci::Job) -> bool {
    matches!(job.status.as_deref(), Some("pending" | "waiting_for_resource" | "preparing" | "running" | "canceling"))
}

/// A pipeline alone.
pub(super) async fn pipeline(client: &Client, repository: &str, id: &str) -> Result<wire_ci::Pipeline, ProviderError> {
    client.read(&Route::project(repository, "/pipelines/{}", &[id], about(repository, id))?).await
}

/// All jobs that a pipeline ever had, also those that were repeated since.
pub(super) async fn jobs(client: &Client, repository: &str, id: &str) -> Result<Vec<wire_ci::Job>, ProviderError> {
    let route = Route::project(repository, "/pipelines/{}/jobs", &[id], format!("the jobs of {}", about(repository, id)))?;
    client.read_all(&route.query("include_retried", "true"), MOST_JOB_PAGES).await
}

/// The jobs of a pipeline that start pipelines elsewhere.
pub(super) async fn bridges(client: &Client, repository: &str, id: &str) -> Result<Vec<wire_ci::Job>, ProviderError> {
    let route = Route::project(repository, "/pipelines/{}/bridges", &[id], format!("the bridges of {}", about(repository, id)))?;
    client.read_all(&route, MOST_JOB_PAGES).await
}

/// Asks to stop a pipeline. GitLab says yes whatever its state, so that it is looked at before and after.
pub(super) async fn cancel(client: &Client, repository: &str, id: &str) -> Result<CancelAnswer, ProviderError> {
    if has_ended(&pipeline(client, repository, id).await?) {
        return Ok(CancelAnswer::AlreadyEnded);
    }
    let route = Route::project(repository, "/pipelines/{}/cancel", &[id], about(repository, id))?;
    client.posted(&route, None).await?;
    match pipeline(client, repository, id).await.map(|pipeline| status(pipeline.status.as_deref())) {
        // It came to its end before the cancel came to it.
        Ok(RunStatus::Succeeded | RunStatus::Failed | RunStatus::Skipped) => Ok(CancelAnswer::AlreadyEnded),
        // Where it can't be read, the cancel was accepted all the same.
        Ok(_) | Err(_) => Ok(CancelAnswer::Accepted),
    }
}

/// Asks for another attempt of what failed or was cancelled. GitLab says yes where there is nothing of the kind, and does nothing.
pub(super) async fn retry(client: &Client, repository: &str, id: &str) -> Result<(), ProviderError> {
    let (pipeline, jobs) = tokio::try_join!(pipeline(client, repository, id), jobs(client, repository, id))?;
    let (_, jobs) = last_attempt(jobs, Vec::new());
    let can_run_again = jobs.iter().any(|job| matches!(job.status, RunStatus::Failed | RunStatus::Cancelled));
    if !can_run_again {
        let why = if has_ended(&pipeline) { "nothing in it failed or was cancelled" } else { "it is still under way" };
        return Err(failure(
            ProviderErrorKind::Conflict,
            format!("GitLab has nothing to repeat in {}: {why}.", about(repository, id)),
            "Start a new pipeline to run everything again.",
        ));
    }
    let route = Route::project(repository, "/pipelines/{}/retry", &[id], about(repository, id))?;
    client.posted(&route, None).await.map(|_| ())
}

fn has_ended(pipeline: &wire_ci::Pipeline) -> bool {
    status(pipeline.status.as_deref()).is_ended()
}

pub(super) fn about(repository: &str, id: &str) -> String {
    format!("pipeline {id} of {repository}")
}
