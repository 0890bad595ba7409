//! A product's settings as a file in the window: saved, changed, applied with its difference, and kept in the repository.

use super::page::{button, heading, link, text};
use super::ready::{PRODUCT, Ready};
use super::surroundings::Surroundings;
use super::{axe, picture};
use pilothouse_range::Push;
use serde_json::Value;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_product_is_set_by_a_file_and_then_by_the_one_in_its_repository() {
    let Some(surroundings) = Surroundings::find("settings files in the window") else { return };
    let ready = Ready::open(&surroundings).await;
    let page = ready.page();
    let product = super::command::call(page, "list_products", Value::Null).await.unwrap()[0].clone();
    let saved = ready.ask("save_settings_file", serde_json::json!({"id": product["id"]})).await;
    let text_of_file = std::fs::read_to_string(saved["path"].as_str().unwrap()).unwrap();

    page.click(&link("Overview")).await;
    page.click(&button(format!("More for {PRODUCT}"))).await;
    page.click(&text("Change the product")).await;
    page.find(&heading(format!("Change {PRODUCT}"))).await;
    page.find(&text("No secret is in it.")).await;
    axe::assert_clean(page, "the settings file").await;
    page.click(&button("Apply a file…")).await;
    let changed = text_of_file.replacen("tag_prefix: v", "tag_prefix: release-", 1);
    assert_ne!(changed, text_of_file);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pilothouse.yaml");
    std::fs::write(&file, changed).unwrap();
    page.choose_file(&file).await;
    page.click(&button("Show what would change")).await;
    page.find(&text("1 difference")).await;
    axe::assert_clean(page, "what a settings file would change").await;
    page.click(&button("Apply")).await;
    page.find(&text("checkout: 1 difference applied")).await;

    let kept = text_of_file.replacen("pilothouse: 1", "# Kept beside the code.\npilothouse: 1", 1);
    let push = Push { path: "pilothouse.yaml".into(), content: Some(kept), ..Push::message("chore: settings") };
    ready.range.push(&push).await.unwrap();
    page.click(&button("Keep in the repository…")).await;
    page.click(&button("Show what would change")).await;
    page.find(&text("1 difference")).await;
    picture::guide(page, "settings-file-difference").await;
    page.click(&button("Apply and keep")).await;
    page.find(&text("are read-only here")).await;
    axe::assert_clean(page, "settings that a file sets").await;
    picture::guide(page, "settings-file").await;

    page.click(&button("Look for changes…")).await;
    page.find(&text("checkout is set as the file says")).await;
    page.click(&button("Close")).await;
    page.click(&button("Let go of the file…")).await;
    page.click(&button("Let go of the file")).await;
    page.find(&button("Keep in the repository…")).await;
    ready.close().await;
}
