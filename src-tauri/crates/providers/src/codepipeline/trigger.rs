//! Starting an execution: what can be told to be wrong beforehand, then one call. Its request token follows from our correlation,
//! so that the same trigger, sent again by whoever has restarted, is the same execution at AWS.

use super::client::{Call, Client};
use super::names::{RunName, is_commit};
use super::pipelines::SOURCE;
use super::structure::{self, Action, Structure};
use crate::failure::{failure, invalid, unsent};
use aws_sdk_codepipeline::types::{PipelineVariable, SourceRevisionOverride};
use pilothouse_domain::deployment::{Run, RunStatus};
use pilothouse_domain::pipeline::FilledBinding;
use pilothouse_engine::ports::provider::{ProviderError, ProviderErrorKind};

/// Bounds of the API.
const MOST_VARIABLES: usize = 50;
const LONGEST_VALUE: usize = 1000;
const LONGEST_REVISION: usize = 1500;
const LONGEST_TOKEN: usize = 128;

/// Starts an execution.
pub(super) async fn trigger(client: &Client, binding: &FilledBinding) -> Result<Option<Run>, ProviderError> {
    let structure = structure::current(client, &binding.pipeline).await.map_err(|refused| unsent(refused.into()))?;
    let variables = variables(&structure, binding)?;
    let revisions = revisions(&structure, binding)?;
    let token = token(binding);
    let call = Call::new("StartPipelineExecution", format!("pipeline {}", binding.pipeline));
    let send = |sdk: &aws_sdk_codepipeline::Client| {
        let call = sdk.start_pipeline_execution().name(&binding.pipeline).set_client_request_token(token.clone());
        let some = |list: &Vec<_>| (!list.is_empty()).then(|| list.clone());
        let call = call.set_source_revisions(some(&revisions));
        call.set_variables((!variables.is_empty()).then(|| variables.clone())).send()
    };
    let started = client.once(&call, send).await?;
    // Accepted, whatever the answer lacks.
    let Some(execution) = started.pipeline_execution_id else { return Ok(None) };
    Ok(Some(blank(client, &RunName::new(&binding.pipeline, &execution))))
}

/// A run of which nothing is known but its name.
pub(super) fn blank(client: &Client, run: &RunName) -> Run {
    Run {
        external_id: run.to_string(),
        url: client.region.run_page(run),
        attempt: 1,
        status: RunStatus::Queued,
        title: String::new(),
        created_at: None,
        started_at: None,
        ended_at: None,
        started_by: None,
        git_ref: None,
        commit: None,
        jobs: Vec::new(),
    }
}

fn variables(structure: &Structure, binding: &FilledBinding) -> Result<Vec<PipelineVariable>, ProviderError> {
    let given: Vec<_> = binding.inputs.iter().filter(|(name, _)| !name.starts_with(SOURCE)).collect();
    let pipeline = &structure.pipeline;
    if !given.is_empty() && !structure.is_v2 {
        return Err(invalid(
            format!("{pipeline} is a pipeline of type V1 and takes no variables."),
            "Remove the inputs from the pipeline's settings, or make the pipeline one of type V2 at AWS.",
        ));
    }
    if given.len() > MOST_VARIABLES {
        return Err(invalid(
            format!("CodePipeline takes at most {MOST_VARIABLES} variables, not {}.", given.len()),
            "Remove inputs from the pipeline's settings.",
        ));
    }
    let mut variables = Vec::new();
    for (name, value) in given {
        if !structure.variables.iter().any(|variable| variable.name == *name) {
            return Err(invalid(
                format!("{pipeline} has no variable `{name}`."),
                "Compare the inputs in the environment's pipeline settings with the variables of the pipeline.",
            ));
        }
        if value.is_empty() || value.chars().count() > LONGEST_VALUE {
            return Err(invalid(
                format!("The variable `{name}` must have 1 to {LONGEST_VALUE} characters, and has {}.", value.chars().count()),
                "Leave the input out where its default will do.",
            ));
        }
        variables.push(built(PipelineVariable::builder().name(name).value(value).build(), name)?);
    }
    let is_given = |name: &String| binding.inputs.iter().any(|(given, _)| given == name);
    let absent =
        structure.variables.iter().filter(|_| structure.is_v2).find(|variable| variable.default.is_none() && !is_given(&variable.name));
    match absent {
        Some(variable) => Err(invalid(
            format!("{pipeline} wants a value for the variable `{}`.", variable.name),
            "Add it to the inputs in the environment's pipeline settings.",
        )),
        None => Ok(variables),
    }
}

/// The revisions to take: those that inputs name, and the commit that stands as the ref where it is clear which source is meant.
fn revisions(structure: &Structure, binding: &FilledBinding) -> Result<Vec<SourceRevisionOverride>, ProviderError> {
    let mut revisions = Vec::new();
    for (name, value) in &binding.inputs {
        let Some(action) = name.strip_prefix(SOURCE) else { continue };
        let source = structure.sources().find(|source| source.name == action);
        let Some((source, kind)) = source.and_then(|source| Some((source, source.revision_type()?))) else {
            return Err(invalid(
                format!("{} has no source action `{action}` that takes a revision.", structure.pipeline),
                format!("It has: {}.", names(structure.sources().filter(|source| source.revision_type().is_some()))),
            ));
        };
        if source.takes_commit() && !is_commit(value) {
            return Err(invalid(
                format!("`{value}` is no commit: {action} takes a whole commit id."),
                "Fill the input from the release's commit.",
            ));
        }
        if value.is_empty() || value.chars().count() > LONGEST_REVISION {
            return Err(invalid(format!("The revision for {action} must have 1 to {LONGEST_REVISION} characters."), "Correct it."));
        }
        let revision = SourceRevisionOverride::builder().action_name(action).revision_type(kind).revision_value(value).build();
        revisions.push(built(revision, name)?);
    }
    let git_ref = binding.git_ref.trim();
    let open: Vec<&Action> = structure
        .sources()
        .filter(|source| source.takes_commit() && !revisions.iter().any(|given| given.action_name() == source.name))
        .collect();
    // Nothing asked for, or inputs say it all, or it is what the sources follow anyway.
    if git_ref.is_empty() || open.iter().all(|source| source.branch() == Some(git_ref)) {
        return if open.is_empty() && revisions.is_empty() && !git_ref.is_empty() {
            Err(no_ref(structure, git_ref))
        } else {
            Ok(revisions)
        };
    }
    match open.as_slice() {
        [source] if is_commit(git_ref) => {
            let revision = SourceRevisionOverride::builder()
                .action_name(&source.name)
                .revision_type(aws_sdk_codepipeline::types::SourceRevisionType::CommitId)
                .revision_value(git_ref)
                .build();
            revisions.push(built(revision, "ref")?);
            Ok(revisions)
        }
        _ => Err(no_ref(structure, git_ref)),
    }
}

/// Why a ref can't be had, and the way out.
fn no_ref(structure: &Structure, git_ref: &str) -> ProviderError {
    let sources: Vec<&Action> = structure.sources().filter(|source| source.takes_commit()).collect();
    let branches: Vec<&str> = sources.iter().filter_map(|source| source.branch()).collect();
    let pipeline = &structure.pipeline;
    let message = format!("CodePipeline starts {pipeline} at no ref of ours: `{git_ref}` can't be asked for.");
    let next_step = match sources.as_slice() {
        [] => "The pipeline has no source that takes a commit: leave the ref empty.".to_owned(),
        _ => format!(
            "Fill the input {} from the release's commit{}.",
            sources.iter().map(|source| format!("`{SOURCE}{}`", source.name)).collect::<Vec<_>>().join(" and "),
            match branches.as_slice() {
                [] => String::new(),
                branches => format!(", or take what the pipeline follows as the ref: {}", branches.join(", ")),
            }
        ),
    };
    invalid(message, next_step)
}

fn names<'a>(sources: impl Iterator<Item = &'a Action>) -> String {
    let names: Vec<&str> = sources.map(|source| source.name.as_str()).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

fn built<T, E: std::fmt::Display>(built: Result<T, E>, what: &str) -> Result<T, ProviderError> {
    built.map_err(|error| failure(ProviderErrorKind::Invalid, format!("`{what}` can't be sent: {error}."), "Correct it."))
}

/// The request token: the correlation of the trigger, which differs from trigger to trigger. `None` where there is none: then two
/// triggers with the same inputs are two triggers.
fn token(binding: &FilledBinding) -> Option<String> {
    let token = format!("pilothouse-{}", binding.correlation);
    let is_taken = token.len() <= LONGEST_TOKEN && token.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    (!binding.correlation.is_empty() && is_taken).then_some(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_request_token_is_the_correlation_whatever_the_inputs_are() {
        let token = |version: &str, correlation: &str| {
            let inputs = vec![("VERSION".to_owned(), version.to_owned())];
            token(&FilledBinding { pipeline: "p".into(), git_ref: String::new(), inputs, correlation: correlation.to_owned() })
        };
        const ID: &str = "0199aaaa-bbbb-7ccc-8ddd-eeeeffff0000";
        assert_eq!(token("1.2.0", ID), Some(format!("pilothouse-{ID}")));
        assert_eq!(token("1.3.0", ID), token("1.2.0", ID));
        assert_eq!(token("1.2.0", &format!("{ID}-2")), Some(format!("pilothouse-{ID}-2")), "another trigger of the same phase");
        assert_eq!(token("1.2.0", ""), None);
        for odd in ["a b", "ä", &"x".repeat(128)] {
            assert_eq!(token("1.2.0", odd), None, "AWS would refuse {odd}");
        }
    }
}
