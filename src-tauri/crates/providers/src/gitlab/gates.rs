//! What waits for a person: manual jobs that a pipeline waits for, and deployments that are blocked until they are approved. The job
//! of a blocked deployment is manual too: after the last approval it still has to be started, unless the server does so itself.

use super::client::Client;
use super::projects;
use super::route::Route;
use super::runs;
use super::status::{moment, status};
use super::wire_ci::{Deployment, Job};
use crate::failure::{failure, invalid};
use pilothouse_domain::deployment::RunStatus;
use pilothouse_engine::ports::provider::{Gate, GateAnswer, GateKind, GateOutcome, GateVerdict, ProviderError, ProviderErrorKind};
use serde_json::{Value, json};
use std::collections::HashMap;

/// Pages of a hundred manual jobs, and of a hundred deployments, that are read.
const MOST_PAGES: u32 = 3;
/// Blocked deployments that are asked for how many approvals they lack.
const MOST_BLOCKED: usize = 50;
/// What a gate's id begins with.
const JOB: &str = "job-";
const DEPLOYMENT: &str = "deployment-";

/// Everything in a project that waits for a person now.
pub(super) async fn list(client: &Client, repository: &str) -> Result<Vec<Gate>, ProviderError> {
    let manual = Route::project(repository, "/jobs", &[], format!("the manual jobs of {repository}"))?.query("scope", "manual");
    let (project, jobs, blocked, created) = tokio::try_join!(
        projects::read(client, repository),
        client.read_all::<Job>(&manual, MOST_PAGES),
        deployments(client, repository, "blocked"),
        deployments(client, repository, "created"),
    )?;
    let pipeline = project.config_path();
    let mut gates = Vec::new();
    let mut environments: HashMap<u64, String> = HashMap::new();
    for one in blocked.iter().chain(&created) {
        if let Some(job) = &one.deployable {
            environments.insert(job.id, one.environment_name().to_owned());
        }
    }
    let mut awaited: Vec<u64> = Vec::new();
    for one in blocked.into_iter().take(MOST_BLOCKED) {
        // Approved to the end it is a job to be started, like others.
        if approvals_lacking(client, repository, &one).await? == Some(0) {
            continue;
        }
        awaited.extend(one.deployable.as_ref().map(|job| job.id));
        gates.extend(deployment_gate(one, pipeline));
    }
    // A manual job that may fail may be left out as well: nothing waits for it.
    let waits = |job: &Job| !job.allow_failure && !awaited.contains(&job.id);
    gates.extend(jobs.into_iter().filter(waits).filter_map(|job| {
        let environment = environments.get(&job.id).cloned();
        job_gate(job, pipeline, environment)
    }));
    Ok(gates)
}

async fn deployments(client: &Client, repository: &str, status: &str) -> Result<Vec<Deployment>, ProviderError> {
    let route = Route::project(repository, "/deployments", &[], format!("the {status} deployments of {repository}"))?;
    let route = route.query("status", status).query("order_by", "id").query("sort", "desc");
    client.read_all(&route, MOST_PAGES).await
}

/// How many approvals a deployment lacks; `None` where the server doesn't tell.
async fn approvals_lacking(client: &Client, repository: &str, one: &Deployment) -> Result<Option<u32>, ProviderError> {
    if one.pending_approval_count.is_some() {
        return Ok(one.pending_approval_count);
    }
    deployment(client, repository, &one.id.to_string()).await.map(|whole| whole.pending_approval_count)
}

async fn deployment(client: &Client, repository: &str, id: &str) -> Result<Deployment, ProviderError> {
    client.read(&Route::project(repository, "/deployments/{}", &[id], format!("deployment {id} of {repository}"))?).await
}

fn deployment_gate(one: Deployment, pipeline: &str) -> Option<Gate> {
    let job = one.deployable.as_ref()?;
    Some(Gate {
        external_id: format!("{DEPLOYMENT}{}", one.id),
        run: one.pipeline_id()?.to_string(),
        pipeline: pipeline.to_owned(),
        kind: GateKind::Deployment,
        title: job.name.clone(),
        message: String::new(),
        environment: Some(one.environment_name().to_owned()).filter(|name| !name.is_empty()),
        started_by: one.user.as_ref().map(|user| user.username.clone()),
        since: moment(one.created_at.as_deref()),
        expires_at: None,
        url: job.web_url.clone().unwrap_or_default(),
        inputs: Vec::new(),
        can_answer: None,
        can_reject: true,
        takes_comment: true,
    })
}

fn job_gate(job: Job, pipeline: &str, environment: Option<String>) -> Option<Gate> {
    Some(Gate {
        external_id: format!("{JOB}{}", job.id),
        run: job.pipeline.as_ref()?.id.to_string(),
        pipeline: pipeline.to_owned(),
        kind: GateKind::ManualJob,
        title: job.name,
        message: String::new(),
        environment,
        started_by: job.user.map(|user| user.username),
        since: moment(job.created_at.as_deref()),
        expires_at: None,
        url: job.web_url.unwrap_or_default(),
        inputs: Vec::new(),
        can_answer: None,
        can_reject: false,
        takes_comment: false,
    })
}

/// Answers a gate.
pub(super) async fn answer(client: &Client, repository: &str, answer: &GateAnswer) -> Result<GateOutcome, ProviderError> {
    if let Some(id) = answer.gate.strip_prefix(DEPLOYMENT) {
        return answer_deployment(client, repository, id, answer).await;
    }
    match (answer.gate.strip_prefix(JOB), answer.verdict) {
        (Some(id), GateVerdict::Approve) => play(client, repository, id, &answer.inputs).await,
        (Some(_), GateVerdict::Reject) => Err(failure(
            ProviderErrorKind::Unsupported,
            "GitLab can't reject a manual job: it can only be started or left alone.",
            format!("Leave it alone, or cancel {}.", runs::about(repository, &answer.run)),
        )),
        (None, _) => Err(invalid(format!("`{}` is no gate of GitLab's.", answer.gate), "Read the list of gates again.")),
    }
}

/// Starts a manual job, with variables of its own.
async fn play(client: &Client, repository: &str, id: &str, inputs: &[(String, String)]) -> Result<GateOutcome, ProviderError> {
    let about = format!("job {id} of {repository}");
    let variables: Vec<Value> = inputs.iter().map(|(key, value)| json!({ "key": key, "value": value })).collect();
    let body = json!({ "job_variables_attributes": variables });
    let route = Route::project(repository, "/jobs/{}/play", &[id], about.clone())?;
    let answer = client.post(&route, (!variables.is_empty()).then_some(&body)).await?;
    if answer.status.is_success() {
        return Ok(GateOutcome::Taken);
    }
    let mut refusal = client.refusal(&answer);
    // `Unplayable Job` is said of one that runs or has ended, and of one whose approvals are missing.
    if refusal.kind == ProviderErrorKind::Invalid {
        match job(client, repository, id).await {
            Ok(RunStatus::Waiting) => {
                refusal.kind = ProviderErrorKind::Conflict;
                refusal.next_step =
                    "Its deployment may lack approvals, or its environment may be protected: look at the job's page at GitLab.".to_owned();
            }
            Ok(_) => return Ok(GateOutcome::TooLate),
            // Refused it was in any case.
            Err(_) => {}
        }
    }
    Err(refusal)
}

async fn job(client: &Client, repository: &str, id: &str) -> Result<RunStatus, ProviderError> {
    let route = Route::project(repository, "/jobs/{}", &[id], format!("job {id} of {repository}"))?;
    client.read::<Job>(&route).await.map(|job| status(job.status.as_deref()))
}

async fn answer_deployment(client: &Client, repository: &str, id: &str, answer: &GateAnswer) -> Result<GateOutcome, ProviderError> {
    let verdict = match answer.verdict {
        GateVerdict::Approve => "approved",
        GateVerdict::Reject => "rejected",
    };
    let mut body = json!({ "status": verdict });
    if !answer.comment.trim().is_empty() {
        body["comment"] = answer.comment.clone().into();
    }
    let route = Route::project(repository, "/deployments/{}/approval", &[id], format!("deployment {id} of {repository}"))?;
    let sent = client.post(&route, Some(&body)).await?;
    if !sent.status.is_success() {
        let mut refusal = client.refusal(&sent);
        // GitLab says 400 to every reason: too late, not an approver, not one's own deployment.
        if refusal.kind == ProviderErrorKind::Invalid {
            match deployment(client, repository, id).await {
                Ok(now) if now.status.as_deref() == Some("blocked") => {
                    refusal.kind = ProviderErrorKind::Forbidden;
                    refusal.next_step =
                        "Ask somebody whom the environment's approval rules name (Settings, CI/CD, Protected environments).".to_owned();
                }
                Ok(_) => return Ok(GateOutcome::TooLate),
                // Refused it was in any case.
                Err(_) => {}
            }
        }
        return Err(refusal);
    }
    if answer.verdict == GateVerdict::Approve {
        start_if_approved(client, repository, id, &answer.inputs).await;
    }
    Ok(GateOutcome::Taken)
}

/// Starts the job behind a deployment that has all its approvals and wasn't started by the server. What fails here doesn't undo the
/// approval: the job then stays in the list of gates, as one to be started.
async fn start_if_approved(client: &Client, repository: &str, id: &str, inputs: &[(String, String)]) {
    let started = async {
        let now = deployment(client, repository, id).await?;
        let waits = now.deployable.as_ref().is_some_and(|job| status(job.status.as_deref()) == RunStatus::Waiting);
        match (now.deployable, now.pending_approval_count) {
            (Some(job), Some(0)) if waits => play(client, repository, &job.id.to_string(), inputs).await.map(|_| ()),
            _ => Ok(()),
        }
    };
    let started: Result<(), ProviderError> = started.await;
    if let Err(error) = started {
        tracing::warn!(deployment = id, kind = ?error.kind, "An approved deployment's job could not be started; it stays to be started by hand.");
    }
}
