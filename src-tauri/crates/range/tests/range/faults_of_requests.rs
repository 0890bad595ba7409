//! A test per fault that strikes requests. Each says what the client saw, and what really happened behind it.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::time::Duration;

use pilothouse_range::{Fault, Operation, Order, Range, Scope};
use reqwest::{Method, RequestBuilder};
use serde_json::json;

use crate::client::{Api, PATIENCE, range};

fn dispatch(api: &Api, correlation: &str) -> RequestBuilder {
    let inputs = json!({ "environment": "staging", "version": "1.2.0", "pilothouse_run": correlation });
    let body = json!({ "ref": "main", "inputs": inputs, "return_run_details": true });
    api.request(Method::POST, "~/actions/workflows/deploy.yml/dispatches").body(body.to_string())
}

#[tokio::test]
async fn a_refused_token_is_401_and_comes_back() {
    let (range, api) = range().await;
    let fault = range.faults().order(Order::until_cleared(Fault::RefuseToken)).unwrap();
    for _ in 0..2 {
        let answer = api.get("/user").await;
        assert_eq!((answer.status, answer.message()), (401, "Bad credentials"));
    }
    assert_eq!(range.faults().hits(fault), 2);
    assert!(range.faults().clear(fault));
    assert!(!range.faults().clear(fault), "it is cleared once");
    api.get("/user").await.ok();
}

#[tokio::test]
async fn a_server_error_strikes_as_often_as_ordered() {
    let (range, api) = range().await;
    range.faults().order(Order::times(Fault::ServerError { status: 503, accepted: false }, 2)).unwrap();
    assert_eq!(api.get("/user").await.status, 503);
    assert_eq!(api.send(dispatch(&api, "a")).await.status, 503);
    api.send(dispatch(&api, "b")).await.ok();
    assert_eq!(range.stats().dispatches_of("deploy.yml", "a"), 0);
    assert_eq!(range.stats().dispatches_of("deploy.yml", "b"), 1);
    assert!(range.faults().list().is_empty(), "used up");
}

#[tokio::test]
async fn a_server_error_can_hide_an_accepted_dispatch() {
    let (range, api) = range().await;
    let order = Order::once(Fault::ServerError { status: 500, accepted: true }).on_operation(Operation::Dispatch);
    range.faults().order(order).unwrap();
    api.get("/user").await.ok();
    assert_eq!(api.send(dispatch(&api, "a")).await.status, 500);
    assert_eq!(range.stats().dispatches_of("deploy.yml", "a"), 1);
}

#[tokio::test]
async fn a_proxy_page_is_no_json() {
    let (range, api) = range().await;
    range.faults().order(Order::once(Fault::ProxyPage)).unwrap();
    let answer = api.get("/user").await;
    assert_eq!(answer.status, 502);
    assert!(answer.text.contains("<h1>502 Bad Gateway</h1>"));
}

#[tokio::test]
async fn a_dropped_connection_after_accepting_leaves_a_run() {
    let (range, api) = range().await;
    range.faults().order(Order::once(Fault::DropAfterAccept).on_operation(Operation::Dispatch)).unwrap();
    let error = api.try_send(dispatch(&api, "a")).await.unwrap_err();
    assert!(error.is_request() && !error.is_timeout() && !error.is_connect(), "{error:?}");
    let stats = range.stats();
    assert_eq!(stats.dispatches_of("deploy.yml", "a"), 1);
    let run = range.completed(stats.dispatches[0].run_id, PATIENCE).await.unwrap();
    assert_eq!(run.title, "Deploy 1.2.0 to staging a", "the run goes on and can be found by its title");
    assert_eq!(range.requests().last().unwrap().status, None, "nothing was answered");
}

#[tokio::test]
async fn a_dropped_connection_before_accepting_leaves_nothing() {
    let (range, api) = range().await;
    range.faults().order(Order::once(Fault::DropBeforeAccept).on(Scope::Writes)).unwrap();
    api.get("/user").await.ok();
    api.try_send(dispatch(&api, "a")).await.unwrap_err();
    assert!(range.stats().dispatches.is_empty());
    api.send(dispatch(&api, "a")).await.ok();
    assert_eq!(range.stats().dispatches.len(), 1);
}

#[tokio::test]
async fn a_time_out_hides_an_accepted_dispatch() {
    let (range, api) = range().await;
    let order = Order::once(Fault::Timeout { delay_ms: 3_600_000 }).on_operation(Operation::Dispatch);
    range.faults().order(order).unwrap();
    let error = api.try_send(dispatch(&api, "a").timeout(Duration::from_secs(2))).await.unwrap_err();
    assert!(error.is_timeout(), "{error:?}");
    let accepted = |range: &Range| (range.stats().dispatches_of("deploy.yml", "a") == 1).then_some(());
    range.until("the accepted dispatch", PATIENCE, accepted).await.unwrap();
}

#[tokio::test]
async fn a_late_answer_still_comes() {
    let (range, api) = range().await;
    range.faults().order(Order::once(Fault::Timeout { delay_ms: 20 })).unwrap();
    api.get("/user").await.ok();
}

#[tokio::test]
async fn a_hanging_request_is_never_carried_out() {
    let (range, api) = range().await;
    let fault = range.faults().order(Order::once(Fault::Hang).on_operation(Operation::Dispatch)).unwrap();
    let waiting = tokio::spawn({
        let api = api.clone();
        async move { api.try_send(dispatch(&api, "a")).await }
    });
    range.faults().struck(fault).await;
    api.get("/user").await.ok();
    assert!(range.stats().dispatches.is_empty());
    assert!(!waiting.is_finished());
    // A range that ends breaks what hangs.
    range.shutdown().await;
    waiting.await.unwrap().unwrap_err();
}

#[tokio::test]
async fn the_primary_limit_says_when_it_ends_and_ends_then() {
    let (range, api) = range().await;
    let limit = Fault::PrimaryRateLimit { status: 403, reset_after_s: 120 };
    range.faults().order(Order::until_cleared(limit)).unwrap();
    let answer = api.get("~/actions/runs").await;
    assert_eq!((answer.status, answer.header("x-ratelimit-remaining")), (403, Some("0")));
    let number = |name: &str| answer.header(name).unwrap().parse::<i64>().unwrap();
    let left = number("x-ratelimit-reset") - std::time::UNIX_EPOCH.elapsed().unwrap().as_secs() as i64;
    assert!((1..=121).contains(&left), "{left}");
    assert_eq!(number("x-ratelimit-used"), number("x-ratelimit-limit"));
    assert!(answer.message().starts_with("API rate limit exceeded for user ID"));
    let standing = api.get("/rate_limit").await.ok();
    assert_eq!(standing["resources"]["core"]["remaining"], 0, "asking what is left is always allowed");
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(121)).await;
    tokio::time::resume();
    api.get("~/actions/runs").await.ok();
}

#[tokio::test]
async fn the_secondary_limit_may_say_how_long_to_wait() {
    let (range, api) = range().await;
    let faults = range.faults();
    faults.order(Order::once(Fault::SecondaryRateLimit { status: 429, retry_after_s: Some(7) })).unwrap();
    let told = api.send(dispatch(&api, "a")).await;
    assert_eq!((told.status, told.header("retry-after")), (429, Some("7")));
    assert_ne!(told.header("x-ratelimit-remaining"), Some("0"), "it is not the hourly limit");
    faults.order(Order::once(Fault::SecondaryRateLimit { status: 403, retry_after_s: None })).unwrap();
    let untold = api.send(dispatch(&api, "a")).await;
    assert_eq!((untold.status, untold.header("retry-after")), (403, None));
    assert!(untold.message().contains("secondary rate limit"));
    assert!(range.stats().dispatches.is_empty());
}

#[tokio::test]
async fn a_fault_can_be_aimed_at_a_route() {
    let (range, api) = range().await;
    let scope = Scope::Route { method: Some("GET".to_owned()), path: "*/actions/runs/*".to_owned() };
    let fault = Fault::ServerError { status: 500, accepted: false };
    range.faults().order(Order::until_cleared(fault).on(scope)).unwrap();
    api.get("~/actions/runs").await.ok();
    assert_eq!(api.get("~/actions/runs/1").await.status, 500);
    range.faults().clear_all();
    assert_eq!(api.get("~/actions/runs/1").await.status, 404);
}

#[tokio::test]
async fn a_client_that_hangs_up_does_not_undo_its_dispatch() {
    let (range, api) = range().await;
    // Without waiting for any answer: the connection is closed as soon as the request is written.
    let request = dispatch(&api, "gone").build().unwrap();
    let (host, body) = (request.url().authority().to_owned(), request.body().unwrap().as_bytes().unwrap().to_vec());
    let mut stream = tokio::net::TcpStream::connect(&host).await.unwrap();
    let head = format!(
        "POST {} HTTP/1.1\r\nhost: {host}\r\nuser-agent: t\r\nauthorization: Bearer {}\r\ncontent-length: {}\r\n\r\n",
        request.url().path(),
        range.token(),
        body.len()
    );
    let bytes = [head.as_bytes(), &body].concat();
    tokio::io::AsyncWriteExt::write_all(&mut stream, &bytes).await.unwrap();
    range.until("its arrival", PATIENCE, |range| range.requests().pop()).await.unwrap();
    drop(stream);
    let accepted = |range: &Range| (range.stats().dispatches_of("deploy.yml", "gone") == 1).then_some(());
    range.until("the accepted dispatch", PATIENCE, accepted).await.unwrap();
}
