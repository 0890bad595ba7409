//! A smoke test in the real window: written with its faults told, tried, run by itself after a deployment; red when the service turns bad,
//! so that the release is held, looked into, run again once it is put right, and the release goes on.

use super::by_hand::{self, DEPLOYING};
use super::page::{button, checkbox, field, heading, link, radio, text};
use super::ready::Ready;
use super::surroundings::Surroundings;
use super::{axe, picture};
use pilothouse_range::{Fault, Order};

const VERSION: &str = "1.2.0";
const TEXT: &str = r#"name: Works
steps:
  - name: Version
    url: "{{base_url}}/version"
    expect: { json: [{ path: "$.version", exists: true }] }
  - name: Health
    url: "{{base_url}}/healthz"
    headers: { Authorization: "Bearer smoke-7331" }
"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_release_held_by_a_red_smoke_test_goes_on_once_it_is_green() {
    let Some(surroundings) = Surroundings::find("a red smoke test") else { return };
    let ready = Ready::open(&surroundings).await;
    let page = ready.page();
    ready.release(VERSION).await;
    let staging = ready.range.environments().into_iter().find(|place| place.name == "staging").unwrap();

    page.click(&link("Write a scenario")).await;
    page.fill(&field("Base URL of staging"), &staging.url).await;
    page.click(&button("Save the base URL of staging")).await;
    page.click(&button("Write a scenario")).await;
    page.fill(&field("Text"), &TEXT.replace("$.version", "$[")).await;
    page.find(&text("this is no JSONPath")).await;
    page.find(&button("Line 5")).await;
    axe::assert_clean(page, "a scenario with a fault").await;
    page.fill(&field("Text"), TEXT).await;
    page.find(&text("Well formed: 2 steps")).await;
    page.click(&button("Try it")).await;
    page.find(&text("status 200 to 299").nth(1)).await;
    axe::assert_clean(page, "a scenario that was tried").await;
    picture::guide(page, "smoke-scenario").await;
    page.click(&button("Save the scenario")).await;
    page.find(&text("after each deployment, everywhere")).await;

    page.click(&checkbox("Read them after each deployment to staging")).await;
    page.click(&button("Save the reports of staging")).await;
    page.find(&text("Reports are read after each deployment to staging")).await;
    axe::assert_clean(page, "smoke tests of a product").await;
    picture::guide(page, "smoke-reports").await;

    page.click(&link("Releases")).await;
    page.click(&link(VERSION)).await;
    by_hand::start(page, VERSION, "staging").await;
    page.find_within(&text("Works in staging for 1.2.0 passed"), DEPLOYING).await;
    page.find_within(&text("Tests of deploy.yml in staging for 1.2.0 passed"), DEPLOYING).await;
    page.click(&button("Look into Tests of deploy.yml in staging")).await;
    page.find(&text("reports/junit-smoke.xml")).await;
    axe::assert_clean(page, "reports that a run left behind").await;
    picture::guide(page, "smoke-collected").await;
    page.click(&button("Close")).await;

    let bad = Fault::TurnBad { version: VERSION.into(), environment: Some("staging".into()), after_ms: Some(0), after_requests: None };
    ready.range.faults().order(Order::until_cleared(bad)).unwrap();
    page.click(&button("Run again: Works in staging")).await;
    page.find(&text("Smoke test Works failed in staging")).await;
    axe::assert_clean(page, "a release that is held by a smoke test").await;
    picture::guide(page, "smoke-red").await;
    page.click(&button("Look into Works in staging")).await;
    page.find(&heading("Works in staging")).await;
    page.find(&text("Health: expected status 200 to 299, found 503")).await;
    page.find(&text("Authorization: •••")).await;
    axe::assert_clean(page, "a smoke run").await;
    picture::guide(page, "smoke-run").await;
    page.click(&button("Close")).await;
    assert_eq!(ready.range.stats().dispatches.len(), 1, "production was not reached");

    ready.range.faults().clear_all();
    page.click(&button("Run in staging")).await;
    page.find(&text("Flaky.")).await;
    page.click(&link("Settings")).await;
    page.click(&link("Appearance and keys")).await;
    page.point_at(&radio("Night")).await;
    page.click(&link("Releases")).await;
    page.click(&link(VERSION)).await;
    page.find(&text("Flaky.")).await;
    axe::assert_clean(page, "a green smoke test by night").await;
    picture::keep(page, "smoke-green-by-night").await;
    by_hand::start(page, VERSION, "production").await;
    page.find_within(&text("Smoke test Works could not tell in production"), DEPLOYING).await;
    ready.close().await;
}
