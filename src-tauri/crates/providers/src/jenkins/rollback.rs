//! Jenkins's own way back: a replay of the Pipeline build that had deployed what is wanted back, with the script, the parameters and,
//! for the job of a branch or tag, the revision that it had. A job that is no Pipeline has no replay: it is built anew with the
//! earlier build's parameters.

use super::cancel;
use super::catalogue::Target;
use super::client::Client;
use super::parameters::{is_unreadable, text};
use super::place::Place;
use super::queue::{self, Standing};
use super::refusal;
use super::route::Route;
use super::run_id::RunId;
use super::trigger;
use super::view;
use super::wire::{self, Build, Item};
use crate::failure::{failure, unexpected, unsent};
use pilothouse_domain::deployment::Run;
use pilothouse_engine::ports::provider::{NativeRollback, ProviderError, ProviderErrorKind as Kind, RollbackOutlook, RollbackSearch};

/// What an earlier build is and what its job is.
struct Earlier {
    folder: Place,
    target: Target,
    build: Build,
}

impl Earlier {
    async fn read(client: &Client, repository: &str, rollback: &NativeRollback) -> Result<Self, ProviderError> {
        let folder = Place::repository(repository)?;
        let id = RunId::parse(&rollback.target_run)?;
        let place = id.place(repository)?;
        let Standing::Built(number) = queue::standing(client, &place, &id).await? else {
            return Err(failure(
                Kind::NotFound,
                format!("{id} never became a build at Jenkins."),
                "Choose an earlier deployment that ended well.",
            ));
        };
        let route = Route::of(&place, "api/json", format!("job {}", place.full_name())).tree(wire::JOB);
        let (job, build) = tokio::try_join!(client.read::<Item>(&route), queue::build(client, &place, number))?;
        Ok(Self { folder, target: Target { place, job, branch: None }, build })
    }

    fn is_replay(&self) -> bool {
        self.build.class.ends_with(".WorkflowRun")
    }

    /// Why it can't be gone back to.
    fn obstacle(&self) -> Option<String> {
        let number = self.build.number;
        if self.build.result.as_deref() != Some("SUCCESS") {
            let result = self.build.result.as_deref().unwrap_or("no result");
            return Some(format!("Build {number} did not end well ({result})."));
        }
        if let Some(obstacle) = self.target.obstacle() {
            return Some(obstacle.message);
        }
        let unreadable = view::parameters(&self.build.actions).find(|parameter| is_unreadable(parameter))?;
        Some(format!("Build {number} was given {}, a password or file, which Jenkins doesn't hand out again.", unreadable.name))
    }

    /// What a build that is no replay is given: the parameters of then that the job still declares; others would be dropped.
    fn inputs(&self) -> Vec<(String, String)> {
        view::parameters(&self.build.actions)
            .filter_map(|parameter| Some((parameter.name.clone(), parameter.value.as_ref().and_then(text)?)))
            .filter(|(name, _)| self.target.job.definitions().any(|definition| definition.name == *name))
            .collect()
    }

    /// Whether what was built or waits has come of this way back.
    fn has_led_to(&self, actions: &[Option<wire::Action>], user: &str) -> bool {
        if self.is_replay() {
            let ends = format!("#{}", self.build.number);
            return view::causes(actions).any(|cause| cause.class.ends_with("ReplayCause") && cause.short_description.ends_with(&ends));
        }
        let by_us = view::causes(actions).any(|cause| cause.user_id.as_deref().is_some_and(|id| id.eq_ignore_ascii_case(user)));
        let given: Vec<_> = view::parameters(actions).filter_map(|p| Some((p.name.clone(), p.value.as_ref().and_then(text)?))).collect();
        by_us && self.inputs().iter().all(|input| given.contains(input))
    }

    fn how(&self) -> String {
        let (number, name) = (self.build.number, self.target.place.full_name());
        if self.is_replay() {
            format!("Build {number} of {name} is replayed as a new build, with the script and the parameters that it had.")
        } else {
            format!("{name} is built anew with the parameters of build {number}, as the job is configured today.")
        }
    }
}

/// Whether it would be taken.
pub(super) async fn outlook(client: &Client, repository: &str, rollback: &NativeRollback) -> Result<RollbackOutlook, ProviderError> {
    match Earlier::read(client, repository, rollback).await {
        Ok(earlier) if earlier.build.building == Some(true) => {
            Ok(RollbackOutlook::NotYet { why: format!("Build {} is still running.", earlier.build.number) })
        }
        Ok(earlier) => Ok(match earlier.obstacle() {
            Some(why) => RollbackOutlook::Closed { why },
            None => {
                let mark = Mark::now(client, &earlier.target.place).await?.to_string();
                RollbackOutlook::Open { how: earlier.how(), mark }
            }
        }),
        Err(error) if error.kind == Kind::NotFound => Ok(RollbackOutlook::Closed { why: error.message }),
        Err(error) => Err(error),
    }
}

/// Goes back. `None` where the new build isn't known yet: a replay is answered without a name.
pub(super) async fn roll_back(client: &Client, repository: &str, rollback: &NativeRollback) -> Result<Option<Run>, ProviderError> {
    let earlier = Earlier::read(client, repository, rollback).await.map_err(unsent)?;
    if let Some(why) = earlier.obstacle() {
        return Err(failure(Kind::Conflict, why, "Deploy the version anew, or choose another earlier deployment."));
    }
    if !earlier.is_replay() {
        return trigger::start(client, &earlier.folder, &earlier.target, &earlier.inputs()).await;
    }
    let mark = Mark::now(client, &earlier.target.place).await.map_err(unsent)?;
    let route = Route::build(&earlier.target.place, earlier.build.number, "replay/rebuild");
    let answer = client.post(&route, &[]).await?;
    match answer.status.as_u16() {
        403 => {
            let mut error = client.refusal(&answer);
            error.next_step = format!("{} A replay needs Run/Replay.", error.next_step);
            return Err(error);
        }
        404 => {
            return Err(failure(
                Kind::NotFound,
                format!("Jenkins has no replay of build {}.", earlier.build.number),
                "It needs the plugin Pipeline: Groovy. Deploy the version anew in its place.",
            ));
        }
        _ if answer.wants_login() => return Err(refusal::login(&route.subject)),
        _ => cancel::taken(client, &answer)?,
    }
    // It was taken: what can't be read now is looked for later.
    Ok(new_builds(client, &earlier, &mark).await.unwrap_or_default().into_iter().next())
}

/// The newest that Jenkins had queued of a job at some moment, by which what comes later is known: the numbers of the queue only grow.
/// Builds from before Jenkins kept them are told by their own number.
struct Mark {
    queue: u64,
    next_build: u64,
}

impl Mark {
    async fn now(client: &Client, place: &Place) -> Result<Self, ProviderError> {
        let waiting = queue::waiting(client).await?;
        let job = newest_builds(client, place).await?;
        let built = job.builds.iter().filter_map(|build| build.queue_id.and_then(|id| u64::try_from(id).ok()));
        let queue = waiting.iter().map(|item| item.id).chain(built).max().unwrap_or_default();
        let last = job.builds.iter().map(|build| build.number).max().unwrap_or_default();
        Ok(Self { queue, next_build: job.next_build_number.unwrap_or(last + 1) })
    }

    fn parse(text: &str) -> Option<Self> {
        let (queue, next_build) = text.split_once(' ')?;
        Some(Self { queue: queue.parse().ok()?, next_build: next_build.parse().ok()? })
    }

    fn is_before(&self, build: &Build) -> bool {
        match build.queue_id.and_then(|id| u64::try_from(id).ok()) {
            Some(queue) => queue > self.queue,
            None => build.number >= self.next_build,
        }
    }
}

impl std::fmt::Display for Mark {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.queue, self.next_build)
    }
}

/// A job with its newest builds.
async fn newest_builds(client: &Client, place: &Place) -> Result<Item, ProviderError> {
    let route = Route::of(place, "api/json", format!("the builds of {}", place.full_name()));
    client.read(&route.tree(&format!("nextBuildNumber,builds[{}]{{0,100}}", wire::BUILD))).await
}

/// What has come of going back since the mark was taken.
pub(super) async fn find(client: &Client, repository: &str, search: &RollbackSearch) -> Result<Vec<Run>, ProviderError> {
    let Some(mark) = Mark::parse(&search.mark) else {
        let message = format!("`{}` is no place in Jenkins's queue.", search.mark);
        return Err(unexpected(message, "Look at the job at Jenkins: was the build replayed?"));
    };
    let earlier = Earlier::read(client, repository, &search.rollback).await?;
    let found = new_builds(client, &earlier, &mark).await?;
    if !found.is_empty() {
        return Ok(found);
    }
    // For a moment a run is neither in the queue nor a build.
    tokio::time::sleep(client.options.retry_pause).await;
    new_builds(client, &earlier, &mark).await
}

/// What came after the mark, among what waits and what was built.
async fn new_builds(client: &Client, earlier: &Earlier, mark: &Mark) -> Result<Vec<Run>, ProviderError> {
    let place = &earlier.target.place;
    let Some(job) = place.below_of(&earlier.folder) else { return Ok(Vec::new()) };
    let mut found: Vec<Run> = Vec::new();
    for item in queue::waiting(client).await? {
        let address = item.task.as_ref().and_then(|task| task.url.as_deref()).unwrap_or_default();
        let is_here = Place::of_address(address).is_some_and(|(here, _)| here == *place);
        if is_here && item.id > mark.queue && earlier.has_led_to(&item.actions, &client.user) {
            found.push(view::of_item(client, place, &RunId::queued(job.clone(), item.id), &item, None));
        }
    }
    for build in newest_builds(client, place).await?.builds {
        if mark.is_before(&build) && earlier.has_led_to(&build.actions, &client.user) {
            let run = view::of_build(client, place, &RunId::of(job.clone(), &build), &build, None, None);
            // It may have left the queue between the two reads.
            found.retain(|known| known.external_id != run.external_id);
            found.push(run);
        }
    }
    Ok(found)
}
