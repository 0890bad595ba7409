//! Following a run, finding one whose trigger's answer was lost, stopping it, and asking for another attempt.

use super::account;
use super::client::Client;
use super::route::Route;
use super::wire;
use crate::failure::unexpected;
use crate::paging::has_next;
use chrono::TimeDelta;
use pilothouse_domain::Timestamp;
use pilothouse_domain::deployment::{CancelAnswer, Job, Run};
use pilothouse_engine::ports::provider::{ProviderError, ProviderErrorKind, RecentRuns, RunSearch};

/// Pages of a hundred jobs that are read of one run.
const MOST_JOB_PAGES: u32 = 10;
/// Pages of runs that are looked through for one of ours.
const MOST_RUN_PAGES: u32 = 20;
/// Runs on a page: a run is large in GitHub's answer.
const RUNS_ON_A_PAGE: usize = 50;
/// How much before the intent a run may have been made and still be ours. A run that shows our token is ours whenever it was made,
/// so that window only bounds the search; without a token it decides, and covers no more than two clocks cut to seconds.
const CORRELATED_MARGIN_S: i64 = 3600;
const GUESSED_MARGIN_S: i64 = 5;

/// A run with the jobs of its last attempt.
pub(super) async fn run(client: &Client, repository: &str, id: &str) -> Result<Run, ProviderError> {
    let subject = format!("run {id} of {repository}");
    let route = Route::repo(repository, "/actions/runs/{}", &[id], subject.clone())?;
    let (answer, jobs) = tokio::try_join!(client.get(&route), jobs(client, repository, id, &subject))?;
    Ok(answer.json::<wire::Run>(&client.secret)?.into_run(jobs))
}

async fn jobs(client: &Client, repository: &str, id: &str, subject: &str) -> Result<Vec<Job>, ProviderError> {
    let route = Route::repo(repository, "/actions/runs/{}/jobs", &[id], format!("the jobs of {subject}"))?;
    let route = route.query("filter", "latest").query("per_page", "100");
    let mut jobs = Vec::new();
    for page in 1..=MOST_JOB_PAGES {
        let answer = client.get(&route.clone().query("page", &page.to_string())).await?;
        let read: wire::Jobs = answer.json(&client.secret)?;
        let is_last = read.jobs.is_empty() || !has_next(&answer.headers);
        jobs.extend(read.jobs.into_iter().map(wire::Job::into_job));
        if is_last {
            break;
        }
    }
    Ok(jobs)
}

/// Runs that may have come of a trigger, newest first. The list is read without filters and filtered here: GitHub serves filtered
/// lists from an index that lags, and a run that is missed there would be started twice.
pub(super) async fn find_runs(client: &Client, repository: &str, search: &RunSearch) -> Result<Vec<Run>, ProviderError> {
    let login = if search.is_correlated { None } else { Some(account::login(client).await?) };
    let subject = format!("the runs of {} in {repository}", search.pipeline);
    let route = Route::repo(repository, "/actions/workflows/{}/runs", &[&search.pipeline], subject)?;
    let route = route.query("per_page", &RUNS_ON_A_PAGE.to_string());
    let mut found = Vec::new();
    for page in 1..=MOST_RUN_PAGES {
        let answer = client.get(&route.clone().query("page", &page.to_string())).await?;
        let read: wire::Runs = answer.json(&client.secret)?;
        // Asked for after the first answer, which has told how far the clocks differ.
        let earliest = earliest(search, client.memory.clock_ahead_s());
        let created = |run: &wire::Run| run.created_at.as_deref().and_then(Timestamp::parse);
        let reaches_back = read.workflow_runs.last().and_then(created).is_some_and(|at| at < earliest);
        let is_last = reaches_back || read.workflow_runs.is_empty() || !has_next(&answer.headers);
        let ours = |run: &wire::Run| is_ours(run, search, login.as_deref(), earliest);
        found.extend(read.workflow_runs.into_iter().filter(ours).map(|run| run.into_run(Vec::new())));
        if is_last || (search.is_correlated && !found.is_empty()) {
            return Ok(found);
        }
    }
    if !found.is_empty() {
        return Ok(found);
    }
    Err(unexpected(
        format!(
            "{} has more than {} runs since the trigger; ours was not among them.",
            search.pipeline,
            MOST_RUN_PAGES as usize * RUNS_ON_A_PAGE
        ),
        "Look for the run at GitHub.",
    ))
}

/// The runs of a pipeline that began since then, whatever started them, newest first. Read without filters, as above.
pub(super) async fn recent(
    client: &Client,
    repository: &str,
    pipeline: &str,
    since: Timestamp,
    most: usize,
) -> Result<RecentRuns, ProviderError> {
    let route = Route::repo(repository, "/actions/workflows/{}/runs", &[pipeline], format!("the runs of {pipeline} in {repository}"))?;
    let route = route.query("per_page", &RUNS_ON_A_PAGE.to_string());
    // GitHub cuts its times to seconds.
    let since_s = since.as_datetime().timestamp();
    let mut recent = Vec::new();
    for page in 1..=most.div_ceil(RUNS_ON_A_PAGE) {
        let answer = client.get(&route.clone().query("page", &page.to_string())).await?;
        let read: wire::Runs = answer.json(&client.secret)?;
        let is_last = read.workflow_runs.is_empty() || !has_next(&answer.headers);
        let before = read.workflow_runs.len();
        let runs = read.workflow_runs.into_iter().map(|run| run.into_run(Vec::new()));
        let young: Vec<Run> = runs.filter(|run| run.created_at.is_none_or(|at| at.as_datetime().timestamp() >= since_s)).collect();
        let reaches_back = young.len() < before;
        recent.extend(young);
        if is_last || reaches_back {
            return Ok(RecentRuns::of(recent, most, false));
        }
    }
    Ok(RecentRuns::of(recent, most, true))
}

/// The earliest moment, by GitHub's clock, at which our run can have been made.
fn earliest(search: &RunSearch, clock_ahead_s: i64) -> Timestamp {
    let margin = if search.is_correlated { CORRELATED_MARGIN_S } else { GUESSED_MARGIN_S };
    let shift = TimeDelta::try_seconds(clock_ahead_s.saturating_sub(margin)).unwrap_or_default();
    search.since.as_datetime().checked_add_signed(shift).map_or(search.since, Timestamp::new)
}

fn is_ours(run: &wire::Run, search: &RunSearch, login: Option<&str>, earliest: Timestamp) -> bool {
    if run.event.as_deref().is_some_and(|event| event != "workflow_dispatch") {
        return false;
    }
    if search.is_correlated {
        return !search.correlation.is_empty() && run.display_title.as_deref().is_some_and(|title| title.contains(&search.correlation));
    }
    let by_us =
        [&run.actor, &run.triggering_actor].into_iter().flatten().any(|actor| login.is_some_and(|l| actor.login.eq_ignore_ascii_case(l)));
    let at_ref = run.head_branch.as_deref() == Some(search.git_ref.as_str()) || run.head_sha.as_deref() == Some(search.git_ref.as_str());
    let in_window = run.created_at.as_deref().and_then(Timestamp::parse).is_some_and(|at| at >= earliest);
    by_us && at_ref && in_window
}

/// Asks to stop a run.
pub(super) async fn cancel(client: &Client, repository: &str, id: &str, force: bool) -> Result<CancelAnswer, ProviderError> {
    let template = if force { "/actions/runs/{}/force-cancel" } else { "/actions/runs/{}/cancel" };
    let route = Route::repo(repository, template, &[id], format!("run {id} of {repository}"))?;
    let answer = client.post(&route, None).await?;
    match answer.status.as_u16() {
        200..=299 => Ok(CancelAnswer::Accepted),
        409 => Ok(CancelAnswer::AlreadyEnded),
        _ => Err(client.refusal(&answer)),
    }
}

/// Asks for another attempt of a run.
pub(super) async fn rerun(client: &Client, repository: &str, id: &str, failed_only: bool) -> Result<(), ProviderError> {
    let template = if failed_only { "/actions/runs/{}/rerun-failed-jobs" } else { "/actions/runs/{}/rerun" };
    let route = Route::repo(repository, template, &[id], format!("run {id} of {repository}"))?;
    let answer = client.post(&route, None).await?;
    if answer.status.is_success() {
        return Ok(());
    }
    let mut error = client.refusal(&answer);
    let said = error.message.to_ascii_lowercase();
    // GitHub answers 403 both for a token that may not and for a run that can't.
    if error.kind == ProviderErrorKind::Forbidden
        && ["already running", "unable to retry", "cannot be rerun", "month ago"].iter().any(|w| said.contains(w))
    {
        error.kind = ProviderErrorKind::Conflict;
        error.message = error.message.replacen("The token may not do this with", "GitHub starts no other attempt of", 1);
        error.next_step = "Wait until the run has ended. One older than 30 days can't be repeated: deploy the version anew.".to_owned();
    }
    Err(error)
}
