//! The operations that change something: every rule that CodePipeline checks before it does so.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use serde_json::{Value, json};

use super::definition::{Definition, Transition};
use super::error::AwsError;
use super::execution::{ActionStatus, ExecutionStatus, NewExecution, Pipelines};
use super::keys::Caller;
use super::reads::{Answer, execution, pipeline};
use super::request::Members;
use super::runner::{self, Course};
use super::shapes::time;
use crate::faults::Fault;
use crate::lock::lock;
use crate::site::Site;
use crate::stats::AcceptedDispatch;

pub(super) fn start(site: &Arc<Site>, request: Members<'_>, caller: Caller) -> Answer {
    let mut pipelines = lock(&site.pipelines);
    let definition = pipeline(&pipelines, request.name("name")?)?;
    let name = definition.name.clone();
    let variables = variables(definition, request)?;
    let wanted = revision(definition, request)?;
    let token = request.optional("clientRequestToken").map(str::to_owned);
    if let Some(token) = &token {
        request.length("clientRequestToken", token, 1, 128)?;
        if !token.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
            return Err(AwsError::new("ValidationException", "clientRequestToken must match ^[a-zA-Z0-9-]+$"));
        }
        if let Some(known) = pipelines.requested.get(&(name.clone(), token.clone())) {
            return Ok(json!({ "pipelineExecutionId": known }));
        }
    }
    let at = Utc::now();
    let trigger = ("StartPipelineExecution", caller.arn());
    let id = pipelines.enter(NewExecution {
        pipeline: name.clone(),
        variables: variables.clone(),
        wanted: wanted.clone(),
        trigger,
        back_to: None,
        at,
    });
    if let Some(token) = token {
        pipelines.requested.insert((name.clone(), token), id.clone());
    }
    let number = pipelines.execution(&id).map_or(0, |execution| execution.number);
    let late = site.faults.take_for_run(|fault| matches!(fault, Fault::DelayedListing { .. }));
    if let Some((_, Fault::DelayedListing { delay_ms })) = late
        && let Some(execution) = pipelines.execution_mut(&id)
    {
        execution.listed_from = Some(tokio::time::Instant::now() + Duration::from_millis(delay_ms));
    }
    drop(pipelines);
    let reference = wanted.unwrap_or_else(|| "main".to_owned());
    site.stats.dispatched(AcceptedDispatch { run_id: number, workflow: name, reference, inputs: variables, at });
    runner::start(site, &id, Course { from: 0, only: false, failed_only: false });
    Ok(json!({ "pipelineExecutionId": id }))
}

/// The variables of the execution: as given, with defaults filled in.
fn variables(definition: &Definition, request: Members<'_>) -> Result<BTreeMap<String, String>, AwsError> {
    let given = request.0.get("variables").and_then(Value::as_array).cloned().unwrap_or_default();
    if !given.is_empty() && definition.kind != "V2" {
        return Err(AwsError::new("ValidationException", "Variables are supported by pipelines of type V2 only"));
    }
    if given.len() > 50 {
        return Err(AwsError::validation("variables", "variables", "Member must have length less than or equal to 50"));
    }
    let mut values = BTreeMap::new();
    for (number, one) in given.iter().enumerate() {
        let (name, value) = (Members(one).text("name")?, Members(one).text("value")?);
        request.length(&format!("variables.{}.member.value", number + 1), value, 1, 1000)?;
        if !definition.variables.iter().any(|known| known.name == name) {
            return Err(AwsError::new("ValidationException", format!("Variable {name} is not declared in the pipeline")));
        }
        values.insert(name.to_owned(), value.to_owned());
    }
    for known in &definition.variables {
        match (values.contains_key(known.name), known.default) {
            (true, _) => {}
            (false, Some(default)) => {
                values.insert(known.name.to_owned(), default.to_owned());
            }
            (false, None) => {
                let message = format!("Value for variable {} is missing and it has no default", known.name);
                return Err(AwsError::new("ValidationException", message));
            }
        }
    }
    Ok(values)
}

fn revision(definition: &Definition, request: Members<'_>) -> Result<Option<String>, AwsError> {
    let mut wanted = None;
    for one in request.0.get("sourceRevisions").and_then(Value::as_array).into_iter().flatten() {
        let one = Members(one);
        let action = one.name("actionName")?;
        let is_source =
            definition.stages.iter().flat_map(|stage| &stage.actions).any(|known| known.name == action && known.category == "Source");
        if !is_source || one.text("revisionType")? != "COMMIT_ID" {
            return Err(AwsError::new("ValidationException", format!("{action} is no source action that takes this revision")));
        }
        let value = one.text("revisionValue")?;
        request.length("sourceRevisions.1.member.revisionValue", value, 1, 1500)?;
        wanted = Some(value.to_owned());
    }
    Ok(wanted)
}

pub(super) fn stop(site: &Arc<Site>, request: Members<'_>) -> Answer {
    let mut pipelines = lock(&site.pipelines);
    let name = request.name("pipelineName")?;
    pipeline(&pipelines, name)?;
    let id = request.execution("pipelineExecutionId")?;
    let reason = request.optional("reason").unwrap_or_default().to_owned();
    request.length("reason", &reason, 0, 200)?;
    let abandon = request.0.get("abandon").and_then(Value::as_bool).unwrap_or(false);
    let refused = || AwsError::new("PipelineExecutionNotStoppableException", format!("Pipeline execution '{id}' cannot be stopped"));
    let found = pipelines.execution_mut(id).filter(|execution| execution.pipeline == name).ok_or_else(refused)?;
    match found.status {
        ExecutionStatus::InProgress => found.status = ExecutionStatus::Stopping,
        ExecutionStatus::Stopping if abandon && !found.abandon.is_cancelled() => {}
        ExecutionStatus::Stopping => {
            return Err(AwsError::new("DuplicatedStopRequestException", format!("Pipeline execution '{id}' is stopping already")));
        }
        _ => return Err(refused()),
    }
    found.stop_reason = Some(reason);
    if abandon {
        found.abandon.cancel();
    }
    drop(pipelines);
    site.bump();
    Ok(json!({ "pipelineExecutionId": id }))
}

pub(super) fn retry(site: &Arc<Site>, request: Members<'_>) -> Answer {
    let mut pipelines = lock(&site.pipelines);
    let definition = pipeline(&pipelines, request.name("pipelineName")?)?;
    let (name, stage) = (definition.name.clone(), request.name("stageName")?);
    let from = stage_number(definition, stage)?;
    let id = request.execution("pipelineExecutionId")?;
    let failed_only = match request.text("retryMode")? {
        "FAILED_ACTIONS" => true,
        "ALL_ACTIONS" => false,
        other => return Err(AwsError::validation(other, "retryMode", "Member must satisfy enum value set")),
    };
    let version = definition.version;
    let latest = pipelines.occupied(&name, stage).cloned();
    let not_retryable = || AwsError::new("StageNotRetryableException", format!("Stage {stage} can't be retried"));
    let latest = latest.ok_or_else(not_retryable)?;
    if latest.execution != id {
        return Err(AwsError::new("NotLatestPipelineExecutionException", format!("{id} is not the latest execution of stage {stage}")));
    }
    let found = pipelines.execution_mut(id).filter(|found| found.pipeline == name).ok_or_else(not_retryable)?;
    if !found.status.is_ended() || found.status == ExecutionStatus::Succeeded || found.version != version || latest.status == "Succeeded" {
        return Err(not_retryable());
    }
    found.status = ExecutionStatus::InProgress;
    found.abandon = tokio_util::sync::CancellationToken::new();
    let only = found.back_to.is_some();
    drop(pipelines);
    runner::start(site, id, Course { from, only, failed_only });
    Ok(json!({ "pipelineExecutionId": id }))
}

fn stage_number(definition: &Definition, stage: &str) -> Result<usize, AwsError> {
    let found = definition.stages.iter().position(|known| known.name == stage);
    found.ok_or_else(|| AwsError::new("StageNotFoundException", format!("{} has no stage {stage}", definition.name)))
}

pub(super) fn approve(site: &Arc<Site>, request: Members<'_>, caller: Caller) -> Answer {
    let mut pipelines = lock(&site.pipelines);
    let definition = pipeline(&pipelines, request.name("pipelineName")?)?;
    let (name, stage, action) = (definition.name.clone(), request.name("stageName")?, request.name("actionName")?);
    stage_number(definition, stage)?;
    if !definition.stage(stage).is_some_and(|known| known.actions.iter().any(|known| known.name == action)) {
        return Err(AwsError::new("ActionNotFoundException", format!("{stage} has no action {action}")));
    }
    let token = request.text("token")?;
    let result = Members(request.0.get("result").unwrap_or(&Value::Null));
    let summary = result.text("summary")?.to_owned();
    request.length("result.summary", &summary, 0, 512)?;
    let status = match result.text("status")? {
        "Approved" => ActionStatus::Succeeded,
        "Rejected" => ActionStatus::Failed,
        other => return Err(AwsError::validation(other, "result.status", "Member must satisfy enum value set: [Approved, Rejected]")),
    };
    let runs = pipelines.executions.iter_mut().filter(|execution| execution.pipeline == name).flat_map(|execution| &mut execution.actions);
    let mut waiting = runs.filter(|run| run.stage == stage && run.action == action && run.status == ActionStatus::InProgress);
    let Some(run) = waiting.find(|run| run.token.as_deref() == Some(token)) else {
        // Where another waits in this place, the token is an old one; where none does, it was answered.
        let is_other = waiting.next().is_some();
        return Err(if is_other || uuid::Uuid::try_parse(token).is_err() {
            AwsError::new("InvalidApprovalTokenException", "The approval token is not valid")
        } else {
            AwsError::new("ApprovalAlreadyCompletedException", "The approval action has already been approved or rejected.")
        });
    };
    let now = Utc::now();
    run.status = status;
    run.summary = summary;
    run.updated = now;
    run.by = Some(caller.arn());
    drop(pipelines);
    site.bump();
    Ok(json!({ "approvedAt": time(now) }))
}

pub(super) fn roll_back(site: &Arc<Site>, request: Members<'_>, caller: Caller) -> Answer {
    let mut pipelines = lock(&site.pipelines);
    let definition = pipeline(&pipelines, request.name("pipelineName")?)?;
    let (name, stage) = (definition.name.clone(), request.name("stageName")?);
    let from = stage_number(definition, stage)?;
    let target = execution(&pipelines, &name, request.execution("targetPipelineExecutionId")?)?;
    let unable = |why: &str| Err(AwsError::new("UnableToRollbackStageException", format!("Unable to roll back {stage}: {why}")));
    if definition.kind != "V2" {
        return unable("the pipeline is not of type V2");
    }
    if from == 0 {
        return unable("a stage of sources can't be rolled back");
    }
    if target.version != definition.version {
        return Err(AwsError::new("PipelineExecutionOutdatedException", "The pipeline was changed since that execution"));
    }
    if target.back_to.is_some() || !target.passed.contains(stage) {
        return unable("the execution did not succeed in this stage, or is a rollback");
    }
    if pipelines.occupied(&name, stage).is_some_and(|occupied| occupied.status == "InProgress") {
        return unable("the stage is at work");
    }
    let (variables, wanted, revision) = (target.variables.clone(), target.wanted.clone(), target.revision.clone());
    let back_to = Some(target.id.clone());
    let trigger = ("ManualRollback", caller.arn());
    let id = pipelines.enter(NewExecution { pipeline: name, variables, wanted, trigger, back_to, at: Utc::now() });
    if let Some(entered) = pipelines.execution_mut(&id) {
        entered.revision = revision;
    }
    drop(pipelines);
    runner::start(site, &id, Course { from, only: true, failed_only: false });
    Ok(json!({ "pipelineExecutionId": id }))
}

pub(super) fn transition(site: &Arc<Site>, request: Members<'_>, caller: Caller, enabled: bool) -> Answer {
    let mut pipelines = lock(&site.pipelines);
    let name = request.name("pipelineName")?;
    let stage = request.name("stageName")?;
    stage_number(pipeline(&pipelines, name)?, stage)?;
    if !matches!(request.text("transitionType")?, "Inbound" | "Outbound") {
        return Err(AwsError::validation("?", "transitionType", "Member must satisfy enum value set: [Inbound, Outbound]"));
    }
    let reason = if enabled { None } else { Some(reason(request)?) };
    set_transition(&mut pipelines, name, stage, Transition { enabled, reason, by: caller.arn(), at: Utc::now() });
    drop(pipelines);
    site.bump();
    Ok(json!({}))
}

fn reason(request: Members<'_>) -> Result<String, AwsError> {
    let reason = request.text("reason")?;
    request.length("reason", reason, 1, 300)?;
    if !reason.chars().all(|c| c.is_ascii_alphanumeric() || "!@ ().*?-".contains(c)) {
        let constraint = "Member must satisfy regular expression pattern: [a-zA-Z0-9!@ \\(\\)\\.\\*\\?\\-]+";
        return Err(AwsError::validation(reason, "reason", constraint));
    }
    Ok(reason.to_owned())
}

fn set_transition(pipelines: &mut Pipelines, pipeline: &str, stage: &str, transition: Transition) {
    if let Some(definition) = pipelines.definition_mut(pipeline) {
        definition.transitions.insert(stage.to_owned(), transition);
    }
}
