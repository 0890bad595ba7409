//! A hotfix from its draft to its review: the path that leaves staging out, the lock that lets it pass, and the mark that stays.

use super::by_hand::DEPLOYING;
use super::page::{button, checkbox, field, heading, link, text};
use super::ready::Ready;
use super::surroundings::Surroundings;
use super::{axe, picture};
use serde_json::{Value, json};

/// Takes the path for hotfixes of staging away in the window, and sets it anew, as a person does.
async fn set_the_path(ready: &Ready) {
    let page = ready.page();
    page.click(&link("Overview")).await;
    page.click(&button(format!("More for {}", super::ready::PRODUCT))).await;
    page.click(&text("Change the product")).await;
    page.find(&checkbox("Hotfixes need not come by here")).await;
    page.click(&checkbox("A path of its own for hotfixes").nth(0)).await;
    // Off, and on again with what is usual.
    page.click(&checkbox("A path of its own for hotfixes").nth(0)).await;
    page.click(&checkbox("Hotfixes need not come by here")).await;
    axe::assert_clean(page, "the path of hotfixes").await;
    picture::guide(page, "hotfix-rules").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hotfix_goes_the_shorter_path_and_asks_for_its_review() {
    let Some(surroundings) = Surroundings::find("a hotfix in the window") else { return };
    let ready = Ready::open(&surroundings).await;
    let page = ready.page();
    let products = super::command::call(page, "list_products", Value::Null).await.unwrap();
    let mut product = ready.ask("get_product", json!({"id": products[0]["id"]})).await;
    let path = |is_skipped: bool| {
        json!({
            "is_skipped": is_skipped, "required_approvals": 0, "required_approvers": [], "soak_minutes": 0, "needs_documents": false,
            "needs_training": false,
        })
    };
    product["environments"][0]["rules"]["hotfix"] = path(true);
    product["environments"][1]["rules"]["hotfix"] = path(false);
    ready.ask("change_product", product).await;
    let lock = json!({"product_id": null, "environment_id": null, "reason": "The line stands", "until": null, "strength": "stops", "hotfixes_pass": true});
    ready.ask("set_lock", lock).await;

    page.click(&link("Releases")).await;
    page.click(&link("Plan a release")).await;
    page.click(&button("Tag")).await;
    page.click(&button("v1.2.0")).await;
    page.click(&button("Next: version and notes")).await;
    page.click(&checkbox("It is a hotfix")).await;
    page.click(&button("Next: plan")).await;
    page.find(&text("Say why the hotfix can’t wait.")).await;
    page.fill(&field("Why it can’t wait"), "Card payments fail").await;
    axe::assert_clean(page, "a hotfix that is drafted").await;
    picture::guide(page, "hotfix-draft").await;
    page.click(&button("Next: plan")).await;
    page.click(&button("Plan 1.2.0")).await;
    page.find(&text("drafted it as a hotfix: Card payments fail")).await;
    page.find(&text("Judged on the hotfix path of production")).await;
    axe::assert_clean(page, "a hotfix").await;
    picture::guide(page, "hotfix").await;
    page.click(&button("Deploy 1.2.0 to production…")).await;
    page.click(&button("Deploy to production")).await;
    page.find_within(&text("Its review is still to be recorded."), DEPLOYING).await;

    page.click(&link("Inbox")).await;
    page.find(&text("Review the hotfix")).await;
    page.click(&button("Record the review…")).await;
    page.find(&heading("Record the review of")).await;
    page.fill(&field("Findings"), "The test was missing").await;
    axe::assert_clean(page, "the review after a hotfix").await;
    page.click(&button("Record the review")).await;
    page.click(&link("Releases")).await;
    page.find(&text("Hotfix")).await;
    page.click(&link("1.2.0")).await;
    page.find(&text("reviewed it: The test was missing")).await;
    page.find(&button("Complete 1.2.0…")).await;
    set_the_path(&ready).await;
    ready.close().await;
}
