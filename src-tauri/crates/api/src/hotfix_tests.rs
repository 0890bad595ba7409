//! Hotfixes through the whole api, over a store in memory: the shorter path, what it passes, and the review that ends it.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use crate::rig::Rig;
use crate::*;

/// Hotfixes leave staging out, and ask for nobody's vote.
fn shorter(product: &mut ProductDto) {
    product.environments[0].rules.hotfix = Some(HotfixRulesDto { is_skipped: true, ..HotfixRulesDto::default() });
    product.environments[1].rules.hotfix = Some(HotfixRulesDto::default());
}

fn gates(environment: &ReleaseEnvironment) -> Vec<GateWord> {
    environment.blockers.iter().map(|blocker| blocker.gate).collect()
}

#[tokio::test]
async fn a_hotfix_goes_the_shorter_path_is_marked_for_good_and_ends_with_its_review() {
    let rig = Rig::new();
    let product = rig.product(shorter).await;
    let usual = rig.plan(&rig.draft_as(&product, "1.2.0", None).await.unwrap()).await;
    assert_eq!(usual.plan.as_ref().unwrap().environments.len(), 2);
    assert_eq!((usual.release.hotfix.is_none(), usual.environments[1].path.as_deref()), (true, None));
    assert!(gates(&usual.environments[1]).contains(&GateWord::Approvals), "{:?}", usual.environments[1].blockers);

    assert!(rig.draft_as(&product, "1.2.1", Some(" ")).await.is_err(), "a hotfix says why");
    let hot = rig.plan(&rig.draft_as(&product, "1.2.1", Some("Card payments fail")).await.unwrap()).await;
    let mark = hot.release.hotfix.clone().unwrap();
    assert_eq!((mark.reason.as_str(), mark.by.as_str(), mark.awaits_review), ("Card payments fail", "Mira Okafor", false));
    let names: Vec<&str> = hot.plan.as_ref().unwrap().environments.iter().map(|e| e.name.as_str()).collect();
    assert_eq!(names, ["production"], "staging is left out");
    assert_eq!(gates(&hot.environments[1]), [], "{:?}", hot.environments[1].blockers);
    assert!(hot.environments[1].path.as_ref().unwrap().starts_with("Judged on the hotfix path of production: no approval"));
    let early = ReviewHotfixRequest { id: hot.release.id.clone(), findings: "Too early".into() };
    assert_eq!(rig.api.review_hotfix(early.clone()).await.unwrap_err().code, ErrorCode::Invalid);

    rig.deploy_through(&hot, 1).await;
    let there = rig.again(&hot).await;
    assert_eq!(there.release.state, ReleaseStateWord::Verifying);
    assert!(there.release.hotfix.as_ref().unwrap().awaits_review && !there.release.helm.enabled, "{:?}", there.release.helm);
    let waiting = rig.api.inbox().await.unwrap();
    assert!(waiting.iter().any(|i| i.kind == InboxKind::HotfixReview && i.title == "Review the hotfix checkout 1.2.1"), "{waiting:?}");
    let id = IdRequest { id: hot.release.id.clone() };
    let refused = rig.api.complete_release(id.clone()).await.unwrap_err();
    assert_eq!((refused.blockers[0].gate, refused.blockers[0].cleared_by), (GateWord::HotfixReview, ClearedBy::Reviewing));
    assert!(rig.api.review_hotfix(ReviewHotfixRequest { findings: String::new(), ..early.clone() }).await.is_err());
    let reviewed = rig.api.review_hotfix(ReviewHotfixRequest { findings: "The test was missing".into(), ..early }).await.unwrap();
    assert_eq!(reviewed.release.hotfix.unwrap().review.unwrap().findings, "The test was missing");
    let closed = rig.api.complete_release(id).await.unwrap();
    assert_eq!(closed.release.state, ReleaseStateWord::Completed);
    assert!(closed.release.hotfix.is_some(), "the mark stays");
    let told: Vec<String> = closed.timeline.into_iter().map(|item| item.summary).collect();
    assert!(told.iter().any(|line| line.contains("as a hotfix: Card payments fail")), "{told:?}");
    assert!(told.iter().any(|line| line == "Reviewed the hotfix 1.2.1: The test was missing"), "{told:?}");

    let request = DeliveryMetricsRequest { product_id: product.id.clone().unwrap(), environment_id: None, weeks: 4 };
    assert_eq!(rig.api.delivery_metrics(request).await.unwrap().hotfixes, 1);
}

#[tokio::test]
async fn the_line_is_stopped_for_all_but_hotfixes() {
    let rig = Rig::new();
    let product = rig.product(shorter).await;
    let stop = SetLockRequest {
        product_id: None,
        environment_id: None,
        reason: "The database is being moved".into(),
        until: None,
        strength: LockStrengthWord::Stops,
        hotfixes_pass: true,
    };
    assert!(rig.api.set_lock(stop).await.unwrap().hotfixes_pass);
    let usual = rig.plan(&rig.draft_as(&product, "1.2.0", None).await.unwrap()).await;
    let lock = usual.environments[0].blockers.iter().find(|b| b.gate == GateWord::Lock).unwrap();
    assert!(lock.detail.ends_with("Hotfixes pass.") && !lock.who.is_empty(), "{lock:?}");
    let hot = rig.plan(&rig.draft_as(&product, "1.2.1", Some("Card payments fail")).await.unwrap()).await;
    rig.deploy_through(&hot, 1).await;
    assert_eq!(rig.again(&hot).await.release.runs_in, ["production"]);
}

#[tokio::test]
async fn closing_the_review_of_the_release_is_the_review_after_the_hotfix() {
    let rig = Rig::new();
    let product = rig.product(shorter).await;
    let hot = rig.plan(&rig.draft_as(&product, "1.2.1", Some("Card payments fail")).await.unwrap()).await;
    rig.deploy_through(&hot, 1).await;
    let text = WriteReviewRequest {
        release_id: hot.release.id.clone(),
        revision: 0,
        summary: "The test was missing".into(),
        went_well: Vec::new(),
        to_improve: Vec::new(),
        actions: Vec::new(),
    };
    let review = rig.api.write_review(text).await.unwrap();
    rig.api.close_review(CloseReviewRequest { review_id: review.id, close: true }).await.unwrap();
    let mark = rig.again(&hot).await.release.hotfix.unwrap();
    assert_eq!((mark.review.unwrap().findings.as_str(), mark.awaits_review), ("The test was missing", false));
}

#[tokio::test]
async fn the_last_environment_is_never_left_out_and_the_first_stands_beside_nothing() {
    let rig = Rig::new();
    let mut product = rig.product(|_| {}).await;
    product.environments[1].rules.is_optional = true;
    let refused = rig.api.change_product(product.clone()).await.unwrap_err();
    assert!(refused.message.contains("last environment"), "{refused:?}");
    product.environments[1].rules.is_optional = false;
    product.environments[1].rules.hotfix = Some(HotfixRulesDto { is_skipped: true, ..HotfixRulesDto::default() });
    assert!(rig.api.change_product(product.clone()).await.is_err());
    product.environments[1].rules.hotfix = None;
    product.environments[0].rules.is_beside = true;
    assert!(rig.api.change_product(product.clone()).await.unwrap_err().message.contains("first environment"));
    product.environments[0].rules.is_beside = false;
    product.environments[0].rules.is_optional = true;
    product.environments[1].rules.required_approvals = 0;
    let changed = rig.api.change_product(product).await.unwrap();
    assert!(changed.environments[0].rules.is_optional);
    // An optional environment is offered, and production doesn't wait for it.
    let release = rig.plan(&rig.draft(&changed, "1.2.0").await).await;
    assert_eq!(release.release.helm.environment_id, Some(release.environments[1].environment_id.clone()));
    assert!(!gates(&release.environments[1]).contains(&GateWord::Upstream));
}
