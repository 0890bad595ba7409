//! What waits at GitHub is answered from the inbox by keyboard alone: one deployment review is approved, another one rejected.

use super::notifications::Notifications;
use super::page::{button, field, heading, text};
use super::ready::{PRODUCT, Ready};
use super::surroundings::Surroundings;
use super::{axe, picture};
use pilothouse_range::RangeOptions;
use std::time::Duration;
use thirtyfour::Key;

/// A place is looked at four times a minute, and at once when a run of ours begins to wait.
const ARRIVES: Duration = Duration::from_secs(90);

/// Both environments ask for a reviewer.
fn protected() -> RangeOptions {
    RangeOptions { protected_environments: vec!["staging".to_owned(), "production".to_owned()], ..RangeOptions::fast() }
}

/// From the field over what cancels to the button that answers, which is pressed.
fn through() -> String {
    [Key::Tab, Key::Tab, Key::Enter].map(char::from).into_iter().collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waits_at_github_is_answered_by_keyboard() {
    let Some(surroundings) = Surroundings::find("answering what waits") else { return };
    let notifications = Notifications::from_now();
    let ready = Ready::open_on(&surroundings, &[], protected()).await;
    let page = ready.page();
    ready.release("1.2.0").await;
    page.click(&button("Deploy 1.2.0 to staging…")).await;
    page.click(&button("Deploy to staging")).await;
    page.find_within(&text("The run waits for a person."), ARRIVES).await;
    axe::assert_clean(page, "a release whose run waits").await;
    picture::keep(page, "gate-release").await;
    notifications.says("waits for a person: staging").await;

    // From here on no pointer.
    page.press("gi").await;
    page.find(&heading("Inbox")).await;
    let what = format!("Let {PRODUCT} 1.2.0 go to staging");
    page.find(&heading(&what)).await;
    page.find(&text("Asked by")).await;
    axe::assert_clean(page, "the inbox with a gate").await;
    picture::guide(page, "inbox-gate").await;
    page.press("e").await;
    page.find(&field("Comment")).await;
    axe::assert_clean(page, "the answer to a gate").await;
    // The field has the focus; the button comes after it and what cancels.
    page.press("Reviewed with the shop").await;
    page.press(&through()).await;
    page.find(&text("approved it.")).await;
    page.find_within(&heading(format!("Deploy {PRODUCT} 1.2.0 to production")), ARRIVES).await;

    // Production asks for a tick; it is rejected in the end.
    page.press("gr").await;
    page.find(&heading("Releases")).await;
    page.click(&super::page::link("1.2.0")).await;
    page.click(&button("Deploy 1.2.0 to production…")).await;
    page.click(&button("Deploy to production")).await;
    page.find_within(&text("The run waits for a person."), ARRIVES).await;
    page.press("gi").await;
    page.find(&heading(format!("Let {PRODUCT} 1.2.0 go to production"))).await;
    page.press("e").await;
    page.find(&text("Yes, it may go to production")).await;
    picture::keep(page, "gate-confirm").await;
    axe::assert_clean(page, "a gate before production").await;
    page.press(&char::from(Key::Escape).to_string()).await;
    page.press("r").await;
    page.find(&field("Reason")).await;
    page.press("The migration is missing").await;
    page.press(&through()).await;
    page.find(&text("rejected it.")).await;
    page.find_within(&text("Decide about"), ARRIVES).await;

    page.press("ga").await;
    page.find(&heading("Audit")).await;
    page.find(&text("The migration is missing")).await;
    ready.close().await;
}
