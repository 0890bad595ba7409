//! What goes wrong at the provider, and how the program says so.

use crate::rig::{approved, contains, on_the_range};
use pilothouse_range::{Fault, Operation, Order};

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_is_down_is_4_and_a_refused_token_is_1() {
    let Some((range, place)) = on_the_range().await else { return };
    let faults = range.faults();
    let propose = ["release", "propose", "checkout", "--tag", "v1.2.0", "--json"];

    faults.order(Order::until_cleared(Fault::ServerError { status: 503, accepted: false })).unwrap();
    assert_eq!(place.run(&propose).await.expect_code(4).error_code(), "provider_unreachable");
    faults.clear_all();
    faults.order(Order::until_cleared(Fault::PrimaryRateLimit { status: 403, reset_after_s: 3_600 })).unwrap();
    assert_eq!(place.run(&propose).await.expect_code(4).error_code(), "rate_limited");
    faults.clear_all();
    faults.order(Order::until_cleared(Fault::RefuseToken)).unwrap();
    let refused = place.run(&propose).await.expect_code(1);
    assert_eq!(refused.error_code(), "unauthorized");
    assert!(!refused.document()["error"]["next_step"].as_str().unwrap().is_empty());
    let verified = place.run(&["connection", "verify", "range", "--json"]).await.expect_code(1).document();
    assert_eq!(verified["connection"]["status"], "refused");
    let inbox = place.done(&["inbox"]).await;
    assert_eq!((&inbox[0]["kind"], &inbox[0]["due"]), (&"token".into(), &"now".into()));
    faults.clear_all();

    let wrong =
        place.run_with(&["connection", "replace-token", "range", "--token-stdin", "--json"], "ghp_markedwrong").await.expect_code(1);
    assert_eq!(wrong.error_code(), "unauthorized");
    assert!(!contains(&place.left_behind(), "ghp_markedwrong"));
    let replaced = place.run_with(&["connection", "replace-token", "range", "--token-stdin", "--json"], range.token()).await;
    assert_eq!(replaced.expect_code(0).document()["connection"]["status"], "valid");
    range.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_run_asks_a_person_and_the_answer_carries_on() {
    let Some((range, place)) = on_the_range().await else { return };
    approved(&place, &["--tag", "v1.2.0"], "1.2.0").await;
    let fault = Fault::FailJob { job: "deploy".into(), environment: None, after_instances: 0 };
    range.faults().order(Order::once(fault)).unwrap();
    let failed = place.run(&["deploy", "checkout@1.2.0", "staging", "--wait"]).await.expect_code(1);
    assert!(failed.stdout.contains("pilothouse deployment decide"), "{}", failed.stdout);
    let waiting = place.done(&["deployment", "list", "--active"]).await;
    assert_eq!((&waiting[0]["state"], &waiting[0]["question"]["question"]), (&"awaiting_decision".into(), &"run_failed".into()));
    let id = waiting[0]["id"].as_str().unwrap();
    assert_eq!(place.done(&["inbox"]).await[0]["kind"], "decision");
    let misfit = place.run(&["deployment", "decide", id, "verify-again", "--json"]).await.expect_code(1);
    assert_eq!(misfit.error_code(), "conflict");
    place.done(&["deployment", "decide", id, "rerun-failed"]).await;
    let ended = place.run(&["deployment", "wait", id, "--json"]).await.expect_code(0).document();
    assert_eq!((&ended["state"], &ended["phases"][0]["run"]["attempt"]), (&"succeeded".into(), &2.into()));
    assert_eq!(range.stats().dispatches.len(), 1);
    range.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_got_lost_starts_nothing_twice() {
    let Some((range, place)) = on_the_range().await else { return };
    approved(&place, &["--tag", "v1.2.0"], "1.2.0").await;
    range.faults().order(Order::once(Fault::DropAfterAccept).on_operation(Operation::Dispatch)).unwrap();
    let deployed = place.run(&["deploy", "checkout@1.2.0", "staging", "--wait", "--json"]).await.expect_code(0).document();
    assert_eq!(deployed["phases"][0]["triggers"], 1);
    assert_eq!(range.stats().dispatches.len(), 1);
    range.shutdown().await;
}
