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
use super::trigger::{self, unsent};
use super::view;
use super::wire::{self, Build, Item};
use crate::failure::failure;
use pilothouse_domain::deployment::Run;
use pilothouse_engine::ports::provider::{NativeRollback, ProviderError, ProviderErrorKind as Kind, RollbackOutlook};

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
        if self.build.building == Some(true) {
            return Some(format!("Build {number} is still running."));
        }
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
        Ok(earlier) => Ok(match earlier.obstacle() {
            Some(why) => RollbackOutlook::Closed { why },
            None => RollbackOutlook::Open { how: earlier.how() },
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
        let inputs: Vec<(String, String)> = view::parameters(&earlier.build.actions)
            .filter_map(|parameter| Some((parameter.name.clone(), parameter.value.as_ref().and_then(text)?)))
            // One that the job no longer declares would be dropped.
            .filter(|(name, _)| earlier.target.job.definitions().any(|definition| definition.name == *name))
            .collect();
        return trigger::start(client, &earlier.folder, &earlier.target, &inputs).await;
    }
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
    Ok(replay(client, &earlier).await.unwrap_or_default())
}

/// The newest replay of a build that came after it was asked for, among what waits and what was built.
async fn replay(client: &Client, earlier: &Earlier) -> Result<Option<Run>, ProviderError> {
    let place = &earlier.target.place;
    let Some(job) = place.below_of(&earlier.folder) else { return Ok(None) };
    let is_it = |actions: &[Option<wire::Action>]| {
        let ends = format!("#{}", earlier.build.number);
        view::causes(actions).any(|cause| cause.class.ends_with("ReplayCause") && cause.short_description.ends_with(&ends))
    };
    for item in queue::waiting(client).await? {
        let address = item.task.as_ref().and_then(|task| task.url.as_deref()).unwrap_or_default();
        if Place::of_address(address).is_some_and(|(here, _)| here == *place) && is_it(&item.actions) {
            return Ok(Some(view::of_item(client, place, &RunId::queued(job, item.id), &item, None)));
        }
    }
    let first_new = earlier.target.job.next_build_number.unwrap_or(u64::MAX);
    let route = Route::of(place, "api/json", format!("the builds of {}", place.full_name()));
    let read: Item = client.read(&route.tree(&format!("builds[{}]{{0,10}}", wire::BUILD))).await?;
    let found = read.builds.iter().find(|build| build.number >= first_new && is_it(&build.actions));
    Ok(found.map(|build| view::of_build(client, place, &RunId::of(job, build), build, None, None)))
}
