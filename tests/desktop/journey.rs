//! The product's main job in the real window, from nothing to the end: a token, a product, a tag that goes through staging to
//! production, a health check that fails, a desktop alert, one click back, and all of it in the audit chain. The token is then
//! searched for in everything that was written.

use super::by_hand::{self, DEPLOYING, PRODUCT};
use super::notifications::Notifications;
use super::page::{Page, button, cell, field, heading, link, radio, text};
use super::surroundings::Surroundings;
use super::window::Window;
use super::{axe, picture};
use crate::token_scan::TokenScan;
use pilothouse_range::{Fault, Order, Range, RangeOptions};
use std::path::Path;
use std::time::Duration;

/// Slow enough that a run can be watched.
fn unhurried() -> RangeOptions {
    RangeOptions { pace: Duration::from_millis(250), startup: Duration::from_millis(250), ..RangeOptions::fast() }
}

/// Deploys to the next environment, reads the log on the way, and waits for the action that comes after it.
async fn deploy(page: &Page, version: &str, environment: &str, then: &str) {
    by_hand::start(page, version, environment).await;
    if environment == "production" {
        picture::guide(page, "release").await;
    }
    page.find_within(&button(then), DEPLOYING).await;
}

/// The screens in the dark theme.
async fn by_night(page: &Page) {
    page.click(&link("Appearance and keys")).await;
    page.point_at(&radio("Night")).await;
    for screen in ["Overview", "Releases", "Inbox", "Health", "Audit"] {
        page.click(&link(screen)).await;
        page.find(&heading(screen)).await;
        axe::assert_clean(page, &format!("{screen} by night")).await;
    }
    picture::guide(page, "night").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_release_goes_live_turns_bad_alerts_and_is_rolled_back() {
    let Some(surroundings) = Surroundings::find("the journey in the window") else { return };
    let notifications = Notifications::from_now();
    let range = Range::start(unhurried()).await.unwrap();
    let scan = TokenScan::new(range.token());
    let window = Window::open(&surroundings).await;
    let page = window.page();
    by_hand::connect(page, &range).await;
    by_hand::add_product(page, &range).await;
    scan.process_list();

    for version in ["1.1.0", "1.2.0"] {
        by_hand::release(page, PRODUCT, version).await;
        deploy(page, version, "staging", &format!("Deploy {version} to production…")).await;
        deploy(page, version, "production", &format!("Complete {version}…")).await;
    }
    axe::assert_clean(page, "a release").await;

    range
        .faults()
        .order(Order::until_cleared(Fault::TurnBad {
            version: "1.2.0".into(),
            environment: Some("production".into()),
            after_ms: Some(0),
            after_requests: None,
        }))
        .unwrap();
    page.click(&link("Overview")).await;
    page.find_within(&text("1 incident open"), DEPLOYING).await;
    axe::assert_clean(page, "the overview with an incident").await;
    picture::guide(page, "overview").await;
    notifications.says(PRODUCT).await;
    notifications.says("is failing").await;

    page.click(&link("Health")).await;
    page.find(&heading("Health")).await;
    axe::assert_clean(page, "health").await;
    picture::guide(page, "health").await;
    page.click(&button("Roll back to 1.1.0…")).await;
    page.find(&text("What happens")).await;
    axe::assert_clean(page, "the rollback dialog").await;
    picture::guide(page, "rollback").await;
    page.fill(&field("Reason for the lock"), "1.2.0 answers 503").await;
    page.click(&button("Roll back to 1.1.0")).await;
    page.click(&link("Overview")).await;
    page.find_within(&text("Rolled back from 1.2.0, locked"), DEPLOYING).await;

    page.click(&link("Inbox")).await;
    page.find(&heading("Inbox")).await;
    axe::assert_clean(page, "the inbox").await;
    picture::guide(page, "inbox").await;
    page.click(&link("Audit")).await;
    page.click(&button("Verify the chain")).await;
    page.find(&text("verified")).await;
    axe::assert_clean(page, "audit").await;
    picture::guide(page, "audit").await;

    page.click(&link("Releases")).await;
    page.find(&heading("Releases")).await;
    axe::assert_clean(page, "the releases").await;
    picture::guide(page, "releases").await;
    // With the pointer, anywhere in a row.
    for version in ["1.1.0", "1.2.0"] {
        page.click(&button("All 2")).await;
        page.point_at(&cell(version)).await;
        page.find(&heading(format!("{PRODUCT} {version}"))).await;
        page.click(&link("Releases")).await;
        page.find(&heading("Releases")).await;
    }
    page.click(&link("Settings")).await;
    for section in ["Appearance and keys", "Data"] {
        page.click(&link(section)).await;
        page.find(&heading("Settings")).await;
        axe::assert_clean(page, section).await;
    }
    picture::guide(page, "data").await;
    by_night(page).await;

    let dispatches = range.stats().dispatches;
    assert_eq!(dispatches.len(), 5, "two deployments of two versions and one rollback: {dispatches:#?}");
    scan.process_list();
    let data = window.close().await;
    // The database with its log, the app's log, and what the web view keeps.
    let searched = scan.folder(data.path());
    assert!(searched >= 3, "database, log and the web view's storage were to be searched, {searched} files were there");
    // The desktop session's own files: the keychain, which is encrypted, the notifications' log, caches.
    let session = std::env::var_os("PILOTHOUSE_TEST_SESSION").unwrap();
    scan.folder(Path::new(&session));
    range.shutdown().await;
}
