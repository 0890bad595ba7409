//! The account, its limits, and the repositories it sees.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Extension, State};
use axum::response::{IntoResponse, Response};
use chrono::Utc;
use serde_json::{Value, json};

use super::error::Answer;
use super::extract::Params;
use super::gate::ApiVersion;
use super::shapes::account;
use crate::site::Site;
use crate::tokens::Caller;

/// What the root names, as URI templates below the API's address.
const ROOT: [(&str, &str); 31] = [
    ("current_user_url", "/user"),
    ("current_user_authorizations_html_url", "/settings/connections/applications{/client_id}"),
    ("authorizations_url", "/authorizations"),
    ("code_search_url", "/search/code?q={query}{&page,per_page,sort,order}"),
    ("commit_search_url", "/search/commits?q={query}{&page,per_page,sort,order}"),
    ("emails_url", "/user/emails"),
    ("emojis_url", "/emojis"),
    ("events_url", "/events"),
    ("feeds_url", "/feeds"),
    ("followers_url", "/user/followers"),
    ("following_url", "/user/following{/target}"),
    ("gists_url", "/gists{/gist_id}"),
    ("issue_search_url", "/search/issues?q={query}{&page,per_page,sort,order}"),
    ("issues_url", "/issues"),
    ("keys_url", "/user/keys"),
    ("label_search_url", "/search/labels?q={query}&repository_id={repository_id}{&page,per_page}"),
    ("notifications_url", "/notifications"),
    ("organization_url", "/orgs/{org}"),
    ("organization_repositories_url", "/orgs/{org}/repos{?type,page,per_page,sort}"),
    ("organization_teams_url", "/orgs/{org}/teams"),
    ("public_gists_url", "/gists/public"),
    ("rate_limit_url", "/rate_limit"),
    ("repository_url", "/repos/{owner}/{repo}"),
    ("repository_search_url", "/search/repositories?q={query}{&page,per_page,sort,order}"),
    ("current_user_repositories_url", "/user/repos{?type,page,per_page,sort}"),
    ("starred_url", "/user/starred{/owner}{/repo}"),
    ("starred_gists_url", "/gists/starred"),
    ("user_url", "/users/{user}"),
    ("user_organizations_url", "/user/orgs"),
    ("user_repositories_url", "/users/{user}/repos{?type,page,per_page,sort}"),
    ("user_search_url", "/search/users?q={query}{&page,per_page,sort,order}"),
];

pub(super) async fn root(State(site): State<Arc<Site>>) -> Json<Value> {
    let entry = |(name, path): (&str, &str)| (name.to_owned(), Value::from(format!("{}{path}", site.api())));
    Json(Value::Object(ROOT.into_iter().map(entry).collect()))
}

pub(super) async fn meta(State(site): State<Arc<Site>>) -> Json<Value> {
    let mut body = json!({ "verifiable_password_authentication": false });
    if let (true, Some(map)) = (site.options.enterprise_server, body.as_object_mut()) {
        map.insert("installed_version".to_owned(), "3.18.0".into());
    }
    Json(body)
}

pub(super) async fn versions(State(site): State<Arc<Site>>) -> Json<Value> {
    Json(if site.options.enterprise_server { json!(["2022-11-28"]) } else { json!(["2026-03-10", "2022-11-28"]) })
}

pub(super) async fn rate_limit(State(site): State<Arc<Site>>, Extension(version): Extension<ApiVersion>) -> Json<Value> {
    let mut standing = site.limits.standing();
    if let Some(left_s) = site.faults.primary_limit_left_s() {
        standing.used = standing.limit;
        standing.remaining = 0;
        standing.reset = Utc::now().timestamp().saturating_add_unsigned(left_s);
    }
    let core = json!({
        "limit": standing.limit, "used": standing.used, "remaining": standing.remaining, "reset": standing.reset,
    });
    let search = json!({ "limit": 30, "used": 0, "remaining": 30, "reset": standing.reset });
    let mut body = json!({ "resources": { "core": core, "search": search } });
    if let (ApiVersion::V2022, Some(map)) = (version, body.as_object_mut()) {
        map.insert("rate".to_owned(), core);
    }
    Json(body)
}

pub(super) async fn user(State(site): State<Arc<Site>>) -> Json<Value> {
    Json(account::private_user(&site))
}

pub(super) async fn organizations(State(site): State<Arc<Site>>, params: Params) -> Response {
    params.array(&[()], |()| account::organization(&site))
}

pub(super) async fn repositories(
    State(site): State<Arc<Site>>,
    Extension(version): Extension<ApiVersion>,
    Extension(caller): Extension<Caller>,
    params: Params,
) -> Answer {
    let owned_only = params.get("affiliation") == Some("owner") || params.get("type") == Some("owner");
    // The repository belongs to the organisation, and a token without `repo` sees no private one.
    let visible = if owned_only || caller == Caller::NoRepo { &[][..] } else { &[()][..] };
    let pushed_at = pushed_at(&site).await?;
    Ok(params.array(visible, |()| account::repository(&site, &pushed_at, version == ApiVersion::V2022)))
}

pub(super) async fn minimal_repositories(State(site): State<Arc<Site>>, Extension(caller): Extension<Caller>, params: Params) -> Response {
    let visible = if caller == Caller::NoRepo { &[][..] } else { &[()][..] };
    params.array(visible, |()| account::minimal_repository(&site))
}

pub(super) async fn no_repositories(params: Params) -> Response {
    params.array(&[] as &[()], |()| Value::Null)
}

pub(super) async fn repository(State(site): State<Arc<Site>>, Extension(version): Extension<ApiVersion>) -> Answer {
    let pushed_at = pushed_at(&site).await?;
    Ok(Json(account::repository(&site, &pushed_at, version == ApiVersion::V2022)).into_response())
}

/// The time of the newest commit on main.
async fn pushed_at(site: &Site) -> Result<String, super::ApiError> {
    let sha = site.repository.resolve("main").await?.unwrap_or_default();
    let commit = site.repository.commit(&sha).await?;
    Ok(commit.map(|commit| commit.committer.date).unwrap_or_default())
}
