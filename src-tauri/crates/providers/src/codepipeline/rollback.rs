//! CodePipeline's own way back: a stage runs again with what an earlier execution had brought to it, as a new execution.

use super::client::{Call, Client};
use super::deployments::stage_of;
use super::facts;
use super::names::{RunName, absent};
use super::runs;
use super::search;
use super::structure;
use super::trigger::blank;
use crate::failure::unsent;
use aws_sdk_codepipeline::types::{PipelineExecutionFilter, PipelineExecutionSummary, SucceededInStageFilter};
use chrono::{TimeDelta, Utc};
use pilothouse_domain::Timestamp;
use pilothouse_domain::deployment::Run;
use pilothouse_engine::ports::provider::{NativeRollback, ProviderError, RollbackOutlook, RollbackSearch};

/// How much before the intent a rollback may have begun, by our clock, and still be ours; and how far back the mark looks, which is
/// further, so that whatever the search sees and isn't ours was seen by the mark.
const MARGIN: TimeDelta = TimeDelta::minutes(15);
const MARKED: TimeDelta = TimeDelta::minutes(60);

/// Pipeline, stage and target, where they belong together.
async fn parts(client: &Client, rollback: &NativeRollback) -> Result<(RunName, String), ProviderError> {
    let target = RunName::parse(&rollback.target_run)?;
    let stage = if rollback.environment.contains('/') {
        let (pipeline, stage) = stage_of(client, &rollback.environment).await?;
        if pipeline != rollback.pipeline {
            return Err(absent("stage", &rollback.environment));
        }
        stage
    } else {
        rollback.environment.clone()
    };
    if target.pipeline != rollback.pipeline {
        return Err(absent("run of this pipeline", &rollback.target_run));
    }
    Ok((target, stage))
}

/// Whether the way back would be accepted, by the rules that AWS names.
pub(super) async fn outlook(client: &Client, rollback: &NativeRollback) -> Result<RollbackOutlook, ProviderError> {
    let (target, stage) = parts(client, rollback).await?;
    let closed = |why: String| Ok(RollbackOutlook::Closed { why });
    let structure = structure::current(client, &target.pipeline).await?;
    if !structure.is_v2 {
        return closed(format!("{} is a pipeline of type V1; only those of type V2 can be rolled back.", target.pipeline));
    }
    match structure.stage(&stage) {
        None => return closed(format!("{} has no stage {stage} now.", target.pipeline)),
        Some(known) if known.is_source() => return closed(format!("{stage} is a stage of sources, which can't be rolled back.")),
        Some(_) => {}
    }
    let facts = match facts::of(client, &target).await {
        Err(refused) if refused.is("PipelineExecutionNotFoundException") => {
            return closed(format!("CodePipeline no longer knows execution {}.", target.execution));
        }
        other => other?,
    };
    if facts.is_rollback {
        return closed("That run was itself a rollback. Choose the run that it went back to.".to_owned());
    }
    if facts.version.is_some_and(|version| version != structure.version) {
        let then = facts.version.unwrap_or_default();
        return closed(format!("The pipeline was changed since that run: it had structure {then} then and has {} now.", structure.version));
    }
    if !succeeded(client, &target, &stage).await? {
        return closed(format!("That run has not gone through {stage}, as the pipeline is now."));
    }
    let state = runs::state(client, &target.pipeline).await?;
    let now = state.stage_states().iter().find(|known| known.stage_name() == Some(&stage)).and_then(|known| known.latest_execution());
    if now.is_some_and(|latest| matches!(latest.status().as_str(), "InProgress" | "Stopping")) {
        return Ok(RollbackOutlook::NotYet { why: format!("{stage} of {} is at work now.", target.pipeline) });
    }
    let how = format!("stage {stage} of {} runs again with what execution {} had brought to it", target.pipeline, target.execution);
    let mark = newest(&back_to(client, &target, Timestamp::new(Utc::now()), MARKED).await?);
    Ok(RollbackOutlook::Open { how, mark })
}

/// Whether an execution went through a stage in the pipeline's present structure.
async fn succeeded(client: &Client, target: &RunName, stage: &str) -> Result<bool, ProviderError> {
    let filter = SucceededInStageFilter::builder().stage_name(stage).build();
    let filter = PipelineExecutionFilter::builder().succeeded_in_stage(filter).build();
    let is_target = |summary: &PipelineExecutionSummary| summary.pipeline_execution_id() == Some(target.execution.as_str());
    let mut found = Vec::new();
    search::pages(client, &target.pipeline, Some(filter), &mut found, |page| page.iter().any(is_target)).await?;
    Ok(found.iter().any(is_target))
}

/// Goes back. Sent once.
pub(super) async fn roll_back(client: &Client, rollback: &NativeRollback) -> Result<Option<Run>, ProviderError> {
    let (target, stage) = parts(client, rollback).await.map_err(unsent)?;
    let call = Call::new("RollbackStage", format!("stage {stage} of {} to execution {}", target.pipeline, target.execution));
    let send = |sdk: &aws_sdk_codepipeline::Client| {
        let back = sdk.rollback_stage().pipeline_name(&target.pipeline).stage_name(&stage);
        back.target_pipeline_execution_id(&target.execution).send()
    };
    let started = client.once(&call, send).await?;
    Ok(Some(blank(client, &RunName::new(&target.pipeline, started.pipeline_execution_id()))))
}

/// The executions that came of going back and were not there when the mark was taken: the mark is the newest one of then.
pub(super) async fn find(client: &Client, search: &RollbackSearch) -> Result<Vec<Run>, ProviderError> {
    let (target, _) = parts(client, &search.rollback).await?;
    let back = back_to(client, &target, search.since, MARGIN).await?;
    let new = back.into_iter().take_while(|one| one.pipeline_execution_id() != Some(&search.mark)).collect();
    Ok(search::with_facts(client, &target.pipeline, new).await?.into_iter().map(|(run, _)| run).collect())
}

/// Rollbacks to a target that began since then, or at most so long before, newest first.
async fn back_to(
    client: &Client,
    target: &RunName,
    since: Timestamp,
    margin: TimeDelta,
) -> Result<Vec<PipelineExecutionSummary>, ProviderError> {
    let ahead = TimeDelta::try_seconds(client.memory.clock_ahead_s()).unwrap_or_default();
    let earliest = since.as_datetime().checked_add_signed(ahead - margin).map_or(since, Timestamp::new);
    let mut found = search::since(client, &target.pipeline, earliest).await?;
    found.retain(|one| {
        let back_to = one.rollback_metadata().and_then(|metadata| metadata.rollback_target_pipeline_execution_id());
        back_to == Some(target.execution.as_str())
    });
    Ok(found)
}

fn newest(executions: &[PipelineExecutionSummary]) -> String {
    executions.first().and_then(|one| one.pipeline_execution_id()).unwrap_or_default().to_owned()
}
