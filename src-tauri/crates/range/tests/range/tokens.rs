//! Tokens, headers, limits, conditional requests, paging.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use pilothouse_range::RangeOptions;
use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{range, range_with};

#[tokio::test]
async fn each_token_may_do_its_own() {
    let (range, api) = range().await;
    let full = api.get("/user").await;
    assert_eq!((full.status, &full.body["login"]), (200, &json!("noor-haddad")));
    assert_eq!(full.header("x-oauth-scopes"), Some("read:org, repo, workflow"));
    assert!(full.header("github-authentication-token-expiration").unwrap().ends_with(":00:00 UTC"));
    assert_eq!(api.get("~").await.header("x-accepted-oauth-scopes"), Some("repo"));

    let read_only = api.clone().with_token(Some(&range.tokens().read_only));
    read_only.get("~/actions/runs").await.ok();
    let refused = read_only.post("~/actions/workflows/deploy.yml/dispatches", &json!({ "ref": "main" })).await;
    assert_eq!((refused.status, refused.message()), (403, "Resource not accessible by personal access token"));
    assert_eq!(refused.header("x-accepted-github-permissions"), Some("actions=write"));
    assert_eq!(refused.header("x-oauth-scopes"), None, "a fine-grained token has permissions, not scopes");

    let no_repo = api.clone().with_token(Some(&range.tokens().no_repo));
    assert_eq!(no_repo.get("/user").await.header("x-oauth-scopes"), Some("read:user"));
    assert_eq!(no_repo.get("~").await.status, 404);
    assert_eq!(no_repo.get("/user/repos").await.ok(), json!([]));

    let expired = api.clone().with_token(Some(&range.tokens().expired)).get("/user").await;
    assert_eq!((expired.status, expired.message()), (401, "Bad credentials"));
    let nobody = api.clone().with_token(None);
    assert_eq!(nobody.get("/user").await.message(), "Requires authentication");
    assert_eq!(nobody.get("~").await.status, 404);
    assert_eq!(nobody.get("/rate_limit").await.status, 200);
}

#[tokio::test]
async fn a_request_needs_a_user_agent() {
    let (range, api) = range().await;
    let nameless = reqwest::Client::builder().no_proxy().build().unwrap();
    let answer = nameless.get(format!("{}/user", range.github_url())).bearer_auth(range.token()).send().await.unwrap();
    assert_eq!(answer.status(), 403);
    api.get("/user").await.ok();
}

#[tokio::test]
async fn an_unchanged_answer_costs_nothing() {
    let (range, api) = range().await;
    let first = api.get("~/actions/runs").await;
    let (etag, left) = (first.header("etag").unwrap().to_owned(), first.header("x-ratelimit-remaining").unwrap().to_owned());
    let again = api.send(api.request(Method::GET, "~/actions/runs").header("if-none-match", &etag)).await;
    assert_eq!((again.status, again.text.as_str()), (304, ""));
    assert_eq!(again.header("x-ratelimit-remaining"), Some(left.as_str()), "free of charge");
    assert_eq!(again.header("etag"), Some(etag.as_str()));
    api.deployed(&range, "staging", "1.2.0").await;
    let changed = api.send(api.request(Method::GET, "~/actions/runs").header("if-none-match", &etag)).await;
    assert_eq!(changed.status, 200);
    assert_eq!(range.stats().not_modified, 1);
}

#[tokio::test]
async fn the_hourly_limit_is_counted_and_enforced() {
    let (range, api) = range_with(RangeOptions { rate_limit: 2, ..RangeOptions::fast() }).await;
    assert_eq!(api.get("/user").await.header("x-ratelimit-remaining"), Some("1"));
    assert_eq!(api.get("~").await.header("x-ratelimit-remaining"), Some("0"));
    let refused = api.get("/user").await;
    assert_eq!((refused.status, refused.header("x-ratelimit-remaining")), (403, Some("0")));
    assert!(refused.message().starts_with("API rate limit exceeded"));
    let standing = api.get("/rate_limit").await.ok();
    assert_eq!((&standing["resources"]["core"]["remaining"], &standing["rate"]["limit"]), (&json!(0), &json!(2)));
    let newer = api.clone().with_version("2026-03-10");
    let request = newer.request(Method::GET, "/rate_limit");
    let answer: Value = serde_json::from_slice(&request.send().await.unwrap().bytes().await.unwrap()).unwrap();
    assert_eq!(answer.get("rate"), None, "dropped by the newer version");
    drop(range);
}

#[tokio::test]
async fn lists_are_paged_by_links() {
    let (_range, api) = range().await;
    let mut path = "~/commits?per_page=5".to_owned();
    let mut seen: Vec<String> = Vec::new();
    loop {
        let answer = api.get(&path).await;
        let next = answer.header("link").and_then(|links| {
            let link = links.split(", ").find(|link| link.ends_with("rel=\"next\""))?;
            Some(link.trim_start_matches('<').split_once(">;")?.0.to_owned())
        });
        seen.extend(answer.ok().as_array().unwrap().iter().map(|commit| commit["sha"].as_str().unwrap().to_owned()));
        match next {
            Some(next) => path = next.split_once("/api/v3").unwrap().1.to_owned(),
            None => break,
        }
    }
    let all = api.get("~/commits?per_page=100").await.ok();
    assert_eq!(seen.len(), all.as_array().unwrap().len());
    assert!(seen.len() > 12);
    let runs = api.get("~/actions/runs?per_page=1").await;
    assert!(runs.header("link").unwrap().contains("rel=\"last\""));
    assert_eq!(runs.ok()["total_count"], 2);
}

#[tokio::test]
async fn every_request_is_on_record() {
    let (range, api) = range().await;
    api.get("/user").await.ok();
    api.get("~/actions/runs/1").await;
    let requests = range.requests();
    let told: Vec<(&str, Option<u16>)> = requests.iter().map(|request| (request.target.as_str(), request.status)).collect();
    assert_eq!(told, [("/user", Some(200)), ("/repos/nordwind/checkout/actions/runs/1", Some(404))]);
    assert_eq!(range.stats().per_operation[&pilothouse_range::Operation::GetRun], 1);
}
