//! Dispatching: the answers of each API version, the rules, and how a run is found again.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use pilothouse_range::RangeOptions;
use serde_json::{Value, json};

use crate::client::{Api, PATIENCE, range, range_with};

const PATH: &str = "~/actions/workflows/deploy.yml/dispatches";

fn inputs() -> Value {
    json!({ "environment": "staging", "version": "1.2.0", "pilothouse_run": "run-7" })
}

#[tokio::test]
async fn the_run_id_is_answered_on_request_or_by_the_newer_version() {
    let (range, api) = range().await;
    let plain = json!({ "ref": "main", "inputs": inputs() });
    assert_eq!(api.post(PATH, &plain).await.status, 204);
    let asked = json!({ "ref": "refs/heads/main", "inputs": inputs(), "return_run_details": true });
    let answer = api.post(PATH, &asked).await;
    assert_eq!(answer.status, 200);
    let id = answer.body["workflow_run_id"].as_u64().unwrap();
    assert!(answer.body["run_url"].as_str().unwrap().ends_with(&format!("/api/v3/repos/nordwind/checkout/actions/runs/{id}")));
    let newer = api.clone().with_version("2026-03-10").post(PATH, &plain).await;
    assert_eq!(newer.status, 200);
    assert_eq!(range.stats().dispatches_of("deploy.yml", "run-7"), 3);
    let unknown = api.clone().with_version("2031-01-01").post(PATH, &plain).await;
    assert_eq!(unknown.status, 400);
    assert_eq!(range.stats().dispatches.len(), 3, "a refused version dispatches nothing");
}

#[tokio::test]
async fn enterprise_server_answers_204_only() {
    let (range, api) = range_with(RangeOptions { enterprise_server: true, ..RangeOptions::fast() }).await;
    let asked = json!({ "ref": "main", "inputs": inputs(), "return_run_details": true });
    let answer = api.post(PATH, &asked).await;
    assert_eq!((answer.status, answer.text.as_str()), (204, ""));
    assert!(answer.header("x-github-enterprise-version").is_some());
    assert_eq!(api.clone().with_version("2026-03-10").get("/user").await.status, 400);
    assert_eq!(range.stats().dispatches.len(), 1);
}

#[tokio::test]
async fn a_run_is_found_again_by_its_title() {
    let (range, api) = range().await;
    let since = api.get("~/actions/runs?per_page=1").await.ok()["workflow_runs"][0]["created_at"].as_str().unwrap().to_owned();
    let run = api.deploy("staging", "1.2.0", "0198-marker").await;
    range.completed(run, PATIENCE).await.unwrap();
    let query = format!("~/actions/workflows/deploy.yml/runs?event=workflow_dispatch&branch=main&actor=noor-haddad&created=%3E%3D{since}");
    let found = api.get(&query).await.ok();
    let marked = |run: &&Value| run["display_title"].as_str().unwrap().contains("0198-marker");
    let hits: Vec<&Value> = found["workflow_runs"].as_array().unwrap().iter().filter(marked).collect();
    assert_eq!(hits.len(), 1);
    assert_eq!(hits[0]["id"], run);
    assert_eq!(hits[0]["display_title"], "Deploy 1.2.0 to staging 0198-marker");
    for none in ["event=push", "branch=v1.0.0", "actor=somebody", "status=failure", "created=%3C2026-01-01"] {
        assert_eq!(api.get(&format!("~/actions/runs?{none}")).await.ok()["total_count"], 0, "{none}");
    }
}

#[tokio::test]
async fn a_refused_dispatch_says_why_and_creates_nothing() {
    let (range, api) = range().await;
    let refused = async |body: Value, why: &str| {
        let answer = api.post(PATH, &body).await;
        assert_eq!((answer.status, answer.message()), (422, why));
    };
    let with = |name: &str, value: Value| {
        let mut inputs = inputs();
        inputs[name] = value;
        json!({ "ref": "main", "inputs": inputs })
    };
    refused(json!({ "ref": "nothing", "inputs": inputs() }), "No ref found for: nothing").await;
    let sha = api.get("~/commits/main").await.ok()["sha"].as_str().unwrap().to_owned();
    refused(json!({ "ref": sha, "inputs": inputs() }), &format!("No ref found for: {sha}")).await;
    refused(with("speed", json!("high")), "Unexpected inputs provided: [\"speed\"]").await;
    refused(with("version", json!("")), "Required input 'version' not provided").await;
    refused(with("environment", json!("moon")), "Provided value 'moon' for input 'environment' not in the list of allowed values").await;
    refused(with("dry_run", json!("perhaps")), "Invalid value for input 'dry_run'").await;
    // The workflow file of that tag is older than the input.
    refused(json!({ "ref": "v1.0.0", "inputs": inputs() }), "Unexpected inputs provided: [\"pilothouse_run\"]").await;
    let ci = api.post("~/actions/workflows/ci.yml/dispatches", &json!({ "ref": "main" })).await;
    assert_eq!((ci.status, ci.message()), (422, "Workflow does not have 'workflow_dispatch' trigger"));
    let unknown = api.post("~/actions/workflows/nothing.yml/dispatches", &json!({ "ref": "main" })).await;
    assert_eq!(unknown.status, 404);
    assert!(api.post(PATH, &json!({ "inputs": inputs() })).await.message().contains("missing field `ref`"));
    assert!(range.stats().dispatches.is_empty());
}

#[tokio::test]
async fn a_disabled_workflow_can_not_be_dispatched() {
    let (range, api) = range().await;
    assert_eq!(api.put("~/actions/workflows/deploy.yml/disable").await.status, 204);
    let listed = api.get("~/actions/workflows/deploy.yml").await.ok();
    assert_eq!(listed["state"], "disabled_manually");
    let body = json!({ "ref": "main", "inputs": inputs() });
    assert_eq!(api.post(PATH, &body).await.status, 422);
    api.put("~/actions/workflows/deploy.yml/enable").await.ok();
    assert_eq!(api.post(PATH, &body).await.status, 204);
    assert_eq!(range.stats().dispatches.len(), 1);
}

#[tokio::test]
async fn a_tag_can_be_dispatched_with_the_workflow_file_it_has() {
    let (range, api) = range().await;
    let body = json!({ "ref": "v1.2.0", "inputs": inputs(), "return_run_details": true });
    let run = api.post(PATH, &body).await.ok()["workflow_run_id"].as_u64().unwrap();
    let run = range.completed(run, PATIENCE).await.unwrap();
    assert_eq!(run.ref_name, "v1.2.0");
    let counts = range.stats().dispatches_by("pilothouse_run");
    assert_eq!(counts[&("deploy.yml".to_owned(), "run-7".to_owned())], 1);
}

#[tokio::test]
async fn the_api_answers_without_the_enterprise_prefix_too() {
    let (range, _) = range().await;
    let base = range.github_url().replace("/api/v3", "");
    let user = crate::client::http().get(format!("{base}/user")).bearer_auth(range.token()).send().await.unwrap();
    assert_eq!(user.status(), 200);
    let page = crate::client::http().get(format!("{base}/nordwind/checkout/actions/runs/1")).bearer_auth(range.token());
    let page = page.send().await.unwrap();
    assert_eq!(page.headers()["location"], range.control_url(), "pages lead to the control");
    let _ = Api::of(&range);
}
