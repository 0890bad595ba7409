//! What starts by itself: a start that is set for a time, one that is held and asks, a rehearsal before, and a release train.

use super::by_hand::DEPLOYING;
use super::notifications::Notifications;
use super::page::{Page, button, field, heading, link, text};
use super::ready::Ready;
use super::surroundings::Surroundings;
use super::{axe, picture};
use pilothouse_range::Push;
use serde_json::{Value, json};

/// A time on the clocks of UTC, so many seconds from now.
fn in_seconds(seconds: i64) -> String {
    (chrono::Utc::now() + chrono::TimeDelta::seconds(seconds)).format("%Y-%m-%dT%H:%M:%S").to_string()
}

async fn environments(ready: &Ready) -> Value {
    super::command::call(ready.page(), "list_products", Value::Null).await.unwrap()[0].clone()
}

async fn start_in(ready: &Ready, release: &Value, environment: &Value, seconds: i64) {
    let request =
        json!({"release_id": release, "environment_id": environment, "at": in_seconds(seconds), "time_zone": "UTC", "remarks": ""});
    ready.ask("schedule_start", request).await;
}

/// Looks at the rehearsal, then sets a start in the window and takes it back.
async fn set_and_take_back(page: &Page) {
    page.click(&button("More actions")).await;
    page.click(&text("Rehearse…")).await;
    page.find(&text("Nothing would be refused")).await;
    page.find(&text("is there and takes what it is handed")).await;
    axe::assert_clean(page, "a rehearsal").await;
    picture::guide(page, "rehearsal").await;
    page.click(&button("Close")).await;

    page.click(&button("Schedule…")).await;
    page.find(&heading("Schedule checkout 1.2.0 for staging")).await;
    page.find(&text("Nothing that is known now stands in the way then.")).await;
    axe::assert_clean(page, "scheduling a start").await;
    picture::guide(page, "schedule").await;
    page.click(&button("Schedule")).await;
    page.find(&text("1.2.0 starts in staging at")).await;
    page.find(&text("It starts by itself at")).await;
    axe::assert_clean(page, "a scheduled start").await;
    picture::guide(page, "scheduled").await;
    page.click(&button("Take back…")).await;
    page.click(&button("Take it back")).await;
    page.find(&button("Schedule…")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_that_is_set_starts_by_itself_and_asks_where_it_is_held() {
    let Some(surroundings) = Surroundings::find("scheduled starts in the window") else { return };
    let ready = Ready::open(&surroundings).await;
    let page = ready.page();
    ready.release("1.2.0").await;
    set_and_take_back(page).await;
    let product = environments(&ready).await;
    let found = ready.ask("list_releases", json!({"product_id": product["id"], "open_only": true, "after": null, "limit": 1})).await;
    let (release, staging, production) = (&found[0]["id"], &product["environments"][0]["id"], &product["environments"][1]["id"]);
    start_in(&ready, release, staging, 3).await;
    page.find_within(&button("Deploy 1.2.0 to production…"), DEPLOYING).await;

    let notifications = Notifications::from_now();
    let lock = json!({"product_id": product["id"], "environment_id": production, "reason": "Audit", "until": null, "strength": "stops", "hotfixes_pass": false});
    let lock = ready.ask("set_lock", lock).await;
    start_in(&ready, release, production, 3).await;
    notifications.says("1.2.0 did not start in production").await;
    page.find(&text("1.2.0 did not start in production.")).await;
    axe::assert_clean(page, "a start that is held").await;
    picture::guide(page, "start-held").await;
    ready.ask("lift_lock", json!({"id": lock["id"], "reason": "Done"})).await;
    page.click(&link("Inbox")).await;
    page.click(&link("Say when checkout 1.2.0 starts in production")).await;
    page.find(&text("It was set for")).await;
    axe::assert_clean(page, "a start in the inbox").await;
    picture::keep(page, "inbox-start").await;
    page.click(&button("Start now…")).await;
    page.click(&button("Start now")).await;
    page.find(&text("1.2.0 is starting in production")).await;
    page.click(&link("Releases")).await;
    page.click(&link("1.2.0")).await;
    page.find_within(&button("Complete 1.2.0…"), DEPLOYING).await;
    ready.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_train_leaves_by_its_timetable_with_what_is_new() {
    let Some(surroundings) = Surroundings::find("release trains in the window") else { return };
    let ready = Ready::open(&surroundings).await;
    let page = ready.page();
    page.click(&link("Calendar")).await;
    page.click(&button("Add the first train…")).await;
    page.fill(&field("Name"), "Weekly").await;
    page.find(&text("Next 5 times")).await;
    axe::assert_clean(page, "a train").await;
    picture::guide(page, "train").await;
    page.click(&button("Add")).await;
    page.find(&text("the newest commit of main to staging at once")).await;
    page.click(&text("Departures").nth(0)).await;
    page.click(&button("Skip:").nth(0)).await;
    page.find(&text(", skipped")).await;
    axe::assert_clean(page, "trains").await;
    picture::guide(page, "trains").await;

    ready.range.push(&Push::message("fix: round down")).await.unwrap();
    let product = environments(&ready).await;
    let train = json!({
        "id": null, "revision": 0, "product_id": product["id"], "name": "Now", "branch": "main", "bump": "minor", "leaves": in_seconds(4),
        "time_zone": "UTC", "rule": "", "stops": [{"environment_id": product["environments"][0]["id"], "after_minutes": 0}], "notice_minutes": 0,
        "asks_for_approval": false, "is_enabled": true,
    });
    ready.ask("put_train", train).await;
    page.click(&link("Releases")).await;
    page.click(&link("1.")).await;
    page.find(&text("By the release train “Now”.")).await;
    page.find_within(&button("Roll staging back"), DEPLOYING).await;
    ready.close().await;
}
