//! What goes wrong, as a person meets it in the window: said in words, with the way out, and nothing lost.

use super::by_hand::DEPLOYING;
#[cfg(target_os = "linux")]
use super::keychain::Keychain;
use super::page::{button, field, heading, link, text};
use super::ready::Ready;
use super::surroundings::Surroundings;
use super::{axe, by_hand, picture};
use pilothouse_range::{Fault, Operation, Order};
use serde_json::json;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_is_down_is_said_and_what_is_known_stays() {
    let Some(surroundings) = Surroundings::find("a provider that is down") else { return };
    let ready = Ready::open(&surroundings).await;
    let page = ready.page();
    page.click(&link("Settings")).await;
    page.click(&link("Connections")).await;
    ready.range.faults().order(Order::until_cleared(Fault::ServerError { status: 503, accepted: false })).unwrap();
    page.click(&button("Verify")).await;
    page.find(&text("503")).await;
    axe::assert_clean(page, "a provider that is down").await;
    picture::keep(page, "provider-down").await;
    ready.range.faults().clear_all();

    ready.range.faults().order(Order::until_cleared(Fault::RefuseToken)).unwrap();
    page.click(&button("Verify")).await;
    page.find(&text("Replace the token")).await;
    axe::assert_clean(page, "a token that is refused").await;
    ready.range.faults().clear_all();
    page.click(&button("Verify")).await;
    page.find(&text("calls left")).await;

    let Ready { range, window } = ready;
    range.shutdown().await;
    let page = window.page();
    page.click(&button("Verify")).await;
    page.find(&text("can't be reached")).await;
    page.click(&link("Overview")).await;
    page.find(&text(super::ready::PRODUCT)).await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_blocked_deployment_says_why_and_how_to_go_on() {
    let Some(surroundings) = Surroundings::find("a blocked deployment") else { return };
    let ready = Ready::open(&surroundings).await;
    let page = ready.page();
    ready.release("1.2.0").await;
    let products = ready.ask("list_products", json!(null)).await;
    let staging = &products[0]["environments"][0]["id"];
    let lock = json!({"product_id": products[0]["id"], "environment_id": staging, "reason": "Load test until noon", "until": null, "strength": "stops"});
    ready.ask("set_lock", lock).await;
    page.find(&text("Load test until noon")).await;
    axe::assert_clean(page, "a blocked deployment").await;
    picture::guide(page, "blocked").await;
    assert_eq!(ready.range.stats().dispatches.len(), 0);
    page.click(&button("Lift the lock…")).await;
    page.fill(&field("Reason"), "The load test is over").await;
    page.click(&button("Lift the lock")).await;
    by_hand::start(page, "1.2.0", "staging").await;
    page.find_within(&button("Deploy 1.2.0 to production…"), DEPLOYING).await;
    ready.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failed_run_asks_shows_its_log_and_runs_again() {
    let Some(surroundings) = Surroundings::find("a failed run") else { return };
    let ready = Ready::open(&surroundings).await;
    let page = ready.page();
    ready.release("1.2.0").await;
    ready.range.faults().order(Order::once(Fault::FailJob { job: "deploy".into(), environment: None, after_instances: 0 })).unwrap();
    page.click(&button("Deploy 1.2.0 to staging…")).await;
    page.click(&button("Deploy to staging")).await;
    page.find_within(&text("job deploy failed"), DEPLOYING).await;
    page.click(&button("See what failed")).await;
    page.find(&text("Log of deploy")).await;
    page.find(&text("exit code")).await;
    axe::assert_clean(page, "a failed run with its log").await;
    picture::guide(page, "failed-run").await;
    page.click(&button("Run the failed jobs again")).await;
    page.find_within(&text("attempt 2"), DEPLOYING).await;
    page.find_within(&button("Deploy 1.2.0 to production…"), DEPLOYING).await;
    assert_eq!(ready.range.stats().dispatches.len(), 1, "a further attempt is no other run");
    ready.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_without_a_runner_is_cancelled() {
    let Some(surroundings) = Surroundings::find("cancelling a run") else { return };
    let ready = Ready::open(&surroundings).await;
    let page = ready.page();
    ready.release("1.2.0").await;
    ready.range.faults().order(Order::once(Fault::StuckQueued)).unwrap();
    by_hand::start(page, "1.2.0", "staging").await;
    page.click(&button("Cancel…")).await;
    page.fill(&field("Reason"), "No runner is free").await;
    page.click(&button("Cancel the deployment")).await;
    page.find_within(&text("No runner is free"), DEPLOYING).await;
    page.find_within(&button("Deploy 1.2.0 to staging…"), DEPLOYING).await;
    ready.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_answer_to_a_dispatch_asks_and_triggers_once() {
    let Some(surroundings) = Surroundings::find("a lost answer") else { return };
    let ready = Ready::open(&surroundings).await;
    let page = ready.page();
    ready.release("1.2.0").await;
    ready.range.faults().order(Order::once(Fault::DropAfterAccept).on_operation(Operation::Dispatch)).unwrap();
    by_hand::start(page, "1.2.0", "staging").await;
    page.find_within(&button("Deploy 1.2.0 to production…"), DEPLOYING).await;
    assert_eq!(ready.range.stats().dispatches.len(), 1);
    ready.close().await;
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_locked_keychain_is_said_and_nothing_is_kept_elsewhere() {
    let Some(surroundings) = Surroundings::find("a locked keychain") else { return };
    let keychain = Keychain::start().await;
    let ready = Ready::open_in(&surroundings, keychain.environment()).await;
    let page = ready.page();
    keychain.lock().await;
    page.click(&link("Settings")).await;
    page.click(&link("Connections")).await;
    page.click(&button("Verify")).await;
    page.find(&text("keychain is locked")).await;
    page.find(&text("Unlock the login keyring")).await;
    axe::assert_clean(page, "a locked keychain").await;
    picture::guide(page, "keychain-locked").await;

    page.click(&button("Add a connection")).await;
    page.fill(&field("Token"), ready.range.token()).await;
    page.click(&button("Add and verify")).await;
    page.find(&text("keychain is locked").nth(1)).await;
    page.click(&button("Cancel")).await;
    page.find(&heading("Settings")).await;
    let connections = ready.ask("list_connections", json!(null)).await;
    assert_eq!(connections.as_array().unwrap().len(), 1, "nothing is kept without its secret");
    ready.close().await;
}
