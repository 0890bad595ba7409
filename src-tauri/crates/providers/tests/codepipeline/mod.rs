//! What holds between the CodePipeline adapter and CodePipeline alone: approvals, rollbacks, held stages, request tokens, overtaken
//! and abandoned executions, roles, refusals; and that requests and answers are those of Amazon's own description.

mod control;
mod described;
mod gates;
mod model;
mod moto;
mod reading;
mod refusals;
mod roles;
mod rollback;
mod starting;
mod tee;

use crate::conformance::codepipeline::{CodePipelineRange, PATIENCE, execution};
use crate::conformance::fixture::{Fixture, Setup, Token};
use pilothouse_domain::pipeline::FilledBinding;
use pilothouse_engine::ports::provider::{Gate, Provider};
use pilothouse_range::{Range, RangeOptions};
use std::sync::Arc;

/// The region, as the adapter's repository.
const REGION: &str = "eu-central-1";
const PRODUCTION: &str = "checkout-production";
const PRODUCTION_STAGE: &str = "checkout-production/Production";

async fn open(setup: Setup) -> (CodePipelineRange, Arc<dyn Provider>) {
    let stand_in = CodePipelineRange::start(setup).await;
    let provider = stand_in.client(Token::Full);
    (stand_in, provider)
}

/// Deploys a version and gives the run's id, without waiting.
async fn start(stand_in: &CodePipelineRange, provider: &dyn Provider, environment: &str, version: &str) -> String {
    let mut pipeline: FilledBinding = stand_in.deploy(environment, &format!("start-{version}"));
    pipeline.inputs[0].1 = version.to_owned();
    provider.trigger(REGION, &pipeline).await.unwrap().unwrap().external_id
}

/// The only gate that waits, once it does.
async fn gate(stand_in: &CodePipelineRange, provider: &dyn Provider, run: &str) -> Gate {
    stand_in.waiting(run).await;
    let gates = provider.gates(REGION).await.unwrap();
    assert_eq!(gates.len(), 1, "{gates:?}");
    gates.into_iter().next().unwrap()
}

/// Waits until an execution waits before a stage.
async fn before(range: &Range, run: &str, stage: &str) {
    let waits = |range: &Range| range.execution(execution(run)).filter(|run| run.waits_before.as_deref() == Some(stage));
    range.until("a wait before a stage", PATIENCE, waits).await.unwrap();
}

fn fast() -> RangeOptions {
    RangeOptions::fast()
}
