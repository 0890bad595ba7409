//! The operations that change nothing.

use serde_json::{Value, json};

use super::definition::Definition;
use super::error::AwsError;
use super::execution::{Execution, Pipelines};
use super::request::Members;
use super::shapes;
use crate::lock::lock;
use crate::site::Site;

/// What an operation answers.
pub(super) type Answer = Result<Value, AwsError>;

/// The pipeline that a member names.
pub(super) fn pipeline<'p>(pipelines: &'p Pipelines, name: &str) -> Result<&'p Definition, AwsError> {
    let absent = || {
        let message = format!("Account '{}' does not have a pipeline with name '{name}'", super::keys::ACCOUNT);
        AwsError::new("PipelineNotFoundException", message)
    };
    pipelines.definition(name).ok_or_else(absent)
}

/// The execution of a pipeline.
pub(super) fn execution<'p>(pipelines: &'p Pipelines, pipeline: &str, id: &str) -> Result<&'p Execution, AwsError> {
    let found = pipelines.execution(id).filter(|execution| execution.pipeline == pipeline);
    found.ok_or_else(|| AwsError::new("PipelineExecutionNotFoundException", format!("Pipeline execution '{id}' does not exist")))
}

fn with_token(name: &str, list: Vec<Value>, next: Option<String>) -> Value {
    let mut answer = json!({ name: list });
    if let Some(next) = next {
        answer["nextToken"] = json!(next);
    }
    answer
}

pub(super) fn list_pipelines(site: &Site, request: Members<'_>) -> Answer {
    let pipelines = lock(&site.pipelines);
    let all: Vec<Value> = pipelines.definitions.iter().map(shapes::summary).collect();
    let (page, next) = request.page(all, 1000)?;
    Ok(with_token("pipelines", page, next))
}

pub(super) fn get_pipeline(site: &Site, request: Members<'_>) -> Answer {
    let pipelines = lock(&site.pipelines);
    let definition = pipeline(&pipelines, request.name("name")?)?;
    let version = request.0.get("version").and_then(Value::as_u64).unwrap_or(definition.version);
    if version == 0 || version > definition.version {
        return Err(AwsError::new("PipelineVersionNotFoundException", format!("There is no version {version}")));
    }
    Ok(shapes::declaration(definition, version))
}

pub(super) fn get_pipeline_state(site: &Site, request: Members<'_>) -> Answer {
    let pipelines = lock(&site.pipelines);
    let definition = pipeline(&pipelines, request.name("name")?)?;
    Ok(shapes::state(&pipelines, definition))
}

pub(super) fn get_pipeline_execution(site: &Site, request: Members<'_>) -> Answer {
    let pipelines = lock(&site.pipelines);
    let name = request.name("pipelineName")?;
    pipeline(&pipelines, name)?;
    let found = execution(&pipelines, name, request.execution("pipelineExecutionId")?)?;
    Ok(shapes::execution(&pipelines, found))
}

pub(super) fn list_pipeline_executions(site: &Site, request: Members<'_>) -> Answer {
    let pipelines = lock(&site.pipelines);
    let definition = pipeline(&pipelines, request.name("pipelineName")?)?;
    let stage = request.0.pointer("/filter/succeededInStage/stageName").and_then(Value::as_str);
    let fits = |execution: &&Execution| {
        let passed = stage.is_none_or(|stage| execution.passed.contains(stage) && execution.version == definition.version);
        execution.pipeline == definition.name && execution.is_listed() && passed
    };
    let all = pipelines.executions.iter().rev().filter(fits).map(|found| shapes::execution_summary(&pipelines, found)).collect();
    let (page, next) = request.page(all, 100)?;
    Ok(with_token("pipelineExecutionSummaries", page, next))
}

pub(super) fn list_action_executions(site: &Site, request: Members<'_>) -> Answer {
    let pipelines = lock(&site.pipelines);
    let definition = pipeline(&pipelines, request.name("pipelineName")?)?;
    let wanted = request.0.pointer("/filter/pipelineExecutionId").and_then(Value::as_str);
    if let Some(id) = wanted {
        execution(&pipelines, &definition.name, id)?;
    }
    let mut all: Vec<_> = pipelines
        .executions
        .iter()
        .filter(|execution| execution.pipeline == definition.name && wanted.is_none_or(|id| execution.id == id))
        .flat_map(|execution| execution.actions.iter().map(move |run| (execution, run)))
        .collect();
    // Newest first; of the same moment the later one.
    all.reverse();
    all.sort_by_key(|(_, run)| std::cmp::Reverse(run.started));
    let all = all.into_iter().map(|(execution, run)| shapes::action_execution(Some(definition), execution, run)).collect();
    let (page, next) = request.page(all, 100)?;
    Ok(with_token("actionExecutionDetails", page, next))
}
