//! One long scenario over every operation that the range has: each answer must conform to GitHub's description.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use pilothouse_range::{Fault, Order, RangeOptions};
use serde_json::json;

use crate::client::{PATIENCE, range, range_with};
use crate::openapi::contract;

#[tokio::test]
async fn every_answer_conforms_to_the_description() {
    if contract().is_none() {
        println!("skipped: contracts not found");
        return;
    }
    let (range, api) = range().await;
    for path in [
        "/",
        "/meta",
        "/versions",
        "/rate_limit",
        "/user",
        "/user/orgs",
        "/user/repos",
        "/orgs/nordwind/repos",
        "/users/nordwind/repos",
        "~",
        "~/branches",
        "~/branches/main",
        "~/branches/feature/gift-cards",
        "~/tags",
        "~/git/ref/heads/main",
        "~/git/ref/tags/v1.0.0",
        "~/git/matching-refs/tags/v1",
        "~/commits",
        "~/commits?sha=v1.1.0&per_page=2&page=2&path=src/basket.js",
        "~/commits/main",
        "~/commits/v1.0.0/status",
        "~/commits/main/statuses",
        "~/commits/main/check-runs",
        "~/compare/v1.0.0...main",
        "~/compare/main...v1.0.0",
        "~/compare/main...feature%2Fgift-cards?per_page=1",
        "~/compare/main...main",
        "~/contents/README.md",
        "~/contents/.github/workflows?ref=v1.0.0",
        "~/contents/",
        "~/actions/workflows",
        "~/actions/workflows/deploy.yml",
        "~/actions/runs",
        "~/actions/workflows/deploy.yml/runs?event=workflow_dispatch&per_page=1",
        "~/environments",
        "~/environments/staging",
        "~/deployments",
        "~/releases",
        "~/releases/latest",
        "~/releases/tags/v1.1.0",
    ] {
        api.get(path).await.ok();
    }
    for path in [
        "~/nothing",
        "~/branches/nothing",
        "~/git/ref/heads/nothing",
        "~/compare/nothing...main",
        "~/contents/nothing",
        "~/contents/README.md?ref=nothing",
        "~/actions/workflows/nothing.yml",
        "~/actions/runs/1",
        "~/actions/runs/x",
        "~/actions/jobs/1",
        "~/environments/nothing",
        "~/deployments/1",
        "~/releases/tags/nothing",
        "/repos/other/thing",
    ] {
        assert_eq!(api.get(path).await.status, 404, "{path}");
    }
    assert_eq!(api.get("~/commits/0123456789").await.status, 422);

    range.faults().order(Order::once(Fault::FailJob { job: "smoke".to_owned(), environment: None, after_instances: 0 })).unwrap();
    let run = api.deploy("staging", "1.2.0", "conforming").await;
    api.get(&format!("~/actions/runs/{run}")).await.ok();
    api.get(&format!("~/actions/runs/{run}/jobs")).await.ok();
    range.completed(run, PATIENCE).await.unwrap();
    for tail in ["", "/jobs", "/jobs?filter=all", "/attempts/1", "/attempts/1/jobs", "/artifacts", "/approvals", "/pending_deployments"] {
        api.get(&format!("~/actions/runs/{run}{tail}")).await.ok();
    }
    let jobs = api.get(&format!("~/actions/runs/{run}/jobs")).await.ok();
    let job = jobs["jobs"][0]["id"].as_u64().unwrap();
    api.get(&format!("~/actions/jobs/{job}")).await.ok();
    for tail in [format!("jobs/{job}/logs"), format!("runs/{run}/logs"), format!("runs/{run}/attempts/1/logs")] {
        assert_eq!(api.get(&format!("~/actions/{tail}")).await.status, 302);
    }
    assert_eq!(api.post(&format!("~/actions/runs/{run}/cancel"), &json!({})).await.status, 409);
    assert_eq!(api.post(&format!("~/actions/runs/{run}/rerun-failed-jobs"), &json!({})).await.status, 201);
    range.completed(run, PATIENCE).await.unwrap();
    api.get(&format!("~/actions/runs/{run}")).await.ok();
    assert_eq!(api.post(&format!("~/actions/runs/{run}/rerun"), &json!({})).await.status, 201);
    range.completed(run, PATIENCE).await.unwrap();

    issues(&api).await;
    api.put("~/actions/workflows/ci.yml/disable").await.ok();
    api.get("~/actions/workflows/ci.yml").await.ok();
    api.put("~/actions/workflows/ci.yml/enable").await.ok();
    write_operations(&api).await;
    assert_eq!(range.stats().token_leaks, 0);
    range.shutdown().await;
}

async fn issues(api: &crate::client::Api) {
    assert_eq!(api.post("~/issues", &json!({ "title": "" })).await.status, 422);
    let made = api.post("~/issues", &json!({ "title": "The sum is wrong", "body": "By a cent.", "labels": ["uat"] })).await;
    assert_eq!(made.status, 201);
    assert_eq!(api.post("~/issues", &json!({ "title": "Another" })).await.status, 201);
    let number = made.body["number"].as_u64().unwrap();
    assert_eq!(api.post(&format!("~/issues/{number}/comments"), &json!({ "body": "Seen." })).await.status, 201);
    assert_eq!(api.get(&format!("~/issues/{number}/comments?since=2020-01-01T00:00:00Z")).await.ok()[0]["body"], "Seen.");
    let labels = api.post(&format!("~/issues/{number}/labels"), &json!({ "labels": ["blocker", "uat"] })).await.ok();
    assert_eq!((&labels[0]["name"], &labels[1]["name"], labels.as_array().unwrap().len()), (&json!("uat"), &json!("blocker"), 2));
    api.get(&format!("~/issues/{number}/labels")).await.ok();
    let closed =
        api.send(api.request(reqwest::Method::PATCH, &format!("~/issues/{number}")).body(json!({ "state": "closed" }).to_string()));
    assert_eq!(closed.await.ok()["state"], "closed");
    assert_eq!(api.get(&format!("~/issues/{number}")).await.ok()["comments"], 1);
    assert_eq!(api.get("~/issues").await.ok().as_array().unwrap().len(), 1, "open ones");
    let labelled = api.get("~/issues?state=all&labels=uat&since=2020-01-01T00:00:00Z&sort=updated&direction=asc").await.ok();
    assert_eq!((&labelled[0]["number"], labelled.as_array().unwrap().len()), (&json!(number), 1));
    assert_eq!(api.get("~/issues?state=all&since=2100-01-01T00:00:00Z").await.ok(), json!([]));
    assert_eq!(api.get("~/issues/99").await.status, 404);
}

async fn write_operations(api: &crate::client::Api) {
    let head = api.get("~/commits/main").await.ok()["sha"].as_str().unwrap().to_owned();
    let tag = json!({ "tag": "v1.3.0", "message": "checkout 1.3.0", "object": head, "type": "commit" });
    let made = api.post("~/git/tags", &tag).await;
    assert_eq!(made.status, 201);
    let object = made.body["sha"].as_str().unwrap().to_owned();
    api.get(&format!("~/git/tags/{object}")).await.ok();
    let reference = json!({ "ref": "refs/tags/v1.3.0", "sha": object });
    assert_eq!(api.post("~/git/refs", &reference).await.status, 201);
    let again = api.post("~/git/refs", &reference).await;
    assert_eq!((again.status, again.message()), (422, "Reference already exists"));

    let notes = api.post("~/releases/generate-notes", &json!({ "tag_name": "v1.3.0", "previous_tag_name": "v1.2.0" })).await;
    let release = json!({ "tag_name": "v1.3.0", "name": "checkout 1.3.0", "body": notes.ok()["body"] });
    let made = api.post("~/releases", &release).await;
    assert_eq!(made.status, 201);
    let id = made.body["id"].as_u64().unwrap();
    api.get(&format!("~/releases/{id}")).await.ok();
    api.get(&format!("~/releases/{id}/assets")).await.ok();
    let again = api.post("~/releases", &release).await;
    assert_eq!(again.status, 422);
    assert_eq!(again.body["errors"][0]["code"], "already_exists");
    let draft = api.post("~/releases", &json!({ "tag_name": "v1.4.0", "draft": true })).await;
    assert_eq!(draft.status, 201);
    assert_eq!(api.get("~/releases/tags/v1.4.0").await.status, 404, "a draft is not found by its tag");

    let made = api.post("~/deployments", &json!({ "ref": "v1.3.0", "environment": "staging", "payload": { "by": "hand" } })).await;
    assert_eq!(made.status, 201);
    let id = made.body["id"].as_u64().unwrap();
    let status = json!({ "state": "in_progress", "log_url": "https://example.com/log" });
    assert_eq!(api.post(&format!("~/deployments/{id}/statuses"), &status).await.status, 201);
    let status = api.post(&format!("~/deployments/{id}/statuses"), &json!({ "state": "success" })).await.ok();
    api.get(&format!("~/deployments/{id}")).await.ok();
    api.get(&format!("~/deployments/{id}/statuses/{}", status["id"])).await.ok();
    let list = api.get(&format!("~/deployments/{id}/statuses")).await.ok();
    assert_eq!(list[0]["state"], "success", "the newest status comes first");
}

#[tokio::test]
async fn approvals_conform_to_the_description() {
    let options = RangeOptions { protected_environments: vec!["production".to_owned()], ..RangeOptions::fast() };
    let (range, api) = range_with(options).await;
    let run = api.deploy("production", "1.2.0", "gated").await;
    let waits = |range: &pilothouse_range::Range| range.run(run).filter(|run| run.status == pilothouse_range::Status::Waiting);
    range.until("a waiting run", PATIENCE, waits).await.unwrap();
    api.get("~/environments").await.ok();
    let listed = api.get("~/actions/runs?status=waiting").await.ok();
    assert_eq!(listed["workflow_runs"][0]["id"], run);
    let pending = api.get(&format!("~/actions/runs/{run}/pending_deployments")).await.ok();
    let environment = pending[0]["environment"]["id"].as_u64().unwrap();
    let review = json!({ "environment_ids": [environment], "state": "approved", "comment": "go" });
    api.post(&format!("~/actions/runs/{run}/pending_deployments"), &review).await.ok();
    let view = range.completed(run, PATIENCE).await.unwrap();
    assert_eq!(view.conclusion, Some(pilothouse_range::Conclusion::Success));
    let approvals = api.get(&format!("~/actions/runs/{run}/approvals")).await.ok();
    assert_eq!((&approvals[0]["state"], &approvals[0]["comment"]), (&json!("approved"), &json!("go")));
    let late = api.post(&format!("~/actions/runs/{run}/pending_deployments"), &review).await;
    assert_eq!(late.status, 422);
}
