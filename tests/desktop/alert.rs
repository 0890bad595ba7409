//! An alert on the desktop, and the click on it that opens its incident in the window.

use super::command::call;
use super::notifications::Notifications;
use super::page::Page;
use super::surroundings::Surroundings;
use super::window::Window;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// A check every five seconds, and two failures until it fails.
const PATIENCE: Duration = Duration::from_secs(60);
const LOOK_AGAIN: Duration = Duration::from_millis(100);

async fn open_incident(page: &Page) -> String {
    let until = Instant::now() + PATIENCE;
    loop {
        let request = json!({"product_id": null, "open_only": true, "limit": 10});
        let incidents = call(page, "list_incidents", json!({"request": request})).await.unwrap();
        if let Some(id) = incidents[0]["id"].as_str() {
            return id.to_owned();
        }
        assert!(Instant::now() < until, "no incident was opened");
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

#[tokio::test]
async fn a_click_on_an_alert_opens_its_incident() {
    let Some(surroundings) = Surroundings::find("a click on an alert") else { return };
    let notifications = Notifications::from_now();
    let window = Window::open(&surroundings).await;
    let page = window.page();
    call(page, "open_practice_range", Value::Null).await.unwrap();
    let fault = json!({"kind": "turn_bad", "version": "1.1.0", "environment": "staging", "after_ms": 0});
    call(page, "range_fault_order", json!({"request": {"fault": fault, "times": null, "only_dispatch": false}})).await.unwrap();
    let incident = open_incident(page).await;

    notifications.says("is failing").await;
    let until = Instant::now() + PATIENCE;
    loop {
        Notifications::click();
        let address = page.run("return location.href", Vec::new()).await;
        if address.as_str().is_some_and(|address| address.contains(&incident)) {
            break;
        }
        assert!(Instant::now() < until, "the window is at {address}, not at the incident {incident}");
        tokio::time::sleep(LOOK_AGAIN).await;
    }
    window.close().await;
}
