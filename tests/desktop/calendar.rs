//! A freeze on the calendar: it holds a deployment, says until when, and is overridden for it by a person, which stays on record.

use super::by_hand::DEPLOYING;
use super::page::{Page, button, field, heading, link, text};
use super::ready::Ready;
use super::surroundings::Surroundings;
use super::{axe, picture};

/// A freeze over today, with what its dialog says of it.
async fn freeze_today(page: &Page) {
    page.click(&link("Calendar")).await;
    page.find(&text("No freeze and no change window")).await;
    page.click(&button("Add a freeze…")).await;
    page.fill(&field("Name"), "Year end").await;
    page.fill(&field("Reason"), "The books are closed").await;
    page.fill(&field("Owner"), "Finance").await;
    page.find(&text("Once")).await;
    axe::assert_clean(page, "a freeze").await;
    picture::guide(page, "calendar-freeze").await;
    page.click(&button("Add")).await;
    page.find(&text("On now")).await;
    axe::assert_clean(page, "the month").await;
    picture::guide(page, "calendar").await;
    for view in ["Week", "Agenda"] {
        page.click(&button(view)).await;
        page.find(&text("Year end")).await;
        axe::assert_clean(page, view).await;
        picture::keep(page, &format!("calendar-{view}")).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_freeze_holds_a_deployment_until_a_person_overrides_it() {
    let Some(surroundings) = Surroundings::find("a freeze in the window") else { return };
    let ready = Ready::open(&surroundings).await;
    let page = ready.page();
    freeze_today(page).await;

    ready.release("1.2.0").await;
    page.find(&text("staging is frozen: Year end")).await;
    page.find(&text("That is the next allowed start.")).await;
    axe::assert_clean(page, "a release that is frozen").await;
    picture::guide(page, "frozen").await;
    page.click(&button("Override…").nth(0)).await;
    page.find(&heading("Override the freeze of staging for")).await;
    page.fill(&field("Reason"), "Card payments fail").await;
    axe::assert_clean(page, "an override").await;
    picture::guide(page, "override").await;
    page.click(&button("Override the freeze")).await;
    page.find(&text("staging may be deployed to in spite of “Year end”")).await;
    axe::assert_clean(page, "an override that holds").await;
    page.click(&button("Take back…")).await;
    page.click(&button("Take it back")).await;
    page.find(&text("is taken back")).await;
    page.find(&text("staging is frozen: Year end")).await;
    page.click(&button("Override…").nth(0)).await;
    page.fill(&field("Reason"), "Card payments fail").await;
    page.click(&button("Override the freeze")).await;
    page.click(&button("Deploy 1.2.0 to staging…")).await;
    page.click(&button("Deploy to staging")).await;
    page.find_within(&button("Deploy 1.2.0 to production…"), DEPLOYING).await;
    page.find(&text("in spite of “Year end”, overridden by")).await;
    page.find(&text("production is frozen: Year end")).await;

    page.click(&link("Audit")).await;
    page.find(&text("Overrode “Year end” for 1.2.0 in staging: Card payments fail")).await;
    ready.close().await;
}
