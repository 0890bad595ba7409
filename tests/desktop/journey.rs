//! The product's main job in the real window: from a tag through staging to production, a health check that fails, a desktop alert,
//! one click back, and all of it in the audit chain.

use super::notifications::Notifications;
use super::page::{Page, button, field, heading, link, text};
use super::surroundings::Surroundings;
use super::window::Window;
use super::{axe, picture};
use std::time::Duration;

/// A deployment on the practice range takes its time: jobs with steps of a second, services that start.
const DEPLOYING: Duration = Duration::from_secs(120);

/// Drafts, plans and approves a tag. Ends on the release's own screen.
async fn release(page: &Page, version: &str) {
    page.click(&link("Overview")).await;
    page.click(&link("Plan a release")).await;
    page.click(&button("Tag")).await;
    page.click(&button(format!("v{version}"))).await;
    page.click(&button("Next: version and notes")).await;
    page.find(&field("Notes in Markdown")).await;
    axe::assert_clean(page, "a release's version and notes").await;
    picture::guide(page, "new-release").await;
    page.click(&button("Next: plan")).await;
    page.click(&button(format!("Plan {version}"))).await;
    page.click(&button("Ask for approval")).await;
    page.click(&button(format!("Approve {version}…"))).await;
    page.fill(&field("Comment"), "Looks right").await;
    page.click(&button(format!("Approve checkout (practice) {version}"))).await;
}

/// Deploys to the next environment and waits for the action that comes after it.
async fn deploy(page: &Page, version: &str, environment: &str, then: &str) {
    page.click(&button(format!("Deploy {version} to {environment}…"))).await;
    page.click(&button(format!("Deploy to {environment}"))).await;
    page.find(&text(format!("Wait for {version} to {environment}"))).await;
    if environment == "production" {
        picture::guide(page, "release").await;
    }
    page.find_within(&button(then), DEPLOYING).await;
}

#[tokio::test]
async fn a_release_goes_live_turns_bad_alerts_and_is_rolled_back() {
    let Some(surroundings) = Surroundings::find("the journey in the window") else { return };
    let notifications = Notifications::from_now();
    let window = Window::open(&surroundings).await;
    let page = window.page();
    page.click(&button("Open the practice range")).await;
    page.find(&text("checkout (practice)")).await;

    for version in ["1.1.0", "1.2.0"] {
        release(page, version).await;
        deploy(page, version, "staging", &format!("Deploy {version} to production…")).await;
        deploy(page, version, "production", &format!("Complete {version}…")).await;
    }
    axe::assert_clean(page, "a release").await;

    page.click(&link("Settings")).await;
    page.click(&link("Practice range")).await;
    page.fill(&field("Version"), "1.2.0").await;
    axe::assert_clean(page, "the practice range").await;
    picture::guide(page, "practice-range").await;
    page.click(&button("Order the fault")).await;

    page.click(&link("Overview")).await;
    page.find_within(&text("incidents open"), DEPLOYING).await;
    axe::assert_clean(page, "the overview with an incident").await;
    picture::guide(page, "overview").await;
    notifications.says("checkout (practice)").await;
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
    window.close().await;
}
