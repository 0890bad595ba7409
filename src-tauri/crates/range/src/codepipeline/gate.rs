//! What every request passes: the request log, ordered faults, the signature, what the keys may do; then its operation.

use std::sync::Arc;
use std::time::Duration;

use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::response::{Html, IntoResponse, Response};
use http::{Method, StatusCode};
use serde_json::Value;

use super::error::{AwsError, answer};
use super::keys::{Caller, REGION, Signed};
use super::request::Members;
use super::{reads, token_service, writes};
use crate::faults::{Fault, Operation};
use crate::lock::lock;
use crate::serve::Connection;
use crate::site::Site;

/// Largest request, in bytes.
const LARGEST: usize = 1 << 20;
/// What the target header begins with.
const TARGET: &str = "CodePipeline_20150709.";
const PROXY_PAGE: &str = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>";

/// A request in its parts.
struct Visit {
    head: http::request::Parts,
    body: Vec<u8>,
    /// `StartPipelineExecution`; of the token service `sts`.
    name: String,
}

/// The one handler.
pub(super) async fn gate(State(site): State<Arc<Site>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LARGEST).await else {
        return AwsError::new("ValidationException", "The request is too large").into_response();
    };
    let target = head.headers.get("x-amz-target").and_then(|value| value.to_str().ok());
    let name = target.map_or("sts", |target| target.strip_prefix(TARGET).unwrap_or("Unknown")).to_owned();
    let visit = Visit { head, body: body.to_vec(), name };
    let (path, operation) = (format!("/codepipeline/{}", visit.name), operation(&visit.name));
    let connection = visit.head.extensions.get::<Connection>().cloned();
    let number = site.stats.arrived(visit.head.method.as_str(), &path, operation);
    // Every call is a POST; for what is aimed at reads, those that read count as such.
    let method = if is_read(&visit.name) { Method::GET } else { Method::POST };
    let struck = site.faults.take_for_request(&method, &path, operation);
    if let Some((id, ..)) = &struck {
        site.stats.met(number, *id);
    }
    let fault = struck.map(|(_, fault, _)| fault);
    let refusal = match &fault {
        Some(Fault::Hang) => {
            std::future::pending::<()>().await;
            None
        }
        Some(Fault::DropBeforeAccept) => return cut(connection).await,
        Some(Fault::RefuseToken) => {
            let error = AwsError::new("UnrecognizedClientException", "The security token included in the request is invalid.");
            Some(if visit.name == "sts" { token_service::refused(&error) } else { error.into_response() })
        }
        Some(Fault::ProxyPage) => Some((StatusCode::BAD_GATEWAY, Html(PROXY_PAGE)).into_response()),
        Some(Fault::ServerError { status, accepted: false }) => Some(AwsError::internal(*status).into_response()),
        Some(Fault::PrimaryRateLimit { .. } | Fault::SecondaryRateLimit { .. }) => {
            Some(AwsError::new("ThrottlingException", "Rate exceeded").into_response())
        }
        _ => None,
    };
    let response = match refusal {
        Some(refusal) => refusal,
        None => {
            // On its own task: a client that hangs up, or is killed, does not undo what it asked for.
            let inner = Arc::clone(&site);
            let work = site.tasks.spawn(async move { served(&inner, &visit) });
            work.await.unwrap_or_else(|_| AwsError::internal(500).into_response())
        }
    };
    let response = match fault {
        Some(Fault::DropAfterAccept) => return cut(connection).await,
        Some(Fault::ServerError { status, accepted: true }) => AwsError::internal(status).into_response(),
        Some(Fault::Timeout { delay_ms }) => {
            tokio::time::sleep(Duration::from_millis(delay_ms)).await;
            response
        }
        _ => response,
    };
    site.stats.answered(number, response.status().as_u16());
    site.bump();
    dated(response)
}

/// AWS tells its clock with every answer.
fn dated(mut response: Response) -> Response {
    let now = chrono::Utc::now().format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    if let Ok(now) = now.parse() {
        response.headers_mut().insert(http::header::DATE, now);
    }
    response
}

async fn cut(connection: Option<Connection>) -> Response {
    if let Some(connection) = connection {
        connection.cut();
    }
    // The connection's task drops this future together with the TCP stream.
    std::future::pending().await
}

fn is_read(name: &str) -> bool {
    name.starts_with("Get") || name.starts_with("List") || name == "sts"
}

/// What a call asks for, in the words in which faults are ordered.
fn operation(name: &str) -> Operation {
    match name {
        "StartPipelineExecution" => Operation::Dispatch,
        "StopPipelineExecution" => Operation::Cancel,
        "RetryStageExecution" | "RollbackStage" => Operation::Rerun,
        "GetPipelineExecution" => Operation::GetRun,
        "ListPipelineExecutions" => Operation::ListRuns,
        "ListActionExecutions" => Operation::Jobs,
        "GetPipelineState" | "PutApprovalResult" => Operation::PendingDeployments,
        "ListPipelines" | "GetPipeline" => Operation::Workflows,
        "DisableStageTransition" | "EnableStageTransition" => Operation::SwitchWorkflow,
        "sts" => Operation::User,
        _ => Operation::Other,
    }
}

fn served(site: &Arc<Site>, visit: &Visit) -> Response {
    let is_token_service = visit.name == "sts";
    let signed = Signed {
        method: visit.head.method.as_str(),
        path: visit.head.uri.path(),
        query: visit.head.uri.query().unwrap_or_default(),
        headers: &visit.head.headers,
        body: &visit.body,
        service: if is_token_service { "sts" } else { "codepipeline" },
    };
    let caller = {
        let lent = lock(&site.pipelines).lent.clone();
        signed.caller(&site.aws_keys, &lent)
    };
    match caller {
        Err(error) if is_token_service => token_service::refused(&error),
        Err(error) => error.into_response(),
        Ok(caller) if is_token_service => token_service::answer(site, &String::from_utf8_lossy(&visit.body), caller),
        Ok(caller) => match called(site, visit, caller) {
            Ok(body) => answer(StatusCode::OK, &body),
            Err(error) => error.into_response(),
        },
    }
}

fn called(site: &Arc<Site>, visit: &Visit, caller: Caller) -> Result<Value, AwsError> {
    let name = visit.name.as_str();
    let body: Value = serde_json::from_slice(&visit.body)
        .map_err(|error| AwsError::new("SerializationException", format!("The request is no JSON: {error}")))?;
    let request = Members(&body);
    if caller == Caller::Blind || (caller == Caller::ReadOnly && !is_read(name)) {
        let resource = format!("arn:aws:codepipeline:{REGION}:{}:*", super::keys::ACCOUNT);
        let message = format!(
            "User: {} is not authorized to perform: codepipeline:{name} on resource: {resource} because no identity-based policy \
             allows the codepipeline:{name} action",
            caller.arn()
        );
        return Err(AwsError::new("AccessDeniedException", message));
    }
    match name {
        "ListPipelines" => reads::list_pipelines(site, request),
        "GetPipeline" => reads::get_pipeline(site, request),
        "GetPipelineState" => reads::get_pipeline_state(site, request),
        "GetPipelineExecution" => reads::get_pipeline_execution(site, request),
        "ListPipelineExecutions" => reads::list_pipeline_executions(site, request),
        "ListActionExecutions" => reads::list_action_executions(site, request),
        "StartPipelineExecution" => writes::start(site, request, caller),
        "StopPipelineExecution" => writes::stop(site, request),
        "RetryStageExecution" => writes::retry(site, request),
        "PutApprovalResult" => writes::approve(site, request, caller),
        "RollbackStage" => writes::roll_back(site, request, caller),
        "DisableStageTransition" => writes::transition(site, request, caller, false),
        "EnableStageTransition" => writes::transition(site, request, caller, true),
        _ => Err(AwsError::new("UnknownOperationException", "")),
    }
}
