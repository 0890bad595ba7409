//! A release that waits for its manual and for an untrained audience, and goes on once the one is reviewed and the other trained.

use super::by_hand::DEPLOYING;
use super::page::{Page, button, checkbox, field, heading, link, list, search, text};
use super::ready::{PRODUCT, Ready};
use super::surroundings::Surroundings;
use super::{axe, picture};
use serde_json::{Value, json};

/// Staging asks for both, as the product's rules.
async fn ask_for_both(ready: &Ready) {
    let products = super::command::call(ready.page(), "list_products", Value::Null).await.unwrap();
    let mut product = ready.ask("get_product", json!({"id": products[0]["id"]})).await;
    let rules = &mut product["environments"][0]["rules"];
    rules["needs_documents"] = true.into();
    rules["needs_training"] = true.into();
    ready.ask("change_product", product).await;
}

/// Opens what the product's menu on the overview leads to.
async fn open(page: &Page, entry: &str) {
    page.click(&link("Overview")).await;
    page.click(&button(format!("More for {PRODUCT}"))).await;
    page.click(&text(entry)).await;
}

/// A manual about everything, whose text tries to run a script.
async fn write_manual(page: &Page) {
    page.click(&button("Add the first document…")).await;
    page.fill(&field("Title"), "Operations").await;
    page.fill(&field("Owner"), "Jonas").await;
    page.fill(&field("A change of these paths asks to review it"), "**").await;
    axe::assert_clean(page, "a document's properties").await;
    page.click(&button("Add the document")).await;
    page.click(&button("Write a version…")).await;
    page.fill(&field("Text"), "# Restart\n\nRestart the **basket**. <img src=x onerror=\"window.hacked=1\">").await;
    page.click(&button("Keep version 1")).await;
    page.find(&heading("Restart")).await;
    assert_eq!(
        page.run("return [window.hacked ?? null, document.querySelectorAll('main img').length]", Vec::new()).await,
        json!([null, 0])
    );
    page.click(&button("Attach evidence…")).await;
    page.fill(&field("Note"), "Seen by the vendor").await;
    page.click(&button("Attach")).await;
    page.find(&text("Seen by the vendor")).await;
    axe::assert_clean(page, "a document").await;
    page.fill(&search("Search in all documents"), "basket jonas").await;
    page.find(&text("Restart the **basket**")).await;
    picture::guide(page, "documents").await;
    page.fill(&search("Search in all documents"), "checkout").await;
    page.find(&text("No document has all of these words.")).await;
}

/// A course whose audience has not heard of it, with a session that has begun.
async fn add_course(page: &Page) {
    page.click(&button("Add the first course…")).await;
    page.fill(&field("Title"), "The new basket").await;
    page.fill_lines(&field("Audience"), "Aiko <aiko@example.org>\nJonas").await;
    axe::assert_clean(page, "a course's properties").await;
    page.click(&button("Add the course")).await;
    page.find(&text("2 not trained")).await;
    page.click(&button("Set a session…")).await;
    page.fill(&field("Begins"), "2020-01-31 10:00").await;
    page.fill(&list("Time zone"), "Europe/Berlin").await;
    axe::assert_clean(page, "a session").await;
    page.click(&button("Set the session")).await;
    page.find(&text("10:00 to 11:00 (Europe/Berlin)")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_release_waits_for_its_manual_and_its_audience() {
    let Some(surroundings) = Surroundings::find("documents and training in the window") else { return };
    let ready = Ready::open(&surroundings).await;
    let page = ready.page();
    ask_for_both(&ready).await;
    open(page, "Its documents").await;
    write_manual(page).await;
    open(page, "Its training").await;
    add_course(page).await;

    ready.release("1.2.0").await;
    page.find(&text("2 people are not trained in “The new basket”")).await;
    page.find(&text("“Operations” is not reviewed for 1.2.0")).await;
    axe::assert_clean(page, "a release that documents and training hold").await;
    picture::guide(page, "training").await;
    page.click(&link("See what is to be documented").nth(0)).await;
    page.click(&button("Review Operations")).await;
    page.click(&button("It is right")).await;
    page.find(&text("Reviewed")).await;
    page.click(&button("Attendance…")).await;
    page.click(&checkbox("Aiko")).await;
    page.click(&checkbox("Jonas")).await;
    page.click(&button("Record")).await;
    page.find(&text("All trained")).await;
    page.click(&button("Deploy 1.2.0 to staging…")).await;
    page.click(&button("Deploy to staging")).await;
    page.find_within(&button("Deploy 1.2.0 to production…"), DEPLOYING).await;
    ready.close().await;
}
