//! From the queue to the build: an item becomes a build, is cancelled, or is forgotten five minutes after it left. Must not decide
//! what a run's status is.

use super::client::Client;
use super::place::Place;
use super::route::Route;
use super::run_id::{RunId, Which};
use super::wire::{self, Build, Item, QueueItem};
use crate::failure::failure;
use pilothouse_engine::ports::provider::{ProviderError, ProviderErrorKind as Kind};

/// Where a run is.
#[derive(Clone, Debug)]
pub(super) enum Standing {
    /// In the queue, or between the queue and its build.
    Queued(QueueItem),
    /// It left the queue and never ran.
    Cancelled(QueueItem),
    /// It is the build with this number.
    Built(u64),
}

/// Finds out where a run is.
pub(super) async fn standing(client: &Client, place: &Place, id: &RunId) -> Result<Standing, ProviderError> {
    let queue = match id.which {
        Which::Numbered(number) => return Ok(Standing::Built(number)),
        Which::Queued(queue) => queue,
    };
    let job = place.full_name();
    if let Some(number) = client.memory.build(&job, queue) {
        return Ok(Standing::Built(number));
    }
    if let Some(item) = item(client, queue).await? {
        let number = item.executable.as_ref().and_then(|executable| {
            executable.number.or_else(|| Place::of_address(executable.url.as_deref()?).and_then(|(_, number)| number))
        });
        return Ok(match number {
            Some(number) => {
                client.memory.note_build(&job, queue, number);
                Standing::Built(number)
            }
            None if item.cancelled == Some(true) => Standing::Cancelled(item),
            None => Standing::Queued(item),
        });
    }
    match built(client, place, queue).await? {
        Some(number) => {
            client.memory.note_build(&job, queue, number);
            Ok(Standing::Built(number))
        }
        None => Err(failure(
            Kind::NotFound,
            format!("Jenkins has neither a queue item {queue} nor a build of it in {job}."),
            "It was cancelled in the queue, or its build has been deleted. Look at the job's page at Jenkins.",
        )),
    }
}

/// An item of the queue; `None` where it left it some minutes ago.
pub(super) async fn item(client: &Client, queue: u64) -> Result<Option<QueueItem>, ProviderError> {
    let route = Route {
        template: "/queue/item/{}/api/json",
        path: format!("/queue/item/{queue}/api/json"),
        subject: format!("queue item {queue}"),
    };
    client.find(&route.tree(wire::QUEUE_ITEM)).await
}

/// The number of the build that a queue item became: among the newest first, then among all that are kept.
async fn built(client: &Client, place: &Place, queue: u64) -> Result<Option<u64>, ProviderError> {
    for fields in ["builds[number,queueId]{0,100}", "allBuilds[number,queueId]{100,2000}"] {
        let route = Route::of(place, "api/json", format!("job {}", place.full_name())).tree(fields);
        let job: Item = client.read(&route).await?;
        let is_it = |build: &&Build| build.queue_id.and_then(|id| u64::try_from(id).ok()) == Some(queue);
        if let Some(build) = job.builds.iter().chain(&job.all_builds).find(is_it) {
            return Ok(Some(build.number));
        }
        if job.builds.len() < 100 {
            break;
        }
    }
    Ok(None)
}

/// The items that wait now.
pub(super) async fn waiting(client: &Client) -> Result<Vec<QueueItem>, ProviderError> {
    let route = Route::plain("/queue/api/json", "the queue").tree(&format!("items[{}]", wire::QUEUE_ITEM));
    client.read::<wire::Queue>(&route).await.map(|queue| queue.items)
}

/// A build.
pub(super) async fn build(client: &Client, place: &Place, number: u64) -> Result<Build, ProviderError> {
    client.read(&Route::build(place, number, "api/json").tree(wire::BUILD)).await
}
