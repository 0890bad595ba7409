//! Stopping, overtaking, holding.

use super::{PRODUCTION, REGION, before, open, start};
use crate::conformance::codepipeline::{CodePipelineRange, execution};
use crate::conformance::fixture::{Fixture, Setup, Token, now};
use pilothouse_domain::deployment::{CancelAnswer, RunStatus};
use pilothouse_engine::ports::provider::{HoldTarget, ProviderErrorKind};
use pilothouse_range::{ExecutionStatus, Range, RangeOptions};
use std::time::Duration;

fn stage(pipeline: &str, stage: &str) -> HoldTarget {
    HoldTarget::Stage { pipeline: pipeline.to_owned(), stage: stage.to_owned() }
}

#[tokio::test]
async fn a_stop_waits_for_what_is_under_way_and_force_does_not() {
    let options = RangeOptions { pace: Duration::from_secs(3600), ..RangeOptions::fast() };
    let stand_in = CodePipelineRange::with(options).await;
    let provider = stand_in.client(Token::Full);
    let run = start(&stand_in, &*provider, "staging", "1.2.0").await;
    let at_work = |range: &Range| range.execution(execution(&run)).filter(|run| run.waits_before.is_none());
    stand_in.range.until("the first action", crate::conformance::codepipeline::PATIENCE, at_work).await.unwrap();
    assert_eq!(provider.cancel(REGION, &run, false).await, Ok(CancelAnswer::Accepted));
    assert_eq!(stand_in.range.execution(execution(&run)).unwrap().status, ExecutionStatus::Stopping);
    assert_eq!(provider.run(REGION, &run).await.unwrap().status, RunStatus::InProgress, "stopping is not stopped");
    assert_eq!(provider.cancel(REGION, &run, false).await, Ok(CancelAnswer::Accepted), "stopping twice is stopping once");
    assert_eq!(provider.cancel(REGION, &run, true).await, Ok(CancelAnswer::Accepted));
    stand_in.ended(&run).await;
    let stopped = provider.run(REGION, &run).await.unwrap();
    assert_eq!(stopped.status, RunStatus::Cancelled);
    assert_eq!(stopped.jobs.iter().map(|job| &job.status).collect::<Vec<_>>()[..2], [&RunStatus::Cancelled, &RunStatus::Skipped]);
    let unknown = "checkout-staging/00000000-0000-4000-8000-000000000000";
    assert_eq!(provider.cancel(REGION, unknown, false).await.unwrap_err().kind, ProviderErrorKind::NotFound);
}

#[tokio::test]
async fn a_held_stage_lets_nothing_pass_and_overtaken_runs_end() {
    let (stand_in, provider) = open(Setup::default()).await;
    let target = stage("checkout-staging", "Staging");
    let holds = provider.holds(REGION).await.unwrap();
    assert!(holds.iter().any(|hold| hold.target == target) && holds.iter().all(|hold| !hold.is_held), "{holds:?}");
    assert!(!holds.iter().any(|hold| hold.title.contains("Source")), "sources have no way in");
    for _ in 0..2 {
        provider.set_hold(REGION, &target, true, "Freeze: year-end, #42 [ops]").await.unwrap();
    }
    let holds = provider.holds(REGION).await.unwrap();
    let held: Vec<_> = holds.iter().filter(|hold| hold.is_held).collect();
    assert_eq!((held.len(), &held[0].target), (1, &target));
    let reason = held[0].reason.as_deref().unwrap();
    assert!(reason.contains("year-end") && reason.contains("noor-haddad"), "{reason}");

    let since = now();
    let older = start(&stand_in, &*provider, "staging", "1.1.0").await;
    before(&stand_in.range, &older, "Staging").await;
    assert_eq!(provider.run(REGION, &older).await.unwrap().status, RunStatus::Waiting, "goes on only when a person lets it");
    let newer = start(&stand_in, &*provider, "staging", "1.2.0").await;
    stand_in.ended(&older).await;
    assert_eq!(stand_in.range.execution(execution(&older)).unwrap().status, ExecutionStatus::Superseded);
    assert_eq!(provider.run(REGION, &older).await.unwrap().status, RunStatus::Cancelled);
    before(&stand_in.range, &newer, "Staging").await;
    for _ in 0..2 {
        provider.set_hold(REGION, &target, false, "").await.unwrap();
    }
    stand_in.ended(&newer).await;
    assert_eq!(provider.run(REGION, &newer).await.unwrap().status, RunStatus::Succeeded);
    let recent = provider.recent_runs(REGION, "checkout-staging", since, 100).await.unwrap().runs;
    assert_eq!(recent.iter().map(|run| run.external_id.as_str()).collect::<Vec<_>>(), [newer.as_str(), older.as_str()]);
    assert!(recent.iter().all(|run| run.started_by.as_deref().unwrap().contains("noor-haddad") && run.title.contains("VERSION=")));
}

#[tokio::test]
async fn only_stages_can_be_held() {
    let (_stand_in, provider) = open(Setup::default()).await;
    for target in [HoldTarget::Freeze, HoldTarget::Pipeline { pipeline: PRODUCTION.to_owned() }] {
        assert_eq!(provider.set_hold(REGION, &target, true, "x").await.unwrap_err().kind, ProviderErrorKind::Unsupported);
    }
    for target in [stage(PRODUCTION, "Moon"), stage("no-such", "Production"), stage("a/b", "Production")] {
        let error = provider.set_hold(REGION, &target, true, "x").await.unwrap_err();
        assert_eq!(error.kind, ProviderErrorKind::NotFound, "{error:?}");
    }
}
