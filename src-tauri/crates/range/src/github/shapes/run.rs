//! Workflows, runs, jobs.

use serde_json::{Value, json};

use super::account::{minimal_repository, user};
use super::{node_id, time};
use crate::actions::KnownWorkflow;
use crate::actions::run::{Attempt, Conclusion, Job, Run, Status, Step};
use crate::people::REPOSITORY_ID;
use crate::repository::Commit;
use crate::site::Site;

/// `workflow`.
pub(crate) fn workflow(site: &Site, known: &KnownWorkflow, name: &str) -> Value {
    let (api, page) = (site.repository_api(), site.repository_page());
    json!({
        "id": known.id, "node_id": node_id("Workflow", known.id), "name": name, "path": known.path,
        "state": if known.enabled { "active" } else { "disabled_manually" },
        "created_at": time(known.changed_at), "updated_at": time(known.changed_at),
        "url": format!("{api}/actions/workflows/{}", known.id), "html_url": format!("{page}/blob/main/{}", known.path),
        "badge_url": format!("{page}/workflows/{}/badge.svg", crate::github::extract::encode(name)),
    })
}

/// `workflow-run`, of one attempt.
pub(crate) fn run(site: &Site, run: &Run, attempt: &Attempt, head: Option<&Commit>) -> Value {
    let url = format!("{}/actions/runs/{}", site.repository_api(), run.id);
    let suite = run.id + 30_000_000_000;
    let previous = (attempt.number > 1).then(|| format!("{url}/attempts/{}", attempt.number - 1));
    json!({
        "id": run.id, "name": run.plan.name, "node_id": node_id("WorkflowRun", run.id),
        "check_suite_id": suite, "check_suite_node_id": node_id("CheckSuite", suite),
        "head_branch": run.ref_name, "head_sha": run.sha, "path": run.path, "run_number": run.number,
        "run_attempt": attempt.number, "event": run.event, "display_title": run.title,
        "status": run_status(attempt.status), "conclusion": conclusion(attempt.conclusion), "workflow_id": run.workflow_id,
        "url": url, "html_url": format!("{}/actions/runs/{}", site.repository_page(), run.id),
        "pull_requests": [], "created_at": time(run.created_at), "updated_at": time(attempt.updated_at),
        "actor": user(site), "triggering_actor": user(site), "run_started_at": time(attempt.started_at),
        "jobs_url": format!("{url}/jobs"), "logs_url": format!("{url}/logs"),
        "check_suite_url": format!("{}/check-suites/{suite}", site.repository_api()),
        "artifacts_url": format!("{url}/artifacts"), "cancel_url": format!("{url}/cancel"),
        "rerun_url": format!("{url}/rerun"), "previous_attempt_url": previous,
        "workflow_url": format!("{}/actions/workflows/{}", site.repository_api(), run.workflow_id),
        "head_commit": head.map(simple_commit), "repository": minimal_repository(site),
        "head_repository": minimal_repository(site), "head_repository_id": REPOSITORY_ID,
    })
}

fn simple_commit(commit: &Commit) -> Value {
    json!({
        "id": commit.sha, "tree_id": commit.tree, "message": commit.message, "timestamp": commit.committer.date,
        "author": { "name": commit.author.name, "email": commit.author.email },
        "committer": { "name": commit.committer.name, "email": commit.committer.email },
    })
}

/// `job`.
pub(crate) fn job(site: &Site, run: &Run, attempt: &Attempt, job: &Job) -> Value {
    let api = site.repository_api();
    let started = job.started_at.is_some();
    json!({
        "id": job.id, "run_id": run.id, "run_url": format!("{api}/actions/runs/{}", run.id), "run_attempt": attempt.number,
        "node_id": node_id("CheckRun", job.id), "head_sha": run.sha, "url": format!("{api}/actions/jobs/{}", job.id),
        "html_url": format!("{}/actions/runs/{}/job/{}", site.repository_page(), run.id, job.id),
        "status": run_status(job.status), "conclusion": conclusion(job.conclusion), "created_at": time(job.created_at),
        // GitHub gives a job that has not started its creation time here.
        "started_at": time(job.started_at.unwrap_or(job.created_at)), "completed_at": job.completed_at.map(time),
        "name": job.name,
        "steps": job.steps.iter().enumerate().map(|(index, one)| step(index + 1, one)).collect::<Vec<_>>(),
        "check_run_url": format!("{api}/check-runs/{}", job.id), "labels": [job.runs_on],
        "runner_id": started.then_some(11), "runner_name": started.then_some("practice-runner-1"),
        "runner_group_id": started.then_some(1), "runner_group_name": started.then_some("Default"),
        "workflow_name": run.plan.name, "head_branch": run.ref_name,
    })
}

fn step(number: usize, step: &Step) -> Value {
    json!({
        "name": step.name, "number": number, "status": run_status(step.status), "conclusion": conclusion(step.conclusion),
        "started_at": step.started_at.map(time), "completed_at": step.completed_at.map(time),
    })
}

pub(crate) fn run_status(status: Status) -> &'static str {
    match status {
        Status::Queued => "queued",
        Status::Pending => "pending",
        Status::Waiting => "waiting",
        Status::InProgress => "in_progress",
        Status::Completed => "completed",
    }
}

pub(crate) fn conclusion(conclusion: Option<Conclusion>) -> Option<&'static str> {
    conclusion.map(|conclusion| match conclusion {
        Conclusion::Success => "success",
        Conclusion::Failure => "failure",
        Conclusion::Cancelled => "cancelled",
        Conclusion::Skipped => "skipped",
    })
}
