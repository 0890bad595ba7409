//! GitLab's own way back: the job of an earlier deployment runs again. There is no call for it as such; what the page's button does
//! is repeating that job (<https://docs.gitlab.com/ci/environments/deployments/#retry-or-roll-back-a-deployment>).

use super::client::Client;
use super::deployments;
use super::projects;
use super::route::Route;
use super::runs;
use super::status::status;
use super::wire_ci::{Deployment, Job};
use crate::failure::{failure, unexpected, unsent};
use pilothouse_domain::deployment::Run;
use pilothouse_engine::ports::provider::{NativeRollback, ProviderError, ProviderErrorKind, RollbackOutlook, RollbackSearch};

/// Whether the way is open, and which job it leads through.
enum Way {
    Open {
        job: u64,
        name: String,
    },
    /// The job is at work.
    NotYet(String),
    Closed(String),
}

/// Whether it would be accepted, as far as can be known.
pub(super) async fn outlook(client: &Client, repository: &str, rollback: &NativeRollback) -> Result<RollbackOutlook, ProviderError> {
    Ok(match way(client, repository, rollback).await? {
        Way::Open { job, name } => RollbackOutlook::Open {
            mark: format!("{job} {name}"),
            how: format!("Job {name} of pipeline {} runs again, with the variables and the commit that it had.", rollback.target_run),
        },
        Way::NotYet(why) => RollbackOutlook::NotYet { why },
        Way::Closed(why) => RollbackOutlook::Closed { why },
    })
}

/// Goes back. The job gets a new id in the same pipeline.
pub(super) async fn roll_back(client: &Client, repository: &str, rollback: &NativeRollback) -> Result<Option<Run>, ProviderError> {
    let (job, name) = match way(client, repository, rollback).await.map_err(unsent)? {
        Way::Open { job, name } => (job.to_string(), name),
        Way::NotYet(why) | Way::Closed(why) => {
            return Err(failure(ProviderErrorKind::Conflict, why, "Start a pipeline at the tag of the version that is wanted back."));
        }
    };
    let about = format!("job {name} of {}", runs::about(repository, &rollback.target_run));
    let answer = client.post(&Route::project(repository, "/jobs/{}/retry", &[&job], about.clone())?, None).await?;
    if !answer.status.is_success() {
        let mut error = client.refusal(&answer);
        // 403 is said both to who may not and of a job that can't: what is protected, archived or outdated.
        if error.kind == ProviderErrorKind::Forbidden && error.message.contains("not retryable") {
            error.kind = ProviderErrorKind::Conflict;
            error.message = format!("GitLab doesn't let {about} run again: it is archived, outdated, or was repeated before.");
            error.next_step = "Start a pipeline at the tag of the version that is wanted back.".to_owned();
        }
        return Err(error);
    }
    // The job was accepted; the run is only read to show more of it.
    Ok(runs::run(client, repository, &rollback.target_run).await.ok())
}

/// The earlier pipeline, once the job that the mark names has a later one of its name.
pub(super) async fn find(client: &Client, repository: &str, search: &RollbackSearch) -> Result<Vec<Run>, ProviderError> {
    let target = &search.rollback.target_run;
    let marked = search.mark.split_once(' ').and_then(|(id, name)| Some((id.parse::<u64>().ok()?, name)));
    let Some((before, name)) = marked else {
        let message = format!("`{}` names no job of pipeline {target}.", search.mark);
        return Err(unexpected(message, "Look at the pipeline at GitLab: has the job run again?"));
    };
    let jobs = runs::jobs(client, repository, target).await?;
    if !jobs.iter().any(|job| job.name == name && job.id > before) {
        return Ok(Vec::new());
    }
    Ok(vec![runs::run(client, repository, target).await?])
}

async fn way(client: &Client, repository: &str, rollback: &NativeRollback) -> Result<Way, ProviderError> {
    let target = &rollback.target_run;
    let (project, deployments) =
        tokio::try_join!(projects::read(client, repository), deployments::newest(client, repository, &rollback.environment))?;
    let of_target = |one: &&Deployment| one.pipeline_id().is_some_and(|id| id.to_string() == *target);
    let Some(then) = deployments.iter().filter(of_target).find(|one| one.status.as_deref() == Some("success")) else {
        return Ok(Way::Closed(format!(
            "GitLab knows no successful deployment to {} by pipeline {target} that a job of it could repeat.",
            rollback.environment
        )));
    };
    let name = then.deployable.as_ref().map(|job| job.name.clone()).unwrap_or_default();
    if project.archived {
        return Ok(Way::Closed(format!("{repository} is archived.")));
    }
    // Only the last of the jobs of that name can be repeated, and the deployment may be an earlier one's.
    let last = runs::jobs(client, repository, target).await?.into_iter().filter(|job| job.name == name).max_by_key(|job| job.id);
    let Some(last) = last else {
        return Ok(Way::Closed(format!("Pipeline {target} has no job {name} that could be repeated: it starts another pipeline.")));
    };
    if !status(last.status.as_deref()).is_ended() {
        return Ok(Way::NotYet(format!("Job {name} of pipeline {target} is still under way.")));
    }
    if let Some(why) = obstacle(&last) {
        return Ok(Way::Closed(format!("Job {name} of pipeline {target} can't run again: {why}.")));
    }
    let is_newest = deployments.iter().find(|one| one.status.as_deref() == Some("success")).is_some_and(|newest| newest.id == then.id);
    let is_held_back = project.ci_forward_deployment_enabled == Some(true) && project.ci_forward_deployment_rollback_allowed == Some(false);
    if is_held_back && !is_newest {
        return Ok(Way::Closed(format!(
            "{repository} prevents outdated deployment jobs and doesn't except rollbacks (Settings, CI/CD, General pipelines)."
        )));
    }
    Ok(Way::Open { job: last.id, name })
}

fn obstacle(job: &Job) -> Option<&'static str> {
    if job.archived {
        return Some("it is archived");
    }
    job.erased_at.is_some().then_some("it was erased")
}
