//! Input steps of Pipelines: what waits in builds that run, and the answer to one. There is no list of them at Jenkins, so the
//! builds under way are asked. An answer goes to the very address that Jenkins names for it: the address of the form on the page
//! aborts where one parameter is missing.

use super::catalogue;
use super::client::Client;
use super::parameters;
use super::place::Place;
use super::queue::{self, Standing};
use super::refusal;
use super::route::Route;
use super::run_id::RunId;
use super::runs;
use super::status::PAUSED;
use super::view;
use super::wire::{Computers, PendingInput};
use crate::failure::{failure, unexpected, unsent};
use pilothouse_engine::ports::provider::{
    Gate, GateAnswer, GateKind, GateOutcome, GateVerdict, InputKind, InputSpec, ProviderError, ProviderErrorKind as Kind,
};
use serde_json::{Value, json};

/// How many builds under way are asked.
const MOST_BUILDS: usize = 100;
/// Separates a run's name from a step's in a gate's id. No job's name can hold it; a step's id may.
const STEP_MARK: char = '!';

/// Every input step that waits in a repository.
pub(super) async fn gates(client: &Client, repository: &str) -> Result<Vec<Gate>, ProviderError> {
    let folder = Place::repository(repository)?;
    let mut gates = Vec::new();
    for (place, number) in running(client, &folder).await? {
        let Some(job) = place.below_of(&folder) else { continue };
        let steps = pending(client, &place, number).await?;
        if steps.is_empty() {
            continue;
        }
        let build = queue::build(client, &place, number).await?;
        let described = runs::describe(client, &place, &build).await?;
        let stage = described.iter().flat_map(|described| &described.stages).find(|stage| stage.status == PAUSED);
        let pipeline = catalogue::pipeline_of(client, &folder, &place).await?;
        let run = RunId::of(job, &build).to_string();
        for step in steps {
            gates.push(Gate {
                external_id: format!("{run}{STEP_MARK}{}", step.id),
                run: run.clone(),
                pipeline: pipeline.clone(),
                kind: GateKind::Input,
                title: stage.map(|stage| stage.name.clone()).filter(|name| !name.is_empty()).unwrap_or_else(|| step.id.clone()),
                message: step.message.clone(),
                // Jenkins knows no environments.
                environment: None,
                started_by: view::starter(&build.actions),
                // Jenkins tells when the stage began that the step is in.
                since: stage.and_then(|stage| stage.start_time_millis).and_then(view::millis),
                expires_at: None,
                url: client.page(&format!("{}{number}/input/", place.path())),
                inputs: step.inputs.iter().map(parameters::gate_input).collect(),
                can_answer: None,
                can_reject: true,
                takes_comment: false,
            });
        }
    }
    Ok(gates)
}

/// The builds under way below a folder: by what the executors do, or by each job's builds where that is hidden from us.
async fn running(client: &Client, folder: &Place) -> Result<Vec<(Place, u64)>, ProviderError> {
    let fields = "computer[executors[currentExecutable[number,url]],oneOffExecutors[currentExecutable[number,url]]]";
    let answer = client.probe(&Route::plain("/computer/api/json", "what runs").tree(fields)).await?;
    let mut found: Vec<(Place, u64)> = Vec::new();
    if answer.status.is_success() {
        let computers: Computers = answer.told(&client.secret)?;
        for executor in computers.computer.iter().flat_map(|computer| computer.executors.iter().chain(&computer.one_off_executors)) {
            let url = executor.current_executable.as_ref().and_then(|executable| executable.url.as_deref());
            if let Some((place, Some(number))) = url.and_then(Place::of_address)
                && place.below_of(folder).is_some()
                && !found.contains(&(place.clone(), number))
            {
                found.push((place, number));
            }
        }
    } else if matches!(answer.status.as_u16(), 403 | 404) {
        for job in catalogue::walk(client, folder, "builds[number,building]{0,10}").await? {
            found
                .extend(job.item.builds.iter().filter(|build| build.building == Some(true)).map(|build| (job.place.clone(), build.number)));
        }
    } else {
        return Err(client.refusal(&answer));
    }
    found.truncate(MOST_BUILDS);
    Ok(found)
}

/// What waits in a build; nothing where it isn't a Pipeline's, or the plugin is missing.
async fn pending(client: &Client, place: &Place, number: u64) -> Result<Vec<PendingInput>, ProviderError> {
    let found = client.find(&Route::build(place, number, "wfapi/pendingInputActions")).await?;
    Ok(found.unwrap_or_default())
}

/// Answers an input step.
pub(super) async fn answer(client: &Client, repository: &str, answer: &GateAnswer) -> Result<GateOutcome, ProviderError> {
    let id = RunId::parse(&answer.run)?;
    let place = id.place(repository)?;
    let step_id = answer.gate.split_once(STEP_MARK).map_or(answer.gate.as_str(), |(_, step)| step);
    let number = match queue::standing(client, &place, &id).await.map_err(unsent)? {
        Standing::Built(number) => number,
        Standing::Queued(_) | Standing::Cancelled(_) => return Ok(GateOutcome::TooLate),
    };
    let steps = pending(client, &place, number).await.map_err(unsent)?;
    let Some(step) = steps.iter().find(|step| step.id == step_id) else { return Ok(GateOutcome::TooLate) };
    let subject = format!("the input step of build {number} of {}", place.full_name());
    let (url, form) = match answer.verdict {
        GateVerdict::Approve => (&step.proceed_url, approval(step, answer, &subject)?),
        GateVerdict::Reject => (&step.abort_url, Vec::new()),
    };
    let Some(path) = path(url) else {
        return Err(failure(
            Kind::Unsupported,
            format!("Jenkins names no address at which {subject} can be answered."),
            "Answer it at Jenkins: it wants something that only its page can give.",
        ));
    };
    let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let reply = client.post_advertised(&Route::advertised(path, subject.clone()), &form).await?;
    if reply.wants_login() {
        return Err(refusal::login(&subject));
    }
    let said = refusal::said(&reply, client);
    match reply.status.as_u16() {
        200..=299 => Ok(GateOutcome::Taken),
        // A redirect comes whatever became of it.
        302 | 303 if is_gone(client, &place, number, step_id).await? => Ok(GateOutcome::Taken),
        302 | 303 => {
            Err(unexpected(format!("Jenkins doesn't say whether it has taken the answer to {subject}."), "Look at it at Jenkins."))
        }
        400 if said.to_ascii_lowercase().contains("already") => Ok(GateOutcome::TooLate),
        404 if is_gone(client, &place, number, step_id).await? => Ok(GateOutcome::TooLate),
        400 if reply.header("x-error").is_some() => Err(failure(
            Kind::Forbidden,
            format!("Jenkins doesn't take our answer to {subject}. It says: {}.", said.trim_end_matches('.')),
            "Ask somebody whom the step names as its submitter, or for the permission Job/Build.",
        )),
        _ => Err(client.refusal(&reply)),
    }
}

async fn is_gone(client: &Client, place: &Place, number: u64, step: &str) -> Result<bool, ProviderError> {
    pending(client, place, number).await.map(|steps| !steps.iter().any(|known| known.id == step))
}

/// The form that approves. Every parameter is sent: what isn't given, by its default.
fn approval(step: &PendingInput, answer: &GateAnswer, subject: &str) -> Result<Vec<(&'static str, String)>, ProviderError> {
    let specs: Vec<InputSpec> = step.inputs.iter().map(parameters::gate_input).collect();
    parameters::check(subject, &specs, &answer.inputs)?;
    if specs.is_empty() {
        return Ok(Vec::new());
    }
    let values: Vec<Value> = specs
        .iter()
        .filter_map(|spec| {
            let given = answer.inputs.iter().find(|(name, _)| *name == spec.name).map(|(_, value)| value.clone());
            let value = given.or_else(|| spec.default.clone())?;
            let value = if spec.kind == InputKind::Boolean { Value::Bool(value == "true") } else { Value::String(value) };
            Some(json!({"name": spec.name, "value": value}))
        })
        .collect();
    // `proceed` isn't needed at the address that is named. Without it, the form's own address would abort.
    Ok(vec![("json", json!({"parameter": values}).to_string()), ("proceed", "Proceed".to_owned())])
}

/// Path and query of an address that Jenkins names; it holds the context path, and maybe a host that isn't ours.
fn path(url: &str) -> Option<String> {
    let path = match url.split_once("://") {
        Some((_, rest)) => &rest[rest.find('/')?..],
        None => url,
    };
    let is_answer = path.contains("/input/") || path.contains("/wfapi/inputSubmit");
    (path.starts_with('/') && !path.starts_with("//") && is_answer).then(|| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_address_of_an_answer_is_posted_to() {
        let wanted = Some("/jenkins/job/x/12/input/Go/proceedEmpty".to_owned());
        assert_eq!(path("/jenkins/job/x/12/input/Go/proceedEmpty"), wanted);
        assert_eq!(path("https://inside:8080/jenkins/job/x/12/input/Go/proceedEmpty"), wanted);
        for bad in ["", "job/x/input/Go", "//evil.example/input/x", "/jenkins/job/x/doDelete", "https://evil.example"] {
            assert_eq!(path(bad), None, "{bad}");
        }
    }
}
