//! Manual approvals: which wait, and answering one. The token that an answer needs is read right before it and never kept.

use super::client::{Call, Client};
use super::facts;
use super::names::{GateName, RunName, environment};
use super::pipelines::{self, AT_ONCE};
use super::runs;
use super::status::moment;
use super::structure::{self, Structure};
use crate::failure::{invalid, unsent};
use aws_sdk_codepipeline::types::{ActionExecutionDetail, ApprovalResult, ApprovalStatus};
use futures::{StreamExt, TryStreamExt, stream};
use pilothouse_domain::Timestamp;
use pilothouse_engine::ports::provider::{Gate, GateAnswer, GateKind, GateOutcome, GateVerdict, ProviderError};
use std::sync::Arc;
use std::time::Duration;

/// The longest comment that AWS keeps, in characters.
const LONGEST_COMMENT: usize = 512;

/// An approval that waits.
struct Waiting {
    execution: String,
    name: GateName,
    /// Needed for the answer, and for nothing else.
    token: Option<String>,
    since: Option<Timestamp>,
}

/// Every approval of the region that waits.
pub(super) async fn list(client: &Client) -> Result<Vec<Gate>, ProviderError> {
    let structures: Vec<_> = pipelines::structures(client).await?.into_iter().filter(|structure| structure.has_approvals()).collect();
    let of = |structure: Arc<Structure>| async move {
        let mut gates = Vec::new();
        for waiting in waiting(client, &structure).await? {
            gates.push(gate(client, &structure, waiting).await?);
        }
        Ok::<_, ProviderError>(gates)
    };
    let gates: Vec<Vec<Gate>> = stream::iter(structures).map(of).buffered(AT_ONCE).try_collect().await?;
    Ok(gates.into_iter().flatten().collect())
}

async fn gate(client: &Client, structure: &Structure, waiting: Waiting) -> Result<Gate, ProviderError> {
    let run = RunName::new(&structure.pipeline, &waiting.execution);
    let facts = facts::of(client, &run).await?;
    let action = structure.stage(&waiting.name.stage).and_then(|stage| stage.actions.iter().find(|a| a.name == waiting.name.action));
    let lasts = action.map(|action| Duration::from_secs(60 * action.waits_min()));
    Ok(Gate {
        external_id: waiting.name.to_string(),
        run: run.to_string(),
        pipeline: structure.pipeline.clone(),
        kind: GateKind::Approval,
        title: waiting.name.action.clone(),
        message: action.map(|action| action.message().to_owned()).unwrap_or_default(),
        environment: Some(environment(&structure.pipeline, &waiting.name.stage)),
        started_by: facts.started_by.clone(),
        since: waiting.since,
        expires_at: waiting.since.zip(lasts).map(|(since, lasts)| since.plus(lasts)),
        url: client.region.run_page(&run),
        inputs: Vec::new(),
        can_answer: None,
        can_reject: true,
        takes_comment: true,
    })
}

/// The approvals of a pipeline that wait.
async fn waiting(client: &Client, structure: &Structure) -> Result<Vec<Waiting>, ProviderError> {
    if structure.is_parallel { beside_each_other(client, structure).await } else { in_stages(client, structure).await }
}

async fn in_stages(client: &Client, structure: &Structure) -> Result<Vec<Waiting>, ProviderError> {
    let state = runs::state(client, &structure.pipeline).await?;
    let mut found = Vec::new();
    for stage in state.stage_states() {
        let Some(name) = stage.stage_name() else { continue };
        let Some(execution) = stage.latest_execution().map(|latest| latest.pipeline_execution_id()) else { continue };
        let declared = structure.stage(name);
        for action in stage.action_states() {
            let (Some(action), Some(latest)) = (action.action_name(), action.latest_execution()) else { continue };
            let is_approval =
                declared.and_then(|s| s.actions.iter().find(|a| a.name == action)).is_some_and(structure::Action::is_approval);
            if is_approval && latest.status().is_some_and(|status| status.as_str() == "InProgress") {
                found.push(Waiting {
                    execution: execution.to_owned(),
                    name: GateName {
                        stage: name.to_owned(),
                        action: action.to_owned(),
                        action_execution: latest.action_execution_id().unwrap_or_default().to_owned(),
                    },
                    token: latest.token().map(str::to_owned),
                    since: latest.last_status_change().and_then(moment),
                });
            }
        }
    }
    Ok(found)
}

/// In a pipeline whose executions pass side by side, the stages don't tell tokens; the actions do.
async fn beside_each_other(client: &Client, structure: &Structure) -> Result<Vec<Waiting>, ProviderError> {
    let call = Call::new("ListActionExecutions", format!("the actions of {}", structure.pipeline));
    let send = |sdk: &aws_sdk_codepipeline::Client| sdk.list_action_executions().pipeline_name(&structure.pipeline).max_results(100).send();
    let page = client.read(&call, send).await?;
    let waits =
        |read: &&ActionExecutionDetail| runs::is_approval(read) && read.status().is_some_and(|status| status.as_str() == "InProgress");
    let one = |read: &ActionExecutionDetail| {
        let result = read.output().and_then(|output| output.execution_result());
        Some(Waiting {
            execution: read.pipeline_execution_id()?.to_owned(),
            name: GateName {
                stage: read.stage_name()?.to_owned(),
                action: read.action_name()?.to_owned(),
                action_execution: read.action_execution_id()?.to_owned(),
            },
            token: result.and_then(|result| result.external_execution_id()).map(str::to_owned),
            since: read.start_time().and_then(moment),
        })
    };
    Ok(page.action_execution_details().iter().filter(waits).filter_map(one).collect())
}

/// Answers an approval: the very one that was shown, or none.
pub(super) async fn answer(client: &Client, answer: &GateAnswer) -> Result<GateOutcome, ProviderError> {
    let run = RunName::parse(&answer.run)?;
    let name = GateName::parse(&answer.gate)?;
    if !answer.inputs.is_empty() {
        return Err(invalid("An approval at CodePipeline has nothing to fill in.", "Answer without inputs."));
    }
    let structure = structure::current(client, &run.pipeline).await.map_err(|refused| unsent(refused.into()))?;
    let waiting = waiting(client, &structure).await.map_err(unsent)?;
    let ours = waiting.into_iter().find(|waiting| waiting.execution == run.execution && waiting.name == name);
    let Some(token) = ours.and_then(|waiting| waiting.token) else { return Ok(GateOutcome::TooLate) };
    let (status, word) = match answer.verdict {
        GateVerdict::Approve => (ApprovalStatus::Approved, "Approved"),
        GateVerdict::Reject => (ApprovalStatus::Rejected, "Rejected"),
    };
    let comment = answer.comment.trim();
    let summary: String = match comment {
        "" => format!("{word} in Pilothouse"),
        comment => comment.chars().take(LONGEST_COMMENT).collect(),
    };
    let result = ApprovalResult::builder().status(status).summary(summary).build();
    let result = result.map_err(|error| invalid(format!("The answer can't be sent: {error}."), "Try again."))?;
    let call = Call::new("PutApprovalResult", format!("approval {} of stage {} of {}", name.action, name.stage, run.pipeline));
    let send = |sdk: &aws_sdk_codepipeline::Client| {
        let put = sdk.put_approval_result().pipeline_name(&run.pipeline).stage_name(&name.stage).action_name(&name.action);
        put.token(&token).result(result.clone()).send()
    };
    match client.once(&call, send).await {
        Ok(_) => Ok(GateOutcome::Taken),
        Err(refused) if refused.is("ApprovalAlreadyCompletedException") || refused.is("InvalidApprovalTokenException") => {
            Ok(GateOutcome::TooLate)
        }
        Err(refused) => Err(refused.into()),
    }
}
