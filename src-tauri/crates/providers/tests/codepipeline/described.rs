//! Every request of the adapter, and every answer of the range, against Amazon's own description.

use super::model::Model;
use super::tee::Tee;
use super::{PRODUCTION, PRODUCTION_STAGE, REGION};
use crate::conformance::codepipeline::{CodePipelineRange, PATIENCE, connect, execution};
use crate::conformance::fixture::{Fixture, Setup, now, search};
use pilothouse_engine::ports::provider::{GateAnswer, GateVerdict, HoldTarget, NativeRollback, Provider};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Errors that every service of Amazon has, which the description leaves out.
const COMMON: [&str; 2] = ["AccessDeniedException", "ThrottlingException"];

/// Does everything that the adapter can, well and badly.
async fn everything(stand_in: &CodePipelineRange, provider: &dyn Provider) {
    provider.verify().await.unwrap();
    provider.environments(REGION).await.unwrap();
    provider.describe_pipeline(REGION, PRODUCTION, "").await.unwrap();
    let past = provider.deployments(REGION, PRODUCTION_STAGE, 10).await.unwrap()[0].run.clone().unwrap();
    let target = HoldTarget::Stage { pipeline: PRODUCTION.into(), stage: "Production".into() };
    provider.set_hold(REGION, &target, true, "Look: it's held, 100% (#7) – später").await.unwrap();
    provider.holds(REGION).await.unwrap();

    let since = now();
    let mut pipeline = stand_in.deploy("production", "0199aaaa-bbbb-7ccc-8ddd-eeeeffff0001");
    let run = provider.trigger(REGION, &pipeline).await.unwrap().unwrap().external_id;
    super::before(&stand_in.range, &run, "Production").await;
    provider.run(REGION, &run).await.unwrap();
    provider.set_hold(REGION, &target, false, "").await.unwrap();
    stand_in.waiting(&run).await;
    let gate = provider.gates(REGION).await.unwrap().remove(0);
    let mut answer =
        GateAnswer { run: run.clone(), gate: gate.external_id, verdict: GateVerdict::Reject, comment: "ü".repeat(600), inputs: vec![] };
    provider.answer_gate(REGION, &answer).await.unwrap();
    stand_in.ended(&run).await;
    provider.rerun(REGION, &run, true).await.unwrap();
    stand_in.waiting(&run).await;
    answer.gate = provider.gates(REGION).await.unwrap().remove(0).external_id;
    answer.verdict = GateVerdict::Approve;
    provider.answer_gate(REGION, &answer).await.unwrap();
    stand_in.ended(&run).await;
    let followed = provider.run(REGION, &run).await.unwrap();
    provider.job_log(REGION, &followed.jobs[0].external_id, 0).await.unwrap().unwrap();
    provider.find_runs(REGION, &search(&pipeline, "0199aaaa", true, since)).await.unwrap();
    provider.find_runs(REGION, &search(&pipeline, "", false, since)).await.unwrap();
    provider.recent_runs(REGION, PRODUCTION, since, 100).await.unwrap();

    let back = NativeRollback { pipeline: PRODUCTION.into(), environment: PRODUCTION_STAGE.into(), target_run: past };
    provider.rollback_outlook(REGION, &back).await.unwrap();
    let back = provider.roll_back(REGION, &back).await.unwrap().unwrap().external_id;
    stand_in.waiting(&back).await;
    provider.run(REGION, &back).await.unwrap();
    provider.cancel(REGION, &back, false).await.unwrap();
    provider.cancel(REGION, &back, true).await.unwrap();
    stand_in.ended(&back).await;
    provider.cancel(REGION, &back, false).await.unwrap();
    provider.deployments(REGION, PRODUCTION_STAGE, 1).await.unwrap();

    pipeline.inputs.push(("source:Source".into(), stand_in.commit.clone()));
    provider.trigger(REGION, &pipeline).await.unwrap();
    provider.describe_pipeline(REGION, "no-such", "").await.unwrap_err();
    let unknown = format!("{PRODUCTION}/{}", "00000000-0000-4000-8000-000000000000");
    provider.run(REGION, &unknown).await.unwrap_err();
    assert!(stand_in.range.execution(execution(&run)).is_some());
}

#[tokio::test]
async fn requests_and_answers_are_as_amazon_describes_them() {
    let Some(model) = Model::read() else {
        println!("skipped: contracts not found");
        return;
    };
    let stand_in = CodePipelineRange::start(Setup { gated: true, ..Setup::default() }).await;
    let tee = Tee::before(stand_in.range.codepipeline_url()).await;
    everything(&stand_in, &*connect(&tee.url, &stand_in.range.aws_keys().full, PATIENCE)).await;
    let mut seen = BTreeSet::new();
    for exchange in tee.exchanges() {
        let target = exchange.request.header("x-amz-target");
        let Some(operation) = target.first().and_then(|target| target.strip_prefix("CodePipeline_20150709.")) else { continue };
        assert_eq!(exchange.request.header("content-type"), ["application/x-amz-json-1.1"]);
        assert_eq!(model.input(operation, &exchange.request.json()), Vec::<String>::new(), "{operation}");
        let answer: Value = if exchange.body.is_empty() { json!({}) } else { serde_json::from_slice(&exchange.body).unwrap() };
        if exchange.status == 200 {
            assert_eq!(model.output(operation, &answer), Vec::<String>::new(), "{operation}: {answer}");
            seen.insert(operation.to_owned());
        } else {
            let code = answer["__type"].as_str().unwrap().rsplit('#').next().unwrap();
            assert!(model.has_error(operation, code) || COMMON.contains(&code), "{operation} can't fail with {code}");
        }
    }
    let wanted = [
        "DisableStageTransition",
        "EnableStageTransition",
        "GetPipeline",
        "GetPipelineExecution",
        "GetPipelineState",
        "ListActionExecutions",
        "ListPipelineExecutions",
        "ListPipelines",
        "PutApprovalResult",
        "RetryStageExecution",
        "RollbackStage",
        "StartPipelineExecution",
        "StopPipelineExecution",
    ];
    assert_eq!(seen.iter().map(String::as_str).collect::<Vec<_>>(), wanted, "each was tried");
}

#[test]
fn the_check_itself_finds_what_is_wrong() {
    let Some(model) = Model::read() else {
        println!("skipped: contracts not found");
        return;
    };
    for wrong in [
        json!({}),
        json!({ "name": "a b" }),
        json!({ "name": "a", "novelty": 1 }),
        json!({ "name": "a", "variables": [{ "name": "V", "value": "" }] }),
        json!({ "name": "a", "variables": "V" }),
        json!({ "name": "a", "clientRequestToken": "x".repeat(129) }),
        json!({ "name": "a", "sourceRevisions": [{ "actionName": "S", "revisionType": "TAG", "revisionValue": "x" }] }),
    ] {
        assert_ne!(model.input("StartPipelineExecution", &wrong), Vec::<String>::new(), "{wrong}");
    }
    assert_eq!(model.input("StartPipelineExecution", &json!({ "name": "a" })), Vec::<String>::new());
}
