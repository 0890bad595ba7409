//! Starting a build: what the job declares is read first, then one POST, and what is known after it.

use super::answer::Answer;
use super::catalogue::{self, Target};
use super::client::Client;
use super::page;
use super::parameters;
use super::place::Place;
use super::refusal;
use super::route::Route;
use super::run_id::RunId;
use crate::failure::{failure, unexpected, unsent};
use pilothouse_domain::deployment::{Run, RunStatus};
use pilothouse_domain::pipeline::FilledBinding;
use pilothouse_engine::ports::provider::{ProviderError, ProviderErrorKind as Kind};

/// Starts a build. `None` where Jenkins takes it without naming its place in the queue.
pub(super) async fn trigger(client: &Client, repository: &str, pipeline: &FilledBinding) -> Result<Option<Run>, ProviderError> {
    let folder = Place::repository(repository)?;
    let target = catalogue::target(client, repository, &pipeline.pipeline, &pipeline.git_ref).await.map_err(unsent)?;
    if let Some(obstacle) = target.obstacle() {
        return Err(obstacle);
    }
    start(client, &folder, &target, &pipeline.inputs).await.map_err(|error| without_passwords(error, &target, &pipeline.inputs))
}

/// Puts a build of a job into the queue. The job must have been read.
pub(super) async fn start(
    client: &Client,
    folder: &Place,
    target: &Target,
    inputs: &[(String, String)],
) -> Result<Option<Run>, ProviderError> {
    let specs = parameters::inputs(&target.job);
    parameters::check(&target.words(), &specs, inputs)?;
    let tail = if specs.is_empty() { "build" } else { "buildWithParameters" };
    let form: Vec<(&str, &str)> = inputs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let answer = client.post(&Route::of(&target.place, tail, target.words()), &form).await?;
    accepted(client, folder, target, &answer)
}

fn accepted(client: &Client, folder: &Place, target: &Target, answer: &Answer) -> Result<Option<Run>, ProviderError> {
    let words = target.words();
    // The address names the root that Jenkins is configured with, which may be another than ours: only the number counts.
    let queue = answer.header("location").and_then(queue_number);
    if answer.wants_login() {
        return Err(refusal::login(&words));
    }
    match answer.status.as_u16() {
        201 | 302 | 303 if queue.is_some() => {}
        201 => return Ok(None),
        302 | 303 => {
            return Err(unexpected(
                format!("Jenkins doesn't say whether it has put {words} into its queue."),
                "Look at the job at Jenkins: the build may have been joined with one that waits, or refused by a plugin.",
            ));
        }
        301 | 307 | 308 => return Err(refusal::moved(&words)),
        400 | 500 if page::words(&answer.text()).to_ascii_lowercase().contains("not parameterized") => {
            return Err(failure(
                Kind::Invalid,
                format!("Jenkins says that {words} takes no parameters."),
                "A Pipeline learns of the parameters in its Jenkinsfile in its first build: build it once at Jenkins.",
            ));
        }
        409 => {
            return Err(failure(
                Kind::Conflict,
                format!("Jenkins can't build {words} now: it is disabled, or still being created."),
                "Look at the job's page at Jenkins.",
            ));
        }
        200..=299 => {
            return Err(unexpected(format!("Jenkins gives an unknown answer to the start of {words}."), "Look at the job at Jenkins."));
        }
        _ => return Err(client.refusal(answer)),
    }
    let (Some(queue), Some(job)) = (queue, target.place.below_of(folder)) else { return Ok(None) };
    Ok(Some(Run {
        external_id: RunId::queued(job, queue).to_string(),
        url: client.page(&target.place.path()),
        attempt: 1,
        status: RunStatus::Queued,
        title: String::new(),
        created_at: None,
        started_at: None,
        ended_at: None,
        started_by: None,
        git_ref: target.branch.clone(),
        commit: None,
        jobs: Vec::new(),
    }))
}

/// The number in `…/queue/item/17/`.
fn queue_number(location: &str) -> Option<u64> {
    let rest = &location[location.find("/queue/item/")? + "/queue/item/".len()..];
    rest.split('/').next()?.parse().ok()
}

/// A failure in which no value of a password parameter is told.
fn without_passwords(mut error: ProviderError, target: &Target, inputs: &[(String, String)]) -> ProviderError {
    let is_hidden = |name: &str| parameters::inputs(&target.job).iter().any(|spec| spec.name == name && !spec.shown_in_title);
    for (_, value) in inputs.iter().filter(|(name, value)| !value.is_empty() && is_hidden(name)) {
        error.message = error.message.replace(value.as_str(), "[secret]");
    }
    error
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_number_of_the_queue_item_counts() {
        assert_eq!(queue_number("http://inside:8080/queue/item/17/"), Some(17));
        assert_eq!(queue_number("/jenkins/queue/item/17"), Some(17));
        for none in [".", "https://ci.example/job/x/", "/queue/item/x/", "/queue/item/"] {
            assert_eq!(queue_number(none), None, "{none}");
        }
    }
}
