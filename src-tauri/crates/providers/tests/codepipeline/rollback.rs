//! What went through a stage, and CodePipeline's own way back.

use super::{PRODUCTION, PRODUCTION_STAGE, REGION, gate, open, start};
use crate::conformance::fixture::{Fixture, Setup};
use pilothouse_domain::deployment::RunStatus;
use pilothouse_engine::ports::provider::{DeliveryStatus, NativeRollback, Provider, ProviderErrorKind, RollbackOutlook};

fn back_to(target: &str) -> NativeRollback {
    NativeRollback { pipeline: PRODUCTION.to_owned(), environment: PRODUCTION_STAGE.to_owned(), target_run: target.to_owned() }
}

async fn closed(provider: &dyn Provider, rollback: &NativeRollback) -> String {
    match provider.rollback_outlook(REGION, rollback).await.unwrap() {
        RollbackOutlook::Closed { why } | RollbackOutlook::NotYet { why } => why,
        open @ RollbackOutlook::Open { .. } => panic!("{open:?}"),
    }
}

#[tokio::test]
async fn a_stage_goes_back_to_what_an_earlier_run_brought() {
    let (stand_in, provider) = open(Setup::default()).await;
    let past = provider.deployments(REGION, PRODUCTION_STAGE, 10).await.unwrap();
    assert_eq!(past.iter().map(|one| one.status.clone()).collect::<Vec<_>>(), [DeliveryStatus::Live]);
    let first = past[0].run.clone().unwrap();
    let second = start(&stand_in, &*provider, "production", "1.2.0").await;
    stand_in.ended(&second).await;
    let now = provider.deployments(REGION, PRODUCTION_STAGE, 10).await.unwrap();
    let told: Vec<_> = now.iter().map(|one| (one.run.as_deref().unwrap(), one.status.clone())).collect();
    assert_eq!(told, [(second.as_str(), DeliveryStatus::Live), (first.as_str(), DeliveryStatus::Replaced)]);
    assert_eq!(now[0].commit.as_deref(), Some(stand_in.commit.as_str()));
    assert!(now[0].at.is_some() && now[0].by.as_deref().unwrap().contains("noor-haddad") && now[0].url.contains(REGION));
    assert_eq!(provider.deployments(REGION, "Production", 1).await.unwrap().len(), 1, "a stage's name alone, as only one has it");

    let RollbackOutlook::Open { how, .. } = provider.rollback_outlook(REGION, &back_to(&first)).await.unwrap() else { panic!() };
    assert!(how.contains("Production"), "{how}");
    let run = provider.roll_back(REGION, &back_to(&first)).await.unwrap().unwrap();
    assert!(run.external_id != first && run.external_id != second);
    stand_in.ended(&run.external_id).await;
    let run = provider.run(REGION, &run.external_id).await.unwrap();
    assert_eq!(run.status, RunStatus::Succeeded);
    assert!(run.title.contains("rollback") && run.jobs.iter().all(|job| job.stage.as_deref() == Some("Production")), "{run:?}");
    let production = stand_in.range.environments().into_iter().find(|e| e.name == "production").unwrap();
    assert!(production.instances.iter().all(|instance| instance.version.as_deref() == Some("1.1.0")), "{production:?}");
    let now = provider.deployments(REGION, PRODUCTION_STAGE, 10).await.unwrap();
    assert_eq!((now[0].run.as_deref(), &now[0].status), (Some(run.external_id.as_str()), &DeliveryStatus::Live));

    let why = closed(&*provider, &back_to(&run.external_id)).await;
    assert!(why.contains("itself a rollback"), "{why}");
}

#[tokio::test]
async fn a_way_back_that_aws_would_refuse_is_closed_with_the_reason() {
    let (stand_in, provider) = open(Setup::default()).await;
    let past = provider.deployments(REGION, PRODUCTION_STAGE, 1).await.unwrap();
    let first = past[0].run.clone().unwrap();
    let source = NativeRollback { environment: "Source".into(), ..back_to(&first) };
    assert!(closed(&*provider, &source).await.contains("sources"));
    let no_stage = NativeRollback { environment: "Moon".into(), ..back_to(&first) };
    assert!(closed(&*provider, &no_stage).await.contains("Moon"));
    let unknown = back_to(&format!("{PRODUCTION}/00000000-0000-4000-8000-000000000000"));
    assert!(closed(&*provider, &unknown).await.contains("no longer knows"));

    stand_in.order_failed_job();
    let failed = start(&stand_in, &*provider, "production", "1.2.0").await;
    stand_in.ended(&failed).await;
    assert!(closed(&*provider, &back_to(&failed)).await.contains("not gone through"));
    assert_eq!(provider.deployments(REGION, PRODUCTION_STAGE, 1).await.unwrap()[0].status, DeliveryStatus::Failed);
    let error = provider.roll_back(REGION, &back_to(&failed)).await.unwrap_err();
    assert_eq!(error.kind, ProviderErrorKind::Conflict, "{error:?}");

    assert!(stand_in.range.change_pipeline(PRODUCTION, "QUEUED"));
    let why = closed(&*provider, &back_to(&first)).await;
    assert!(why.contains("structure 1") && why.contains('2'), "{why}");
    let error = provider.roll_back(REGION, &back_to(&first)).await.unwrap_err();
    assert_eq!(error.kind, ProviderErrorKind::Conflict, "{error:?}");
}

#[tokio::test]
async fn what_waits_for_an_approval_is_no_deployment_yet() {
    let (stand_in, provider) = open(Setup { gated: true, ..Setup::default() }).await;
    let before = provider.deployments(REGION, PRODUCTION_STAGE, 1).await.unwrap()[0].run.clone().unwrap();
    let run = start(&stand_in, &*provider, "production", "1.2.0").await;
    gate(&stand_in, &*provider, &run).await;
    let told = provider.deployments(REGION, PRODUCTION_STAGE, 10).await.unwrap();
    assert_eq!(told.iter().map(|one| one.status.clone()).collect::<Vec<_>>(), [DeliveryStatus::Pending, DeliveryStatus::Live]);
    let why = closed(&*provider, &back_to(&before)).await;
    assert!(why.contains("at work"), "{why}");
    let error = provider.deployments(REGION, "checkout-production/Source", 1).await.unwrap_err();
    assert_eq!(error.kind, ProviderErrorKind::NotFound, "{error:?}");
}
