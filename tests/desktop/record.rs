//! What is left of a release: it is done, its report and its bundle are saved, the bundle is verified, the review is written; and how delivery
//! went.

use super::by_hand::{self, DEPLOYING};
use super::page::{button, checkbox, field, heading, link, list, radio, text};
use super::ready::{PRODUCT, Ready};
use super::surroundings::Surroundings;
use super::{axe, picture};
use pilothouse_api::verify_bundle;
use std::path::{Path, PathBuf};

const VERSION: &str = "1.2.0";

/// The file in the folder for downloads that ends like this.
fn saved(folder: &Path, ending: &str) -> PathBuf {
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files.into_iter().find(|path| path.to_string_lossy().ends_with(ending)).unwrap_or_else(|| panic!("no {ending} was saved"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_release_that_is_done_is_reported_bundled_and_reviewed() {
    let Some(surroundings) = Surroundings::find("reports, bundles and reviews") else { return };
    let own = tempfile::tempdir().unwrap();
    let downloads = own.path().join("downloads");
    std::fs::create_dir(&downloads).unwrap();
    std::fs::write(own.path().join("user-dirs.dirs"), format!("XDG_DOWNLOAD_DIR=\"{}\"\n", downloads.display())).unwrap();
    let ready = Ready::open_in(&surroundings, &[("XDG_CONFIG_HOME", own.path().into())]).await;
    let page = ready.page();
    ready.release(VERSION).await;
    by_hand::start(page, VERSION, "staging").await;
    page.find_within(&button(format!("Deploy {VERSION} to production…")), DEPLOYING).await;
    by_hand::start(page, VERSION, "production").await;
    page.find_within(&button(format!("Complete {VERSION}…")), DEPLOYING).await;
    page.click(&button(format!("Complete {VERSION}…"))).await;
    page.click(&button(format!("Complete {PRODUCT} {VERSION}"))).await;
    page.find(&text("It is completed.")).await;

    page.click(&button("Look at the report")).await;
    page.find(&heading("Release report")).await;
    page.find(&heading("Audit events")).await;
    axe::assert_clean(page, "a report that is looked at").await;
    picture::guide(page, "report").await;
    page.click(&button("Close")).await;
    page.click(&button("Save report as PDF")).await;
    page.find(&text("report.pdf")).await;
    assert!(std::fs::read(saved(&downloads, "report.pdf")).unwrap().starts_with(b"%PDF-1.7"));
    page.click(&button("Save report as HTML")).await;
    page.find(&text("report.html")).await;
    let report = std::fs::read_to_string(saved(&downloads, "report.html")).unwrap();
    assert!(report.contains(VERSION) && report.contains("Lead time for changes"));
    page.click(&button("Save bundle")).await;
    page.find_within(&button("Copy fingerprint"), DEPLOYING).await;
    axe::assert_clean(page, "a bundle that was saved").await;
    picture::guide(page, "bundle").await;
    let bundle = std::fs::read(saved(&downloads, "bundle.zip")).unwrap();
    let key = ready.ask("bundle_key", serde_json::Value::Null).await["fingerprint"].as_str().unwrap().to_owned();
    let verdict = verify_bundle(&bundle, Some(&key));
    assert_eq!((verdict.is_sound, verdict.is_expected, verdict.signed_votes), (true, Some(true), 1), "{:?}", verdict.faults);

    page.click(&button("Write the review…")).await;
    page.fill(&field("Summary"), "A calm release.").await;
    page.fill(&field("What went well"), "The rehearsal").await;
    page.fill(&field("What is done by action 1"), "Warm the cache").await;
    page.fill(&list("Who does action 1"), "Aiko").await;
    page.fill(&field("When action 1 is due"), "2030-12-01").await;
    axe::assert_clean(page, "a review that is written").await;
    page.click(&button("Save the review")).await;
    page.find(&text("1 action open")).await;
    page.click(&checkbox("Warm the cache")).await;
    page.find(&text("0 actions open")).await;
    page.click(&button("Close the review")).await;
    page.find(&text("closed by")).await;
    axe::assert_clean(page, "a review that is closed").await;
    picture::guide(page, "review").await;

    page.click(&link("Settings")).await;
    page.click(&link("Appearance and keys")).await;
    page.point_at(&radio("Night")).await;
    page.click(&link("Overview")).await;
    page.click(&button(format!("More for {PRODUCT}"))).await;
    page.click(&text("Its delivery metrics")).await;
    page.find(&heading(format!("Delivery of {PRODUCT}"))).await;
    page.find(&text("1 deployment in this time, 3 needed")).await;
    axe::assert_clean(page, "delivery metrics by night").await;
    picture::guide(page, "metrics").await;
    ready.close().await;
}
