//! GitHub's REST API as far as a release tool uses it, conforming to GitHub's own description. Answers come from the Git
//! repository and from `actions`, `deployments` and `releases`; no rule of those lives here.

mod account;
mod actions;
mod artifacts;
mod commits;
mod contents;
mod delivery;
pub(crate) mod error;
pub(crate) mod extract;
mod gate;
mod issues;
mod logs;
mod references;
mod releases;
mod reviews;
mod runs;
mod shapes;

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post, put};
use axum::{Router, middleware};
use tower::ServiceExt;

use crate::people::{LOGIN, OWNER, full_name};
use crate::site::Site;
use error::ApiError;

/// Where Enterprise Server has its API.
const PREFIX: &str = "/api/v3";

/// The API with and without Enterprise Server's prefix, and the pages behind it.
pub(crate) fn router(site: &Arc<Site>) -> Router {
    let api = routes().fallback(unknown).layer(middleware::from_fn_with_state(Arc::clone(site), gate::gate));
    let api = api.with_state(Arc::clone(site));
    Router::new().fallback_service(ServiceExt::<Request>::map_request(api, without_prefix as fn(Request) -> Request))
}

fn without_prefix(mut request: Request) -> Request {
    let uri = request.uri();
    let rest = uri.path().strip_prefix(PREFIX).filter(|rest| rest.is_empty() || rest.starts_with('/'));
    if let Some(rest) = rest {
        let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
        let rest = if rest.is_empty() { "/" } else { rest };
        // What was a path and query stays one without its beginning.
        if let Ok(stripped) = format!("{rest}{query}").parse() {
            *request.uri_mut() = stripped;
        }
    }
    request
}

fn routes() -> Router<Arc<Site>> {
    let repository = format!("/repos/{}", full_name());
    Router::new()
        .route("/", get(account::root))
        .route("/meta", get(account::meta))
        .route("/versions", get(account::versions))
        .route("/rate_limit", get(account::rate_limit))
        .route("/user", get(account::user))
        .route("/user/orgs", get(account::organizations))
        .route("/user/repos", get(account::repositories))
        .route(&format!("/orgs/{OWNER}/repos"), get(account::minimal_repositories))
        .route(&format!("/users/{OWNER}/repos"), get(account::minimal_repositories))
        .route(&format!("/users/{LOGIN}/repos"), get(account::no_repositories))
        .route(&repository, get(account::repository))
        .nest(&repository, git_routes().merge(actions_routes()).merge(delivery_routes()).merge(issue_routes()))
}

fn git_routes() -> Router<Arc<Site>> {
    Router::new()
        .route("/branches", get(references::branches))
        .route("/branches/{*branch}", get(references::branch))
        .route("/tags", get(references::tags))
        .route("/git/ref/{*name}", get(references::get))
        .route("/git/matching-refs/{*name}", get(references::matching))
        .route("/git/refs", post(references::create))
        .route("/git/tags", post(references::create_tag))
        .route("/git/tags/{sha}", get(references::tag))
        .route("/commits", get(commits::list))
        .route("/commits/{reference}", get(commits::get))
        .route("/commits/{reference}/status", get(commits::status))
        .route("/commits/{reference}/statuses", get(commits::statuses))
        .route("/commits/{reference}/check-runs", get(commits::check_runs))
        .route("/compare/{*basehead}", get(commits::compare))
        .route("/contents", get(contents::root))
        .route("/contents/", get(contents::root))
        .route("/contents/{*path}", get(contents::get))
}

fn actions_routes() -> Router<Arc<Site>> {
    Router::new()
        .route("/actions/workflows", get(actions::list))
        .route("/actions/workflows/{workflow}", get(actions::get))
        .route("/actions/workflows/{workflow}/dispatches", post(actions::dispatch))
        .route("/actions/workflows/{workflow}/enable", put(actions::enable))
        .route("/actions/workflows/{workflow}/disable", put(actions::disable))
        .route("/actions/workflows/{workflow}/runs", get(runs::list_of_workflow))
        .route("/actions/runs", get(runs::list))
        .route("/actions/runs/{run}", get(runs::get))
        .route("/actions/runs/{run}/jobs", get(runs::jobs))
        .route("/actions/runs/{run}/attempts/{attempt}", get(runs::attempt))
        .route("/actions/runs/{run}/attempts/{attempt}/jobs", get(runs::attempt_jobs))
        .route("/actions/runs/{run}/attempts/{attempt}/logs", get(logs::attempt))
        .route("/actions/runs/{run}/logs", get(logs::run))
        .route("/actions/runs/{run}/artifacts", get(artifacts::list))
        .route("/actions/artifacts/{artifact}", get(artifacts::get))
        .route("/actions/artifacts/{artifact}/{format}", get(artifacts::download))
        .route("/actions/runs/{run}/cancel", post(runs::cancel))
        .route("/actions/runs/{run}/force-cancel", post(runs::cancel))
        .route("/actions/runs/{run}/rerun", post(runs::rerun))
        .route("/actions/runs/{run}/rerun-failed-jobs", post(runs::rerun_failed))
        .route("/actions/runs/{run}/approvals", get(reviews::approvals))
        .route("/actions/runs/{run}/pending_deployments", get(reviews::pending).post(reviews::review))
        .route("/actions/jobs/{job}", get(runs::job))
        .route("/actions/jobs/{job}/logs", get(logs::job))
        .route("/actions/jobs/{job}/rerun", post(runs::rerun_job))
}

fn delivery_routes() -> Router<Arc<Site>> {
    Router::new()
        .route("/environments", get(delivery::environments))
        .route("/environments/{name}", get(delivery::environment))
        .route("/deployments", get(delivery::list).post(delivery::create))
        .route("/deployments/{id}", get(delivery::get))
        .route("/deployments/{id}/statuses", get(delivery::statuses).post(delivery::create_status))
        .route("/deployments/{id}/statuses/{status}", get(delivery::status))
        .route("/releases", get(releases::list).post(releases::create))
        .route("/releases/latest", get(releases::latest))
        .route("/releases/generate-notes", post(releases::generate_notes))
        .route("/releases/tags/{*tag}", get(releases::of_tag))
        .route("/releases/{id}", get(releases::get).patch(releases::update).delete(releases::delete))
        .route("/releases/{id}/assets", get(releases::assets))
}

fn issue_routes() -> Router<Arc<Site>> {
    Router::new()
        .route("/issues", get(issues::list).post(issues::create))
        .route("/issues/{number}", get(issues::get).patch(issues::update))
        .route("/issues/{number}/comments", get(issues::comments).post(issues::comment))
        .route("/issues/{number}/labels", get(issues::labels).post(issues::add_labels))
}

/// Pages of the repository lead to the control page, which shows the same things; all else is not found.
async fn unknown(State(site): State<Arc<Site>>, request: Request) -> Response {
    let page = format!("/{}", full_name());
    if request.uri().path().starts_with(&page) {
        return Redirect::to(&site.urls.control).into_response();
    }
    ApiError::not_found().into_response()
}
