//! A test per fault that strikes workflow runs.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::time::Duration;

use pilothouse_range::{Conclusion, Fault, Order, Status};
use serde_json::json;

use crate::client::{PATIENCE, range, versions};

fn fail(job: &str, environment: Option<&str>) -> Fault {
    Fault::FailJob { job: job.to_owned(), environment: environment.map(str::to_owned), after_instances: 0 }
}

#[tokio::test]
async fn a_failing_job_fails_its_run_and_skips_the_rest() {
    let (range, api) = range().await;
    range.faults().order(Order::once(fail("build", None))).unwrap();
    let run = api.deployed(&range, "staging", "1.2.0").await;
    assert_eq!(run.conclusion, Some(Conclusion::Failure));
    let ends: Vec<_> = run.jobs.iter().map(|job| job.conclusion.unwrap()).collect();
    assert_eq!(ends, [Conclusion::Failure, Conclusion::Skipped, Conclusion::Skipped]);
    assert!(run.jobs[0].log.contains("##[error]Process completed with exit code 1."), "{}", run.jobs[0].log);
    assert_eq!(versions(&range, "staging").await, ["1.1.0"; 2]);
    assert_eq!(api.deployed(&range, "staging", "1.2.0").await.conclusion, Some(Conclusion::Success), "ordered once");
}

#[tokio::test]
async fn a_failing_job_can_be_aimed_at_an_environment() {
    let (range, api) = range().await;
    range.faults().order(Order::once(fail("deploy", Some("production")))).unwrap();
    assert_eq!(api.deployed(&range, "staging", "1.2.0").await.conclusion, Some(Conclusion::Success));
    assert_eq!(api.deployed(&range, "production", "1.2.0").await.conclusion, Some(Conclusion::Failure));
    assert_eq!(versions(&range, "production").await, ["1.1.0"; 4]);
    let deployments = api.get("~/deployments?environment=production").await.ok();
    let statuses = api.get(&format!("~/deployments/{}/statuses", deployments[0]["id"])).await.ok();
    assert_eq!(statuses[0]["state"], "failure");
}

#[tokio::test]
async fn a_stuck_run_stays_queued_until_the_fault_is_cleared() {
    let (range, api) = range().await;
    let fault = range.faults().order(Order::once(Fault::StuckQueued)).unwrap();
    let stuck = api.deploy("staging", "1.2.0", "stuck").await;
    range.faults().struck(fault).await;
    // The next run overtakes it, so much time has certainly passed.
    api.deployed(&range, "staging", "1.0.0").await;
    assert_eq!(api.get(&format!("~/actions/runs/{stuck}")).await.ok()["status"], "queued");
    range.faults().clear(fault);
    let run = range.completed(stuck, PATIENCE).await.unwrap();
    assert_eq!(run.conclusion, Some(Conclusion::Success));
    assert_eq!(versions(&range, "staging").await, ["1.2.0"; 2]);
}

#[tokio::test]
async fn a_stuck_run_can_be_cancelled() {
    let (range, api) = range().await;
    let fault = range.faults().order(Order::once(Fault::StuckQueued)).unwrap();
    let stuck = api.deploy("staging", "1.2.0", "stuck").await;
    range.faults().struck(fault).await;
    assert_eq!(range.run(stuck).unwrap().status, Status::Queued);
    assert_eq!(api.post(&format!("~/actions/runs/{stuck}/cancel"), &json!({})).await.status, 202);
    assert_eq!(range.completed(stuck, PATIENCE).await.unwrap().conclusion, Some(Conclusion::Cancelled));
}

#[tokio::test]
async fn a_delayed_run_is_found_by_its_id_first_and_in_lists_later() {
    let (range, api) = range().await;
    range.faults().order(Order::once(Fault::DelayedListing { delay_ms: 3_600_000 })).unwrap();
    let run = api.deploy("staging", "1.2.0", "late").await;
    range.completed(run, PATIENCE).await.unwrap();
    api.get(&format!("~/actions/runs/{run}")).await.ok();
    let listed = async || api.get("~/actions/workflows/deploy.yml/runs").await.ok()["workflow_runs"][0]["id"] == run;
    assert!(!listed().await);
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(3_601)).await;
    tokio::time::resume();
    assert!(listed().await);
}
