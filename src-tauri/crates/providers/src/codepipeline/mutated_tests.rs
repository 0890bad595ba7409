//! Ten thousand broken answers, each read by the SDK and by us: each ends in an answer or in a typed failure, and none brings anything
//! down. What the SDK would send goes nowhere: the answers come from beneath it.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use super::client::Sdk;
use super::keys::Keys;
use super::{CodePipeline, Memory};
use crate::base_url::BaseUrl;
use crate::mutated::{Dice, MANY};
use crate::options::CallOptions;
use aws_sdk_codepipeline::config::http::{HttpRequest, HttpResponse};
use aws_sdk_codepipeline::config::retry::RetryConfig;
use aws_sdk_codepipeline::config::timeout::TimeoutConfig;
use aws_sdk_codepipeline::config::{BehaviorVersion, Config, Region, StalledStreamProtectionConfig};
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn};
use aws_smithy_types::body::SdkBody;
use pilothouse_domain::Timestamp;
use pilothouse_domain::connection::ConnectionSettings;
use pilothouse_domain::network::NetworkSettings;
use pilothouse_domain::pipeline::FilledBinding;
use pilothouse_engine::ports::provider::{NetworkSecrets, Provider, ProviderError};
use secrecy::SecretString;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const REGION: &str = "eu-central-1";

/// A sound answer of each operation.
fn sound(operation: &str) -> &'static str {
    match operation {
        "ListPipelines" => r#"{"pipelines":[{"name":"shop","version":3,"pipelineType":"V2","updated":1795402800.5}]}"#,
        "GetPipeline" => {
            r#"{"pipeline":{"name":"shop","roleArn":"arn:aws:iam::1:role/x","version":3,"pipelineType":"V2","variables":[{"name":"VERSION","defaultValue":"é"}],"stages":[{"name":"Source","actions":[{"name":"Source","actionTypeId":{"category":"Source","owner":"AWS","provider":"CodeCommit","version":"1"},"configuration":{"BranchName":"main"}}]},{"name":"Prod","actions":[{"name":"Go","actionTypeId":{"category":"Approval","owner":"AWS","provider":"Manual","version":"1"}}]}]}}"#
        }
        "GetPipelineState" => {
            r#"{"pipelineName":"shop","pipelineVersion":3,"stageStates":[{"stageName":"Prod","inboundTransitionState":{"enabled":false,"disabledReason":"held"},"actionStates":[{"actionName":"Go","latestExecution":{"status":"InProgress","token":"1-2","lastStatusChange":1795402800}}],"latestExecution":{"pipelineExecutionId":"11111111-1111-1111-1111-111111111111","status":"InProgress"}}]}"#
        }
        "GetPipelineExecution" => {
            r#"{"pipelineExecution":{"pipelineName":"shop","pipelineVersion":3,"pipelineExecutionId":"11111111-1111-1111-1111-111111111111","status":"Succeeded","variables":[{"name":"VERSION","resolvedValue":"1"}],"artifactRevisions":[{"name":"Source","revisionId":"abc"}],"trigger":{"triggerType":"StartPipelineExecution","triggerDetail":"arn:aws:sts::1:assumed-role/r/noor"}}}"#
        }
        "ListPipelineExecutions" => {
            r#"{"pipelineExecutionSummaries":[{"pipelineExecutionId":"11111111-1111-1111-1111-111111111111","status":"Failed","startTime":1795402800.123,"lastUpdateTime":1795402900,"sourceRevisions":[{"actionName":"Source","revisionId":"abc"}]}]}"#
        }
        "ListActionExecutions" => {
            r#"{"actionExecutionDetails":[{"pipelineExecutionId":"11111111-1111-1111-1111-111111111111","actionExecutionId":"22222222-2222-2222-2222-222222222222","pipelineVersion":3,"stageName":"Prod","actionName":"Go","startTime":1795402800,"status":"Failed","input":{"actionTypeId":{"category":"Deploy","owner":"AWS","provider":"CodeDeploy","version":"1"}},"output":{"executionResult":{"externalExecutionId":"x","externalExecutionUrl":"u","errorDetails":{"code":"JobFailed","message":"m"}}}}]}"#
        }
        "StartPipelineExecution" => r#"{"pipelineExecutionId":"11111111-1111-1111-1111-111111111111"}"#,
        _ => "{}",
    }
}

/// Answers every request with something broken.
#[derive(Debug, Clone)]
struct Broken {
    dice: Arc<Mutex<u64>>,
    served: Arc<AtomicUsize>,
}

impl HttpConnector for Broken {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap_or_default().to_owned();
        let operation = target.rsplit('.').next().unwrap_or_default();
        let n = self.served.fetch_add(1, Ordering::Relaxed);
        let mut seed = self.dice.lock().unwrap();
        let mut dice = Dice::from(*seed);
        // One in five is a refusal, and every other one of the rest stays whole, so that later calls are come to.
        let (status, body) = match n % 5 {
            0 => {
                let refusal = r#"{"__type":"com.amazonaws#PipelineNotFoundException","message":"at 'name' failed: é","Message":null}"#;
                (400 + u16::try_from(dice.roll(150)).unwrap(), dice.mutate(refusal, "{\"message\":["))
            }
            1 | 3 => (200, sound(operation).as_bytes().to_vec()),
            _ => (200, dice.mutate(sound(operation), "{\"stages\":[")),
        };
        *seed = dice.seed();
        drop(seed);
        let response = http::Response::builder().status(status).header("content-type", "application/x-amz-json-1.1");
        let response = response.body(SdkBody::from(body)).unwrap();
        HttpConnectorFuture::ready(Ok(HttpResponse::try_from(response).unwrap()))
    }
}

/// What every client is made of.
struct Parts {
    http: reqwest::Client,
    sdk: Sdk,
    secret: SecretString,
}

/// The SDK with its answers from there.
fn parts(broken: &Broken) -> Parts {
    let transport = crate::transport::Transport::new(CallOptions::default());
    let http = transport.link(&base(), &NetworkSettings::default(), &NetworkSecrets::default()).unwrap().http;
    let secret = SecretString::from("wJalrSECRET");
    let keys = Keys::read(Some("AKIAEXAMPLE"), &secret).unwrap();
    let wire = SharedHttpConnector::new(broken.clone());
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(REGION))
        .endpoint_url("http://127.0.0.1:1")
        .credentials_provider(keys.credentials())
        .retry_config(RetryConfig::disabled())
        .timeout_config(TimeoutConfig::disabled())
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .http_client(http_client_fn(move |_, _| wire.clone()))
        .build();
    Parts { http, sdk: Sdk { client: aws_sdk_codepipeline::Client::from_conf(config), keys }, secret }
}

fn base() -> BaseUrl {
    BaseUrl::parse("http://127.0.0.1:1").unwrap()
}

/// A client with nothing remembered.
async fn client(parts: &Parts) -> CodePipeline {
    let options = CallOptions { retry_pause: Duration::ZERO, ..CallOptions::default() };
    let settings = ConnectionSettings { user: Some("AKIAEXAMPLE".into()), region: Some(REGION.into()), ..ConnectionSettings::default() };
    let memory = Arc::new(Memory::default());
    *memory.sdk.lock().await = Some(parts.sdk.clone());
    CodePipeline::new(base(), parts.http.clone(), options, &settings, &parts.secret, memory).unwrap()
}

#[tokio::test]
async fn ten_thousand_broken_answers_are_read_or_refused() {
    let broken = Broken { dice: Arc::new(Mutex::new(Dice::new().seed())), served: Arc::default() };
    let parts = parts(&broken);
    let since = Timestamp::parse("2026-11-20T00:00:00Z").unwrap();
    let run = "shop/11111111-1111-1111-1111-111111111111";
    let (mut read, mut refused) = (0, 0);
    let mut judge = |answer: Result<usize, ProviderError>| match answer {
        Ok(count) => read += count,
        Err(error) => {
            let shown = format!("{error:?}");
            assert!(error.message.chars().count() < 2000 && !error.next_step.is_empty() && !shown.contains("SECRET"), "{shown}");
            refused += 1;
        }
    };
    // Bounded: each round makes several calls.
    for _ in 0..MANY {
        if broken.served.load(Ordering::Relaxed) >= MANY {
            break;
        }
        let this = client(&parts).await;
        judge(this.pipelines(REGION).await.map(|list| list.len()));
        judge(this.environments(REGION).await.map(|list| list.len()));
        judge(this.describe_pipeline(REGION, "shop", "").await.map(|described| described.inputs.len()));
        judge(this.run(REGION, run).await.map(|run| run.jobs.len()));
        judge(this.recent_runs(REGION, "shop", since, 100).await.map(|recent| recent.runs.len()));
        judge(this.gates(REGION).await.map(|list| list.len()));
        judge(this.deployments(REGION, "shop/Prod", 5).await.map(|list| list.len()));
        judge(this.holds(REGION).await.map(|list| list.len()));
        judge(this.cancel(REGION, run, false).await.map(|_| 0));
        let binding = FilledBinding {
            pipeline: "shop".into(),
            git_ref: String::new(),
            correlation: String::new(),
            inputs: vec![("VERSION".into(), "1".into())],
        };
        judge(this.trigger(REGION, &binding).await.map(|run| usize::from(run.is_some())));
    }
    assert!(broken.served.load(Ordering::Relaxed) >= MANY);
    assert!(read > 500 && refused > 500, "too few to show anything: {read} read, {refused} refused");
}
