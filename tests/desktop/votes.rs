//! A quorum in the window: two have to approve, one of them as QA; one rejects, the plan is changed, and what has changed is shown.

use super::page::{button, field, heading, link, text};
use super::ready::Ready;
use super::surroundings::Surroundings;
use super::{axe, picture};
use pilothouse_domain::Actor;
use pilothouse_host::{Host, HostOptions};
use pilothouse_platform::HostKind;
use serde_json::{Value, json};

/// Somebody else on the same database.
async fn colleague(ready: &Ready, name: &str) -> Host {
    let mut options = HostOptions::new(HostKind::Agent);
    options.data_dir = Some(ready.window.data().to_owned());
    options.actor = Some(Actor::person(name));
    Host::open(options).await.unwrap()
}

async fn votes(ready: &Ready, name: &str, release: &str, verdict: &str, comment: &str) {
    let host = colleague(ready, name).await;
    let detail = host.api().get_release(pilothouse_api::IdRequest { id: release.to_owned() }).await.unwrap();
    let vote = json!({"id": release, "verdict": verdict, "comment": comment, "content_hash": detail.content_hash});
    host.api().vote(serde_json::from_value(vote).unwrap()).await.unwrap();
    host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_quorum_with_a_role_is_rejected_once_and_reached_then() {
    let Some(surroundings) = Surroundings::find("votes in the window") else { return };
    let ready = Ready::open(&surroundings).await;
    let page = ready.page();
    let products = super::command::call(page, "list_products", Value::Null).await.unwrap();
    let mut product = ready.ask("get_product", json!({"id": products[0]["id"]})).await;
    product["team"] = json!({
        "roles": [{"name": "QA", "members": ["Aiko Tanaka"]}], "required_approvals": 2, "required_approvers": [], "required_roles": ["QA"],
    });
    ready.ask("change_product", product).await;
    let draft = json!({"product_id": products[0]["id"], "version": "1.2.0", "kind": "tag", "name": "v1.2.0", "notes": null});
    let id = ready.ask("draft_release", draft).await["release"]["id"].as_str().unwrap().to_owned();
    ready.ask("plan_release", json!({"id": id, "environment_ids": [], "remarks": ""})).await;
    ready.ask("request_approval", json!({"id": id})).await;

    page.click(&link("Inbox")).await;
    page.click(&link("Vote on checkout 1.2.0")).await;
    page.click(&button("Approve 1.2.0…")).await;
    page.click(&button("Approve checkout 1.2.0")).await;
    page.click(&link("Releases")).await;
    page.click(&link("1.2.0")).await;
    page.find(&text("Aiko Tanaka has to be among them, as QA.")).await;
    axe::assert_clean(page, "a quorum that is not reached").await;
    picture::guide(page, "quorum").await;
    votes(&ready, "Aiko Tanaka", &id, "rejected", "Who is on watch?").await;
    page.find(&text("Aiko Tanaka rejected this plan")).await;
    page.find(&text("Who is on watch?")).await;

    let again = json!({"id": id, "environment_ids": [], "remarks": "Noor is on watch"});
    ready.ask("plan_release", again).await;
    ready.ask("request_approval", json!({"id": id})).await;
    page.click(&link("Inbox")).await;
    page.click(&link("Vote on checkout 1.2.0")).await;
    page.find(&heading("What has changed")).await;
    page.find(&text("Noor is on watch")).await;
    axe::assert_clean(page, "what has changed since a vote").await;
    picture::guide(page, "plan-changes").await;
    page.click(&button("Approve 1.2.0…")).await;
    page.click(&button("Approve checkout 1.2.0")).await;
    votes(&ready, "Aiko Tanaka", &id, "approved", "").await;
    page.click(&link("Releases")).await;
    page.click(&link("1.2.0")).await;
    page.find(&button("Deploy 1.2.0 to staging…")).await;
    page.find(&text("2 of 2 approvals")).await;

    page.click(&link("Overview")).await;
    page.click(&button(format!("More for {}", super::ready::PRODUCT))).await;
    page.click(&text("Change the product")).await;
    page.click(&field("Who is QA")).await;
    axe::assert_clean(page, "the team of a product").await;
    picture::guide(page, "team").await;
    ready.close().await;
}
