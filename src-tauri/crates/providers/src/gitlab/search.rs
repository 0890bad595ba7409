//! Finding pipelines: the one of a trigger whose answer was lost, and those that somebody else started.

use super::account;
use super::client::{Client, has_more};
use super::projects;
use super::route::Route;
use super::wire_ci::{Pipeline, Variable};
use crate::failure::unexpected;
use chrono::TimeDelta;
use pilothouse_domain::Timestamp;
use pilothouse_domain::deployment::Run;
use pilothouse_engine::ports::provider::{ProviderError, ProviderErrorKind, RecentRuns, RunSearch};

/// Pages of pipelines that are looked through for one of ours.
const MOST_PAGES: u32 = 10;
/// How many pipelines are asked for their variables.
const MOST_CANDIDATES: usize = 200;
/// Pipelines on a page.
const ON_A_PAGE: usize = 100;
/// How much before the intent a pipeline may have been made and still be ours. One that carries our token is ours whenever it was
/// made, so that window only bounds the search; without a token it decides, and covers no more than two clocks cut to seconds.
const CORRELATED_MARGIN_S: i64 = 3600;
const GUESSED_MARGIN_S: i64 = 5;

/// Pipelines that may have come of a trigger, newest first.
pub(super) async fn find_runs(client: &Client, repository: &str, search: &RunSearch) -> Result<Vec<Run>, ProviderError> {
    let login = account::login(client).await?;
    // Asked for after the first answer, which has told how far the clocks differ.
    let earliest = earliest(search, client.memory.clock_ahead_s());
    let route = list(repository)?.query("ref", short(&search.git_ref)).query("username", &login);
    let (mut found, mut asked) = (Vec::new(), 0);
    for page in 1..=MOST_PAGES {
        let answer = client.get(&route.clone().query("per_page", "100").query("page", &page.to_string())).await?;
        let read: Vec<Pipeline> = answer.json(&client.secret)?;
        let is_last = read.is_empty() || !has_more(&answer);
        for pipeline in read {
            if created(&pipeline).is_some_and(|at| at < earliest) {
                return Ok(found);
            }
            if !is_started_like_ours(&pipeline) {
                continue;
            }
            if search.is_correlated {
                asked += 1;
                if asked > MOST_CANDIDATES {
                    break;
                }
                if !carries(client, repository, &pipeline, &search.correlation).await? {
                    continue;
                }
            }
            client.memory.note_starter(repository, pipeline.id, Some(login.clone()));
            found.push(Run { started_by: Some(login.clone()), ..pipeline.into_run(1, Vec::new()) });
        }
        if is_last || !found.is_empty() && search.is_correlated {
            return Ok(found);
        }
        if asked > MOST_CANDIDATES {
            break;
        }
    }
    if !found.is_empty() {
        return Ok(found);
    }
    Err(unexpected(
        format!("{repository} has too many pipelines of this account since the trigger; ours was not among those looked at."),
        "Look for the pipeline at GitLab.",
    ))
}

/// The pipelines of a project that began since then, newest first, without those that the code started by itself: the one pipeline
/// of a project runs for every push, and what deploys is asked for by somebody.
pub(super) async fn recent(
    client: &Client,
    repository: &str,
    pipeline: &str,
    since: Timestamp,
    most: usize,
) -> Result<RecentRuns, ProviderError> {
    let project = projects::read(client, repository).await?;
    if project.config_path() != pipeline {
        return Err(crate::failure::failure(
            ProviderErrorKind::NotFound,
            format!("{repository} has no pipeline {pipeline}: its one pipeline is {}.", project.config_path()),
            "Choose it in the environment's pipeline settings.",
        ));
    }
    let route = list(repository)?.query("per_page", &ON_A_PAGE.to_string());
    let mut recent = RecentRuns::default();
    for page in 1..=most.div_ceil(ON_A_PAGE) {
        let answer = client.get(&route.clone().query("page", &page.to_string())).await?;
        let read: Vec<Pipeline> = answer.json(&client.secret)?;
        let is_last = read.is_empty() || !has_more(&answer);
        for pipeline in read {
            let began = created(&pipeline);
            let is_wanted = is_asked_for(&pipeline);
            if began.is_some_and(|at| at < since) {
                return Ok(RecentRuns { cut_at: None, ..recent });
            }
            if is_wanted && recent.runs.len() == most {
                return Ok(recent);
            }
            recent.newest = recent.newest.max(began);
            recent.cut_at = began.or(recent.cut_at);
            if is_wanted {
                let started_by = starter(client, repository, &pipeline).await?;
                recent.runs.push(Run { started_by, ..pipeline.into_run(1, Vec::new()) });
            }
        }
        if is_last {
            return Ok(RecentRuns { cut_at: None, ..recent });
        }
    }
    Ok(recent)
}

/// Who started a pipeline. Lists don't tell, and it never changes: each pipeline is asked once.
async fn starter(client: &Client, repository: &str, pipeline: &Pipeline) -> Result<Option<String>, ProviderError> {
    if let Some(user) = &pipeline.user {
        return Ok(Some(user.username.clone()));
    }
    if let Some(known) = client.memory.starter(repository, pipeline.id) {
        return Ok(known);
    }
    let whole = super::runs::pipeline(client, repository, &pipeline.id.to_string()).await?;
    let login = whole.user.map(|user| user.username);
    client.memory.note_starter(repository, pipeline.id, login.clone());
    Ok(login)
}

/// Pipelines, newest first: ids only grow, while the other orders change under the reader's hands.
fn list(repository: &str) -> Result<Route, ProviderError> {
    let route = Route::project(repository, "/pipelines", &[], format!("the pipelines of {repository}"))?;
    Ok(route.query("order_by", "id").query("sort", "desc"))
}

/// True where a pipeline shows our token in its name or was given it as a variable.
async fn carries(client: &Client, repository: &str, pipeline: &Pipeline, correlation: &str) -> Result<bool, ProviderError> {
    if correlation.is_empty() {
        return Ok(false);
    }
    if pipeline.name.as_deref().is_some_and(|name| name.contains(correlation)) {
        return Ok(true);
    }
    let id = pipeline.id.to_string();
    let route = Route::project(repository, "/pipelines/{}/variables", &[&id], format!("the variables of pipeline {id} of {repository}"))?;
    let answer = client.probe(&route).await?;
    match answer.status.as_u16() {
        200..=299 => {
            let variables: Vec<Variable> = answer.json(&client.secret)?;
            Ok(variables.iter().any(|variable| variable.value.as_deref().is_some_and(|value| value.contains(correlation))))
        }
        // Whoever started a pipeline may read its variables, so this one isn't ours, or it was deleted.
        403 | 404 => Ok(false),
        _ => Err(client.refusal(&answer)),
    }
}

/// A trigger of ours makes a pipeline of source `api`, and never one of a push or a schedule.
fn is_started_like_ours(pipeline: &Pipeline) -> bool {
    pipeline.source.as_deref().is_none_or(|source| matches!(source, "api" | "unknown"))
}

/// False for what a push, a merge request, another pipeline or a policy made.
fn is_asked_for(pipeline: &Pipeline) -> bool {
    !pipeline.source.as_deref().is_some_and(|source| {
        matches!(
            source,
            "push" | "merge_request_event" | "external_pull_request_event" | "parent_pipeline" | "security_orchestration_policy"
        )
    })
}

fn created(pipeline: &Pipeline) -> Option<Timestamp> {
    pipeline.created_at.as_deref().and_then(Timestamp::parse)
}

/// The earliest moment, by GitLab's clock, at which our pipeline can have been made.
fn earliest(search: &RunSearch, clock_ahead_s: i64) -> Timestamp {
    let margin = if search.is_correlated { CORRELATED_MARGIN_S } else { GUESSED_MARGIN_S };
    let shift = TimeDelta::try_seconds(clock_ahead_s.saturating_sub(margin)).unwrap_or_default();
    search.since.as_datetime().checked_add_signed(shift).map_or(search.since, Timestamp::new)
}

/// GitLab keeps the short name of a pipeline's ref.
fn short(git_ref: &str) -> &str {
    git_ref.strip_prefix("refs/heads/").or_else(|| git_ref.strip_prefix("refs/tags/")).unwrap_or(git_ref)
}
