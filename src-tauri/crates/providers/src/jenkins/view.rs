//! Builds and queue items of Jenkins as runs of ours. Must not call anything.

use super::client::Client;
use super::parameters::{is_hidden, text};
use super::place::Place;
use super::run_id::RunId;
use super::status;
use super::wire::{Action, Build, Cause, Described, Parameter, QueueItem, Stage};
use chrono::{DateTime, TimeDelta};
use pilothouse_domain::Timestamp;
use pilothouse_domain::deployment::{Job, Run, RunStatus};

/// How many parameters a title shows, and how many characters of each.
const MOST_PARAMETERS: usize = 20;
const LONGEST_VALUE: usize = 80;
/// Separates a run's name from a job's in a job's id.
pub(super) const JOB_MARK: char = '@';

/// A build as a run, with these stages. `branch` is the branch or tag, where the job is that of one.
pub(super) fn of_build(
    client: &Client,
    place: &Place,
    id: &RunId,
    build: &Build,
    branch: Option<&str>,
    described: Option<&Described>,
) -> Run {
    let url = client.page(&format!("{}{}/", place.path(), build.number));
    let status = status::of_build(build, described);
    let revision = build.actions.iter().flatten().find_map(|action| action.last_built_revision.as_ref());
    let checked_out = revision.and_then(|revision| revision.branch.first()).and_then(|branch| short_ref(&branch.name));
    let name = build.full_display_name.clone().or_else(|| build.display_name.clone()).unwrap_or_else(|| format!("#{}", build.number));
    Run {
        external_id: id.to_string(),
        attempt: 1,
        title: title(&name, &build.actions),
        created_at: build.timestamp.and_then(millis),
        started_at: build.timestamp.and_then(millis),
        ended_at: status.is_ended().then(|| after(build.timestamp, build.duration)).flatten(),
        started_by: starter(&build.actions),
        git_ref: branch.map(str::to_owned).or(checked_out),
        commit: revision.and_then(|revision| revision.sha1.clone()),
        jobs: Vec::new(),
        status,
        url,
    }
}

/// A queue item as a run. One that was cancelled never ran.
pub(super) fn of_item(client: &Client, place: &Place, id: &RunId, item: &QueueItem, branch: Option<&str>) -> Run {
    let is_cancelled = item.cancelled == Some(true);
    Run {
        external_id: id.to_string(),
        url: client.page(&place.path()),
        attempt: 1,
        status: if is_cancelled { RunStatus::Cancelled } else { RunStatus::Queued },
        title: title(&place.full_name().replace('/', " » "), &item.actions),
        created_at: item.in_queue_since.and_then(millis),
        started_at: None,
        ended_at: None,
        started_by: starter(&item.actions),
        git_ref: branch.map(str::to_owned),
        commit: None,
        jobs: Vec::new(),
    }
}

/// The jobs of a run: its stages, or the whole build as one.
pub(super) fn jobs(run: &Run, build: &Build, described: Option<&Described>) -> Vec<Job> {
    let has_ended = run.status.is_ended();
    match described {
        Some(described) if !described.stages.is_empty() => described.stages.iter().map(|s| stage(run, s, has_ended)).collect(),
        _ => {
            let started_at = build.timestamp.and_then(millis);
            let ended_at = has_ended.then(|| after(build.timestamp, build.duration)).flatten();
            let (name, url) = ("build".to_owned(), run.url.clone());
            let external_id = format!("{}{JOB_MARK}build", run.external_id);
            vec![Job { external_id, name, stage: None, status: run.status.clone(), url, started_at, ended_at, steps: Vec::new() }]
        }
    }
}

fn stage(run: &Run, stage: &Stage, has_ended: bool) -> Job {
    let status = status::of_stage(stage, has_ended);
    let has_begun = !matches!(status, RunStatus::Queued | RunStatus::Skipped);
    Job {
        external_id: format!("{}{JOB_MARK}{}", run.external_id, stage.id),
        name: stage.name.clone(),
        stage: Some(stage.name.clone()),
        url: run.url.clone(),
        started_at: stage.start_time_millis.filter(|_| has_begun).and_then(millis),
        ended_at: (has_begun && status.is_ended()).then(|| after(stage.start_time_millis, stage.duration_millis)).flatten(),
        steps: Vec::new(),
        status,
    }
}

/// A name with the parameters behind it, but for those that are not to be shown: by them a run is found again.
fn title(name: &str, actions: &[Option<Action>]) -> String {
    let values: Vec<String> = parameters(actions)
        .filter(|parameter| !is_hidden(&parameter.class))
        .filter_map(|parameter| Some((parameter, parameter.value.as_ref().and_then(text)?)))
        .filter(|(_, value)| !value.is_empty())
        .take(MOST_PARAMETERS)
        .map(|(parameter, value)| format!("{}={}", parameter.name, value.chars().take(LONGEST_VALUE).collect::<String>()))
        .collect();
    if values.is_empty() { name.to_owned() } else { format!("{name} ({})", values.join(", ")) }
}

/// The parameters of a build or queue item.
pub(super) fn parameters(actions: &[Option<Action>]) -> impl Iterator<Item = &Parameter> {
    actions.iter().flatten().flat_map(|action| &action.parameters)
}

/// Why it was started.
pub(super) fn causes(actions: &[Option<Action>]) -> impl Iterator<Item = &Cause> {
    actions.iter().flatten().flat_map(|action| &action.causes)
}

/// The user id of who started it; else Jenkins's words for what did.
pub(super) fn starter(actions: &[Option<Action>]) -> Option<String> {
    let user = causes(actions).find_map(|cause| cause.user_id.clone());
    user.or_else(|| causes(actions).map(|cause| cause.short_description.clone()).find(|words| !words.is_empty()))
}

/// `main` of `refs/remotes/origin/main`; `None` where a commit was checked out by itself.
fn short_ref(name: &str) -> Option<String> {
    let name = ["refs/remotes/origin/", "refs/heads/", "refs/tags/", "origin/"]
        .into_iter()
        .find_map(|prefix| name.strip_prefix(prefix))
        .unwrap_or(name);
    (!name.is_empty() && name != "detached").then(|| name.to_owned())
}

/// A moment in milliseconds since 1970.
pub(super) fn millis(millis: i64) -> Option<Timestamp> {
    DateTime::from_timestamp_millis(millis).map(Timestamp::new)
}

fn after(start: Option<i64>, duration: Option<i64>) -> Option<Timestamp> {
    let start = DateTime::from_timestamp_millis(start?)?;
    start.checked_add_signed(TimeDelta::try_milliseconds(duration?.max(0))?).map(Timestamp::new)
}
