//! GitLab's REST API as far as a release tool uses it: the same repository and fleet as at GitHub, with pipelines, approvals,
//! deployments and quirks of its own. Handlers answer; the rules of pipelines are in `create`, `state` and `runner`.

mod account;
mod ci_file;
mod create;
mod deployments;
mod error;
mod extract;
mod freeze;
mod gate;
mod history;
mod issues;
mod jobs;
mod operation;
mod pipelines;
mod projects;
mod releases;
mod repository;
mod runner;
mod shapes;
mod state;
mod trace;
mod view;

use std::sync::{Arc, Mutex};

use axum::extract::Request;
use axum::routing::{delete, get, post};
use axum::{Router, middleware};
use tower::ServiceExt;

use crate::issues::Issues;
use crate::site::Site;
use crate::tokens::Tokens;
use error::ApiError;

pub(crate) use history::remember;
pub(crate) use state::State;
pub use view::{PipelineJobView, PipelineView};

/// Where GitLab has its API; a relative URL root may stand before it.
const PREFIX: &str = "/api/v4";
/// The CI configuration in the repository.
pub(crate) const CONFIG: &str = ".gitlab-ci.yml";

/// What the range's GitLab has for itself.
#[derive(Debug)]
pub(crate) struct Gitlab {
    /// Without a path.
    pub(crate) url: String,
    pub(crate) tokens: Tokens,
    pub(crate) state: Mutex<State>,
    pub(crate) issues: Mutex<Issues>,
}

impl Gitlab {
    pub(crate) fn new(url: String) -> Self {
        Self { url, tokens: Tokens::make_for_gitlab(), state: Mutex::default(), issues: Mutex::default() }
    }

    /// Base of the API.
    pub(crate) fn api(&self) -> String {
        format!("{}{PREFIX}", self.url)
    }

    /// Base of the project's pages.
    pub(crate) fn page(&self) -> String {
        format!("{}/{}", self.url, crate::people::full_name())
    }
}

/// The API below its prefix.
pub(crate) fn router(site: &Arc<Site>) -> Router {
    let api = routes().fallback(async || ApiError::new(404, "404 Not Found"));
    let api = api.layer(middleware::from_fn_with_state(Arc::clone(site), gate::gate)).with_state(Arc::clone(site));
    Router::new().fallback_service(ServiceExt::<Request>::map_request(api, without_prefix as fn(Request) -> Request))
}

fn without_prefix(mut request: Request) -> Request {
    let uri = request.uri();
    let rest = uri.path().find(PREFIX).map(|at| &uri.path()[at + PREFIX.len()..]).filter(|rest| rest.starts_with('/'));
    // What is below no prefix is a page, and there are none.
    let rest = rest.unwrap_or("/page");
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    if let Ok(stripped) = format!("{rest}{query}").parse() {
        *request.uri_mut() = stripped;
    }
    request
}

fn routes() -> Router<Arc<Site>> {
    Router::new()
        .route("/user", get(account::user))
        .route("/personal_access_tokens/self", get(account::token))
        .route("/version", get(account::version))
        .route("/metadata", get(account::version))
        .route("/projects", get(projects::list))
        .route("/projects/{id}", get(projects::get))
        .nest("/projects/{id}", ci_routes().merge(git_routes()).merge(delivery_routes()).merge(issue_routes()))
}

fn git_routes() -> Router<Arc<Site>> {
    Router::new()
        .route("/repository/tags", get(repository::tags).post(repository::create_tag))
        .route("/repository/tags/{tag}", get(repository::tag))
        .route("/repository/branches", get(repository::branches))
        .route("/repository/branches/{branch}", get(repository::branch))
        .route("/repository/commits", get(repository::commits))
        .route("/repository/commits/{sha}", get(repository::commit))
        .route("/repository/compare", get(repository::compare))
        .route("/repository/changelog", get(repository::changelog))
        .route("/repository/files/{path}", get(repository::file))
}

fn ci_routes() -> Router<Arc<Site>> {
    Router::new()
        .route("/pipeline", post(pipelines::create))
        .route("/pipelines", get(pipelines::list))
        .route("/pipelines/{pipeline}", get(pipelines::get))
        .route("/pipelines/{pipeline}/variables", get(pipelines::variables))
        .route("/pipelines/{pipeline}/jobs", get(pipelines::jobs))
        .route("/pipelines/{pipeline}/bridges", get(pipelines::bridges))
        .route("/pipelines/{pipeline}/cancel", post(pipelines::cancel))
        .route("/pipelines/{pipeline}/retry", post(pipelines::retry))
        .route("/jobs", get(jobs::list))
        .route("/jobs/{job}", get(jobs::get))
        .route("/jobs/{job}/trace", get(jobs::trace))
        .route("/jobs/{job}/artifacts", get(jobs::artifacts))
        .route("/pipelines/{pipeline}/test_report", get(jobs::test_report))
        .route("/jobs/{job}/play", post(jobs::play))
        .route("/jobs/{job}/retry", post(jobs::retry))
}

fn delivery_routes() -> Router<Arc<Site>> {
    Router::new()
        .route("/environments", get(deployments::environments))
        .route("/deployments", get(deployments::list))
        .route("/deployments/{deployment}", get(deployments::get))
        .route("/deployments/{deployment}/approval", post(deployments::approve))
        .route("/releases", get(releases::list).post(releases::create))
        .route("/releases/{tag}", get(releases::get))
        .route("/freeze_periods", get(freeze::list).post(freeze::create))
        .route("/freeze_periods/{period}", delete(freeze::delete))
}

fn issue_routes() -> Router<Arc<Site>> {
    Router::new()
        .route("/issues", get(issues::list).post(issues::create))
        .route("/issues/{issue}", get(issues::get).put(issues::update))
        .route("/issues/{issue}/notes", get(issues::notes).post(issues::comment))
}
