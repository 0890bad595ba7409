//! A round of user acceptance testing from its scenarios to the sign-off: a blocker holds the release until it is solved.

use super::by_hand::DEPLOYING;
use super::page::{Page, button, field, link, list, text};
use super::ready::Ready;
use super::surroundings::Surroundings;
use super::{axe, picture};

/// A round in staging with a scenario and a tester.
async fn begin(page: &Page) {
    page.click(&button("Begin a round in staging")).await;
    page.click(&button("Write scenarios…")).await;
    page.fill(&field("Title of scenario 1"), "Pay by card").await;
    page.fill(&field("Steps of scenario 1"), "Pay with the test card -> A receipt comes").await;
    axe::assert_clean(page, "a round's scenarios").await;
    page.click(&button("Save the round")).await;
    page.find(&text("0 of 1 scenario passed")).await;
    page.click(&button("Testers…")).await;
    page.fill(&field("Name of a tester"), "Aiko").await;
    page.click(&button("Add")).await;
    page.find(&text("0 of 1 said")).await;
    page.click(&button("Close")).await;
}

/// What the tester has told, and that it is a blocker: by keyboard.
async fn tell(page: &Page) {
    page.click(&button("Write down feedback…")).await;
    page.fill(&field("In a line"), "The sum is wrong").await;
    page.fill(&list("Whose it is"), "Aiko").await;
    axe::assert_clean(page, "feedback that is written down").await;
    page.click(&button("Keep the feedback")).await;
    page.click(&text("The sum is wrong")).await;
    page.run("document.querySelector('[data-feedback]').focus()", Vec::new()).await;
    page.press("b").await;
    page.find(&text("“The sum is wrong”: Blocker")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_blocker_holds_the_release_until_the_round_is_signed_off() {
    let Some(surroundings) = Surroundings::find("user acceptance testing in the window") else { return };
    let ready = Ready::open(&surroundings).await;
    let page = ready.page();
    ready.release("1.2.0").await;
    begin(page).await;
    tell(page).await;
    page.click(&button("Deploy 1.2.0 to staging…")).await;
    page.click(&button("Deploy to staging")).await;
    page.find_within(&text("1 UAT blocker is open"), DEPLOYING).await;
    axe::assert_clean(page, "a release that a blocker holds").await;
    picture::guide(page, "uat").await;

    page.click(&link("Open the UAT round").nth(0)).await;
    page.click(&button("Solved…")).await;
    page.fill(&field("Solution"), "The rate was old").await;
    page.click(&button("Solved")).await;
    page.click(&text("Pay by card").nth(1)).await;
    page.choose(&list("Aiko"), "Passed").await;
    page.find(&text("1 of 1 scenario passed")).await;
    page.click(&button("Sign off…")).await;
    page.click(&button("Sign off")).await;
    page.find(&text("Signed off")).await;
    axe::assert_clean(page, "a round that is signed off").await;
    page.find_within(&button("Deploy 1.2.0 to production…"), DEPLOYING).await;
    ready.close().await;
}
