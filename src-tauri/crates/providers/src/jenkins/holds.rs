//! Holding a job: disabled at Jenkins, it can't be built by anybody. Jobs of branches can't be disabled, and the whole controller is
//! held by its administrators alone.

use super::cancel;
use super::catalogue::{self, Found};
use super::client::Client;
use super::place::Place;
use super::route::Route;
use super::wire::Item;
use crate::failure::{failure, unexpected};
use pilothouse_engine::ports::provider::{Hold, HoldTarget, ProviderError, ProviderErrorKind as Kind};

const STOPS: &str = "Nobody can start this job, neither here nor at Jenkins, by schedule or by a push, and what waits in the queue for it is dropped. \
                     Builds under way go on. Other jobs are not held.";

/// The jobs that can be held.
pub(super) async fn holds(client: &Client, repository: &str) -> Result<Vec<Hold>, ProviderError> {
    let folder = Place::repository(repository)?;
    let mut holds: Vec<Hold> =
        catalogue::jobs(client, &folder, "buildable,disabled,color").await?.iter().filter_map(hold(&folder)).collect();
    holds.sort_by_key(|hold| hold.title.to_lowercase());
    Ok(holds)
}

fn hold(folder: &Place) -> impl Fn(&Found) -> Option<Hold> {
    |found| {
        // A job that can be neither built nor is disabled can't be held either.
        let is_held = found.item.is_disabled();
        if found.branch.is_some() || found.item.is_multibranch() || !(is_held || found.item.buildable == Some(true)) {
            return None;
        }
        let pipeline = found.place.below_of(folder)?;
        let title = pipeline.replace('/', " » ");
        Some(Hold { target: HoldTarget::Pipeline { pipeline }, title, is_held, reason: None, stops: STOPS })
    }
}

/// Holds or releases a job. Sending it twice is harmless.
pub(super) async fn set(client: &Client, repository: &str, target: &HoldTarget, held: bool) -> Result<(), ProviderError> {
    let pipeline = match target {
        HoldTarget::Pipeline { pipeline } => pipeline,
        HoldTarget::Stage { .. } => return Err(lacking("Jenkins can't hold a single stage.", "Hold the job.")),
        HoldTarget::Freeze => {
            return Err(lacking(
                "Jenkins has no freeze for a folder; it can only be held as a whole, which stops everybody's jobs.",
                "Hold the jobs one by one, or ask an administrator for Prepare for Shutdown (quietDown).",
            ));
        }
    };
    let place = Place::repository(repository)?.below(pipeline)?;
    let job = read(client, &place).await?;
    if job.is_multibranch() || job.is_folder() {
        return Err(lacking(
            "Jenkins can't disable a multibranch project's jobs.",
            "Disable the project's branches at its source, or protect them there.",
        ));
    }
    if job.is_disabled() == held {
        return Ok(());
    }
    let route = Route::of(&place, if held { "disable" } else { "enable" }, format!("job {}", place.full_name()));
    let answer = client.post(&route, &[]).await?;
    if answer.status.as_u16() == 404 || answer.status.as_u16() == 405 {
        return Err(lacking(
            "Jenkins can't disable this job: it belongs to a branch of a multibranch project.",
            "Protect the branch at its source.",
        ));
    }
    cancel::taken(client, &answer)?;
    if read(client, &place).await?.is_disabled() != held {
        return Err(unexpected(
            format!("Jenkins took the call and left job {} as it was.", place.full_name()),
            "It may belong to a branch of a multibranch project, or a plugin keeps it so. Look at it at Jenkins.",
        ));
    }
    Ok(())
}

async fn read(client: &Client, place: &Place) -> Result<Item, ProviderError> {
    client.read(&Route::of(place, "api/json", format!("job {}", place.full_name())).tree("_class,name,buildable,disabled,color")).await
}

fn lacking(message: &str, next_step: &str) -> ProviderError {
    failure(Kind::Unsupported, message, next_step)
}
