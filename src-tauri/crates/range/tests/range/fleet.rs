//! A test per fault that strikes the fleet, and what the services answer then.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::time::Duration;

use pilothouse_range::{Conclusion, Fault, InstanceState, Order, Range, RangeOptions};
use serde_json::json;

use crate::client::{PATIENCE, http, range, range_with, service};

fn bad(version: &str, after_ms: Option<u64>, after_requests: Option<u64>) -> Order {
    Order::until_cleared(Fault::TurnBad { version: version.to_owned(), environment: None, after_ms, after_requests })
}

fn states(range: &Range, environment: usize) -> Vec<InstanceState> {
    range.environments()[environment].instances.iter().map(|instance| instance.state).collect()
}

#[tokio::test]
async fn a_version_turns_bad_after_its_requests() {
    let (range, api) = range().await;
    // The smoke job asks each instance twice.
    range.faults().order(bad("v1.2.0", None, Some(4))).unwrap();
    let run = api.deployed(&range, "staging", "1.2.0").await;
    assert_eq!(run.conclusion, Some(Conclusion::Success), "it starts healthy");
    let url = range.environments()[0].instances[0].url.clone();
    assert_eq!(service(&url, "/healthz").await.0, 200);
    assert_eq!(service(&url, "/work").await.0, 200);
    let (status, body) = service(&url, "/healthz").await;
    assert_eq!((status, &body["status"]), (503, &json!("failing")));
    assert_eq!(service(&url, "/work").await.0, 500);
    assert_eq!(service(&url, "/version").await.1["version"], "1.2.0", "it still says what it is");
    assert_eq!(service(&range.environments()[1].instances[0].url, "/healthz").await.0, 200);

    let run = api.dispatch("rollback.yml", "staging", "1.1.0", "back").await;
    assert_eq!(range.completed(run, PATIENCE).await.unwrap().conclusion, Some(Conclusion::Success));
    assert_eq!(states(&range, 0), [InstanceState::Healthy; 2]);
}

#[tokio::test]
async fn a_version_turns_bad_after_its_time() {
    let (range, api) = range().await;
    api.deployed(&range, "staging", "1.2.0").await;
    range.faults().order(bad("1.2.0", Some(600_000), None)).unwrap();
    assert_eq!(states(&range, 0), [InstanceState::Healthy; 2]);
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(601)).await;
    tokio::time::resume();
    assert_eq!(states(&range, 0), [InstanceState::Bad; 2]);
    range.faults().clear_all();
    assert_eq!(states(&range, 0), [InstanceState::Healthy; 2], "cleared faults heal");
}

#[tokio::test]
async fn a_version_that_is_bad_at_once_fails_its_deploy() {
    let (range, api) = range().await;
    range.faults().order(bad("1.2.0", None, None)).unwrap();
    let run = api.deployed(&range, "staging", "1.2.0").await;
    assert_eq!(run.conclusion, Some(Conclusion::Failure));
    assert!(run.jobs[1].log.contains("staging-1 did not become healthy: Bad"), "{}", run.jobs[1].log);
    assert_eq!(states(&range, 0), [InstanceState::Bad, InstanceState::Healthy], "the roll-out stopped at the first");
}

#[tokio::test]
async fn an_instance_starts_before_it_is_healthy() {
    let (range, api) = range_with(RangeOptions { startup: Duration::from_secs(3600), ..RangeOptions::fast() }).await;
    assert_eq!(states(&range, 0), [InstanceState::Healthy; 2], "what ran before the start is warm");
    api.deploy("staging", "1.2.0", "a").await;
    let starting = |range: &Range| states(range, 0).contains(&InstanceState::Starting).then_some(());
    range.until("a starting instance", PATIENCE, starting).await.unwrap();
    let (status, body) = service(&range.environments()[0].instances[0].url, "/healthz").await;
    assert_eq!((status, &body["status"]), (503, &json!("starting")));
    range.shutdown().await;
}

#[tokio::test]
async fn a_crashed_instance_refuses_connections_and_its_front_goes_on() {
    let (range, api) = range().await;
    let crash = Fault::CrashInstance { environment: "staging".to_owned(), instance: 1 };
    let (front, url) = (range.environment_url("staging").unwrap(), range.environments()[0].instances[0].url.clone());
    let held = http();
    held.get(format!("{url}/healthz")).send().await.unwrap();
    range.faults().order(Order::once(crash.clone())).unwrap();
    refused(&url).await;
    assert_eq!(states(&range, 0), [InstanceState::Crashed, InstanceState::Healthy]);
    for _ in 0..3 {
        let (status, body) = service(&front, "/healthz").await;
        assert_eq!((status, &body["instance"]), (200, &json!("staging-2")));
    }
    api.deployed(&range, "staging", "1.2.0").await;
    assert_eq!(states(&range, 0), [InstanceState::Healthy; 2], "a deploy starts it again");
    assert!(range.faults().list().is_empty());

    let fault = range.faults().order(Order::until_cleared(crash)).unwrap();
    refused(&url).await;
    let run = api.deployed(&range, "staging", "1.1.0").await;
    assert_eq!(run.conclusion, Some(Conclusion::Failure), "this one crashes at every start");
    range.faults().clear(fault);
    let back = |range: &Range| (states(range, 0)[0] == InstanceState::Healthy).then_some(());
    poll_until(&range, back).await;
}

/// The listener is closed by its own task: asks until that has happened.
async fn refused(url: &str) {
    for _ in 0..1_000 {
        match http().get(url).send().await {
            Err(error) if error.is_connect() => return,
            _ => tokio::task::yield_now().await,
        }
    }
    panic!("{url} still accepts connections");
}

/// For what happens at the fleet alone, which tells nobody.
async fn poll_until(range: &Range, question: impl Fn(&Range) -> Option<()>) {
    let asked = async {
        while question(range).is_none() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, asked).await.unwrap();
}

#[tokio::test]
async fn a_slow_instance_answers_late() {
    let (range, _) = range().await;
    let slow = Fault::SlowInstance { environment: "staging".to_owned(), instance: Some(2), delay_ms: 3_600_000 };
    let fault = range.faults().order(Order::until_cleared(slow)).unwrap();
    let view = range.environments();
    assert_eq!(service(&view[0].instances[0].url, "/healthz").await.0, 200, "its neighbour is not slow");
    let late = http().get(format!("{}/healthz", view[0].instances[1].url)).timeout(Duration::from_millis(50));
    assert!(late.send().await.unwrap_err().is_timeout());
    range.faults().clear(fault);
    assert_eq!(service(&view[0].instances[1].url, "/healthz").await.0, 200);
}

#[tokio::test]
async fn a_front_without_instances_says_so() {
    let (range, _) = range().await;
    for instance in 1..=2 {
        let crash = Fault::CrashInstance { environment: "staging".to_owned(), instance };
        range.faults().order(Order::once(crash)).unwrap();
    }
    for instance in &range.environments()[0].instances {
        refused(&instance.url).await;
    }
    let (status, body) = service(&range.environment_url("staging").unwrap(), "/version").await;
    assert_eq!((status, &body["message"]), (502, &json!("no instance accepts connections")));
}

#[tokio::test]
async fn work_is_real_and_the_same_everywhere() {
    let (range, _) = range().await;
    let view = range.environments();
    let (_, one) = service(&view[0].instances[0].url, "/work?seed=order-7&lines=50").await;
    let (_, other) = service(&view[1].instances[3].url, "/work?seed=order-7&lines=50").await;
    assert_eq!(one["result"].as_str().unwrap().len(), 64);
    assert_eq!(one["result"], other["result"]);
    let (_, more) = service(&view[0].instances[0].url, "/work?seed=order-7&lines=51").await;
    assert_ne!(one["result"], more["result"]);
}

#[tokio::test]
async fn a_deploy_behind_the_front_is_not_noticed() {
    let (range, api) = range().await;
    let front = range.environment_url("production").unwrap();
    let run = api.deploy("production", "1.2.0", "quiet").await;
    let mut asked = 0;
    while !range.run(run).unwrap().is_completed() {
        assert_eq!(service(&front, "/healthz").await.0, 200);
        asked += 1;
    }
    assert!(asked > 0);
}

#[tokio::test]
async fn orders_that_name_nothing_are_refused() {
    let (range, _) = range().await;
    let crash = |environment: &str, instance| Fault::CrashInstance { environment: environment.to_owned(), instance };
    let error = range.faults().order(Order::once(crash("staging", 3))).unwrap_err();
    assert_eq!(error.to_string(), "this fault can't be ordered: staging has instances 1 to 2");
    range.faults().order(Order::once(crash("moon", 1))).unwrap_err();
    assert!(range.faults().list().is_empty());
}
