//! Odd answers, and what they are told for.

use crate::contract::canned::{Canned, Reply, json, with};
use crate::gitlab::{PROJECT, provider};
use pilothouse_engine::ports::provider::{Provider, ProviderErrorKind as Kind};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

async fn answering(reply: impl Fn() -> Reply + Send + Sync + 'static) -> (Canned, Arc<dyn Provider>) {
    let server = Canned::start(move |_, _| reply()).await;
    let provider = provider(&server);
    (server, provider)
}

#[tokio::test]
async fn a_page_where_json_was_expected_is_told() {
    for headers in [vec![("content-type", "text/html; charset=utf-8")], vec![]] {
        let (_server, provider) = answering(move || with(200, &headers, "<!DOCTYPE html><title>Sign in</title>")).await;
        let error = provider.repository(PROJECT).await.unwrap_err();
        assert_eq!(error.kind, Kind::Unexpected, "{error:?}");
        assert!(error.message.contains("not JSON") && error.next_step.contains("log-in page"), "{error:?}");
    }
    let (server, provider) = answering(|| with(302, &[("location", "https://sso.example/login")], "")).await;
    let error = provider.repository(PROJECT).await.unwrap_err();
    assert_eq!((error.kind, server.seen().len()), (Kind::Unexpected, 1));
}

#[tokio::test]
async fn an_answer_that_breaks_off_or_has_another_form_names_the_place() {
    for (body, place) in [
        ("{\"path_with_namespace\":\"acme/web/shop\",\"archived\":\"perhaps\"}", "`archived`"),
        (
            "{\"path_with_namespace\":\"acme/web/shop\",\"permissions\":{\"group_access\":{\"access_level\":\"x\"}}}",
            "permissions.group_access.access_level",
        ),
        ("{\"path_with_namespace\":\"acme/web", "`path_with_namespace`"),
        ("[]", "can't be read"),
    ] {
        let (_server, provider) = answering(move || with(200, &[], body)).await;
        let error = provider.repository(PROJECT).await.unwrap_err();
        assert_eq!(error.kind, Kind::Unexpected, "{body}: {error:?}");
        assert!(error.message.contains(place), "{body}: {error}");
    }
}

#[tokio::test]
async fn a_limit_in_plain_text_is_kept_to() {
    let (server, provider) = answering(|| with(429, &[("content-type", "text/plain")], "Retry later\n")).await;
    for _ in 0..2 {
        let error = provider.repository(PROJECT).await.unwrap_err();
        assert!(matches!(error.kind, Kind::RateLimited { retry_after } if retry_after > Duration::from_secs(50)), "{error:?}");
    }
    assert_eq!(server.seen().len(), 1, "not a call more while the wait lasts");
}

#[tokio::test]
async fn what_is_hidden_is_not_found_and_says_that_it_may_be_hidden() {
    let (_server, provider) = answering(|| json(404, &json!({"message": "404 Project Not Found"}))).await;
    let error = provider.run(PROJECT, "42").await.unwrap_err();
    assert_eq!(error.kind, Kind::NotFound);
    assert!(error.message.contains("hides it"), "{error}");
}

#[tokio::test]
async fn unknown_words_are_unknown_and_no_end() {
    let server = Canned::start(|seen, _| {
        if seen.path.ends_with("/pipelines/42") { json(200, &json!({"id": 42, "status": "meditating"})) } else { json(200, &json!([])) }
    })
    .await;
    let run = provider(&server).run(PROJECT, "42").await.unwrap();
    assert!(!run.status.is_ended() && format!("{:?}", run.status).contains("meditating"), "{run:?}");
    assert_eq!(run.title, "Pipeline 42");
}

#[tokio::test]
async fn a_downstream_pipeline_has_its_log_elsewhere() {
    let server = Canned::start(|seen, _| match seen.path.split('?').next().unwrap().rsplit('/').next().unwrap() {
        "42" => json(200, &json!({"id": 42, "status": "running"})),
        "bridges" => json(
            200,
            &json!([{"id": 9, "name": "children", "stage": "deploy", "status": "running", "pipeline": {"id": 42},
                "downstream_pipeline": {"id": 43, "web_url": "https://h/43"}}]),
        ),
        _ => json(200, &json!([])),
    })
    .await;
    let provider = provider(&server);
    let run = provider.run(PROJECT, "42").await.unwrap();
    assert_eq!((run.jobs[0].name.as_str(), run.jobs[0].url.as_str()), ("children", "https://h/43"));
    let part = provider.job_log(PROJECT, &run.jobs[0].external_id, 0).await.unwrap().unwrap();
    assert_eq!((part.elsewhere.as_deref(), part.is_complete, part.text.as_str()), (Some("https://h/43"), false, ""));
}

#[tokio::test]
async fn an_endless_answer_is_not_read_to_its_end() {
    let body = format!("{{\"username\": \"{}\"}}", "x".repeat(50 * 1024 * 1024));
    let server = Canned::start(move |_, _| with(200, &[], &body)).await;
    let error = provider(&server).verify().await.map(drop).unwrap_err();
    assert!(error.kind == Kind::Unexpected && error.message.contains("too large"), "{error:?}");
}
