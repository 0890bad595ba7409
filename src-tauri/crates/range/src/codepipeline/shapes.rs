//! Pipelines and executions in the words of the service model. No rule lives here.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use super::definition::{Action, Definition};
use super::execution::{ActionRun, ActionStatus, Execution, Pipelines};
use super::keys::ACCOUNT;

/// Epoch seconds with milliseconds, as AWS JSON writes times.
pub(super) fn time(at: DateTime<Utc>) -> Value {
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of this century have a double each")]
    let seconds = at.timestamp_millis() as f64 / 1000.0;
    json!(seconds)
}

/// An object without what is null.
fn sparse(value: Value) -> Value {
    match value {
        Value::Object(map) => Value::Object(map.into_iter().filter(|(_, value)| !value.is_null()).collect::<Map<_, _>>()),
        other => other,
    }
}

fn action_type(action: &Action) -> Value {
    json!({ "category": action.category, "owner": "AWS", "provider": action.provider, "version": "1" })
}

fn configuration(action: &Action) -> Value {
    Value::Object(action.configuration.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect())
}

pub(super) fn summary(definition: &Definition) -> Value {
    json!({
        "name": definition.name, "version": definition.version, "pipelineType": definition.kind, "executionMode": definition.mode,
        "created": time(definition.created), "updated": time(definition.created),
    })
}

pub(super) fn declaration(definition: &Definition, version: u64) -> Value {
    let variables: Vec<Value> = definition
        .variables
        .iter()
        .map(|v| sparse(json!({ "name": v.name, "defaultValue": v.default, "description": v.description })))
        .collect();
    let action = |(number, action): (usize, &Action)| {
        json!({
            "name": action.name, "actionTypeId": action_type(action), "runOrder": number + 1, "configuration": configuration(action),
            "inputArtifacts": [], "outputArtifacts": [],
        })
    };
    let stages: Vec<Value> = definition
        .stages
        .iter()
        .map(|stage| json!({ "name": stage.name, "actions": stage.actions.iter().enumerate().map(action).collect::<Vec<_>>() }))
        .collect();
    let mut pipeline = json!({
        "name": definition.name, "roleArn": format!("arn:aws:iam::{ACCOUNT}:role/pipeline"), "version": version,
        "executionMode": definition.mode, "pipelineType": definition.kind, "stages": stages,
        "artifactStore": { "type": "S3", "location": "nordwind-artifacts" },
    });
    if definition.kind == "V2" {
        pipeline["variables"] = json!(variables);
    }
    let arn = format!("arn:aws:codepipeline:{}:{ACCOUNT}:{}", super::keys::REGION, definition.name);
    json!({
        "pipeline": pipeline,
        "metadata": { "pipelineArn": arn, "created": time(definition.created), "updated": time(definition.created) },
    })
}

fn trigger(execution: &Execution) -> Value {
    json!({ "triggerType": execution.trigger.0, "triggerDetail": execution.trigger.1 })
}

fn kind(execution: &Execution) -> &'static str {
    if execution.back_to.is_some() { "ROLLBACK" } else { "STANDARD" }
}

fn rollback(execution: &Execution) -> Value {
    execution.back_to.as_ref().map_or(Value::Null, |id| json!({ "rollbackTargetPipelineExecutionId": id }))
}

pub(super) fn execution(pipelines: &Pipelines, execution: &Execution) -> Value {
    let mode = pipelines.definition(&execution.pipeline).map(|definition| definition.mode);
    let revisions: Vec<Value> = execution
        .revision
        .iter()
        .map(|(sha, title)| json!({ "name": "SourceOutput", "revisionId": sha, "revisionSummary": title, "created": time(execution.started) }))
        .collect();
    let variables: Vec<Value> = execution.variables.iter().map(|(name, value)| json!({ "name": name, "resolvedValue": value })).collect();
    json!({ "pipelineExecution": sparse(json!({
        "pipelineName": execution.pipeline, "pipelineVersion": execution.version, "pipelineExecutionId": execution.id,
        "status": execution.status, "artifactRevisions": revisions, "variables": variables, "trigger": trigger(execution),
        "executionMode": mode, "executionType": kind(execution), "rollbackMetadata": rollback(execution),
    })) })
}

pub(super) fn execution_summary(pipelines: &Pipelines, execution: &Execution) -> Value {
    let mode = pipelines.definition(&execution.pipeline).map(|definition| definition.mode);
    let revisions: Vec<Value> = execution
        .revision
        .iter()
        .map(|(sha, title)| json!({ "actionName": "Source", "revisionId": sha, "revisionSummary": title }))
        .collect();
    let stop = execution.stop_reason.as_ref().map(|reason| json!({ "reason": reason }));
    sparse(json!({
        "pipelineExecutionId": execution.id, "status": execution.status, "startTime": time(execution.started),
        "lastUpdateTime": time(execution.updated), "sourceRevisions": revisions, "trigger": trigger(execution), "stopTrigger": stop,
        "executionMode": mode, "executionType": kind(execution), "rollbackMetadata": rollback(execution),
    }))
}

pub(super) fn action_execution(definition: Option<&Definition>, execution: &Execution, run: &ActionRun) -> Value {
    let known = definition.and_then(|d| d.stage(&run.stage)).and_then(|stage| stage.actions.iter().find(|a| a.name == run.action));
    let input = known.map(|action| json!({ "actionTypeId": action_type(action), "configuration": configuration(action) }));
    let result = sparse(json!({
        "externalExecutionId": run.token.clone().unwrap_or_else(|| run.id.clone()), "externalExecutionSummary": run.summary,
        "externalExecutionUrl": run.url,
    }));
    sparse(json!({
        "pipelineExecutionId": execution.id, "actionExecutionId": run.id, "pipelineVersion": execution.version, "stageName": run.stage,
        "actionName": run.action, "startTime": time(run.started), "lastUpdateTime": time(run.updated), "updatedBy": run.by,
        "status": run.status, "input": input, "output": { "outputArtifacts": [], "executionResult": result },
    }))
}

/// The stages of a pipeline as they are now. In parallel mode they tell no tokens.
pub(super) fn state(pipelines: &Pipelines, definition: &Definition) -> Value {
    let stages: Vec<Value> = definition
        .stages
        .iter()
        .enumerate()
        .map(|(number, stage)| {
            let occupied = pipelines.occupied(&definition.name, stage.name);
            let latest = occupied.map(|o| {
                let kind = if o.is_rollback { "ROLLBACK" } else { "STANDARD" };
                json!({ "pipelineExecutionId": o.execution, "status": o.status, "type": kind })
            });
            let inbound: Vec<Value> = pipelines
                .executions
                .iter()
                .filter(|e| e.pipeline == definition.name && e.waits_before.as_deref() == Some(stage.name))
                .map(|e| json!({ "pipelineExecutionId": e.id, "status": "InProgress" }))
                .collect();
            let running = occupied.and_then(|o| pipelines.execution(&o.execution));
            let actions: Vec<Value> = stage
                .actions
                .iter()
                .map(|action| {
                    let last = running.and_then(|execution| execution.last(stage.name, action.name));
                    let is_parallel = definition.mode == "PARALLEL";
                    sparse(json!({ "actionName": action.name, "latestExecution": last.filter(|_| !is_parallel).map(action_state) }))
                })
                .collect();
            sparse(json!({
                "stageName": stage.name, "actionStates": actions, "latestExecution": latest,
                "inboundExecution": inbound.last(), "inboundExecutions": inbound,
                "inboundTransitionState": (number > 0).then(|| transition(definition, stage.name)),
            }))
        })
        .collect();
    json!({
        "pipelineName": definition.name, "pipelineVersion": definition.version, "stageStates": stages,
        "created": time(definition.created), "updated": time(definition.created),
    })
}

fn action_state(run: &ActionRun) -> Value {
    sparse(json!({
        "actionExecutionId": run.id, "status": run.status, "summary": Some(&run.summary).filter(|said| !said.is_empty()), "lastStatusChange": time(run.updated),
        "token": run.token.as_ref().filter(|_| run.status == ActionStatus::InProgress), "lastUpdatedBy": run.by,
        "externalExecutionUrl": run.url,
    }))
}

fn transition(definition: &Definition, stage: &str) -> Value {
    match definition.transitions.get(stage) {
        None => json!({ "enabled": true }),
        Some(transition) => sparse(json!({
            "enabled": transition.enabled, "disabledReason": transition.reason, "lastChangedBy": transition.by,
            "lastChangedAt": time(transition.at),
        })),
    }
}
