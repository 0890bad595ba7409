//! Who the keys belong to, and which permissions they lack, as far as reading shows: IAM tells what may be changed at the first
//! change only.

use super::client::{Call, Client};
use super::pipelines;
use super::refusal::Refused;
use super::sts;
use pilothouse_domain::connection::Account;
use pilothouse_engine::ports::provider::{ProviderError, ProviderErrorKind as Kind, VerifiedAccount};
use std::sync::PoisonError;

/// How many pipelines are tried.
const MOST_TRIED: usize = 5;

/// Asks who we are and what is missing.
pub(super) async fn verify(client: &Client) -> Result<VerifiedAccount, ProviderError> {
    // A role that can't be taken on is no lack of a permission of ours.
    client.sdk().await?;
    let mut missing = Vec::new();
    match pipelines::listed(client).await {
        Ok(listed) => {
            // Policies often name single pipelines: what one of them lets us read is not missing.
            for (number, one) in listed.iter().take(MOST_TRIED).enumerate() {
                let lacking = unreadable(client, &one.name).await?;
                if number == 0 || lacking.len() < missing.len() {
                    missing = lacking;
                }
                if missing.is_empty() {
                    break;
                }
            }
        }
        Err(refused) if refused.error.kind == Kind::Forbidden => missing.push("codepipeline:ListPipelines".to_owned()),
        Err(refused) => return Err(refused.into()),
    }
    let login = match identity(client).await {
        Ok(arn) => arn,
        // Networks that reach CodePipeline through an endpoint of their own may not reach the token service.
        Err(error) if error.kind != Kind::Unauthorized => {
            tracing::debug!(kind = ?error.kind, "AWS's token service doesn't tell who we are.");
            client.keys.access_key_id.clone()
        }
        Err(error) => return Err(error),
    };
    let account = Account { login, scopes: Vec::new(), expires_at: client.keys.expires_at };
    Ok(VerifiedAccount { account, missing, rate_limit: None })
}

/// The ARN that CodePipeline knows us by. Asked once.
pub(super) async fn identity(client: &Client) -> Result<String, ProviderError> {
    let known = client.memory.identity.lock().unwrap_or_else(PoisonError::into_inner).clone();
    if let Some(known) = known {
        return Ok(known);
    }
    let sdk = client.sdk().await?;
    let arn = sts::identity(client, &sdk.keys).await?;
    *client.memory.identity.lock().unwrap_or_else(PoisonError::into_inner) = Some(arn.clone());
    Ok(arn)
}

/// Permissions to read that are lacking, tried on one pipeline.
async fn unreadable(client: &Client, pipeline: &str) -> Result<Vec<String>, ProviderError> {
    let subject = format!("pipeline {pipeline}");
    let call = |operation| Call::new(operation, subject.clone());
    let (structure, state, executions, actions) =
        (call("GetPipeline"), call("GetPipelineState"), call("ListPipelineExecutions"), call("ListActionExecutions"));
    let mut missing = Vec::new();
    let mut note = |call: &Call, tried: Result<(), Refused>| match tried {
        Err(refused) if refused.error.kind == Kind::Forbidden => {
            missing.push(format!("codepipeline:{}", call.operation));
            Ok(())
        }
        Err(refused) if refused.error.kind == Kind::NotFound => Ok(()),
        other => other,
    };
    note(&structure, client.read(&structure, |sdk| sdk.get_pipeline().name(pipeline).send()).await.map(drop))?;
    note(&state, client.read(&state, |sdk| sdk.get_pipeline_state().name(pipeline).send()).await.map(drop))?;
    let list = |sdk: &aws_sdk_codepipeline::Client| sdk.list_pipeline_executions().pipeline_name(pipeline).max_results(1).send();
    note(&executions, client.read(&executions, list).await.map(drop))?;
    let list = |sdk: &aws_sdk_codepipeline::Client| sdk.list_action_executions().pipeline_name(pipeline).max_results(1).send();
    note(&actions, client.read(&actions, list).await.map(drop))?;
    Ok(missing)
}
