//! Following a run from the queue into its build, and finding those whose start's answer was lost or that others started.

use super::catalogue::{self, Target};
use super::client::Client;
use super::place::Place;
use super::queue::{self, Standing};
use super::route::Route;
use super::run_id::RunId;
use super::view;
use super::wire::{self, Action, Build, Described, Item};
use crate::failure::unexpected;
use chrono::TimeDelta;
use pilothouse_domain::Timestamp;
use pilothouse_domain::deployment::Run;
use pilothouse_engine::ports::provider::{ProviderError, RecentRuns, RunSearch};

/// Builds on a page, and pages that are looked through for one of ours.
const ON_A_PAGE: usize = 100;
const MOST_PAGES: usize = 10;
/// How much before the intent a build may have been made and still be ours. One with our token is ours whenever it was made, so that
/// window only bounds the search; without a token it decides.
const CORRELATED_MARGIN_S: i64 = 3600;
const GUESSED_MARGIN_S: i64 = 5;

/// A run with its stages.
pub(super) async fn run(client: &Client, repository: &str, id: &str) -> Result<Run, ProviderError> {
    let id = RunId::parse(id)?;
    let place = id.place(repository)?;
    match queue::standing(client, &place, &id).await? {
        Standing::Queued(item) | Standing::Cancelled(item) => Ok(view::of_item(client, &place, &id, &item, None)),
        Standing::Built(number) => {
            let build = queue::build(client, &place, number).await?;
            let described = describe(client, &place, &build).await?;
            let mut run = view::of_build(client, &place, &id, &build, None, described.as_ref());
            run.jobs = view::jobs(&run, &build, described.as_ref());
            Ok(run)
        }
    }
}

/// The stages of a Pipeline's build; `None` for other builds, and where the plugin is missing.
pub(super) async fn describe(client: &Client, place: &Place, build: &Build) -> Result<Option<Described>, ProviderError> {
    let is_pipeline = build.class.is_empty() || build.class.ends_with(".WorkflowRun");
    if !is_pipeline {
        return Ok(None);
    }
    client.find(&Route::build(place, build.number, "wfapi/describe")).await
}

/// Runs that may have come of a trigger, newest first: those in the queue, and those that were built.
pub(super) async fn find_runs(client: &Client, repository: &str, search: &RunSearch) -> Result<Vec<Run>, ProviderError> {
    let folder = Place::repository(repository)?;
    let target = catalogue::target(client, repository, &search.pipeline, &search.git_ref).await?;
    let found = look(client, &folder, &target, search).await?;
    if !found.is_empty() || !search.is_correlated {
        return Ok(found);
    }
    // For a moment a run is neither in the queue nor a build. One that is missed then would be started twice.
    tokio::time::sleep(client.options.retry_pause).await;
    look(client, &folder, &target, search).await
}

async fn look(client: &Client, folder: &Place, target: &Target, search: &RunSearch) -> Result<Vec<Run>, ProviderError> {
    let branch = target.branch.as_deref();
    let Some(job) = target.place.below_of(folder) else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    let waiting = queue::waiting(client).await?;
    let margin = if search.is_correlated { CORRELATED_MARGIN_S } else { GUESSED_MARGIN_S };
    // Asked for after the first answer, which has told how far the clocks differ.
    let earliest = shifted(search.since, client.memory.clock_ahead_s().saturating_sub(margin));
    for item in &waiting {
        let address = item.task.as_ref().and_then(|task| task.url.as_deref()).unwrap_or_default();
        let is_here = Place::of_address(address).is_some_and(|(place, _)| place == target.place);
        if is_here && is_ours(&item.actions, item.in_queue_since, search, &client.user, earliest) {
            found.push(view::of_item(client, &target.place, &RunId::queued(job.clone(), item.id), item, branch));
        }
    }
    let builds = builds_since(client, &target.place, earliest).await?;
    for build in builds.iter().filter(|build| is_ours(&build.actions, build.timestamp, search, &client.user, earliest)) {
        let run = view::of_build(client, &target.place, &RunId::of(job.clone(), build), build, branch, None);
        // It may have left the queue between the two reads.
        found.retain(|known: &Run| known.external_id != run.external_id);
        found.push(run);
    }
    Ok(found)
}

/// The builds of a job that began since then, newest first.
async fn builds_since(client: &Client, place: &Place, earliest: Timestamp) -> Result<Vec<Build>, ProviderError> {
    let mut builds = Vec::new();
    for page in 0..MOST_PAGES {
        let (from, to) = (page * ON_A_PAGE, (page + 1) * ON_A_PAGE);
        // `builds` holds the newest hundred alone; the others are in `allBuilds`.
        let list = if page == 0 { "builds" } else { "allBuilds" };
        let route = Route::of(place, "api/json", format!("the builds of {}", place.full_name()));
        let job: Item = client.read(&route.tree(&format!("{list}[{}]{{{from},{to}}}", wire::BUILD))).await?;
        let read = if page == 0 { job.builds } else { job.all_builds };
        let is_last = read.len() < ON_A_PAGE;
        let reaches_back = read.last().and_then(|build| view::millis(build.timestamp?)).is_some_and(|at| at < earliest);
        builds.extend(read.into_iter().filter(|build| build.timestamp.and_then(view::millis).is_none_or(|at| at >= earliest)));
        if is_last || reaches_back {
            return Ok(builds);
        }
    }
    Err(unexpected(
        format!("{} has more than {} builds since the trigger.", place.full_name(), MOST_PAGES * ON_A_PAGE),
        "Look for the run at Jenkins.",
    ))
}

fn is_ours(actions: &[Option<Action>], at: Option<i64>, search: &RunSearch, user: &str, earliest: Timestamp) -> bool {
    if search.is_correlated {
        let carries = |parameter: &wire::Parameter| {
            parameter.value.as_ref().and_then(super::parameters::text).is_some_and(|value| value.contains(&search.correlation))
        };
        return !search.correlation.is_empty() && view::parameters(actions).any(carries);
    }
    let by_us = view::causes(actions).any(|cause| cause.user_id.as_deref().is_some_and(|id| id.eq_ignore_ascii_case(user)));
    by_us && at.and_then(view::millis).is_some_and(|at| at >= earliest)
}

fn shifted(moment: Timestamp, seconds: i64) -> Timestamp {
    let shift = TimeDelta::try_seconds(seconds).unwrap_or_default();
    moment.as_datetime().checked_add_signed(shift).map_or(moment, Timestamp::new)
}

/// The builds of a pipeline that began since then, whoever started them, newest first; of a multibranch project those of all its jobs.
pub(super) async fn recent_runs(
    client: &Client,
    repository: &str,
    pipeline: &str,
    since: Timestamp,
    most: usize,
) -> Result<RecentRuns, ProviderError> {
    // Jenkins tells milliseconds: what began within one is told as its beginning.
    let since = since.whole_millis();
    let folder = Place::repository(repository)?;
    let place = folder.below(pipeline)?;
    let route = Route::of(&place, "api/json", format!("the builds of {}", place.full_name()));
    // `builds` holds the newest hundred alone. One more than is wanted tells whether there are more.
    let list = if most <= ON_A_PAGE { "builds" } else { "allBuilds" };
    let is_short = |builds: &[Build]| builds.len() <= most && (list != "builds" || builds.len() < ON_A_PAGE);
    let builds = format!("{list}[{}]{{0,{}}}", wire::BUILD, most + 1);
    let item: Item = client.read(&route.tree(&format!("_class,{builds},jobs[_class,name,{builds}]"))).await?;
    let mut runs: Vec<Run> = Vec::new();
    let mut cut_at: Option<Timestamp> = None;
    let mut enter = |place: &Place, builds: &[Build], branch: Option<&str>| {
        let Some(job) = place.below_of(&folder) else { return };
        let began = |build: &&Build| build.timestamp.and_then(view::millis).is_some_and(|at| at >= since);
        if !is_short(builds) && builds.iter().all(|build| began(&build)) {
            cut_at = cut_at.max(builds.iter().take(most).next_back().and_then(|build| view::millis(build.timestamp?)));
        }
        runs.extend(
            builds
                .iter()
                .take(most)
                .filter(began)
                .map(|build| view::of_build(client, place, &RunId::of(job.clone(), build), build, branch, None)),
        );
    };
    enter(&place, item.newest(), None);
    for job in item.jobs.iter().flatten().filter(|_| item.is_multibranch()) {
        if let Ok(place) = place.below(&job.name) {
            enter(&place, job.newest(), Some(&super::place::branch_of(&job.name)));
        }
    }
    runs.sort_by_key(|run| std::cmp::Reverse(run.created_at));
    let recent = RecentRuns::of(runs, most, false);
    Ok(RecentRuns { cut_at: recent.cut_at.max(cut_at), ..recent })
}
