//! A mutating call is sent once, and its failure says what is known of its effect.

use crate::contract::canned::{Canned, Reply, connect_with, fast, json, with};
use pilothouse_domain::deployment::CancelAnswer;
use pilothouse_domain::pipeline::FilledBinding;
use pilothouse_engine::ports::provider::{CallOutcome, GateAnswer, GateVerdict, HoldTarget, NewTag, Provider, ProviderErrorKind};
use pilothouse_providers::Registry;
use serde_json::json;
use std::time::Duration;

pub(crate) fn deploy() -> FilledBinding {
    FilledBinding {
        pipeline: "deploy.yml".into(),
        git_ref: "v1.4.0".into(),
        inputs: vec![("version".into(), "1.4.0".into()), ("correlation".into(), "0199".into())],
        correlation: "0199".into(),
    }
}

#[tokio::test]
async fn a_trigger_names_its_run() {
    let server = Canned::start(|_, _| json(200, &json!({"workflow_run_id": 42, "run_url": "u", "html_url": "https://h/runs/42"}))).await;
    let run = server.provider().trigger("acme/shop", &deploy()).await.unwrap().unwrap();
    assert_eq!((run.external_id.as_str(), run.url.as_str(), run.attempt), ("42", "https://h/runs/42", 1));
    let seen = server.seen();
    assert_eq!(seen.len(), 1);
    assert_eq!((seen[0].method.as_str(), seen[0].path.as_str()), ("POST", "/repos/acme/shop/actions/workflows/deploy.yml/dispatches"));
    let body = seen[0].json();
    assert_eq!(body, json!({"ref": "v1.4.0", "inputs": {"version": "1.4.0", "correlation": "0199"}}));
}

#[tokio::test]
async fn an_accepted_trigger_is_never_a_failure() {
    for reply in [0, 1, 2, 3] {
        let server = Canned::start(move |_, _| match reply {
            0 => with(204, &[], ""),
            1 => with(200, &[], "<html>"),
            2 => json(200, &json!({})),
            _ => Reply::HalfAnswer { status: 200 },
        })
        .await;
        assert_eq!(server.provider().trigger("acme/shop", &deploy()).await, Ok(None), "{reply}");
        assert_eq!(server.seen().len(), 1);
    }
}

pub(crate) fn tag(message: &str) -> NewTag {
    NewTag { name: "v1.4.0".into(), commit: "c0ffee".repeat(6), message: message.into() }
}

pub(crate) fn approval() -> GateAnswer {
    let comment = "go".into();
    GateAnswer { run: "42".into(), gate: "42-7".into(), verdict: GateVerdict::Approve, comment, inputs: vec![] }
}

/// Every mutating call of the port that begins with one.
async fn mutate(provider: &dyn Provider, which: usize) -> pilothouse_engine::ports::ProviderError {
    match which {
        0 => provider.trigger("acme/shop", &deploy()).await.unwrap_err(),
        1 => provider.cancel("acme/shop", "42", false).await.unwrap_err(),
        2 => provider.cancel("acme/shop", "42", true).await.unwrap_err(),
        3 => provider.rerun("acme/shop", "42", false).await.unwrap_err(),
        4 => provider.rerun("acme/shop", "42", true).await.unwrap_err(),
        5 => provider.answer_gate("acme/shop", &approval()).await.unwrap_err(),
        6 => provider.set_hold("acme/shop", &HoldTarget::Pipeline { pipeline: "deploy.yml".into() }, true, "").await.unwrap_err(),
        7 => provider.create_tag("acme/shop", &tag("")).await.unwrap_err(),
        8 => provider.create_tag("acme/shop", &tag("four")).await.unwrap_err(),
        _ => provider.generate_notes("acme/shop", &tag(""), None).await.unwrap_err(),
    }
}

fn bad(reply: &str) -> Reply {
    match reply {
        "hang up" => Reply::HangUp,
        "429" => with(429, &[("retry-after", "60")], "{}"),
        "302" => with(302, &[("location", "https://elsewhere.example/")], ""),
        status => with(status.parse().unwrap(), &[], "{\"message\":\"no\"}"),
    }
}

#[tokio::test]
async fn no_mutating_call_is_sent_twice() {
    for (reply, outcome) in [
        ("500", CallOutcome::Unknown),
        ("502", CallOutcome::Unknown),
        ("503", CallOutcome::Unknown),
        ("504", CallOutcome::Unknown),
        ("hang up", CallOutcome::Unknown),
        ("429", CallOutcome::NotStarted),
        ("302", CallOutcome::Refused),
        ("401", CallOutcome::Refused),
        ("403", CallOutcome::Refused),
        ("404", CallOutcome::Refused),
        ("422", CallOutcome::Refused),
    ] {
        for which in 0..10 {
            let server = Canned::start(move |_, _| bad(reply)).await;
            let error = mutate(&*server.provider(), which).await;
            assert_eq!(error.outcome(), outcome, "{reply}, call {which}: {error:?}");
            let sent = server.seen().iter().filter(|seen| seen.method != "GET").count();
            assert_eq!(sent, 1, "{reply}, call {which}");
            assert!(!error.message.is_empty() && !error.next_step.is_empty());
        }
    }
}

#[tokio::test]
async fn a_silent_server_is_no_answer() {
    let server = Canned::start(|_, _| Reply::Silence).await;
    let registry = Registry::new(pilothouse_providers::CallOptions { call_timeout: Duration::from_millis(200), ..fast() });
    let error = connect_with(&registry, &server.url).trigger("acme/shop", &deploy()).await.unwrap_err();
    assert_eq!((error.kind.clone(), error.outcome()), (ProviderErrorKind::NoAnswer, CallOutcome::Unknown), "{error:?}");
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn a_closed_port_was_never_reached() {
    // Bound and not listened on: connections are refused, and nobody else is given the port.
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
    let url = format!("http://{}", socket.local_addr().unwrap());
    let error = crate::contract::canned::connect(&url).trigger("acme/shop", &deploy()).await.unwrap_err();
    assert_eq!((error.kind.clone(), error.outcome()), (ProviderErrorKind::NotReached, CallOutcome::NotStarted), "{error:?}");
    assert!(error.message.contains("refused"), "{error}");
}

#[tokio::test]
async fn a_server_that_hangs_up_during_the_tls_handshake_was_never_reached() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            drop(stream);
        }
    });
    let error = crate::contract::canned::connect(&url).trigger("acme/shop", &deploy()).await.unwrap_err();
    assert_eq!(error.kind, ProviderErrorKind::NotReached, "{error:?}");
}

#[tokio::test]
async fn another_422_is_not_taken_for_that() {
    let server = Canned::start(|_, _| json(422, &json!({"message": "No ref found for: v1.4.0"}))).await;
    let error = server.provider().trigger("acme/shop", &deploy()).await.unwrap_err();
    assert_eq!(error.kind, ProviderErrorKind::Invalid);
    assert!(error.next_step.contains("push it"), "{error:?}");
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn a_workflow_that_github_does_not_know_points_to_the_default_branch() {
    let server = Canned::start(|_, _| json(404, &json!({"message": "Not Found"}))).await;
    let error = server.provider().trigger("acme/shop", &deploy()).await.unwrap_err();
    assert_eq!(error.kind, ProviderErrorKind::NotFound);
    assert!(error.message.contains("deploy.yml") && error.next_step.contains("default branch"), "{error:?}");
}

#[tokio::test]
async fn stopping_what_has_ended_is_told_and_forcing_has_its_own_address() {
    let server =
        Canned::start(|seen, _| if seen.path.ends_with("/force-cancel") { with(202, &[], "{}") } else { with(409, &[], "{}") }).await;
    let provider = server.provider();
    assert_eq!(provider.cancel("acme/shop", "42", false).await, Ok(CancelAnswer::AlreadyEnded));
    assert_eq!(provider.cancel("acme/shop", "42", true).await, Ok(CancelAnswer::Accepted));
}

#[tokio::test]
async fn a_run_that_can_not_be_repeated_is_told_from_a_token_that_may_not() {
    for (message, kind) in [
        ("This workflow run is already running", ProviderErrorKind::Conflict),
        ("Unable to retry this workflow run because it was created over a month ago", ProviderErrorKind::Conflict),
        ("Must have admin rights to Repository.", ProviderErrorKind::Forbidden),
    ] {
        let server = Canned::start(move |_, _| json(403, &json!({"message": message}))).await;
        let error = server.provider().rerun("acme/shop", "42", true).await.unwrap_err();
        assert_eq!(error.kind, kind, "{error:?}");
        assert!(error.message.contains(message.trim_end_matches('.')), "{error}");
    }
}

#[tokio::test]
async fn an_exhausted_budget_is_waited_out_here() {
    let server = Canned::start(|_, n| match n {
        0 => {
            with(403, &[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "99999999999")], "{\"message\":\"API rate limit exceeded\"}")
        }
        _ => with(204, &[], ""),
    })
    .await;
    let provider = server.provider();
    for _ in 0..3 {
        let error = provider.trigger("acme/shop", &deploy()).await.unwrap_err();
        assert_eq!(error.outcome(), CallOutcome::NotStarted, "{error:?}");
        assert!(error.retry_after().unwrap() > Duration::from_secs(3000));
    }
    assert_eq!(server.seen().len(), 1, "the second and third were not sent");
}
