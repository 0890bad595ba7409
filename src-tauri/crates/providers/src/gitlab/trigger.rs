//! Starting a run: what is looked up first, one POST, and what is known after it.

use super::client::Client;
use super::config_file::ConfigFile;
use super::route::Route;
use super::wire::Version;
use super::wire_ci::Pipeline;
use super::{pipelines, projects};
use crate::failure::{failure, unexpected};
use http::StatusCode;
use pilothouse_domain::deployment::Run;
use pilothouse_domain::pipeline::FilledBinding;
use pilothouse_engine::ports::provider::{ProviderError, ProviderErrorKind as Kind};
use serde_json::{Map, Value, json};

/// From here on inputs are taken; older servers ignore them without a word.
const FIRST_WITH_INPUTS: (u32, u32) = (17, 10);

/// Starts a run. `None` where it was accepted in words that we can't read.
pub(super) async fn trigger(client: &Client, repository: &str, pipeline: &FilledBinding) -> Result<Option<Run>, ProviderError> {
    let body = prepared(client, repository, pipeline).await.map_err(nothing_sent)?;
    let subject = format!("{} of {repository} at {}", pipeline.pipeline, pipeline.git_ref);
    let route = Route::project(repository, "/pipeline", &[], subject)?;
    let answer = client.posted(&route, Some(&body)).await?;
    match answer.json::<Pipeline>(&client.secret) {
        Ok(started) => Ok(Some(started.into_run(1, Vec::new()))),
        // Created, whatever the body says: an answer that can't be read must not look like a failure here.
        Err(_) if answer.status == StatusCode::CREATED => Ok(None),
        Err(_) if answer.body.is_empty() || answer.looks_like_json() => Ok(None),
        // A log-in page or a proxy's: nothing is known of the pipeline.
        Err(_) => Err(unexpected(
            format!("The answer about {} is not JSON.", route.subject),
            "Check that the base URL is that of a GitLab, and that no log-in page or proxy stands before it.",
        )),
    }
}

/// The request's body: what the CI configuration declares goes as input, all else as variable.
async fn prepared(client: &Client, repository: &str, pipeline: &FilledBinding) -> Result<Value, ProviderError> {
    let project = projects::read(client, repository).await?;
    if project.config_path() != pipeline.pipeline {
        return Err(failure(
            Kind::NotFound,
            format!("{repository} has no pipeline {}: its one pipeline is {}.", pipeline.pipeline, project.config_path()),
            format!("Choose {} in the environment's pipeline settings.", project.config_path()),
        ));
    }
    // Without a file or a ref GitLab itself says what is missing.
    let file = pipelines::config(client, repository, &project, &pipeline.git_ref).await?.unwrap_or_default();
    let body = body(pipeline, &file);
    if body.get("inputs").is_some() {
        must_take_inputs(client).await?;
    }
    Ok(body)
}

fn body(pipeline: &FilledBinding, file: &ConfigFile) -> Value {
    let (mut inputs, mut variables) = (Map::new(), Vec::new());
    for (name, text) in &pipeline.inputs {
        match file.input_value(name, text) {
            Some(value) => {
                inputs.insert(name.clone(), value);
            }
            None => variables.push(json!({ "key": name, "value": text, "variable_type": "env_var" })),
        }
    }
    let mut body = json!({ "ref": pipeline.git_ref });
    if !inputs.is_empty() {
        body["inputs"] = Value::Object(inputs);
    }
    if !variables.is_empty() {
        body["variables"] = Value::Array(variables);
    }
    body
}

/// Refuses servers that would ignore the inputs and deploy who knows what.
async fn must_take_inputs(client: &Client) -> Result<(), ProviderError> {
    let answer = client.probe(&Route::plain("/version", "GitLab's version")).await?;
    if !answer.status.is_success() {
        // A server that doesn't tell isn't taken for an old one.
        return Ok(());
    }
    let told = answer.json::<Version>(&client.secret)?.version;
    match version(&told) {
        Some(version) if version < FIRST_WITH_INPUTS => Err(failure(
            Kind::Unsupported,
            format!("This GitLab ({told}) ignores the inputs that the CI configuration declares; nothing was started."),
            "Update GitLab to 18.1 or later, or declare variables instead of `spec:inputs`.",
        )),
        _ => Ok(()),
    }
}

fn version(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.split(['.', '-']);
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

/// The failure of a look-up before the trigger. Where it would leave the effect open, it says that there was none.
fn nothing_sent(mut error: ProviderError) -> ProviderError {
    if matches!(error.kind, Kind::Unavailable | Kind::NoAnswer | Kind::Unexpected) {
        error.kind = Kind::NotReached;
        error.message = format!("Nothing was started, as the pipeline could not be looked up: {}", error.message);
    }
    error
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(inputs: &[(&str, &str)]) -> FilledBinding {
        FilledBinding {
            pipeline: ".gitlab-ci.yml".into(),
            git_ref: "v1".into(),
            inputs: inputs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            correlation: String::new(),
        }
    }

    #[test]
    fn what_is_declared_is_an_input_and_all_else_a_variable() {
        let file = ConfigFile::read("spec:\n  inputs:\n    dry: {type: boolean}\n---\n", "f");
        assert_eq!(
            body(&filled(&[("dry", "true"), ("RUN", "0199")]), &file),
            json!({"ref": "v1", "inputs": {"dry": true}, "variables": [{"key": "RUN", "value": "0199", "variable_type": "env_var"}]})
        );
        assert_eq!(body(&filled(&[]), &file), json!({"ref": "v1"}));
    }

    #[test]
    fn versions_are_compared_as_numbers() {
        assert!(version("17.9.2-ee").is_some_and(|version| version < FIRST_WITH_INPUTS));
        assert!(version("17.10.0").is_some_and(|version| version >= FIRST_WITH_INPUTS));
        assert!(version("19.5.0-pre").is_some_and(|version| version >= FIRST_WITH_INPUTS));
        assert_eq!(version("unknown"), None);
    }

    #[test]
    fn a_look_up_that_failed_has_started_nothing() {
        use pilothouse_engine::ports::provider::CallOutcome;
        let error = nothing_sent(unexpected("The answer is not JSON.", "x"));
        assert_eq!(error.outcome(), CallOutcome::NotStarted);
        assert!(error.message.starts_with("Nothing was started"), "{error}");
        assert_eq!(nothing_sent(failure(Kind::Forbidden, "no", "x")).kind, Kind::Forbidden);
    }
}
