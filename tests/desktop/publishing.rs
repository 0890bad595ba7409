//! From the end of a branch to a published release, in the real window: the tag is created, notes are written into the editor and
//! never over others, the release is published, and what it would change is read.

use super::by_hand::{self, PRODUCT};
use super::page::{button, field, heading, link, radio, text};
use super::surroundings::Surroundings;
use super::window::Window;
use super::{axe, picture};
use pilothouse_range::{Range, RangeOptions};

const VERSION: &str = "1.3.0";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_branch_is_tagged_noted_published_and_compared() {
    let Some(surroundings) = Surroundings::find("publishing in the window") else { return };
    let range = Range::start(RangeOptions::fast()).await.unwrap();
    let window = Window::open(&surroundings).await;
    let page = window.page();
    by_hand::connect(page, &range).await;
    by_hand::add_product(page, &range).await;

    page.click(&link("Overview")).await;
    page.click(&link("Plan a release")).await;
    page.click(&button("Branch")).await;
    page.click(&button("main")).await;
    page.click(&button("Next: version and notes")).await;
    page.find(&field("Or another version")).await;
    page.click(&button("Next: plan")).await;
    page.click(&button(format!("Plan {VERSION}"))).await;
    page.find(&text("It doesn't exist yet.")).await;
    page.find(&text("Nothing was verified in staging yet")).await;

    page.click(&button("Create the tag…")).await;
    page.find(&field("Message")).await;
    axe::assert_clean(page, "the dialog of a tag").await;
    picture::guide(page, "create-tag").await;
    page.click(&button("Create the tag")).await;
    page.find(&text("the release's commit")).await;

    page.click(&button("Edit")).await;
    page.click(&button("Let GitHub write")).await;
    page.find(&text("Notes were written.")).await;
    axe::assert_clean(page, "written notes").await;
    picture::keep(page, "written-notes").await;
    page.click(&button("Replace what is there")).await;
    page.click(&button("Undo")).await;
    page.click(&button("Write from the commits")).await;
    page.click(&button("Put them below")).await;
    page.click(&button("Save the notes")).await;
    page.find(&text("Notes saved")).await;

    page.click(&button("Publish…")).await;
    page.find(&text("Its version is a final one.")).await;
    axe::assert_clean(page, "the dialog of a publication").await;
    page.click(&button("Publish")).await;
    page.find(&text("Published at GitHub.")).await;
    axe::assert_clean(page, "a published release").await;
    picture::keep(page, "published").await;

    page.click(&button("More actions")).await;
    page.click(&text("What would change…")).await;
    page.find(&heading(format!("What {PRODUCT} {VERSION} would change"))).await;
    axe::assert_clean(page, "a comparison").await;
    page.click(&button("Close")).await;

    page.click(&link("Settings")).await;
    page.click(&link("Appearance and keys")).await;
    page.point_at(&radio("Night")).await;
    page.click(&link("Releases")).await;
    page.click(&link(VERSION)).await;
    page.find(&text("Published at GitHub.")).await;
    axe::assert_clean(page, "a published release by night").await;
    picture::keep(page, "published-by-night").await;
    window.close().await;
    range.shutdown().await;
}
