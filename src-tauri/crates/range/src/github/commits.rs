//! Commits, their checks, and comparisons.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::json;

use super::error::{Answer, ApiError};
use super::extract::Params;
use super::shapes::account::minimal_repository;
use super::shapes::commit as shapes;
use crate::repository::Range;
use crate::site::Site;

/// GitHub compares at most this many files, on the first page only.
const MOST_FILES: usize = 300;
/// Commits of a comparison that is not paged.
const UNPAGED: usize = 250;

pub(super) async fn list(State(site): State<Arc<Site>>, params: Params) -> Answer {
    let start = params.get("sha").unwrap_or("main");
    let sha = site.repository.resolve(start).await?.ok_or_else(ApiError::not_found)?;
    let text = |name: &str| params.get(name).map(str::to_owned);
    let range = Range {
        revisions: vec![sha],
        path: text("path"),
        since: text("since"),
        until: text("until"),
        author: text("author"),
        oldest_first: false,
    };
    let total = site.repository.count(&range).await?;
    let commits = site.repository.commits(&range, params.skip(), params.per_page()).await?;
    let shown: Vec<_> = commits.iter().map(|commit| shapes::commit(&site, commit)).collect();
    Ok(params.with_links(total, shown))
}

pub(super) async fn get(State(site): State<Arc<Site>>, Path(reference): Path<String>) -> Answer {
    let sha = resolve(&site, &reference).await?;
    let commit = site.repository.commit(&sha).await?.ok_or_else(ApiError::not_found)?;
    let files = site.repository.changed_files(commit.parents.first().map(String::as_str), &sha).await?;
    Ok(Json(shapes::commit_with_files(&site, &commit, &files)).into_response())
}

/// 422 for what could be a hash but is none, as GitHub answers.
async fn resolve(site: &Site, reference: &str) -> Result<String, ApiError> {
    let reference = reference.strip_prefix("heads/").or(reference.strip_prefix("tags/")).unwrap_or(reference);
    let missing = || ApiError::unprocessable(format!("No commit found for SHA: {reference}"));
    site.repository.resolve(reference).await?.ok_or_else(missing)
}

pub(super) async fn status(State(site): State<Arc<Site>>, Path(reference): Path<String>) -> Answer {
    let sha = site.repository.resolve(&reference).await?.ok_or_else(ApiError::not_found)?;
    let url = format!("{}/commits/{sha}", site.repository_api());
    Ok(Json(json!({
        "state": "pending", "statuses": [], "sha": sha, "total_count": 0, "repository": minimal_repository(&site),
        "commit_url": url, "url": format!("{url}/status"),
    }))
    .into_response())
}

pub(super) async fn statuses(State(site): State<Arc<Site>>, Path(reference): Path<String>) -> Answer {
    site.repository.resolve(&reference).await?.ok_or_else(ApiError::not_found)?;
    Ok(Json(json!([])).into_response())
}

pub(super) async fn check_runs(State(site): State<Arc<Site>>, Path(reference): Path<String>) -> Answer {
    resolve(&site, &reference).await?;
    Ok(Json(json!({ "total_count": 0, "check_runs": [] })).into_response())
}

pub(super) async fn compare(State(site): State<Arc<Site>>, Path(basehead): Path<String>, params: Params) -> Answer {
    let (base_name, head_name) = basehead.split_once("...").ok_or_else(ApiError::not_found)?;
    let find = async |name: &str| site.repository.resolve(name).await?.ok_or_else(ApiError::not_found);
    let (base, head) = (find(base_name).await?, find(head_name).await?);
    let missing = || {
        let message = format!("No common ancestor between {base_name} and {head_name}.");
        ApiError::new(StatusCode::NOT_FOUND, message)
    };
    let comparison = site.repository.compare(&base, &head).await?.ok_or_else(missing)?;
    let paged = params.get("page").is_some() || params.get("per_page").is_some();
    let (skip, count) = if paged { (params.skip(), params.per_page()) } else { (0, UNPAGED) };
    let commits = site.repository.commits(&comparison.commits, skip, count).await?;
    let one = async |sha: &str| site.repository.commit(sha).await?.ok_or_else(ApiError::not_found);
    let (base_commit, merge_base) = (one(&base).await?, one(&comparison.merge_base).await?);
    let files = if skip == 0 { site.repository.changed_files(Some(&comparison.merge_base), &head).await? } else { Vec::new() };
    let status = match (comparison.ahead, comparison.behind) {
        (0, 0) => "identical",
        (_, 0) => "ahead",
        (0, _) => "behind",
        _ => "diverged",
    };
    let page = format!("{}/compare/{base_name}...{head_name}", site.repository_page());
    let body = json!({
        "url": format!("{}/compare/{base_name}...{head_name}", site.repository_api()), "html_url": page,
        "permalink_url": format!("{}/compare/{base}...{head}", site.repository_page()),
        "diff_url": format!("{page}.diff"), "patch_url": format!("{page}.patch"),
        "base_commit": shapes::commit(&site, &base_commit), "merge_base_commit": shapes::commit(&site, &merge_base),
        "status": status, "ahead_by": comparison.ahead, "behind_by": comparison.behind, "total_commits": comparison.ahead,
        "commits": commits.iter().map(|commit| shapes::commit(&site, commit)).collect::<Vec<_>>(),
        "files": files.iter().take(MOST_FILES).map(|file| shapes::changed_file(&site, &head, file)).collect::<Vec<_>>(),
    });
    let response: Response = if paged { params.with_links(comparison.ahead, body) } else { Json(body).into_response() };
    Ok(response)
}
