//! Stopping an execution, and repeating the stage that failed in it.

use super::client::{Call, Client};
use super::facts;
use super::names::RunName;
use super::runs;
use super::status;
use crate::failure::{failure, unsent};
use aws_sdk_codepipeline::types::{PipelineExecutionStatus, StageRetryMode};
use pilothouse_domain::deployment::{CancelAnswer, RunStatus};
use pilothouse_engine::ports::provider::{ProviderError, ProviderErrorKind};

/// What AWS shows as the reason of a stop; at most 200 characters.
const REASON: &str = "Stopped from Pilothouse";

/// Asks to stop an execution; with `force` by abandoning what is under way.
pub(super) async fn cancel(client: &Client, name: &str, force: bool) -> Result<CancelAnswer, ProviderError> {
    let name = RunName::parse(name)?;
    let call = Call::new("StopPipelineExecution", format!("execution {} of {}", name.execution, name.pipeline));
    let send = |sdk: &aws_sdk_codepipeline::Client| {
        let stop = sdk.stop_pipeline_execution().pipeline_name(&name.pipeline).pipeline_execution_id(&name.execution);
        stop.abandon(force).reason(REASON).send()
    };
    match client.once(&call, send).await {
        Ok(_) => Ok(CancelAnswer::Accepted),
        Err(refused) if refused.is("DuplicatedStopRequestException") => Ok(CancelAnswer::Accepted),
        // Said of one that has ended, of one that never was, and of one that is being stopped already.
        Err(refused) if refused.is("PipelineExecutionNotStoppableException") => {
            let (execution, _) = facts::execution(client, &name).await?;
            match execution.status().map(PipelineExecutionStatus::as_str) {
                Some("Stopping") => Ok(CancelAnswer::Accepted),
                word if status::execution(word).is_ended() => Ok(CancelAnswer::AlreadyEnded),
                _ => Err(refused.into()),
            }
        }
        Err(refused) => Err(refused.into()),
    }
}

/// Asks for the failed stage once more: its failed actions, or all.
pub(super) async fn rerun(client: &Client, name: &str, failed_only: bool) -> Result<(), ProviderError> {
    let run = runs::run(client, name).await.map_err(unsent)?;
    let name = RunName::parse(name)?;
    let subject = format!("execution {} of {}", name.execution, name.pipeline);
    let conflict = |message: String, next_step: &str| Err(failure(ProviderErrorKind::Conflict, message, next_step));
    if !run.status.is_ended() {
        return conflict(format!("{subject} has not ended.").replacen("execution", "Execution", 1), "Wait until it has, or stop it.");
    }
    let state = runs::state(client, &name.pipeline).await.map_err(|refused| unsent(refused.into()))?;
    let stood = |stage: &&aws_sdk_codepipeline::types::StageState| {
        let latest = stage.latest_execution();
        latest.is_some_and(|l| l.pipeline_execution_id() == name.execution && matches!(l.status().as_str(), "Failed" | "Stopped"))
    };
    let failed_in = || {
        let failed = run.jobs.iter().find(|job| matches!(job.status, RunStatus::Failed | RunStatus::Cancelled));
        failed.and_then(|job| job.stage.clone())
    };
    let stage = state.stage_states().iter().find(stood).and_then(|stage| stage.stage_name().map(str::to_owned)).or_else(failed_in);
    let Some(stage) = stage else {
        return conflict(format!("No stage of {subject} failed: CodePipeline repeats nothing else."), "Start a new run.");
    };
    let mode = if failed_only { StageRetryMode::FailedActions } else { StageRetryMode::AllActions };
    let call = Call::new("RetryStageExecution", format!("stage {stage} of {subject}"));
    let send = |sdk: &aws_sdk_codepipeline::Client| {
        let retry = sdk.retry_stage_execution().pipeline_name(&name.pipeline).stage_name(&stage);
        retry.pipeline_execution_id(&name.execution).retry_mode(mode.clone()).send()
    };
    client.once(&call, send).await?;
    Ok(())
}
