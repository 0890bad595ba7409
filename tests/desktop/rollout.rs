//! A rollout in the window: its phases are set, one is watched, a person ends the watch, and a bad one goes back by itself.

use super::by_hand::DEPLOYING;
use super::page::{button, checkbox, field, link, list, text};
use super::ready::{Ready, check};
use super::surroundings::Surroundings;
use super::{axe, picture};
use pilothouse_range::{Fault, Order};
use serde_json::{Value, json};

fn phase(name: &str, weight: u8, bake_seconds: u32) -> Value {
    json!({
        "name": name, "weight_percent": weight, "target": null, "pipeline": null, "bake_seconds": bake_seconds, "gates": [{"gate": "health"}],
        "limits": {"settle_seconds": 0, "interval_seconds": 5, "in_a_row": 1, "failures": 0, "errors": 4, "undecided_seconds": 600},
        "dry_run": [], "needs_person": false, "required": false, "retries": 0,
    })
}

/// Looks at the fields of a rollout, fills a template in and leaves without saving.
async fn look_at_the_editor(ready: &Ready) {
    let page = ready.page();
    page.click(&link("Overview")).await;
    page.click(&button(format!("More for {}", super::ready::PRODUCT))).await;
    page.click(&text("Change the product")).await;
    page.choose(&list("Phases of production"), "Canary").await;
    page.find(&text("1. Canary")).await;
    page.click(&text("How phase 1 is judged")).await;
    axe::assert_clean(page, "the phases of a rollout").await;
    page.click(&checkbox("Smoke tests pass").nth(0)).await;
    page.find(&text("As it is set below.")).await;
    picture::guide(page, "rollout-editor").await;
}

/// Has releases go out in staging in these phases; its instances are asked one by one.
async fn set_the_phases(ready: &Ready, phases: &[Value], on_failure: Value) {
    let products = super::command::call(ready.page(), "list_products", Value::Null).await.unwrap();
    let mut product = ready.ask("get_product", json!({"id": products[0]["id"]})).await;
    let staging = ready.range.environments().into_iter().find(|place| place.name == "staging").unwrap();
    let versions: Vec<String> = staging.instances.iter().map(|instance| format!("{}/version", instance.url)).collect();
    let environment = &mut product["environments"][0];
    environment["rollout"] = json!({"phases": phases, "on_failure": on_failure});
    environment["checks"] = json!([
        check("Running version", &json!({"kind": "running_version", "urls": versions, "pointer": "/version"})),
        check(
            "Health",
            &json!({"kind": "http", "url": format!("{}/healthz", staging.url), "status_min": 200, "status_max": 299, "body_contains": null, "slow_ms": null})
        ),
    ]);
    ready.ask("change_product", product).await;
}

async fn deploy_to_staging(ready: &Ready, version: &str) {
    ready.release(version).await;
    ready.page().click(&button(format!("Deploy {version} to staging…"))).await;
    ready.page().click(&button("Deploy to staging")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_release_goes_out_in_phases_that_are_watched() {
    let Some(surroundings) = Surroundings::find("a rollout in the window") else { return };
    let ready = Ready::open(&surroundings).await;
    let page = ready.page();
    set_the_phases(&ready, &[phase("Canary", 50, 3600), phase("Everybody", 100, 0)], json!({"then": "ask"})).await;
    deploy_to_staging(&ready, "1.2.0").await;
    page.find(&text("2 phases: Canary 50 %")).await;
    page.find_within(&text("1 of 2 have it"), DEPLOYING).await;
    page.find_within(&text("good in a row"), DEPLOYING).await;
    axe::assert_clean(page, "a phase that is watched").await;
    picture::guide(page, "rollout-watch").await;
    page.click(&button("Pause…")).await;
    page.fill(&field("Reason"), "Lunch").await;
    page.click(&button("Pause")).await;
    page.find(&text("has paused it: Lunch.")).await;
    page.click(&button("Resume")).await;
    page.click(&button("End the watch…")).await;
    page.fill(&field("Reason"), "The metrics are fine").await;
    page.click(&button("End the watch")).await;
    page.find_within(&text("2 of 2 have it"), DEPLOYING).await;
    page.find(&text("The metrics are fine")).await;
    look_at_the_editor(&ready).await;
    ready.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_phase_that_fails_asks_a_person_who_takes_it_on_and_tries_again() {
    let Some(surroundings) = Surroundings::find("a guided failure in the window") else { return };
    let ready = Ready::open(&surroundings).await;
    let page = ready.page();
    set_the_phases(&ready, &[phase("Canary", 50, 3600), phase("Everybody", 100, 0)], json!({"then": "ask"})).await;
    deploy_to_staging(&ready, "1.2.0").await;
    page.find_within(&text("good in a row"), DEPLOYING).await;
    let bad = Fault::TurnBad { version: "1.2.0".into(), environment: Some("staging".into()), after_ms: Some(0), after_requests: None };
    let order = ready.range.faults().order(Order::until_cleared(bad)).unwrap();
    page.find_within(&text("The phase is bad"), DEPLOYING).await;
    axe::assert_clean(page, "a phase that failed and asks").await;
    page.click(&button("Take it on")).await;
    page.find(&text("has taken it on")).await;
    picture::guide(page, "rollout-asks").await;
    assert!(ready.range.faults().clear(order), "the fault was ordered");
    page.click(&button("Measure again")).await;
    page.find_within(&text("good in a row"), DEPLOYING).await;
    page.click(&button("End the watch…")).await;
    page.fill(&field("Reason"), "The cause is gone").await;
    page.click(&button("End the watch")).await;
    page.find_within(&text("2 of 2 have it"), DEPLOYING).await;
    page.find_within(&button("Deploy 1.2.0 to production…"), DEPLOYING).await;
    ready.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_canary_that_turns_bad_goes_back_by_itself() {
    let Some(surroundings) = Surroundings::find("a canary in the window") else { return };
    let ready = Ready::open(&surroundings).await;
    let page = ready.page();
    set_the_phases(&ready, &[], json!({"then": "end"})).await;
    deploy_to_staging(&ready, "1.1.0").await;
    page.find_within(&text("The service answers with this version and its checks pass"), DEPLOYING).await;

    let phases = [phase("Canary", 50, 3600), phase("Everybody", 100, 0)];
    set_the_phases(&ready, &phases, json!({"then": "roll_back", "countdown_seconds": 20})).await;
    deploy_to_staging(&ready, "1.2.0").await;
    page.find_within(&text("good in a row"), DEPLOYING).await;
    let bad = Fault::TurnBad { version: "1.2.0".into(), environment: Some("staging".into()), after_ms: Some(0), after_requests: None };
    ready.range.faults().order(Order::until_cleared(bad)).unwrap();
    page.find_within(&text("Goes back by itself in"), DEPLOYING).await;
    axe::assert_clean(page, "a phase that goes back").await;
    picture::guide(page, "rollout-failing").await;
    page.find_within(&text("Rolled back by Pilothouse"), DEPLOYING).await;
    page.find_within(&text("An environment was rolled back from it."), DEPLOYING).await;
    let staging = ready.range.environments().into_iter().find(|place| place.name == "staging").unwrap();
    assert!(staging.instances.iter().all(|instance| instance.version.as_deref() == Some("1.1.0")), "{staging:?}");
    ready.close().await;
}
