//! Runs and jobs: reading and steering.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::response::IntoResponse;
use chrono::{DateTime, NaiveDate, Utc};
use http::StatusCode;
use serde_json::{Value, json};

use super::actions::find;
use super::error::{Answer, ApiError};
use super::extract::{Id, Params};
use super::shapes::run as shapes;
use crate::actions::run::{Attempt, Run, Status};
use crate::actions::{Again, Rerun, runner};
use crate::lock::lock;
use crate::people::LOGIN;
use crate::repository::Commit;
use crate::site::Site;

pub(super) async fn list(State(site): State<Arc<Site>>, params: Params) -> Answer {
    listing(&site, &params, None).await
}

pub(super) async fn list_of_workflow(State(site): State<Arc<Site>>, Path(wanted): Path<String>, params: Params) -> Answer {
    let (known, _) = find(&site, &wanted).await?;
    listing(&site, &params, Some(known.id)).await
}

async fn listing(site: &Arc<Site>, params: &Params, workflow: Option<u64>) -> Answer {
    let created = params.get("created").map(created).transpose()?;
    let fits = |run: &&Run| {
        let is = |name: &str, value: &str| params.get(name).is_none_or(|wanted| wanted == value);
        let status = |wanted: &str| shapes::run_status(run.status()) == wanted || shapes::conclusion(run.conclusion()) == Some(wanted);
        run.is_listed()
            && workflow.is_none_or(|id| id == run.workflow_id)
            && is("event", run.event)
            && is("branch", &run.ref_name)
            && is("head_sha", &run.sha)
            && is("actor", LOGIN)
            && params.get("status").is_none_or(status)
            && created.as_ref().is_none_or(|created| created.holds(run.created_at))
    };
    let found: Vec<Run> = lock(&site.actions).runs.values().rev().filter(fits).cloned().collect();
    let commits = heads(site, found.iter().skip(params.skip()).take(params.per_page())).await?;
    Ok(params.envelope("workflow_runs", &found, |run| {
        let commit = commits.iter().find(|commit| commit.sha == run.sha);
        run.latest().map_or(Value::Null, |attempt| shapes::run(site, run, attempt, commit))
    }))
}

/// The head commits of these runs, each once.
async fn heads(site: &Site, runs: impl Iterator<Item = &Run>) -> Result<Vec<Commit>, ApiError> {
    let mut commits: Vec<Commit> = Vec::new();
    for run in runs {
        if !commits.iter().any(|commit| commit.sha == run.sha) {
            commits.extend(site.repository.commit(&run.sha).await?);
        }
    }
    Ok(commits)
}

/// A `created` filter: `>=T`, `>T`, `<=T`, `<T`, `A..B`, or a day.
#[derive(Debug)]
struct Created {
    from: DateTime<Utc>,
    until: DateTime<Utc>,
}

impl Created {
    /// At the precision of whole seconds that created times have in answers.
    fn holds(&self, at: DateTime<Utc>) -> bool {
        let at = at.timestamp();
        self.from.timestamp() <= at && at <= self.until.timestamp()
    }
}

fn created(text: &str) -> Result<Created, ApiError> {
    let wrong = || ApiError::invalid("WorkflowRun", "created", "invalid");
    let point = |text: &str, at_end: bool| -> Result<DateTime<Utc>, ApiError> {
        if let Ok(exact) = DateTime::parse_from_rfc3339(text) {
            return Ok(exact.with_timezone(&Utc));
        }
        let day: NaiveDate = text.parse().map_err(|_| wrong())?;
        let clock = if at_end { day.and_hms_opt(23, 59, 59) } else { day.and_hms_opt(0, 0, 0) };
        Ok(clock.ok_or_else(wrong)?.and_utc())
    };
    let (first, last) = (DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC);
    let second = chrono::Duration::seconds(1);
    let (from, until) = if let Some(rest) = text.strip_prefix(">=") {
        (point(rest, false)?, last)
    } else if let Some(rest) = text.strip_prefix("<=") {
        (first, point(rest, true)?)
    } else if let Some(rest) = text.strip_prefix('>') {
        (point(rest, true)? + second, last)
    } else if let Some(rest) = text.strip_prefix('<') {
        (first, point(rest, false)? - second)
    } else if let Some((from, until)) = text.split_once("..") {
        let open = |text: &str| text.is_empty() || text == "*";
        (if open(from) { first } else { point(from, false)? }, if open(until) { last } else { point(until, true)? })
    } else {
        (point(text, false)?, point(text, true)?)
    };
    Ok(Created { from, until })
}

pub(super) fn run_of(site: &Site, id: u64) -> Result<Run, ApiError> {
    lock(&site.actions).runs.get(&id).cloned().ok_or_else(ApiError::not_found)
}

fn attempt_of(run: &Run, number: u64) -> Result<&Attempt, ApiError> {
    run.attempts.iter().find(|attempt| attempt.number == number).ok_or_else(ApiError::not_found)
}

pub(super) async fn get(State(site): State<Arc<Site>>, Id(id): Id) -> Answer {
    let run = run_of(&site, id)?;
    let head = site.repository.commit(&run.sha).await?;
    let attempt = run.latest().ok_or_else(ApiError::not_found)?;
    Ok(Json(shapes::run(&site, &run, attempt, head.as_ref())).into_response())
}

pub(super) async fn attempt(State(site): State<Arc<Site>>, Path((id, number)): Path<(u64, u64)>) -> Answer {
    let run = run_of(&site, id)?;
    let head = site.repository.commit(&run.sha).await?;
    Ok(Json(shapes::run(&site, &run, attempt_of(&run, number)?, head.as_ref())).into_response())
}

pub(super) async fn jobs(State(site): State<Arc<Site>>, Id(id): Id, params: Params) -> Answer {
    let run = run_of(&site, id)?;
    let all = params.get("filter") == Some("all");
    let skipped = if all { 0 } else { run.attempts.len().saturating_sub(1) };
    let jobs: Vec<_> = run.attempts.iter().skip(skipped).flat_map(|attempt| attempt.jobs.iter().map(move |job| (attempt, job))).collect();
    Ok(params.envelope("jobs", &jobs, |(attempt, job)| shapes::job(&site, &run, attempt, job)))
}

pub(super) async fn attempt_jobs(State(site): State<Arc<Site>>, Path((id, number)): Path<(u64, u64)>, params: Params) -> Answer {
    let run = run_of(&site, id)?;
    let attempt = attempt_of(&run, number)?;
    Ok(params.envelope("jobs", &attempt.jobs, |job| shapes::job(&site, &run, attempt, job)))
}

pub(super) async fn job(State(site): State<Arc<Site>>, Id(id): Id) -> Answer {
    let actions = lock(&site.actions);
    let (run, attempt, job) = actions.job(id).ok_or_else(ApiError::not_found)?;
    Ok(Json(shapes::job(&site, run, attempt, job)).into_response())
}

pub(super) async fn cancel(State(site): State<Arc<Site>>, Id(id): Id) -> Answer {
    let run = run_of(&site, id)?;
    if run.status() == Status::Completed {
        return Err(ApiError::conflict("Cannot cancel a workflow run that is completed."));
    }
    if let Some(attempt) = run.latest() {
        attempt.cancel.cancel();
    }
    Ok((StatusCode::ACCEPTED, Json(json!({}))).into_response())
}

pub(super) async fn rerun(State(site): State<Arc<Site>>, Id(id): Id) -> Answer {
    again(&site, id, Again::All)
}

pub(super) async fn rerun_failed(State(site): State<Arc<Site>>, Id(id): Id) -> Answer {
    again(&site, id, Again::Failed)
}

pub(super) async fn rerun_job(State(site): State<Arc<Site>>, Id(id): Id) -> Answer {
    let (run, key) = {
        let actions = lock(&site.actions);
        let (run, _, job) = actions.job(id).ok_or_else(ApiError::not_found)?;
        (run.id, job.key.clone())
    };
    again(&site, run, Again::Job(key))
}

fn again(site: &Arc<Site>, id: u64, again: Again) -> Answer {
    let outcome = lock(&site.actions).rerun(id, again, Utc::now());
    match outcome {
        Rerun::Unknown => Err(ApiError::not_found()),
        Rerun::StillRunning => Err(ApiError::forbidden("This workflow is already running")),
        Rerun::Started => {
            runner::start(site, id);
            Ok((StatusCode::CREATED, Json(json!({}))).into_response())
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    #[test]
    fn the_created_filter_knows_every_form() {
        let at = |text: &str| DateTime::parse_from_rfc3339(text).unwrap().with_timezone(&Utc);
        let noon = at("2026-03-01T12:00:00.9Z");
        for holding in [
            ">=2026-03-01T12:00:00Z",
            ">=2026-03-01",
            "<=2026-03-01",
            "2026-03-01",
            "2026-02-28..2026-03-01",
            "*..2026-03-02",
            ">2026-02-28",
            ">=2026-03-01T13:00:00+01:00",
        ] {
            assert!(created(holding).unwrap().holds(noon), "{holding}");
        }
        for failing in [">2026-03-01", "<2026-03-01", ">=2026-03-01T12:00:01Z", "2026-02-28", "2026-03-02..*"] {
            assert!(!created(failing).unwrap().holds(noon), "{failing}");
        }
        assert!(created("yesterday").is_err());
    }
}
