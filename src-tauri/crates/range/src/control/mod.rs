//! The control: a page for people and a small JSON API, to see what runs and to order faults while it does. It is not part of
//! the GitHub that is practised on, and takes no token; it answers only on loopback and only to its own page's scripts.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::middleware::{self, Next};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{delete, get, post, put};
use axum::{Json, Router};
use http::{HeaderMap, HeaderName, StatusCode, header};
use serde_json::{Value, json};

use crate::actions::RunView;
use crate::codepipeline::ExecutionView;
use crate::error::RangeError;
use crate::faults::{FaultId, Faults, Order};
use crate::gitlab::PipelineView;
use crate::lock::lock;
use crate::repository::Push;
use crate::site::Site;

const PAGE: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");
const POLICY: &str =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'none'; frame-ancestors 'none'";
/// Runs shown in the state; older ones are still at GitHub.
const SHOWN_RUNS: usize = 30;

pub(crate) fn router(site: &Arc<Site>) -> Router {
    Router::new()
        .route("/", get(async || ([(header::CONTENT_SECURITY_POLICY, POLICY)], Html(PAGE))))
        .route("/page.css", get(async || ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], STYLE)))
        .route("/page.js", get(async || ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8")], SCRIPT)))
        .route("/state", get(state))
        .route("/stats", get(stats))
        .route("/requests", get(async |State(site): State<Arc<Site>>| Json(site.stats.requests())))
        .route("/runs/{id}", get(run))
        .route("/faults", get(faults).post(order).delete(clear_all))
        .route("/faults/{id}", delete(clear))
        .route("/push", post(push))
        .route(
            "/protected/{environment}",
            put(async |state, path| protect(state, path, true)).delete(async |state, path| protect(state, path, false)),
        )
        .layer(middleware::from_fn_with_state(Arc::clone(site), own_page_only))
        .with_state(Arc::clone(site))
}

/// A page of another site must not be able to steer the range, nor read its tokens through a rebound name.
async fn own_page_only(State(site): State<Arc<Site>>, request: Request, next: Next) -> Response {
    if is_from_own_page(&site, request.headers()) {
        return next.run(request).await;
    }
    refuse(StatusCode::FORBIDDEN, "the control answers its own page only")
}

fn is_from_own_page(site: &Site, headers: &HeaderMap) -> bool {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let own = site.urls.control.trim_start_matches("http://");
    let port = own.rsplit(':').next().unwrap_or_default();
    let is_own = |host: &str| host == own || host == format!("localhost:{port}");
    text(header::HOST).is_none_or(is_own) && text(header::ORIGIN).is_none_or(|origin| origin.strip_prefix("http://").is_some_and(is_own))
}

async fn state(State(site): State<Arc<Site>>) -> Json<Value> {
    let runs: Vec<RunView> = lock(&site.actions).runs.values().rev().take(SHOWN_RUNS).map(RunView::of).collect();
    let standing = site.limits.standing();
    Json(json!({
        "github_url": site.api(),
        "gitlab_url": site.gitlab.api(),
        "gitlab_tokens": site.gitlab.tokens,
        "repository": crate::people::full_name(),
        "repository_path": site.repository.folder(),
        "tokens": site.tokens,
        "jenkins_url": site.urls.jenkins,
        "jenkins_accounts": site.jenkins_accounts,
        "codepipeline_url": site.urls.codepipeline,
        "aws_region": crate::codepipeline::REGION,
        "aws_keys": site.aws_keys,
        "environments": site.fleet.view(),
        "protected": site.protected(),
        "runs": runs,
        "elsewhere": elsewhere(&site),
        "faults": site.faults.list(),
        "rate_limit": { "limit": standing.limit, "remaining": standing.remaining },
    }))
}

async fn stats(State(site): State<Arc<Site>>) -> Response {
    Json(site.stats.snapshot()).into_response()
}

/// Runs at the other providers, last started first at each.
fn elsewhere(site: &Site) -> Vec<Value> {
    let run = |provider: &str, title: String, state: Value| json!({ "provider": provider, "title": title, "state": state });
    let mut runs = Vec::new();
    let gitlab: Vec<PipelineView> = lock(&site.gitlab.state).pipelines.values().rev().take(SHOWN_RUNS).map(PipelineView::of).collect();
    runs.extend(gitlab.into_iter().map(|pipeline| {
        let name = pipeline.name.unwrap_or_else(|| "pipeline".to_owned());
        run("GitLab", format!("{name} #{} at {}", pipeline.id, pipeline.ref_name), json!(pipeline.status))
    }));
    let jenkins = lock(&site.jenkins).runs();
    runs.extend(jenkins.into_iter().rev().take(SHOWN_RUNS).map(|build| {
        let number = build.build.map_or_else(|| "waits".to_owned(), |number| format!("#{number}"));
        let state = build.result.map_or_else(|| json!(build.standing), |result| json!(result));
        run("Jenkins", format!("{} {number}", build.job), state)
    }));
    let executions: Vec<ExecutionView> = lock(&site.pipelines).executions.iter().rev().take(SHOWN_RUNS).map(ExecutionView::of).collect();
    runs.extend(executions.into_iter().map(|execution| {
        let version = execution.variables.get("VERSION").map_or_else(String::new, |version| format!(" {version}"));
        let state = if execution.waits_for_approval { json!("waiting") } else { json!(execution.status) };
        run("CodePipeline", format!("{}{version}", execution.pipeline), state)
    }));
    runs
}

async fn run(State(site): State<Arc<Site>>, Path(id): Path<u64>) -> Response {
    match lock(&site.actions).runs.get(&id).map(RunView::of) {
        Some(run) => Json(run).into_response(),
        None => refuse(StatusCode::NOT_FOUND, "there is no such run"),
    }
}

fn handle(site: &Arc<Site>) -> Faults {
    Faults::new(Arc::clone(&site.faults), Arc::clone(&site.fleet))
}

async fn faults(State(site): State<Arc<Site>>) -> Response {
    Json(site.faults.list()).into_response()
}

async fn order(State(site): State<Arc<Site>>, body: String) -> Response {
    let order: Order = match serde_json::from_str(&body) {
        Ok(order) => order,
        Err(error) => return refuse(StatusCode::BAD_REQUEST, &error.to_string()),
    };
    match handle(&site).order(order) {
        Ok(id) => (StatusCode::CREATED, Json(json!({ "id": id }))).into_response(),
        Err(error) => refuse(StatusCode::UNPROCESSABLE_ENTITY, &error.to_string()),
    }
}

async fn clear(State(site): State<Arc<Site>>, Path(id): Path<u64>) -> Response {
    if handle(&site).clear(FaultId(id)) {
        return StatusCode::NO_CONTENT.into_response();
    }
    refuse(StatusCode::NOT_FOUND, "this fault is not in force")
}

async fn clear_all(State(site): State<Arc<Site>>) -> StatusCode {
    handle(&site).clear_all();
    StatusCode::NO_CONTENT
}

fn protect(State(site): State<Arc<Site>>, Path(environment): Path<String>, is_protected: bool) -> Response {
    if crate::range::protect(&site, &environment, is_protected) {
        return StatusCode::NO_CONTENT.into_response();
    }
    refuse(StatusCode::NOT_FOUND, "there is no such environment")
}

async fn push(State(site): State<Arc<Site>>, body: String) -> Response {
    let push: Push = match serde_json::from_str(&body) {
        Ok(push) => push,
        Err(error) => return refuse(StatusCode::BAD_REQUEST, &error.to_string()),
    };
    match site.repository.push(&push).await {
        Ok(sha) => (StatusCode::CREATED, Json(json!({ "sha": sha }))).into_response(),
        Err(error @ RangeError::Push(_)) => refuse(StatusCode::UNPROCESSABLE_ENTITY, &error.to_string()),
        Err(error) => refuse(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
    }
}

fn refuse(status: StatusCode, message: &str) -> Response {
    (status, Json(json!({ "message": message }))).into_response()
}
