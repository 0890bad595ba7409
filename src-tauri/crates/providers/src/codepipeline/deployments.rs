//! What went through a stage: a stage is an environment, an execution that passed it a deployment, and the last that did so well is
//! what it runs.

use super::client::{Call, Client};
use super::facts;
use super::names::{RunName, environment, is_name};
use super::pipelines;
use super::runs;
use super::search;
use super::status::{self, moment};
use super::structure::{self, Structure};
use crate::failure::{failure, invalid};
use aws_sdk_codepipeline::types::{ActionExecutionDetail, PipelineExecutionSummary};
use pilothouse_domain::Timestamp;
use pilothouse_domain::deployment::RunStatus;
use pilothouse_engine::ports::provider::{DeliveryStatus, ProviderDeployment, ProviderError, ProviderErrorKind};
use std::collections::HashMap;

/// Pages of a hundred actions that are looked through.
const MOST_PAGES: usize = 10;

/// The pipeline and stage of an environment: `PIPELINE/STAGE`, or the name of a stage that only one pipeline has.
pub(super) async fn stage_of(client: &Client, name: &str) -> Result<(String, String), ProviderError> {
    if let Some((pipeline, stage)) = name.split_once('/') {
        if is_name(pipeline) && is_name(stage) {
            return Ok((pipeline.to_owned(), stage.to_owned()));
        }
        return Err(super::names::absent("stage", name));
    }
    let structures = pipelines::structures(client).await?;
    let having: Vec<_> = structures.iter().filter(|s| s.stage(name).is_some_and(|stage| !stage.is_source())).collect();
    match having.as_slice() {
        [one] => Ok((one.pipeline.clone(), name.to_owned())),
        [] => Err(super::names::absent("stage", name)),
        several => Err(invalid(
            format!("{} pipelines have a stage {name}.", several.len()),
            format!("Name the pipeline with it: {}.", environment(&several[0].pipeline, name)),
        )),
    }
}

/// The deployments to a stage, newest first.
pub(super) async fn list(client: &Client, name: &str, limit: u8) -> Result<Vec<ProviderDeployment>, ProviderError> {
    let limit = usize::from(limit.clamp(1, 100));
    let (pipeline, stage) = stage_of(client, name).await?;
    let known = structure::current(client, &pipeline).await?;
    if known.stage(&stage).is_none_or(structure::Stage::is_source) {
        let message = format!("{pipeline} has no stage {stage} that deploys.");
        return Err(failure(ProviderErrorKind::NotFound, message, "Choose one of its stages behind the sources."));
    }
    let passed = passed(client, &pipeline, &stage, limit).await?;
    let mut summaries = Vec::new();
    let wanted = |page: &[PipelineExecutionSummary], so_far: usize| so_far + page.len() >= limit * 4;
    let _ = search::pages(client, &pipeline, None, &mut summaries, |page| wanted(page, 0)).await?;
    let summaries: HashMap<&str, &PipelineExecutionSummary> =
        summaries.iter().filter_map(|summary| Some((summary.pipeline_execution_id()?, summary))).collect();
    let mut is_live_known = false;
    let mut deployments = Vec::new();
    for (execution, actions) in &passed {
        let run = RunName::new(&pipeline, execution);
        let version = actions.iter().find_map(|action| action.pipeline_version());
        let structure = structure::at_or_current(client, &pipeline, version).await?;
        let summary = summaries.get(execution.as_str()).copied();
        let has_ended = summary.is_none_or(|s| status::execution(s.status().map(|word| word.as_str())).is_ended());
        let status = match outcome(&structure, &stage, actions, has_ended) {
            DeliveryStatus::Live if is_live_known => DeliveryStatus::Replaced,
            other => other,
        };
        is_live_known |= status == DeliveryStatus::Live;
        let revisions = summary.map(PipelineExecutionSummary::source_revisions).unwrap_or_default();
        deployments.push(ProviderDeployment {
            external_id: format!("{run}/{stage}"),
            environment: environment(&pipeline, &stage),
            git_ref: String::new(),
            commit: facts::commit(revisions.iter().map(|revision| revision.revision_id())),
            run: Some(run.to_string()),
            status,
            by: summary.and_then(|s| s.trigger()).and_then(|trigger| trigger.trigger_detail()).map(str::to_owned),
            at: actions.iter().filter_map(changed).max(),
            url: client.region.run_page(&run),
        });
    }
    Ok(deployments)
}

fn changed(action: &ActionExecutionDetail) -> Option<Timestamp> {
    action.last_update_time().or_else(|| action.start_time()).and_then(moment)
}

/// The executions that reached a stage, newest first, each with the actions that it ran there, newest first.
async fn passed(
    client: &Client,
    pipeline: &str,
    stage: &str,
    limit: usize,
) -> Result<Vec<(String, Vec<ActionExecutionDetail>)>, ProviderError> {
    let call = Call::new("ListActionExecutions", format!("the actions of {pipeline}"));
    let mut found: Vec<(String, Vec<ActionExecutionDetail>)> = Vec::new();
    let mut next: Option<String> = None;
    for _ in 0..MOST_PAGES {
        let send = |sdk: &aws_sdk_codepipeline::Client| {
            sdk.list_action_executions().pipeline_name(pipeline).max_results(100).set_next_token(next.clone()).send()
        };
        let page = client.read(&call, send).await?;
        for action in page.action_execution_details.unwrap_or_default() {
            let Some(execution) = action.pipeline_execution_id().filter(|_| action.stage_name() == Some(stage)) else { continue };
            match found.iter_mut().find(|(known, _)| known == execution) {
                Some((_, actions)) => actions.push(action),
                None => found.push((execution.to_owned(), vec![action])),
            }
        }
        next = page.next_token.filter(|token| !token.is_empty());
        // One more than wanted: the last may have actions on the next page.
        if next.is_none() || found.len() > limit {
            break;
        }
    }
    found.truncate(limit);
    Ok(found)
}

/// How an execution fared in a stage. `Live` is to be read as "went through"; which of those is the last is seen by who calls.
fn outcome(structure: &Structure, stage: &str, actions: &[ActionExecutionDetail], has_ended: bool) -> DeliveryStatus {
    let mut latest: Vec<&ActionExecutionDetail> = Vec::new();
    for action in actions {
        match latest.iter_mut().find(|known| known.action_name() == action.action_name()) {
            Some(known) if action.start_time().and_then(moment) > known.start_time().and_then(moment) => *known = action,
            Some(_) => {}
            None => latest.push(action),
        }
    }
    let words: Vec<RunStatus> = latest.iter().map(|action| status::action(action.status().map(|word| word.as_str()))).collect();
    if let Some(RunStatus::Unknown { word }) = words.iter().find(|status| matches!(status, RunStatus::Unknown { .. })) {
        return DeliveryStatus::Unknown { word: word.clone() };
    }
    if words.iter().any(|status| matches!(status, RunStatus::Failed | RunStatus::Cancelled)) {
        return DeliveryStatus::Failed;
    }
    let works = |action: &&&ActionExecutionDetail| action.status().is_some_and(|word| word.as_str() == "InProgress");
    let at_work: Vec<_> = latest.iter().filter(works).collect();
    if !at_work.is_empty() {
        let waits = at_work.iter().all(|action| runs::is_approval(action));
        return if waits { DeliveryStatus::Pending } else { DeliveryStatus::InProgress };
    }
    let is_whole = structure
        .stage(stage)
        .is_none_or(|known| known.actions.iter().all(|action| latest.iter().any(|read| read.action_name() == Some(action.name.as_str()))));
    match (is_whole, has_ended) {
        (true, _) => DeliveryStatus::Live,
        (false, true) => DeliveryStatus::Failed,
        (false, false) => DeliveryStatus::InProgress,
    }
}
