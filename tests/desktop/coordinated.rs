//! Coordinated releases in the window: put together, started once for all, and rolled back together.

use super::by_hand::DEPLOYING;
use super::page::{button, field, heading, link, list, text};
use super::ready::Ready;
use super::surroundings::Surroundings;
use super::{axe, picture};
use serde_json::{Value, json};

/// A planned release of a product.
async fn planned(ready: &Ready, product: &Value, version: &str) -> Value {
    let draft = json!({"product_id": product["id"], "version": version, "kind": "tag", "name": format!("v{version}"), "notes": null});
    let id = ready.ask("draft_release", draft).await["release"]["id"].clone();
    ready.ask("plan_release", json!({"id": id, "environment_ids": [], "remarks": ""})).await;
    id
}

/// Brings the release to staging, and waits until it is there.
async fn bring(ready: &Ready, product: &Value, version: &str) {
    let release = planned(ready, product, version).await;
    let staging = &product["environments"][0]["id"];
    ready.ask("start_deployment", json!({"release_id": release, "environment_id": staging})).await;
    ready.page().click(&link("Releases")).await;
    let name = product["name"].as_str().unwrap();
    ready.page().click(&link(name)).await;
    ready.page().find_within(&button("Roll staging back"), DEPLOYING).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn releases_of_two_products_go_out_as_one_and_come_back_together() {
    let Some(surroundings) = Surroundings::find("coordinated releases in the window") else { return };
    let ready = Ready::open(&surroundings).await;
    let page = ready.page();
    // The second product has no checks: both are deployed from one repository of the range.
    let known = super::command::call(page, "list_products", Value::Null).await.unwrap()[0].clone();
    let connections = super::command::call(page, "list_connections", Value::Null).await.unwrap();
    let mut shop = ready.suggested(&connections[0]["id"]).await;
    shop["name"] = "shop".into();
    for environment in shop["environments"].as_array_mut().unwrap() {
        environment["checks"] = json!([]);
    }
    ready.add(shop).await;
    let products = super::command::call(page, "list_products", Value::Null).await.unwrap();
    let shop = products.as_array().unwrap().iter().find(|product| product["name"] == "shop").unwrap().clone();
    bring(&ready, &known, "1.1.0").await;
    bring(&ready, &shop, "1.1.0").await;
    let ledger = planned(&ready, &known, "1.2.0").await;
    planned(&ready, &shop, "1.2.0").await;

    page.click(&link("Releases")).await;
    page.click(&link("Coordinated releases")).await;
    axe::assert_clean(page, "no coordinated release").await;
    page.click(&button("Make a coordinated release…")).await;
    page.fill(&field("Name"), "Autumn").await;
    page.click(&button("Make it")).await;
    page.find(&heading("Autumn")).await;
    page.click(&button("Add a release…")).await;
    page.choose(&list("Release"), "shop 1.2.0").await;
    axe::assert_clean(page, "adding a member").await;
    page.click(&button("Add")).await;
    let coordinated = ready.ask("list_coordinated_releases", json!({"include_closed": false})).await[0]["id"].clone();
    ready.ask("put_coordinated_member", json!({"id": coordinated, "member": {"release_id": ledger, "stage": 2}})).await;
    page.find(&text("Nothing stands in the way of any member.")).await;
    axe::assert_clean(page, "a coordinated release").await;
    picture::guide(page, "coordinated").await;

    page.click(&button("Start in staging…")).await;
    page.find(&heading("Start “Autumn” in staging")).await;
    axe::assert_clean(page, "starting a coordinated release").await;
    picture::guide(page, "coordinated-start").await;
    page.click(&button("Start in staging")).await;
    page.find(&text("of 2 is on its way to staging")).await;
    page.find_within(&text("Done in staging."), DEPLOYING).await;
    axe::assert_clean(page, "a coordinated release that is done").await;

    page.click(&button("Roll all back in staging")).await;
    page.find(&text("Can go back.")).await;
    page.fill(&field("Reason"), "prices are wrong").await;
    axe::assert_clean(page, "a joint rollback").await;
    picture::guide(page, "coordinated-rollback").await;
    page.click(&button("Roll back together")).await;
    page.find_within(&text("Rolled back in staging."), DEPLOYING).await;
    ready.close().await;
}
