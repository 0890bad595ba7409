//! Runs really deploy: what the services answer is what was dispatched.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use pilothouse_range::{Conclusion, Range, RangeOptions, Status};
use serde_json::{Value, json};

use crate::client::{PATIENCE, range, range_with, service, versions};

#[tokio::test]
async fn a_deploy_changes_the_running_version() {
    let (range, api) = range().await;
    let staging = range.environment_url("staging").unwrap();
    assert_eq!(service(&staging, "/version").await.1["version"], "1.1.0");
    let run = api.deployed(&range, "staging", "1.2.0").await;
    assert_eq!(run.conclusion, Some(Conclusion::Success), "{run:#?}");
    assert_eq!(versions(&range, "staging").await, ["1.2.0", "1.2.0"]);
    assert_eq!(versions(&range, "production").await, ["1.1.0"; 4], "the other environment is left alone");
    let (status, health) = service(&staging, "/healthz").await;
    assert_eq!((status, &health["status"]), (200, &json!("ok")));
    let (_, version) = service(&staging, "/version").await;
    let tag = api.get("~/commits/v1.2.0").await.ok();
    assert_eq!(version["commit"], tag["sha"], "the commit of the tag runs, not the head of main");
    assert_eq!(range.environment_url("staging").unwrap(), staging, "the front's address never changes");
    range.shutdown().await;
}

#[tokio::test]
async fn the_front_asks_every_instance_in_turn() {
    let (range, _) = range().await;
    let front = range.environment_url("production").unwrap();
    let mut seen = Vec::new();
    for _ in 0..4 {
        let (status, body) = service(&front, "/work?lines=3&seed=a").await;
        assert_eq!(status, 200);
        seen.push(body["instance"].as_str().unwrap().to_owned());
    }
    seen.sort();
    assert_eq!(seen, ["production-1", "production-2", "production-3", "production-4"]);
}

#[tokio::test]
async fn a_rollback_brings_a_built_version_back_and_refuses_an_unknown_one() {
    let (range, api) = range().await;
    api.deployed(&range, "production", "1.2.0").await;
    let run = api.dispatch("rollback.yml", "production", "1.1.0", "back").await;
    let run = range.completed(run, PATIENCE).await.unwrap();
    assert_eq!(run.title, "Roll back production to 1.1.0 back");
    assert_eq!(run.conclusion, Some(Conclusion::Success));
    assert_eq!(versions(&range, "production").await, ["1.1.0"; 4]);
    let run = api.dispatch("rollback.yml", "production", "9.9.9", "back-2").await;
    let run = range.completed(run, PATIENCE).await.unwrap();
    assert_eq!(run.conclusion, Some(Conclusion::Failure));
    assert!(run.jobs[0].log.contains("there is no image of version 9.9.9"), "{}", run.jobs[0].log);
    assert_eq!(versions(&range, "production").await, ["1.1.0"; 4]);
}

#[tokio::test]
async fn a_version_without_a_tag_is_built_from_the_head_and_can_be_gone_back_to() {
    let (range, api) = range().await;
    api.deployed(&range, "staging", "1.3.0-rc.1").await;
    let main = api.get("~/commits/main").await.ok();
    let front = range.environment_url("staging").unwrap();
    assert_eq!(service(&front, "/version").await.1["commit"], main["sha"]);
    api.deployed(&range, "staging", "1.2.0").await;
    let run = api.dispatch("rollback.yml", "staging", "1.3.0-rc.1", "back").await;
    assert_eq!(range.completed(run, PATIENCE).await.unwrap().conclusion, Some(Conclusion::Success));
    assert_eq!(versions(&range, "staging").await, ["1.3.0-rc.1"; 2]);
}

#[tokio::test]
async fn a_dry_run_changes_nothing() {
    let (range, api) = range().await;
    let inputs = json!({ "environment": "staging", "version": "1.2.0", "dry_run": true });
    let body = json!({ "ref": "main", "inputs": inputs, "return_run_details": true });
    let run = api.post("~/actions/workflows/deploy.yml/dispatches", &body).await.ok()["workflow_run_id"].as_u64().unwrap();
    assert_eq!(range.completed(run, PATIENCE).await.unwrap().conclusion, Some(Conclusion::Success));
    assert_eq!(versions(&range, "staging").await, ["1.1.0"; 2]);
}

#[tokio::test]
async fn an_empty_range_refuses_connections_until_the_first_deploy() {
    let (range, api) = range_with(RangeOptions { initial_version: None, ..RangeOptions::fast() }).await;
    let view = range.environments();
    let error = crate::client::http().get(&view[0].instances[0].url).send().await.unwrap_err();
    assert!(error.is_connect(), "{error:?}");
    assert_eq!(service(&view[0].url, "/healthz").await.0, 502);
    assert!(range.runs().is_empty());
    api.deployed(&range, "staging", "1.0.0").await;
    assert_eq!(service(&view[0].url, "/healthz").await.0, 200);
}

#[tokio::test]
async fn a_run_goes_through_its_states_with_jobs_steps_and_a_growing_log() {
    let (range, api) = range().await;
    let run = api.deploy("staging", "1.2.0", "states").await;
    let running = |range: &Range| range.run(run).filter(|run| run.status != Status::Queued);
    assert_eq!(range.until("a start", PATIENCE, running).await.unwrap().conclusion, None);
    range.completed(run, PATIENCE).await.unwrap();
    let body = api.get(&format!("~/actions/runs/{run}")).await.ok();
    assert_eq!((&body["status"], &body["conclusion"]), (&json!("completed"), &json!("success")));
    assert_eq!((&body["run_attempt"], &body["event"]), (&json!(1), &json!("workflow_dispatch")));
    let jobs = api.get(&format!("~/actions/runs/{run}/jobs")).await.ok();
    let names: Vec<&Value> = jobs["jobs"].as_array().unwrap().iter().map(|job| &job["name"]).collect();
    assert_eq!(names, ["build", "deploy", "smoke"]);
    let steps: Vec<&Value> = jobs["jobs"][1]["steps"].as_array().unwrap().iter().map(|step| &step["name"]).collect();
    assert_eq!(steps, ["Set up job", "Run actions/checkout@v5", "Roll out", "Complete job"]);
    let log = &range.run(run).unwrap().jobs[1].log;
    assert!(log.contains("[2/2] staging-2 -> 1.2.0") && log.contains("##[group]Roll out"), "{log}");
}

#[tokio::test]
async fn deployments_are_recorded_for_the_environment() {
    let (range, api) = range().await;
    api.deployed(&range, "staging", "1.2.0").await;
    let list = api.get("~/deployments?environment=staging").await.ok();
    assert_eq!(list.as_array().unwrap().len(), 2, "the initial one and this one");
    let statuses = |id: &Value| format!("~/deployments/{id}/statuses");
    let newest = api.get(&statuses(&list[0]["id"])).await.ok();
    let states: Vec<&Value> = newest.as_array().unwrap().iter().map(|status| &status["state"]).collect();
    assert_eq!(states, ["success", "in_progress"]);
    let before = api.get(&statuses(&list[1]["id"])).await.ok();
    assert_eq!(before[0]["state"], "inactive");
}

#[tokio::test]
async fn runs_of_one_environment_wait_for_each_other() {
    let (range, api) = range().await;
    let first = api.deploy("staging", "1.2.0", "a").await;
    let second = api.deploy("staging", "1.0.0", "b").await;
    for run in [first, second] {
        assert_eq!(range.completed(run, PATIENCE).await.unwrap().conclusion, Some(Conclusion::Success));
    }
    assert_eq!(versions(&range, "staging").await, ["1.0.0"; 2], "never a mix of both");
}

#[tokio::test]
async fn ranges_do_not_know_each_other() {
    let ((one, api), (other, _)) = tokio::join!(range(), range());
    api.deployed(&one, "staging", "1.2.0").await;
    assert_eq!(versions(&other, "staging").await, ["1.1.0"; 2]);
    assert_eq!(other.stats().requests, 0);
    assert_ne!(one.token(), other.token());
    let sha = |range: &Range| std::fs::read_to_string(range.repository_path().join(".git/refs/heads/main")).unwrap();
    assert_eq!(sha(&one), sha(&other), "the seeded history is the same everywhere");
}

#[tokio::test]
async fn a_shut_down_range_leaves_nothing() {
    let (range, _) = range().await;
    let (folder, url) = (range.repository_path().to_path_buf(), range.github_url());
    range.shutdown().await;
    assert!(!folder.exists());
    assert!(crate::client::http().get(url).send().await.unwrap_err().is_connect());
}
