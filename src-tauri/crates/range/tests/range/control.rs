//! The control: the page, the state, ordering faults and pushes over HTTP.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use serde_json::{Value, json};

use crate::client::{http, range};

async fn send(request: reqwest::RequestBuilder) -> (u16, Value) {
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    (status, serde_json::from_slice(&response.bytes().await.unwrap()).unwrap_or_default())
}

#[tokio::test]
async fn faults_are_ordered_and_cleared_over_http() {
    let (range, api) = range().await;
    let faults = format!("{}/faults", range.control_url());
    let order = json!({ "fault": { "kind": "refuse_token" }, "times": "until_cleared" });
    let (status, made) = send(http().post(&faults).body(order.to_string())).await;
    assert_eq!(status, 201);
    assert_eq!(api.get("/user").await.status, 401);
    let (_, listed) = send(http().get(&faults)).await;
    assert_eq!((&listed[0]["id"], &listed[0]["hits"]), (&made["id"], &json!(1)));
    assert_eq!(listed[0]["order"], json!({ "fault": { "kind": "refuse_token" }, "scope": { "kind": "any" }, "times": "until_cleared" }));
    assert_eq!(send(http().delete(format!("{faults}/{}", made["id"]))).await.0, 204);
    assert_eq!(send(http().delete(format!("{faults}/{}", made["id"]))).await.0, 404);
    api.get("/user").await.ok();
    let (status, why) = send(http().post(&faults).body(r#"{"fault":{"kind":"earthquake"}}"#)).await;
    assert!(status == 400 && why["message"].as_str().unwrap().contains("earthquake"), "{why}");
    let (status, why) = send(http().post(&faults).body(r#"{"fault":{"kind":"server_error","status":200}}"#)).await;
    assert!(status == 422 && why["message"].as_str().unwrap().contains("500 to 599"), "{why}");
}

#[tokio::test]
async fn the_state_shows_everything() {
    let (range, api) = range().await;
    let run = api.deployed(&range, "staging", "1.2.0").await;
    let (_, state) = send(http().get(format!("{}/state", range.control_url()))).await;
    assert_eq!((&state["github_url"], &state["tokens"]["full"]), (&json!(range.github_url()), &json!(range.token())));
    assert_eq!(state["environments"][0]["instances"][1]["version"], "1.2.0");
    assert_eq!((&state["runs"][0]["id"], &state["runs"][0]["conclusion"]), (&json!(run.id), &json!("success")));
    let (_, one) = send(http().get(format!("{}/runs/{}", range.control_url(), run.id))).await;
    assert!(one["jobs"][1]["log"].as_str().unwrap().contains("Roll out"));
    let (_, stats) = send(http().get(format!("{}/stats", range.control_url()))).await;
    assert_eq!((&stats["dispatches"][0]["workflow"], &stats["token_leaks"]), (&json!("deploy.yml"), &json!(0)));
    let stats: pilothouse_range::StatsSnapshot = serde_json::from_value(stats).unwrap();
    assert_eq!(stats.dispatches_of("deploy.yml", "test"), 1, "another process counts with the same type");
    let (_, requests) = send(http().get(format!("{}/requests", range.control_url()))).await;
    assert_eq!(requests[0]["operation"], "dispatch");
}

#[tokio::test]
async fn a_push_is_ordered_over_http() {
    let (range, api) = range().await;
    let push = format!("{}/push", range.control_url());
    let (status, made) = send(http().post(&push).body(r#"{"message":"fix: now","tag":"v1.2.1"}"#)).await;
    assert_eq!(status, 201);
    assert_eq!(api.get("~/commits/v1.2.1").await.ok()["sha"], made["sha"]);
    assert_eq!(send(http().post(&push).body(r#"{"message":"x","path":"/etc/x"}"#)).await.0, 422);
}

#[tokio::test]
async fn pages_of_other_sites_are_turned_away() {
    let (range, _) = range().await;
    let url = range.control_url();
    let foreign = http().post(format!("{url}/faults")).header("origin", "https://evil.example").body("{}");
    assert_eq!(send(foreign).await.0, 403);
    assert_eq!(send(http().get(format!("{url}/state")).header("host", "evil.example")).await.0, 403);
    assert_eq!(send(http().get(format!("{url}/state")).header("origin", url)).await.0, 200);
    let page = http().get(url).send().await.unwrap();
    assert_eq!(page.status(), 200);
    assert!(page.text().await.unwrap().contains("<title>Practice range"));
}
