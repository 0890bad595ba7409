//! Steering runs: cancel, rerun, approve, logs.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::time::Duration;

use pilothouse_range::{Conclusion, Fault, Order, Range, RangeOptions, Status};
use serde_json::json;

use crate::client::{PATIENCE, http, range, range_with, versions};

/// Steps that no test waits for.
fn slow() -> RangeOptions {
    RangeOptions { pace: Duration::from_secs(3600), ..RangeOptions::fast() }
}

#[tokio::test]
async fn a_cancelled_run_ends_cancelled() {
    let (range, api) = range_with(slow()).await;
    let run = api.deploy("staging", "1.2.0", "a").await;
    assert_eq!(api.post(&format!("~/actions/runs/{run}/cancel"), &json!({})).await.status, 202);
    let view = range.completed(run, PATIENCE).await.unwrap();
    assert_eq!(view.conclusion, Some(Conclusion::Cancelled));
    assert_eq!(api.post(&format!("~/actions/runs/{run}/cancel"), &json!({})).await.status, 409);
    assert_eq!(api.post(&format!("~/actions/runs/{run}/force-cancel"), &json!({})).await.status, 409);
    assert_eq!(versions(&range, "staging").await, ["1.1.0"; 2]);
}

#[tokio::test]
async fn a_running_run_can_not_be_rerun_and_has_no_logs() {
    let (range, api) = range_with(slow()).await;
    let run = api.deploy("staging", "1.2.0", "a").await;
    assert_eq!(api.post(&format!("~/actions/runs/{run}/rerun"), &json!({})).await.status, 403);
    let job = range.run(run).unwrap().jobs[0].id;
    assert_eq!(api.get(&format!("~/actions/jobs/{job}/logs")).await.status, 404);
    assert_eq!(api.get(&format!("~/actions/runs/{run}/logs")).await.status, 404);
    range.shutdown().await;
}

#[tokio::test]
async fn rerunning_failed_jobs_keeps_the_id_and_what_succeeded() {
    let (range, api) = range().await;
    let fail = Fault::FailJob { job: "deploy".to_owned(), environment: None, after_instances: 1 };
    range.faults().order(Order::once(fail)).unwrap();
    let view = api.deployed(&range, "staging", "1.2.0").await;
    let ends: Vec<_> = view.jobs.iter().map(|job| job.conclusion.unwrap()).collect();
    assert_eq!(ends, [Conclusion::Success, Conclusion::Failure, Conclusion::Skipped]);
    assert_eq!(versions(&range, "staging").await, ["1.2.0", "1.1.0"], "it stopped half-way");

    let run = view.id;
    assert_eq!(api.post(&format!("~/actions/runs/{run}/rerun-failed-jobs"), &json!({})).await.status, 201);
    let view = range.completed(run, PATIENCE).await.unwrap();
    assert_eq!((view.attempt, view.conclusion), (2, Some(Conclusion::Success)));
    assert_eq!(versions(&range, "staging").await, ["1.2.0"; 2]);
    let built = |number: u64| format!("~/actions/runs/{run}/attempts/{number}/jobs");
    let (first, second) = (api.get(&built(1)).await.ok(), api.get(&built(2)).await.ok());
    assert_eq!(first["jobs"][0]["completed_at"], second["jobs"][0]["completed_at"], "the build was carried over");
    assert_ne!(first["jobs"][0]["id"], second["jobs"][0]["id"]);
    assert_eq!(api.get(&format!("~/actions/runs/{run}/jobs?filter=all")).await.ok()["total_count"], 6);
    let body = api.get(&format!("~/actions/runs/{run}")).await.ok();
    assert!(body["previous_attempt_url"].as_str().unwrap().ends_with("/attempts/1"));
    assert_eq!(range.stats().dispatches.len(), 1, "a rerun is no dispatch");
}

#[tokio::test]
async fn rerunning_one_job_runs_what_needs_it_too() {
    let (range, api) = range().await;
    let run = api.deployed(&range, "staging", "1.2.0").await;
    let deploy = run.jobs[1].id;
    assert_eq!(api.post(&format!("~/actions/jobs/{deploy}/rerun"), &json!({})).await.status, 201);
    let view = range.completed(run.id, PATIENCE).await.unwrap();
    assert_eq!((view.attempt, view.conclusion), (2, Some(Conclusion::Success)));
    assert_eq!(view.jobs[0].log, run.jobs[0].log, "the build was carried over");
    assert_ne!(view.jobs[1].log, run.jobs[1].log);
    assert_ne!(view.jobs[2].log, run.jobs[2].log);
}

#[tokio::test]
async fn a_rejected_deployment_fails_its_run() {
    let options = RangeOptions { protected_environments: vec!["production".to_owned()], ..RangeOptions::fast() };
    let (range, api) = range_with(options).await;
    let run = api.deploy("production", "1.2.0", "gated").await;
    let waits = |range: &Range| range.run(run).filter(|run| run.status == Status::Waiting);
    range.until("a waiting run", PATIENCE, waits).await.unwrap();
    let pending = api.get(&format!("~/actions/runs/{run}/pending_deployments")).await.ok();
    let body = json!({ "environment_ids": [pending[0]["environment"]["id"]], "state": "rejected", "comment": "not today" });
    let wrong = json!({ "environment_ids": [1], "state": "rejected", "comment": "" });
    assert_eq!(api.post(&format!("~/actions/runs/{run}/pending_deployments"), &wrong).await.status, 422);
    api.post(&format!("~/actions/runs/{run}/pending_deployments"), &body).await.ok();
    let view = range.completed(run, PATIENCE).await.unwrap();
    assert_eq!(view.conclusion, Some(Conclusion::Failure));
    assert_eq!(versions(&range, "production").await, ["1.1.0"; 4]);
}

#[tokio::test]
async fn logs_are_fetched_from_another_place_without_the_token() {
    let (range, api) = range().await;
    let view = api.deployed(&range, "staging", "1.2.0").await;
    let answer = api.get(&format!("~/actions/jobs/{}/logs", view.jobs[1].id)).await;
    assert_eq!(answer.status, 302);
    let location = answer.header("location").unwrap();
    assert!(!location.starts_with(&range.github_url().replace("/api/v3", "")), "{location}");
    let log = http().get(location).send().await.unwrap();
    assert_eq!(log.headers()["content-type"], "text/plain; charset=utf-8");
    assert!(log.text().await.unwrap().contains("staging-2 is healthy"));
    assert_eq!(range.stats().token_leaks, 0);

    let leaked = http().get(location).bearer_auth(range.token()).send().await.unwrap();
    assert_eq!(leaked.status(), 400);
    assert_eq!(range.stats().token_leaks, 1);
}

#[tokio::test]
async fn the_logs_of_a_run_come_as_an_archive() {
    let (range, api) = range().await;
    let view = api.deployed(&range, "staging", "1.2.0").await;
    let answer = api.get(&format!("~/actions/runs/{}/logs", view.id)).await;
    let bytes = http().get(answer.header("location").unwrap()).send().await.unwrap().bytes().await.unwrap();
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes.to_vec())).unwrap();
    assert_eq!(archive.len(), 3);
    let mut text = String::new();
    std::io::Read::read_to_string(&mut archive.by_name("1_deploy.txt").unwrap(), &mut text).unwrap();
    assert!(text.contains("staging-1 -> 1.2.0"), "{text}");
}

#[tokio::test]
async fn an_address_of_a_log_works_for_a_minute() {
    let (range, api) = range().await;
    let view = api.deployed(&range, "staging", "1.2.0").await;
    let answer = api.get(&format!("~/actions/jobs/{}/logs", view.jobs[0].id)).await;
    let location = answer.header("location").unwrap().to_owned();
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(61)).await;
    tokio::time::resume();
    assert_eq!(http().get(location).send().await.unwrap().status(), 403);
    drop(range);
}
