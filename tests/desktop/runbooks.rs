//! A rollback runbook from its text to its run: written, published, attached to the release that waits for it, acknowledged, and followed
//! step by step: by a person, by a wait, and by a pipeline that Pilothouse starts once.

use super::by_hand::DEPLOYING;
use super::command::call;
use super::page::{Page, button, checkbox, field, heading, link, list, text};
use super::ready::{PRODUCT, Ready};
use super::surroundings::Surroundings;
use super::{axe, picture};
use serde_json::Value;

const NAME: &str = "Roll back checkout";
const INPUTS: &str = "environment = {{environment}}\nversion = {{target}}";

/// Writes the runbook, publishes it, and has staging ask for one.
async fn write(page: &Page) {
    page.click(&link("Overview")).await;
    page.click(&button(format!("More for {PRODUCT}"))).await;
    page.click(&text("Its runbooks")).await;
    page.find(&heading(format!("Runbooks of {PRODUCT}"))).await;
    axe::assert_clean(page, "no runbooks yet").await;
    page.click(&button("Write a runbook")).await;
    page.fill(&field("Name"), NAME).await;
    page.click(&button("Add a parameter")).await;
    page.fill(&field("Name of parameter 1"), "target").await;
    page.fill(&field("What parameter 1 means"), "The version to go back to").await;
    page.fill(&field("Title of step 1"), "Tell support").await;
    page.click(&button("Add a step")).await;
    page.fill(&field("Title of step 2"), "Let it drain").await;
    page.choose(&list("What step 2 does"), "Wait").await;
    page.choose(&list("Unit of step 2’s wait"), "seconds").await;
    page.click(&button("Add a step")).await;
    page.fill(&field("Title of step 3"), "Start the rollback").await;
    page.choose(&list("What step 3 does"), "Start a pipeline, and follow its run").await;
    page.fill(&list("Pipeline of step 3"), "rollback.yml").await;
    page.fill_lines(&field("Inputs of step 3"), INPUTS).await;
    axe::assert_clean(page, "a runbook's steps").await;
    picture::guide(page, "runbook-editor").await;
    page.click(&button("Publish")).await;
    page.find(&text("Number 1 is published")).await;
    page.click(&checkbox("staging takes a release only with a rollback runbook")).await;
    page.find(&field("Who acknowledges it in staging")).await;
}

/// Names whoever sits here as the one who acknowledges.
async fn ask_for_acknowledgement(page: &Page, name: &str) {
    page.fill(&field("Who acknowledges it in staging"), name).await;
    page.click(&button("Save who acknowledges it in staging")).await;
    page.find(&text("staging takes releases only with a rollback runbook")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rollback_runbook_is_acknowledged_and_followed() {
    let Some(surroundings) = Surroundings::find("runbooks in the window") else { return };
    let ready = Ready::open(&surroundings).await;
    let page = ready.page();
    write(page).await;
    let status = call(page, "status", Value::Null).await.unwrap();
    ask_for_acknowledgement(page, status["actor"].as_str().unwrap()).await;

    ready.release("1.2.0").await;
    page.find(&text("1.2.0 has no rollback runbook")).await;
    page.click(&link("Open the rollback runbook")).await;
    page.choose(&list("Runbook to attach"), &format!("{NAME}, number 1")).await;
    page.click(&button("Attach it")).await;
    page.find(&text("The acknowledgement of the rollback runbook is missing")).await;
    axe::assert_clean(page, "a release that waits for an acknowledgement").await;
    picture::guide(page, "runbook-release").await;
    page.click(&button("Read and acknowledge…")).await;
    axe::assert_clean(page, "a runbook that is read").await;
    page.click(&button("Acknowledge number 1")).await;
    page.find(&text("has acknowledged it")).await;
    page.click(&button("Deploy 1.2.0 to staging…")).await;
    page.click(&button("Deploy to staging")).await;
    page.find_within(&button("Deploy 1.2.0 to production…"), DEPLOYING).await;

    page.click(&button("Run it…")).await;
    page.choose(&list("Environment"), "staging").await;
    page.fill(&field("target"), "1.1.0").await;
    axe::assert_clean(page, "a run that begins").await;
    page.click(&button("Begin the run")).await;
    page.find(&heading(NAME)).await;
    page.find(&text("Step 1 of 3")).await;
    axe::assert_clean(page, "a run").await;
    picture::guide(page, "runbook-run").await;
    // From here on no pointer.
    page.press("d").await;
    page.find(&text("Step 2 of 3")).await;
    page.press("u").await;
    page.find(&text("Step 1 of 3")).await;
    page.press("d").await;
    page.find_within(&text("Every step is settled"), DEPLOYING).await;
    page.find(&text("of rollback.yml succeeded")).await;
    axe::assert_clean(page, "a run that is completed").await;
    picture::guide(page, "runbook-done").await;
    let started: usize =
        ready.range.stats().dispatches_by("pilothouse_run").iter().filter(|((file, _), _)| file == "rollback.yml").map(|(_, n)| n).sum();
    assert_eq!(started, 1, "the pipeline was started once");
    ready.close().await;
}
