//! Going back in the provider's own way, as a person sees it: what is told beforehand, what is never done unasked; and answers that the
//! provider can't carry out.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use super::*;
use crate::rig::Rig;
use crate::*;
use pilothouse_domain::deployment::RunStatus;

/// A product with one environment that goes back natively and had 1.1.0 and then 1.2.0; its id, and the way to 1.1.0.
async fn deployed(rig: &Rig) -> RollbackWayRequest {
    let product = rig.product(|p| {
        p.environments.truncate(1);
        p.environments[0].rules.required_approvals = 0;
        p.environments[0].rollback = None;
        p.environments[0].native_rollback = Some(NativeRollbackDto { environment: Some("live".into()) });
    });
    let product = product.await;
    let mut releases = Vec::new();
    for version in ["1.1.0", "1.2.0"] {
        let release = rig.plan(&rig.draft(&product, version).await).await;
        rig.deploy_through(&release, 0).await;
        releases.push(release);
    }
    let environment_id = product.environments[0].id.clone().unwrap();
    RollbackWayRequest { environment_id, release_id: releases[0].release.id.clone() }
}

fn start(to: &RollbackWayRequest, way: RollbackWayChoice) -> StartRollbackRequest {
    let RollbackWayRequest { environment_id, release_id } = to.clone();
    StartRollbackRequest { environment_id, release_id, reason: "loses orders".into(), way }
}

#[tokio::test]
async fn the_way_is_told_taken_once_and_kept() {
    let rig = Rig::new();
    let to = deployed(&rig).await;
    let options = rig.api.rollback_options(IdRequest { id: to.environment_id.clone() }).await.unwrap();
    assert_eq!(options.way, RollbackWayWord::Native);
    assert!(options.steps[0].contains("GitHub") && options.steps_redeploying[0].contains("deploy.yml"), "{options:?}");
    let way = rig.api.rollback_way(to.clone()).await.unwrap();
    assert_eq!((way.standing, way.provider.as_deref(), way.limit.as_deref()), (WayStandingWord::Open, Some("GitHub"), Some("for 30 days")));
    let back = rig.api.start_rollback(start(&to, RollbackWayChoice::AsSet)).await.unwrap();
    assert_eq!(back.native.as_deref(), Some(way.words.as_str()));
    rig.carry().await;
    let done = rig.api.get_deployment(IdRequest { id: back.id }).await.unwrap();
    assert_eq!(done.state, DeploymentStateWord::Succeeded, "{done:?}");
    assert_eq!((*rig.world.ways_back.lock().unwrap(), done.native.as_deref()), (1, Some(way.words.as_str())));
}

#[tokio::test]
async fn a_closed_way_is_refused_and_another_one_is_a_persons_choice() {
    let rig = Rig::new();
    let to = deployed(&rig).await;
    *rig.world.way_back_closed.lock().unwrap() = Some("the run is too old".into());
    let way = rig.api.rollback_way(to.clone()).await.unwrap();
    assert_eq!((way.standing, way.words.as_str()), (WayStandingWord::Closed, "the run is too old"));
    let refused = rig.api.start_rollback(start(&to, RollbackWayChoice::AsSet)).await.unwrap_err();
    assert_eq!((refused.code, refused.blockers[0].gate), (ErrorCode::Blocked, GateWord::WayBack));
    assert_eq!(refused.blockers[0].cleared_by, ClearedBy::Redeploying);
    let active = ListDeploymentsRequest { active_only: true, ..ListDeploymentsRequest::default() };
    assert_eq!(rig.api.list_deployments(active).await.unwrap(), vec![], "nothing was started in its place");
    let back = rig.api.start_rollback(start(&to, RollbackWayChoice::Redeploy)).await.unwrap();
    assert_eq!(back.native, None);
    rig.carry().await;
    assert_eq!(*rig.world.ways_back.lock().unwrap(), 0);
}

#[tokio::test]
async fn a_way_that_closes_after_the_start_is_asked_about() {
    let rig = Rig::new();
    let to = deployed(&rig).await;
    let back = rig.api.start_rollback(start(&to, RollbackWayChoice::AsSet)).await.unwrap();
    *rig.world.way_back_closed.lock().unwrap() = Some("the stage was changed".into());
    rig.carry().await;
    let asked = rig.api.get_deployment(IdRequest { id: back.id.clone() }).await.unwrap();
    let question = asked.question.unwrap();
    assert_eq!(question.question, QuestionWord::TriggerRefused);
    assert!(question.message.contains("the stage was changed"), "{question:?}");
    assert_eq!(question.choices, [DecisionWord::Trigger, DecisionWord::Redeploy, DecisionWord::GiveUp]);
    rig.api.decide(DecideRequest { id: back.id.clone(), decision: DecisionDto::Redeploy }).await.unwrap();
    rig.carry().await;
    let done = rig.api.get_deployment(IdRequest { id: back.id }).await.unwrap();
    assert_eq!((done.state, done.native, *rig.world.ways_back.lock().unwrap()), (DeploymentStateWord::Succeeded, None, 0));
}

#[tokio::test]
async fn an_answer_that_the_provider_cant_carry_out_is_told_with_the_reason() {
    let rig = Rig::new();
    let product = rig.product(|p| p.environments.truncate(1)).await;
    *rig.world.run_status.lock().unwrap() = RunStatus::Failed;
    let release = rig.plan(&rig.draft(&product, "1.1.0").await).await;
    rig.deploy_through(&release, 0).await;
    let asked = rig.api.list_deployments(ListDeploymentsRequest::default()).await.unwrap().remove(0);
    let question = asked.question.clone().unwrap();
    assert_eq!(question.choices, [DecisionWord::RerunFailed, DecisionWord::Trigger, DecisionWord::GiveUp]);
    let [lacking] = &question.unavailable[..] else { panic!("{question:?}") };
    assert_eq!(lacking.choice, DecisionWord::RerunAll);
    assert!(lacking.why.contains("a run runs once"), "{lacking:?}");
    let lacks: Vec<_> = asked.lacks.iter().map(|lack| lack.capability.as_str()).collect();
    assert_eq!(lacks, ["force_cancel", "rerun"]);
    let refused = rig.api.decide(DecideRequest { id: asked.id.clone(), decision: DecisionDto::RerunAll }).await.unwrap_err();
    assert!(refused.message.contains("a run runs once"), "{refused:?}");
    let still = rig.api.get_deployment(IdRequest { id: asked.id.clone() }).await.unwrap();
    assert_eq!(still.question, asked.question, "nothing was decided");
}

#[tokio::test]
async fn two_ways_back_are_one_too_many() {
    let rig = Rig::new();
    let product = rig.product(|_| {}).await;
    let mut both = product.clone();
    both.environments[0].rollback = Some(both.environments[0].deploy.clone());
    both.environments[0].native_rollback = Some(NativeRollbackDto { environment: None });
    assert_eq!(rig.api.change_product(both).await.unwrap_err().code, ErrorCode::Invalid);
    let mut native = product;
    native.environments[0].rollback = None;
    native.environments[0].native_rollback = Some(NativeRollbackDto { environment: Some("  ".into()) });
    let kept = rig.api.change_product(native).await.unwrap();
    assert_eq!(kept.environments[0].native_rollback, Some(NativeRollbackDto { environment: None }));
}
