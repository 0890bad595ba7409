//! A round of user acceptance testing from its scenarios to the sign-off: a blocker holds the release until it is solved.

use super::by_hand::DEPLOYING;
use super::page::{Page, button, field, heading, link, list, radio, switch, text};
use super::phone::Phone;
use super::ready::{PRODUCT, Ready};
use super::surroundings::Surroundings;
use super::{axe, picture};
use serde_json::json;

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

/// The form is turned on, the tester invited; the link.
async fn invite(ready: &Ready) -> String {
    let page = ready.page();
    let port = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
    let settings = json!({"is_on": false, "address": "127.0.0.1", "port": port, "public_url": null});
    ready.ask("set_feedback_form", settings).await;
    page.click(&button("Feedback form…")).await;
    page.click(&switch("Serve the feedback form")).await;
    page.find(&text(format!("The feedback form answers at http://127.0.0.1:{port}"))).await;
    axe::assert_clean(page, "the feedback form's settings").await;
    picture::keep(page, "uat-form").await;
    page.click(&button("Close")).await;
    page.click(&button("Testers…")).await;
    page.click(&button("Invite Aiko")).await;
    let address = page.value(&field("Link for Aiko")).await;
    axe::assert_clean(page, "an invitation").await;
    picture::keep(page, "uat-invitation").await;
    page.click(&button("Close")).await;
    address
}

/// The tester answers on a phone. What is told there is in the window at once.
async fn answer(page: &Page, phone: &Phone, address: &str) {
    let form = phone.page();
    form.go(address).await;
    form.find(&heading(format!("Test {PRODUCT} 1.2.0"))).await;
    axe::assert_clean(form, "the feedback form on a phone").await;
    let wide = form.run("return document.documentElement.scrollWidth > document.documentElement.clientWidth", Vec::new()).await;
    assert_eq!(wide, false, "nothing has to be scrolled sideways");
    picture::guide(form, "uat-phone").await;
    form.point_at(&radio("It doesn't work")).await;
    form.fill(&field("Remark"), "The sum stays empty").await;
    form.click(&button("Keep what I said")).await;
    form.find(&text("Thank you. What you said is kept.")).await;
    page.find(&text("1 failed")).await;

    form.fill(&field("In a line"), "The sum is wrong").await;
    form.point_at(&radio("Major")).await;
    form.choose(&list("Which scenario is it about?"), "Pay by card").await;
    form.choose_file(&picture::keep(form, "phone").await).await;
    form.click(&button("Send the feedback")).await;
    form.find(&text("Your feedback is kept, with 1 picture.")).await;
    axe::assert_clean(form, "the feedback form with an answer").await;
    picture::keep(form, "phone-told").await;
    page.click(&text("The sum is wrong")).await;
    page.click(&button("Look at phone.png")).await;
    page.find(&heading("phone.png")).await;
    page.click(&button("Close")).await;
    page.click(&button("Later")).await;
    page.find(&text("“The sum is wrong”: Later")).await;
}

/// What the tester has told, and that it is a blocker: by keyboard.
async fn tell(page: &Page) {
    page.click(&button("Write down feedback…")).await;
    page.fill(&field("In a line"), "The receipt is late").await;
    page.fill(&list("Whose it is"), "Aiko").await;
    axe::assert_clean(page, "feedback that is written down").await;
    page.click(&button("Keep the feedback")).await;
    page.click(&text("The receipt is late")).await;
    page.run("document.querySelector('[data-feedback]').focus()", Vec::new()).await;
    page.press("b").await;
    page.find(&text("“The receipt is late”: Blocker")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_blocker_holds_the_release_until_the_round_is_signed_off() {
    let Some(surroundings) = Surroundings::find("user acceptance testing in the window") else { return };
    let ready = Ready::open(&surroundings).await;
    let page = ready.page();
    ready.release("1.2.0").await;
    begin(page).await;
    let address = invite(&ready).await;
    if let Some(phone) = Phone::open("the feedback form on a phone").await {
        answer(page, &phone, &address).await;
        phone.close().await;
    }
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
