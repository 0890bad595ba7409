//! What an instance answers: `/healthz`, `/version`, and `/work`, which does real work.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::extract::{Query, Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use http::StatusCode;
use serde::Deserialize;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::instance::{Instance, InstanceState};

/// Most rounds that one request may ask for; a debug build does them in well under a second.
const MOST_ROUNDS: u32 = 200_000;

pub(super) fn router(instance: Arc<Instance>) -> Router {
    Router::new()
        .route("/healthz", get(healthz))
        .route("/version", get(version))
        .route("/work", get(work).post(work))
        .fallback(async || (StatusCode::NOT_FOUND, Json(json!({ "message": "no such path" }))))
        .layer(middleware::from_fn_with_state(Arc::clone(&instance), around))
        .with_state(instance)
}

/// Counts the request after the answer's state was decided, waits where a fault says so, and signs the answer.
async fn around(State(instance): State<Arc<Instance>>, request: Request, next: Next) -> Response {
    if let Some(delay) = instance.slowness() {
        tokio::time::sleep(delay).await;
    }
    let mut response = next.run(request).await;
    instance.count_request();
    if let Ok(name) = instance.name().parse() {
        response.headers_mut().insert("x-instance", name);
    }
    response
}

async fn healthz(State(instance): State<Arc<Instance>>) -> Response {
    let (status, word, detail) = match instance.state() {
        InstanceState::Healthy => (StatusCode::OK, "ok", None),
        InstanceState::Starting => (StatusCode::SERVICE_UNAVAILABLE, "starting", Some("warming up the price list")),
        InstanceState::Bad => (StatusCode::SERVICE_UNAVAILABLE, "failing", Some("the payment pool is exhausted: 0 of 32 connections free")),
        InstanceState::Empty | InstanceState::Crashed => (StatusCode::SERVICE_UNAVAILABLE, "stopping", None),
    };
    let version = instance.running().map(|process| process.version);
    let body = json!({ "status": word, "detail": detail, "version": version, "instance": instance.name() });
    (status, Json(body)).into_response()
}

async fn version(State(instance): State<Arc<Instance>>) -> Response {
    match instance.running() {
        Some(process) => Json(json!({
            "version": process.version,
            "commit": process.commit,
            "started_at": process.started(),
            "instance": instance.name(),
        }))
        .into_response(),
        None => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

#[derive(Deserialize)]
struct Basket {
    /// Lines to price: rounds of SHA-256.
    #[serde(default = "some_lines")]
    lines: u32,
    #[serde(default)]
    seed: String,
}

fn some_lines() -> u32 {
    200
}

async fn work(State(instance): State<Arc<Instance>>, Query(basket): Query<Basket>) -> Response {
    let failing = instance.state() == InstanceState::Bad;
    if failing {
        let body = json!({ "message": "no connection to the payment provider", "instance": instance.name() });
        return (StatusCode::INTERNAL_SERVER_ERROR, Json(body)).into_response();
    }
    let lines = basket.lines.clamp(1, MOST_ROUNDS);
    let priced = tokio::task::spawn_blocking(move || price(&basket.seed, lines)).await;
    match priced {
        Ok(result) => Json(json!({ "result": result, "lines": lines, "instance": instance.name() })).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// The same seed and number of lines always give the same result.
fn price(seed: &str, lines: u32) -> String {
    let mut digest = Sha256::digest(seed.as_bytes());
    for _ in 1..lines {
        digest = Sha256::digest(digest);
    }
    digest.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::price;

    #[test]
    fn the_same_basket_has_one_price() {
        assert_eq!(price("a", 3), price("a", 3));
        assert_ne!(price("a", 3), price("a", 4));
        // SHA-256 of nothing, as FIPS 180-4 examples give it.
        assert!(price("", 1).starts_with("e3b0c44298fc1c149afbf4c8996fb924"));
    }
}
