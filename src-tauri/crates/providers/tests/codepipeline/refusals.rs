//! What each refusal becomes, and that a mutating call is sent once whatever comes back.

use super::REGION;
use crate::conformance::codepipeline::{PATIENCE, connect};
use crate::contract::canned::{Canned, Reply, Seen, json, with};
use pilothouse_domain::pipeline::FilledBinding;
use pilothouse_engine::ports::provider::{CallOutcome, HoldTarget, Provider, ProviderError, ProviderErrorKind as Kind};
use pilothouse_range::AwsKey;
use serde_json::{Value, json as value};
use std::sync::Arc;

fn client(server: &Canned) -> Arc<dyn Provider> {
    let key = AwsKey { access_key_id: "AKIAEXAMPLE".into(), secret_access_key: "SECRET".into(), session_token: None };
    connect(&server.url, &key, PATIENCE)
}

fn is(seen: &Seen, operation: &str) -> bool {
    seen.header("x-amz-target") == [format!("CodePipeline_20150709.{operation}")]
}

fn pipeline() -> Value {
    let action = |name: &str, category: &str, provider: &str| value!({ "name": name, "actionTypeId": { "category": category, "owner": "AWS", "provider": provider, "version": "1" } });
    value!({ "pipeline": { "name": "p", "roleArn": "arn:aws:iam::111122223333:role/x", "version": 1, "pipelineType": "V2", "stages": [
        { "name": "Source", "actions": [action("Source", "Source", "CodeCommit")] },
        { "name": "Prod", "actions": [action("Deploy", "Deploy", "CodeDeploy")] },
    ] } })
}

/// A trigger that is answered so, and how often it was sent.
async fn trigger(reply: impl Fn() -> Reply + Send + Sync + 'static) -> (ProviderError, usize) {
    let server = Canned::start(move |seen, _| if is(seen, "GetPipeline") { json(200, &pipeline()) } else { reply() }).await;
    let binding = FilledBinding { pipeline: "p".into(), git_ref: String::new(), inputs: vec![], correlation: String::new() };
    let error = client(&server).trigger(REGION, &binding).await.unwrap_err();
    let sent = server.seen().iter().filter(|seen| is(seen, "StartPipelineExecution")).count();
    (error, sent)
}

#[tokio::test]
async fn a_trigger_goes_out_once_and_each_refusal_has_its_kind() {
    for (status, code, kind) in [
        (400, "UnrecognizedClientException", Kind::Unauthorized),
        (400, "InvalidSignatureException", Kind::Unauthorized),
        (400, "ExpiredTokenException", Kind::Unauthorized),
        (403, "com.amazonaws#MissingAuthenticationTokenException", Kind::Unauthorized),
        (400, "AccessDeniedException", Kind::Forbidden),
        (400, "ValidationException", Kind::Invalid),
        (400, "com.amazonaws.codepipeline#PipelineNotFoundException", Kind::NotFound),
        (400, "SomethingNewException", Kind::Invalid),
        (400, "UnknownOperationException", Kind::Unsupported),
        (500, "InternalFailure", Kind::Unavailable),
        (503, "ServiceUnavailable", Kind::Unavailable),
    ] {
        let (error, sent) = trigger(move || json(status, &value!({ "__type": code, "message": "words of theirs" }))).await;
        assert_eq!((&error.kind, sent), (&kind, 1), "{code}: {error:?}");
        assert!(!error.message.is_empty() && !error.next_step.is_empty(), "{code}: {error:?}");
    }
    for (code, least_s) in
        [("ThrottlingException", 0.5), ("ConflictException", 5.0), ("ConcurrentPipelineExecutionsLimitExceededException", 30.0)]
    {
        let status = if code == "ConflictException" { 409 } else { 400 };
        let (error, sent) = trigger(move || json(status, &value!({ "__type": code, "message": "later" }))).await;
        let Kind::RateLimited { retry_after } = error.kind else { panic!("{code}: {error:?}") };
        assert!(retry_after.as_secs_f64() >= least_s && sent == 1, "{code}: {retry_after:?}, {sent} times");
        assert_eq!(error.outcome(), CallOutcome::NotStarted);
    }
}

#[tokio::test]
async fn what_is_not_codepipeline_is_not_mistaken_for_it() {
    for (reply, kind) in [
        ((500, "<html>moto fell over</html>"), Kind::Unavailable),
        ((502, "<html>Bad Gateway</html>"), Kind::Unavailable),
        ((200, "<html>Please sign in</html>"), Kind::Unexpected),
        ((301, ""), Kind::Unexpected),
        ((403, "<html>blocked by the proxy</html>"), Kind::Unexpected),
        ((407, ""), Kind::Unexpected),
        ((200, "{\"pipelineExecutionId\": 7}"), Kind::Unexpected),
        ((200, "{\"pipelineExec"), Kind::Unexpected),
        ((400, "{}"), Kind::Unexpected),
    ] {
        let (status, body) = reply;
        let (error, sent) = trigger(move || with(status, &[], body)).await;
        assert_eq!((&error.kind, sent, error.outcome()), (&kind, 1, CallOutcome::Unknown), "{reply:?}: {error:?}");
    }
    for (number, reply) in [|| Reply::HangUp, || Reply::HalfAnswer { status: 200 }].into_iter().enumerate() {
        let (error, sent) = trigger(reply).await;
        assert_eq!((&error.kind, sent), (&Kind::NoAnswer, 1), "{number}: {error:?}");
    }
}

#[tokio::test]
async fn a_read_that_fails_before_a_trigger_has_started_nothing() {
    for reply in [|| with(503, &[], "<html></html>"), || Reply::HangUp] {
        let server = Canned::start(move |_, _| reply()).await;
        let binding = FilledBinding { pipeline: "p".into(), git_ref: String::new(), inputs: vec![], correlation: String::new() };
        let error = client(&server).trigger(REGION, &binding).await.unwrap_err();
        assert_eq!(error.outcome(), CallOutcome::NotStarted, "{error:?}");
        assert!(server.seen().iter().all(|seen| is(seen, "GetPipeline")));
        assert_eq!(server.seen().len(), 2, "a read is sent twice at most");
    }
}

#[tokio::test]
async fn the_missing_permission_and_the_wrong_field_are_named() {
    let denied = "User: arn:aws:iam::1:user/x is not authorized to perform: codepipeline:DisableStageTransition on resource: \
                  arn:aws:codepipeline:eu-central-1:1:p/Prod because no identity-based policy allows it";
    let server = Canned::start(move |_, _| json(400, &value!({ "__type": "AccessDeniedException", "message": denied }))).await;
    let target = HoldTarget::Stage { pipeline: "p".into(), stage: "Prod".into() };
    let error = client(&server).set_hold(REGION, &target, true, "x").await.unwrap_err();
    let wanted = "codepipeline:DisableStageTransition on arn:aws:codepipeline:eu-central-1:1:p/Prod";
    assert!(error.kind == Kind::Forbidden && error.next_step.contains(wanted), "{error:?}");
    let invalid = "1 validation error detected: Value '' at 'variables.1.member.value' failed to satisfy constraint: …";
    let server = Canned::start(move |_, _| json(400, &value!({ "__type": "ValidationException", "message": invalid }))).await;
    let error = client(&server).set_hold(REGION, &target, false, "").await.unwrap_err();
    assert!(error.kind == Kind::Invalid && error.next_step.contains("variables.1.member.value"), "{error:?}");
    assert_eq!(server.seen().len(), 1, "sent once");
}

#[tokio::test]
async fn being_throttled_silences_the_connection_for_a_while() {
    let server = Canned::start(|_, _| json(400, &value!({ "__type": "ThrottlingException", "message": "Rate exceeded" }))).await;
    let provider = client(&server);
    for _ in 0..3 {
        let error = provider.pipelines(REGION).await.unwrap_err();
        assert!(matches!(error.kind, Kind::RateLimited { .. }), "{error:?}");
    }
    assert_eq!(server.seen().len(), 1, "the others were not sent");
}

#[tokio::test]
async fn words_that_are_new_are_unknown_and_no_end() {
    const ID: &str = "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0";
    let server = Canned::start(|seen, _| {
        if is(seen, "GetPipeline") {
            json(200, &pipeline())
        } else if is(seen, "GetPipelineExecution") {
            json(200, &value!({ "pipelineExecution": { "pipelineExecutionId": ID, "pipelineVersion": 1, "status": "Pondering" } }))
        } else {
            let action = value!({ "pipelineExecutionId": ID, "actionExecutionId": "x", "stageName": "Prod", "actionName": "Deploy",
                "status": "Daydreaming", "startTime": 1_700_000_000.5, "novelty": { "deep": [1, 2] } });
            json(200, &value!({ "actionExecutionDetails": [action] }))
        }
    })
    .await;
    let run = client(&server).run(REGION, &format!("p/{ID}")).await.unwrap();
    assert!(!run.status.is_ended() && format!("{:?}", run.status).contains("Pondering"), "{run:?}");
    assert!(format!("{:?}", run.jobs[1].status).contains("Daydreaming"), "{run:?}");
}

#[tokio::test]
async fn an_endless_answer_is_not_read_to_its_end() {
    let body = format!("{{\"pipelines\": [{{\"name\": \"{}\"}}]}}", "x".repeat(50 * 1024 * 1024));
    let server = Canned::start(move |_, _| with(200, &[], &body)).await;
    let error = client(&server).pipelines(REGION).await.map(drop).unwrap_err();
    assert!(error.kind == Kind::Unexpected && error.message.contains("too large"), "{error:?}");
}
