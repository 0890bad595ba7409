//! Stopping a run, in the queue or as a build. Jenkins answers a stop with a redirect that proves nothing, so the run is read again.

use super::answer::Answer;
use super::client::Client;
use super::place::Place;
use super::queue::{self, Standing};
use super::refusal;
use super::route::Route;
use super::run_id::RunId;
use super::wire::Build;
use pilothouse_domain::deployment::CancelAnswer;
use pilothouse_engine::ports::provider::ProviderError;

/// Asks to stop a run. Forced it terminates a Pipeline's build, and kills it when it is asked again.
pub(super) async fn cancel(client: &Client, repository: &str, id: &str, force: bool) -> Result<CancelAnswer, ProviderError> {
    let id = RunId::parse(id)?;
    let place = id.place(repository)?;
    let mut standing = queue::standing(client, &place, &id).await?;
    if let Standing::Queued(item) = &standing {
        let route = Route::plain("/queue/cancelItem", &format!("queue item {}", item.id)).query("id", &item.id.to_string());
        let answer = client.post(&route, &[]).await?;
        // 404 says that it has left the queue meanwhile: what became of it is read below.
        if answer.status.as_u16() != 404 {
            taken(client, &answer)?;
        }
        standing = queue::standing(client, &place, &id).await?;
        if matches!(standing, Standing::Queued(_) | Standing::Cancelled(_)) {
            return Ok(CancelAnswer::Accepted);
        }
    }
    match standing {
        Standing::Cancelled(_) => Ok(CancelAnswer::AlreadyEnded),
        Standing::Queued(_) => Ok(CancelAnswer::Accepted),
        Standing::Built(number) => stop(client, &place, &id, number, force).await,
    }
}

async fn stop(client: &Client, place: &Place, id: &RunId, number: u64, force: bool) -> Result<CancelAnswer, ProviderError> {
    let build = queue::build(client, place, number).await?;
    if has_ended(&build) {
        return Ok(CancelAnswer::AlreadyEnded);
    }
    let is_pipeline = build.class.ends_with(".WorkflowRun");
    let tail = if !(force && is_pipeline) {
        "stop"
    } else if client.memory.was_terminated(&format!("{} {id}", place.full_name())) {
        "kill"
    } else {
        "term"
    };
    let answer = client.post(&Route::build(place, number, tail), &[]).await?;
    taken(client, &answer)?;
    queue::build(client, place, number).await?;
    Ok(CancelAnswer::Accepted)
}

fn has_ended(build: &Build) -> bool {
    build.building != Some(true) && build.in_progress != Some(true)
}

/// A stop is answered with a redirect to a page, or with nothing.
pub(super) fn taken(client: &Client, answer: &Answer) -> Result<(), ProviderError> {
    match answer.status.as_u16() {
        _ if answer.wants_login() => Err(refusal::login(&answer.subject)),
        200..=299 | 302 | 303 => Ok(()),
        _ => Err(client.refusal(answer)),
    }
}
