//! A release is held by an open checklist, which is gone through by keyboard, with evidence; then it goes on.

use super::by_hand::DEPLOYING;
use super::page::{Page, button, checkbox, field, heading, link, radio, text};
use super::ready::{PRODUCT, Ready};
use super::surroundings::Surroundings;
use super::{axe, picture};
use pilothouse_range::RangeOptions;
use thirtyfour::Key;

const LIST: &str = "- [ ] **Back up the ledger**\n  Run `backup now`, then read the [wiki](https://wiki.example/backup).\n- [ ] Tell support\n- [ ] Water the plants\n";

/// From what has the focus to the button that does what the dialog is for: over what cancels.
fn through() -> String {
    [Key::Tab, Key::Tab, Key::Enter].map(char::from).into_iter().collect()
}

/// Writes a checklist for staging from a list that people have, and publishes it.
async fn write(page: &Page) {
    page.click(&link("Overview")).await;
    page.click(&button(format!("More for {PRODUCT}"))).await;
    page.click(&text("Its checklists")).await;
    page.find(&heading(format!("Checklists of {PRODUCT}"))).await;
    axe::assert_clean(page, "no checklists yet").await;
    page.click(&button("Add a checklist")).await;
    page.fill(&field("Name"), "Go-live").await;
    page.click(&button("Remove item 1")).await;
    page.click(&button("Import a list…")).await;
    page.fill_lines(&field("The list"), LIST).await;
    axe::assert_clean(page, "the import of a list").await;
    page.click(&button("Import")).await;
    page.find(&text("3 items added")).await;
    page.click(&button("Close")).await;
    page.find(&field("Title of item 3")).await;
    page.click(&checkbox("Needs evidence").nth(0)).await;
    page.click(&checkbox("Required").nth(2)).await;
    axe::assert_clean(page, "a checklist's items").await;
    picture::guide(page, "checklist-template").await;
    page.click(&button("Publish")).await;
    page.find(&text("Number 1 is published")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_release_waits_for_its_checklist_and_goes_on() {
    let Some(surroundings) = Surroundings::find("checklists in the window") else { return };
    let ready = Ready::open_on(&surroundings, &[], RangeOptions::fast()).await;
    let page = ready.page();
    write(page).await;
    ready.release("1.2.0").await;
    page.find(&text("2 required items of “Go-live” are open")).await;
    axe::assert_clean(page, "a release that its checklist holds").await;
    picture::guide(page, "checklist").await;

    // The card leads to the checklist, with the focus on its first item; from here on no pointer.
    page.click(&link("Open the checklist")).await;
    page.wait_for_focus("Back up the ledger").await;
    page.press("o").await;
    page.find(&link("wiki")).await;
    page.press(" ").await;
    page.find(&heading("Tick “Back up the ledger” with evidence")).await;
    axe::assert_clean(page, "the evidence of an item").await;
    page.press("Dump of 4 GB at 21:40").await;
    page.press(&through()).await;
    page.find(&text("Ticked “Back up the ledger”")).await;
    page.wait_for_focus("Back up the ledger").await;
    page.find(&text("Dump of 4 GB at 21:40")).await;
    page.press("j").await;
    page.wait_for_focus("Tell support").await;
    page.press("x").await;
    page.find(&text("1 item selected")).await;
    page.press("c").await;
    page.find(&text("Ticked “Tell support”")).await;
    page.find(&text("Nothing required is open")).await;
    page.press("u").await;
    page.find(&text("1 required open")).await;
    page.press(" ").await;
    page.find(&text("Nothing required is open")).await;
    picture::guide(page, "checklist-done").await;

    page.click(&link("Settings")).await;
    page.click(&link("Appearance and keys")).await;
    page.point_at(&radio("Night")).await;
    page.click(&link("Releases")).await;
    page.click(&link("1.2.0")).await;
    page.find(&text("2 of 3 done")).await;
    axe::assert_clean(page, "a checklist by night").await;
    picture::keep(page, "checklist-by-night").await;
    page.click(&button("Deploy 1.2.0 to staging…")).await;
    page.click(&button("Deploy to staging")).await;
    page.find_within(&button("Deploy 1.2.0 to production…"), DEPLOYING).await;
    ready.close().await;
}
