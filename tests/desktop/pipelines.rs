//! The pipeline browser: a pipeline is found, started by its form, followed live with its log, and another run is cancelled; a pipeline
//! is held and released. By day and by night.

use super::page::{Page, button, field, heading, link, list, search, text};
use super::ready::{PRODUCT, Ready};
use super::surroundings::Surroundings;
use super::{axe, picture};
use pilothouse_range::{Fault, Order};
use thirtyfour::By;

/// Looks at the screen in both themes.
async fn judged(page: &Page, screen: &str) {
    axe::assert_clean(page, screen).await;
    page.run("document.documentElement.dataset.theme = 'dark'", Vec::new()).await;
    axe::assert_clean(page, &format!("{screen} by night")).await;
    picture::keep(page, &format!("{screen}-night")).await;
    page.run("delete document.documentElement.dataset.theme", Vec::new()).await;
}

/// Fills the form and starts the run.
async fn start(page: &Page, version: &str) {
    page.click(&button("Start a run…")).await;
    page.find(&text("Its inputs are read as they are at main")).await;
    page.choose(&list("environment"), "staging").await;
    page.fill(&field("version"), version).await;
    page.click(&button("Continue")).await;
    page.find(&text("outside of any release")).await;
    page.fill(&field("Reason"), "Only the configuration has changed").await;
    page.click(&button("Start the run")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pipeline_is_found_started_followed_and_held() {
    let Some(surroundings) = Surroundings::find("browsing pipelines") else { return };
    let ready = Ready::open(&surroundings).await;
    let page = ready.page();

    // To the pipeline.
    page.click(&link("Pipelines")).await;
    page.find(&heading("Choose a repository")).await;
    page.fill(&search("Find a repository"), "check").await;
    page.find(&link(ready.range.repository())).await;
    judged(page, "pipelines-repositories").await;
    page.click(&link(ready.range.repository())).await;
    page.find(&text(format!("{PRODUCT} · staging"))).await;
    page.click(&link("Deploy")).await;
    page.find(&heading("Holds")).await;
    page.find(&text("Not from Pilothouse")).await;
    judged(page, "pipelines-runs").await;

    // The form refuses what doesn't fit, and says what a start means.
    page.click(&button("Start a run…")).await;
    page.find(&text("Its inputs are read as they are at main")).await;
    page.click(&button("Continue")).await;
    page.find(&text("It is required. Give a value.")).await;
    judged(page, "pipelines-form").await;
    page.click(&button("Cancel")).await;
    assert_eq!(ready.range.stats().dispatches.len(), 0, "nothing was sent");
    page.click(&button("Start a run…")).await;
    page.find(&text("Its inputs are read as they are at main")).await;
    page.choose(&list("environment"), "staging").await;
    page.fill(&field("version"), "1.2.0").await;
    page.click(&button("Continue")).await;
    page.find(&text("outside of any release")).await;
    judged(page, "pipelines-meaning").await;
    picture::guide(page, "pipeline-start").await;
    page.fill(&field("Reason"), "Only the configuration has changed").await;
    page.click(&button("Start the run")).await;

    // Its run opens, is followed to its end, and its log is read.
    page.find(&heading("Run ")).await;
    page.find(&text("Reason: Only the configuration has changed")).await;
    page.find(&button("Run again…")).await;
    page.find(&text("It has ended.")).await;
    assert_eq!(ready.range.stats().dispatches.len(), 1);
    page.click(&button("deploy")).await;
    page.find(&heading("Log of deploy")).await;
    page.find(&text("staging")).await;
    judged(page, "pipelines-run").await;
    picture::guide(page, "pipelines").await;

    // Another one is stopped.
    ready.range.faults().order(Order::once(Fault::StuckQueued)).unwrap();
    start(page, "1.1.0").await;
    page.find(&text("Queued")).await;
    page.click(&button("Cancel…")).await;
    page.click(&button("Cancel the run")).await;
    page.find(&text("is being stopped")).await;
    page.find(&text("Cancelled")).await;

    // Held, nobody starts it from here; then it is released.
    page.click(&button("Hold Deploy")).await;
    page.fill(&field("Reason"), "Freeze for the fair").await;
    page.find(&text("Nobody and nothing starts a new run")).await;
    page.click(&button("Hold it")).await;
    page.find(&button("Release Deploy")).await;
    let starts = page.find(&button("Start a run…")).await;
    assert_eq!(starts.attr("aria-disabled").await.unwrap().as_deref(), Some("true"));
    judged(page, "pipelines-held").await;
    picture::guide(page, "pipeline-held").await;
    // A release that would go through it says so, and leads back.
    ready.release("1.2.0").await;
    page.find(&text("Deploy, which deploys to staging, is held.")).await;
    axe::assert_clean(page, "a release whose pipeline is held").await;
    picture::keep(page, "release-held").await;
    page.click(&link("Open the pipeline")).await;
    page.click(&button("Release Deploy")).await;
    page.fill(&field("Reason"), "The fair is over").await;
    page.click(&button("Release it")).await;
    page.find(&button("Hold Deploy")).await;

    // The keyboard goes there too.
    page.find(&heading("Pipelines")).await.find(By::XPath("./ancestor::body")).await.unwrap().send_keys("go").await.unwrap();
    page.find(&heading("Overview")).await;
    page.find(&heading("Overview")).await.find(By::XPath("./ancestor::body")).await.unwrap().send_keys("gp").await.unwrap();
    page.find(&heading("Choose a repository")).await;
    page.find(&text("used lately")).await;
    ready.close().await;
}
