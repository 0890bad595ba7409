//! Releases on their way, and what the helm says at each turn.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use super::*;
use crate::rig::Rig;
use crate::*;
use pilothouse_domain::deployment::RunStatus;

fn told(helm: &HelmView) -> (HelmAction, String, bool) {
    (helm.action, format!("{} {}", helm.verb, helm.object).trim().to_owned(), helm.enabled)
}

async fn vote(api: &Api, detail: &ReleaseDetail, verdict: VerdictWord) -> ReleaseDetail {
    let request = VoteRequest { id: detail.release.id.clone(), verdict, comment: "fine".into(), content_hash: detail.content_hash.clone() };
    api.vote(request).await.unwrap()
}

#[tokio::test]
async fn the_helm_leads_from_draft_to_close() {
    let rig = Rig::new();
    let product = rig.product(|_| {}).await;
    let id = |detail: &ReleaseDetail| IdRequest { id: detail.release.id.clone() };

    let draft = rig.draft(&product, "1.1.0").await;
    assert_eq!(told(&draft.release.helm), (HelmAction::Plan, "Plan 1.1.0".into(), true));
    let planned = rig.plan(&draft).await;
    assert_eq!(told(&planned.release.helm), (HelmAction::RequestApproval, "Ask for approval of 1.1.0".into(), true));
    let asked = rig.api.request_approval(id(&draft)).await.unwrap();
    assert_eq!(told(&asked.release.helm), (HelmAction::Vote, "Vote on 1.1.0".into(), true));
    let approved = vote(&rig.api, &asked, VerdictWord::Approved).await;
    assert_eq!(told(&approved.release.helm), (HelmAction::Deploy, "Deploy 1.1.0 to staging".into(), true));
    assert_eq!(approved.release.helm.environment_id.as_deref(), Some(approved.environments[0].environment_id.as_str()));

    *rig.world.run_status.lock().unwrap() = RunStatus::InProgress;
    let deployment = rig.deploy(&approved, 0).await;
    rig.carry().await;
    let running = rig.again(&draft).await;
    assert_eq!(told(&running.release.helm), (HelmAction::Wait, "Wait for 1.1.0 to staging".into(), false));
    assert_eq!(running.release.helm.reason, "Job deploy is under way, step 1 of 1");

    *rig.world.run_status.lock().unwrap() = RunStatus::Failed;
    rig.carry().await;
    let failed = rig.again(&draft).await;
    assert_eq!(told(&failed.release.helm), (HelmAction::Decide, "Decide about 1.1.0 to staging".into(), true));
    assert_eq!(failed.release.helm.deployment_id.as_deref(), Some(deployment.id.as_str()));
    assert!(failed.release.helm.reason.contains("job deploy failed at step Copy files"), "{}", failed.release.helm.reason);

    *rig.world.run_status.lock().unwrap() = RunStatus::Succeeded;
    let give_up = DecideRequest { id: deployment.id, decision: DecisionDto::GiveUp };
    rig.api.decide(give_up).await.unwrap();
    assert_eq!(told(&rig.again(&draft).await.release.helm), (HelmAction::Deploy, "Deploy 1.1.0 to staging".into(), true), "once more");
    rig.deploy_through(&approved, 0).await;
    let staged = rig.again(&draft).await;
    assert_eq!(told(&staged.release.helm), (HelmAction::Deploy, "Deploy 1.1.0 to production".into(), true));
    assert_eq!(staged.release.runs_in, ["staging"]);
    rig.deploy_through(&approved, 1).await;
    let verifying = rig.again(&draft).await;
    assert_eq!(told(&verifying.release.helm), (HelmAction::Complete, "Complete 1.1.0".into(), true));
    let completed = rig.api.complete_release(id(&draft)).await.unwrap();
    assert_eq!(told(&completed.release.helm), (HelmAction::None, String::new(), false));
    assert_eq!(completed.release.helm.reason, "It is completed.");
    let actions: Vec<&str> = completed.timeline.iter().map(|item| item.action.as_str()).collect();
    assert_eq!(actions.first(), Some(&"release.completed"));
    assert_eq!(actions.last(), Some(&"release.drafted"));
    let verifying = actions.iter().filter(|a| **a == "deployment.verifying").count();
    assert_eq!(verifying, 2, "once for each environment: {actions:?}");
    assert!(actions.contains(&"deployment.decided") && actions.contains(&"deployment.succeeded"), "{actions:?}");
}

#[tokio::test]
async fn who_drafted_it_waits_for_others_where_the_own_vote_does_not_count() {
    let rig = Rig::new();
    let product = rig
        .product(|p| {
            p.environments.iter_mut().for_each(|e| {
                e.rules.required_approvals = 1;
                e.rules.self_approval = false;
            })
        })
        .await;
    let planned = rig.plan(&rig.draft(&product, "1.1.0").await).await;
    rig.api.request_approval(IdRequest { id: planned.release.id.clone() }).await.unwrap();
    let mine = rig.again(&planned).await.release.helm;
    assert_eq!(told(&mine), (HelmAction::Deploy, "Deploy 1.1.0 to staging".into(), false));
    assert_eq!(mine.reason, "Approval is missing");
    assert_eq!(mine.blockers[0].cleared_by, ClearedBy::Vote);
    let jonas = rig.as_person("Jonas Lindqvist");
    let theirs = jonas.get_release(IdRequest { id: planned.release.id.clone() }).await.unwrap();
    assert_eq!(theirs.release.helm.action, HelmAction::Vote);
    assert_eq!(jonas.inbox().await.unwrap()[0].kind, InboxKind::Approval);
    assert!(rig.api.inbox().await.unwrap().is_empty(), "nothing is in Mira's hands");
    let approved = vote(&jonas, &theirs, VerdictWord::Approved).await;
    assert_eq!(told(&approved.release.helm), (HelmAction::Deploy, "Deploy 1.1.0 to staging".into(), true));
    assert_eq!(rig.api.inbox().await.unwrap()[0].kind, InboxKind::Deployment);
}

#[tokio::test]
async fn a_soak_is_waited_for_with_its_end() {
    let rig = Rig::new();
    let product = rig
        .product(|p| {
            p.environments[1].rules.required_approvals = 0;
            p.environments[1].rules.soak_minutes = 60;
        })
        .await;
    let planned = rig.plan(&rig.draft(&product, "1.1.0").await).await;
    rig.deploy_through(&planned, 0).await;
    let soaking = rig.again(&planned).await;
    assert_eq!(told(&soaking.release.helm), (HelmAction::Wait, "Wait for 1.1.0 to production".into(), false));
    assert_eq!(soaking.release.helm.clears_at, soaking.environments[1].blockers[0].clears_at);
    assert!(soaking.release.helm.clears_at.is_some());
    rig.world.pass(3_600);
    assert_eq!(told(&rig.again(&planned).await.release.helm), (HelmAction::Deploy, "Deploy 1.1.0 to production".into(), true));
}

#[tokio::test]
async fn what_holds_and_what_does_not_are_each_other_s_complement() {
    let rig = Rig::new();
    let product = rig.product(|_| {}).await;
    let planned = rig.plan(&rig.draft(&product, "1.1.0").await).await;
    let gates = |e: &ReleaseEnvironment| {
        let blocked: Vec<GateWord> = e.blockers.iter().map(|b| b.gate).collect();
        let held: Vec<GateWord> = e.holds.iter().map(|h| h.gate).collect();
        assert!(blocked.iter().all(|gate| !held.contains(gate)), "{}: {blocked:?} and {held:?}", e.name);
        (blocked, held)
    };
    let (blocked, held) = gates(&planned.environments[0]);
    assert_eq!(blocked, []);
    assert!(held.contains(&GateWord::Lock) && held.contains(&GateWord::Connection), "{held:?}");
    assert!(!held.contains(&GateWord::Approvals), "staging asks for none");
    let (blocked, _) = gates(&planned.environments[1]);
    assert_eq!(blocked, [GateWord::Approvals, GateWord::Upstream]);

    let lock = SetLockRequest {
        product_id: product.id,
        environment_id: Some(planned.environments[0].environment_id.clone()),
        reason: "stock-taking".into(),
        until: None,
        strength: LockStrengthWord::Stops,
        hotfixes_pass: false,
    };
    let lock = rig.api.set_lock(lock).await.unwrap();
    let locked = rig.again(&planned).await;
    let (blocked, _) = gates(&locked.environments[0]);
    assert_eq!(blocked, [GateWord::Lock]);
    assert_eq!(locked.environments[0].blockers[0].lock_id, Some(lock.id));
}

#[tokio::test]
async fn a_rollback_from_a_release_has_the_helm_of_it() {
    let rig = Rig::new();
    let product = rig.product(|p| p.environments.truncate(1)).await;
    let first = rig.plan(&rig.draft(&product, "1.1.0").await).await;
    vote_if_asked(&rig, &first).await;
    rig.deploy_through(&first, 0).await;
    let second = rig.plan(&rig.draft(&product, "1.2.0").await).await;
    vote_if_asked(&rig, &second).await;
    rig.deploy_through(&second, 0).await;

    let environment = second.environments[0].environment_id.clone();
    assert_eq!(rig.again(&second).await.environments[0].rollback_target.as_deref(), Some("1.1.0"));
    let options = rig.api.rollback_options(IdRequest { id: environment.clone() }).await.unwrap();
    assert_eq!(options.from.as_ref().unwrap().version, "1.2.0");
    assert_eq!(options.targets[0].version, "1.1.0");
    assert!(options.targets[0].blockers.is_empty());
    assert!(options.lock_reason_proposal.starts_with("1.2.0 is bad"));
    let request = StartRollbackRequest {
        environment_id: environment,
        release_id: options.targets[0].release_id.clone(),
        reason: "double charge on retry".into(),
        way: RollbackWayChoice::AsSet,
    };
    let rollback = rig.api.start_rollback(request).await.unwrap();
    assert_eq!(rollback.kind, DeploymentKindWord::Rollback);
    let helm = rig.again(&second).await.release.helm;
    assert_eq!(told(&helm), (HelmAction::Wait, "Wait for the rollback of staging to 1.1.0".into(), false));
    rig.carry().await;
    let after = rig.again(&second).await;
    assert_eq!(after.release.state, ReleaseStateWord::RolledBack);
    assert_eq!(after.release.helm.action, HelmAction::None);
    let cell = rig.api.overview().await.unwrap().products.remove(0).cells.remove(0);
    assert_eq!(cell.version.as_deref(), Some("1.1.0"));
    assert_eq!(cell.rolled_back_from.as_deref(), Some("1.2.0"));
    assert!(cell.lock.unwrap().reason.contains("1.2.0"));
}

async fn vote_if_asked(rig: &Rig, release: &ReleaseDetail) {
    let now = rig.again(release).await;
    if now.can.approve && now.release.state == ReleaseStateWord::Planned {
        vote(&rig.api, &now, VerdictWord::Approved).await;
    }
}
