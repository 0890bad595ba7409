//! Reads: conditional, paged, repeated at most once, and lenient.

use crate::contract::canned::{Canned, Reply, connect_with, fast, json, with};
use pilothouse_domain::Timestamp;
use pilothouse_domain::deployment::RunStatus;
use pilothouse_domain::release::SourceKind;
use pilothouse_engine::ports::provider::{ProviderErrorKind, RunSearch};
use pilothouse_providers::Registry;
use serde_json::{Value, json};

fn page(path: &str) -> u32 {
    path.split(['?', '&']).find_map(|part| part.strip_prefix("page=")).map_or(1, |text| text.parse().unwrap())
}

/// A page of a list, with the `Link` header where another follows.
fn listed(body: &Value, has_next: bool) -> Reply {
    let link = [("link", "<https://h/x?page=9>; rel=\"next\", <https://h/x?page=9>; rel=\"last\"")];
    with(200, if has_next { &link } else { &[] }, &body.to_string())
}

#[tokio::test]
async fn a_quiet_run_is_polled_conditionally_and_a_changed_one_is_seen() {
    let server = Canned::start(|seen, _| {
        let (etag, body) = if seen.path.contains("/jobs") {
            (
                "\"jobs\"",
                json!({"jobs": [{"id": 7, "name": "deploy", "status": "in_progress", "steps": [{"name": "copy", "status": "queued"}]}]}),
            )
        } else {
            ("W/\"run\"", json!({"id": 42, "status": "in_progress", "conclusion": null, "html_url": "u", "run_attempt": 2}))
        };
        match seen.header("if-none-match").first() {
            Some(known) if *known == etag => with(304, &[], ""),
            _ => with(200, &[("etag", etag)], &body.to_string()),
        }
    })
    .await;
    let registry = Registry::new(fast());
    let first = connect_with(&registry, &server.url).run("acme/shop", "42").await.unwrap();
    assert_eq!((first.attempt, &first.status, first.jobs.len()), (2, &RunStatus::InProgress, 1));
    let second = connect_with(&registry, &server.url).run("acme/shop", "42").await.unwrap();
    assert_eq!(first, second);
    let conditional = server.seen().iter().filter(|seen| !seen.header("if-none-match").is_empty()).count();
    assert_eq!((server.seen().len(), conditional), (4, 2));
}

#[tokio::test]
async fn an_unasked_304_is_not_taken_for_an_answer() {
    let server = Canned::start(|_, _| with(304, &[], "")).await;
    assert_eq!(server.provider().repository("acme/shop").await.unwrap_err().kind, ProviderErrorKind::Unexpected);
}

#[tokio::test]
async fn a_read_is_repeated_once_and_no_more() {
    let recovers = Canned::start(|_, n| if n == 0 { Reply::HangUp } else { json(200, &json!({"full_name": "acme/shop"})) }).await;
    recovers.provider().repository("acme/shop").await.unwrap();
    assert_eq!(recovers.seen().len(), 2);
    let down = Canned::start(|_, _| with(503, &[], "<html>")).await;
    assert_eq!(down.provider().repository("acme/shop").await.unwrap_err().kind, ProviderErrorKind::Unavailable);
    assert_eq!(down.seen().len(), 2);
    for status in [401, 403, 404, 429, 500] {
        let refusing = Canned::start(move |_, _| with(status, &[], "{}")).await;
        refusing.provider().repository("acme/shop").await.unwrap_err();
        assert_eq!(refusing.seen().len(), 1, "{status}");
    }
}

#[tokio::test]
async fn lists_are_read_page_by_page() {
    let server = Canned::start(|seen, _| {
        let n = page(&seen.path);
        assert!(seen.path.contains("per_page=100"), "{}", seen.path);
        listed(&json!([{"full_name": format!("acme/shop-{n}"), "permissions": {"push": n == 1}}, {"full_name": "other/x"}]), n < 3)
    })
    .await;
    let found = server.provider().repositories(" SHOP ").await.unwrap();
    let names: Vec<_> = found.iter().map(|r| (r.full_name.as_str(), r.can_write)).collect();
    assert_eq!(names, [("acme/shop-1", Some(true)), ("acme/shop-2", Some(false)), ("acme/shop-3", Some(false))]);
    assert_eq!(server.seen().len(), 3);
}

#[tokio::test]
async fn endless_lists_end() {
    let server = Canned::start(|seen, _| match () {
        () if seen.path.contains("/jobs") => listed(&json!({"jobs": [{"id": 1}]}), true),
        () if seen.path.contains("/runs/42") => json(200, &json!({"id": 42})),
        () if seen.path.contains("/tags") || seen.path.contains("/branches") => {
            listed(&json!([{"name": "x", "commit": {"sha": "a"}}]), true)
        }
        () if seen.path.contains("/environments") => listed(&json!({"environments": [{"name": "x"}]}), true),
        () if seen.path.contains("/workflows?") => listed(&json!({"workflows": [{"path": ".github/workflows/a.yml"}]}), true),
        () if seen.path.contains("/user/repos") => listed(&json!([{"full_name": "a/b"}]), true),
        () => json(200, &json!({"full_name": "acme/shop", "default_branch": "main"})),
    })
    .await;
    let provider = server.provider();
    provider.run("acme/shop", "42").await.unwrap();
    provider.refs("acme/shop").await.unwrap();
    provider.environments("acme/shop").await.unwrap();
    provider.pipelines("acme/shop").await.unwrap();
    provider.repositories("").await.unwrap();
    assert!(server.seen().len() < 60, "{}", server.seen().len());
}

#[tokio::test]
async fn of_a_long_comparison_the_newest_are_read_newest_first() {
    let server = Canned::start(|seen, _| {
        assert!(seen.path.starts_with("/repos/acme/shop/compare/v1.0...feature%2Fa?"), "{}", seen.path);
        let n = page(&seen.path);
        let numbers = (n - 1) * 100..(n * 100).min(1250);
        let commits: Vec<Value> = numbers.map(|i| json!({"sha": format!("{i}"), "commit": {"message": format!("fix: {i}")}})).collect();
        json(200, &json!({"ahead_by": 1250, "behind_by": 3, "total_commits": 1250, "commits": commits}))
    })
    .await;
    let read = server.provider().compare("acme/shop", "v1.0", "feature/a").await.unwrap();
    assert_eq!((read.ahead, read.behind, read.commits.len()), (1250, 3, 1000));
    assert_eq!((read.commits[0].sha.as_str(), read.commits[999].sha.as_str()), ("1249", "250"));
    assert_eq!(server.seen().len(), 12, "the first, which tells how many there are, and the last eleven");
}

#[tokio::test]
async fn an_annotated_tag_is_followed_to_its_commit() {
    let server = Canned::start(|seen, _| match seen.path.as_str() {
        "/repos/acme/shop/git/ref/tags/rel/v1%2B2" => json(200, &json!({"ref": "r", "object": {"type": "tag", "sha": "t1"}})),
        "/repos/acme/shop/git/tags/t1" => json(200, &json!({"object": {"type": "commit", "sha": "c1"}})),
        "/repos/acme/shop/git/ref/heads/main" => json(200, &json!({"object": {"type": "commit", "sha": "c2"}})),
        "/repos/acme/shop/git/ref/tags/tree" => json(200, &json!({"object": {"type": "tree", "sha": "t"}})),
        "/repos/acme/shop/git/ref/tags/loop" | "/repos/acme/shop/git/tags/loop" => {
            json(200, &json!({"object": {"type": "tag", "sha": "loop"}}))
        }
        "/repos/acme/shop/commits/abcdef1?per_page=1" => json(200, &json!({"sha": "abcdef123", "commit": {"message": "m"}})),
        "/repos/acme/shop/commits/beefbeef?per_page=1" => json(200, &json!({"sha": "c9", "commit": {"message": "a branch of that name"}})),
        _ => json(404, &json!({"message": "Not Found"})),
    })
    .await;
    let provider = server.provider();
    let resolve = async |kind, name: &str| provider.resolve("acme/shop", kind, name).await.map(|source| (source.name, source.commit));
    assert_eq!(resolve(SourceKind::Tag, "rel/v1+2").await, Ok(("rel/v1+2".into(), "c1".into())));
    assert_eq!(resolve(SourceKind::Branch, "main").await, Ok(("main".into(), "c2".into())));
    assert_eq!(resolve(SourceKind::Commit, "ABCDEF1").await, Ok(("abcdef123".into(), "abcdef123".into())));
    for (kind, name, wanted) in [
        (SourceKind::Tag, "tree", ProviderErrorKind::Invalid),
        (SourceKind::Tag, "loop", ProviderErrorKind::Invalid),
        (SourceKind::Tag, "v9", ProviderErrorKind::NotFound),
        (SourceKind::Commit, "main", ProviderErrorKind::Invalid),
        (SourceKind::Commit, "beefbeef", ProviderErrorKind::NotFound),
        (SourceKind::Commit, "0000000", ProviderErrorKind::NotFound),
        (SourceKind::Branch, " ", ProviderErrorKind::Invalid),
    ] {
        assert_eq!(resolve(kind, name).await.unwrap_err().kind, wanted, "{name}");
    }
}

fn search(is_correlated: bool) -> RunSearch {
    RunSearch {
        pipeline: "deploy.yml".into(),
        git_ref: "v1.4.0".into(),
        correlation: "token-1".into(),
        is_correlated,
        since: Timestamp::parse("2026-11-23T03:00:00Z").unwrap(),
    }
}

fn listed_run(id: u64, title: &str, actor: &str, branch: &str, at: &str) -> Value {
    json!({"id": id, "display_title": title, "event": "workflow_dispatch", "actor": {"login": actor}, "head_branch": branch,
        "created_at": at, "status": "queued", "html_url": "u"})
}

#[tokio::test]
async fn a_correlated_run_is_found_by_its_title_alone() {
    let server = Canned::start(|_, _| {
        json(
            200,
            &json!({"workflow_runs": [
                listed_run(3, "Deploy 1.4.0", "me", "v1.4.0", "2026-11-23T03:00:05Z"),
                listed_run(2, "Deploy 1.4.0 [token-1]", "bot", "main", "2026-11-23T03:00:02Z"),
            ]}),
        )
    })
    .await;
    let found = server.provider().find_runs("acme/shop", &search(true)).await.unwrap();
    assert_eq!(found.iter().map(|run| run.external_id.as_str()).collect::<Vec<_>>(), ["2"]);
    assert!(server.seen()[0].path.starts_with("/repos/acme/shop/actions/workflows/deploy.yml/runs?"));
}

#[tokio::test]
async fn an_uncorrelated_run_must_be_ours_at_the_ref_and_in_the_window() {
    let server = Canned::start(|seen, _| {
        if seen.path == "/user" {
            return json(200, &json!({"login": "Me"}));
        }
        json(
            200,
            &json!({"workflow_runs": [
                listed_run(6, "x", "me", "v1.4.0", "2026-11-23T03:00:09Z"),
                listed_run(5, "x", "somebody", "v1.4.0", "2026-11-23T03:00:08Z"),
                listed_run(4, "x", "me", "main", "2026-11-23T03:00:07Z"),
                listed_run(3, "x", "me", "v1.4.0", "2026-11-23T02:59:00Z"),
            ]}),
        )
    })
    .await;
    let found = server.provider().find_runs("acme/shop", &search(false)).await.unwrap();
    assert_eq!(found.iter().map(|run| run.external_id.as_str()).collect::<Vec<_>>(), ["6"]);
}

#[tokio::test]
async fn a_search_stops_where_runs_are_too_old_and_never_says_none_falsely() {
    let old =
        Canned::start(|_, _| listed(&json!({"workflow_runs": [listed_run(1, "x", "me", "v1.4.0", "2026-11-22T00:00:00Z")]}), true)).await;
    assert_eq!(old.provider().find_runs("acme/shop", &search(true)).await, Ok(vec![]));
    assert_eq!(old.seen().len(), 1);
    let busy =
        Canned::start(|_, _| listed(&json!({"workflow_runs": [listed_run(1, "x", "me", "v1.4.0", "2026-11-23T09:00:00Z")]}), true)).await;
    let error = busy.provider().find_runs("acme/shop", &search(true)).await.unwrap_err();
    assert_eq!(error.kind, ProviderErrorKind::Unexpected);
    assert_eq!(busy.seen().len(), 20);
}

#[tokio::test]
async fn a_log_that_is_not_there_yet_is_told_from_one_that_never_will() {
    let running =
        Canned::start(|seen, _| if seen.path.ends_with("/logs") { with(404, &[], "{}") } else { json(200, &json!({"id": 7})) }).await;
    assert_eq!(running.provider().job_log("acme/shop", "7", 0).await, Ok(None));
    let unknown = Canned::start(|_, _| with(404, &[], "{}")).await;
    assert_eq!(unknown.provider().job_log("acme/shop", "7", 0).await.unwrap_err().kind, ProviderErrorKind::NotFound);
    let deleted = Canned::start(|_, _| with(410, &[], "{}")).await;
    assert!(deleted.provider().job_log("acme/shop", "7", 0).await.unwrap_err().message.contains("has deleted"));
}

#[tokio::test]
async fn of_a_huge_log_the_end_is_kept() {
    let storage = Canned::start(|_, _| with(200, &[], &"0123456789abcde\n".repeat(10_000))).await;
    let target = storage.url.clone();
    let server = Canned::start(move |_, _| with(302, &[("location", &target)], "")).await;
    let log = server.provider().job_log("acme/shop", "7", 0).await.unwrap().unwrap().text;
    assert!(log.starts_with("[The first ") && log.ends_with("abcde\n"), "{}", &log[..60]);
    assert!(log.len() <= fast().log_limit_bytes + 60, "{}", log.len());
}

#[tokio::test]
async fn verify_names_scopes_expiry_and_budget() {
    let server = Canned::start(|seen, _| match seen.path.as_str() {
        "/user" => with(
            200,
            &[("x-oauth-scopes", "public_repo, read:org"), ("github-authentication-token-expiration", "2026-12-01 10:00:00 UTC")],
            "{\"login\":\"mara\"}",
        ),
        _ => json(200, &json!({"resources": {"core": {"limit": 5000, "remaining": 4999, "reset": 1_795_402_860, "used": 1}}})),
    })
    .await;
    let verified = server.provider().verify().await.unwrap();
    assert_eq!(verified.account.login, "mara");
    assert_eq!(verified.account.scopes, ["public_repo", "read:org"]);
    assert_eq!(verified.account.expires_at, Timestamp::parse("2026-12-01T10:00:00Z"));
    assert_eq!(verified.missing, ["repo"]);
    assert_eq!(verified.rate_limit.map(|limit| (limit.limit, limit.remaining)), Some((5000, 4999)));
}

#[tokio::test]
async fn a_fine_grained_token_is_tried_by_reading() {
    let server = Canned::start(|seen, _| match seen.path.split('?').next().unwrap_or_default() {
        "/user" => json(200, &json!({"login": "mara"})),
        "/user/repos" => {
            json(200, &json!([{"full_name": "a/ro", "permissions": {"push": false}}, {"full_name": "a/rw", "permissions": {"push": true}}]))
        }
        "/repos/a/rw/actions/workflows" => {
            with(403, &[("x-accepted-github-permissions", "actions=read")], "{\"message\":\"Resource not accessible\"}")
        }
        "/repos/a/rw/commits" => with(409, &[], "{\"message\":\"Git Repository is empty.\"}"),
        "/repos/a/rw/deployments" => with(403, &[], "{\"message\":\"Resource not accessible\"}"),
        _ => with(404, &[], "{}"),
    })
    .await;
    let verified = server.provider().verify().await.unwrap();
    assert_eq!(verified.missing, ["Actions: read and write", "Deployments: read and write"]);
    assert_eq!((verified.account.scopes.len(), verified.rate_limit), (0, None));
}

#[tokio::test]
async fn an_endless_answer_is_not_read_to_its_end() {
    let body = format!("{{\"login\": \"{}\"}}", "x".repeat(50 * 1024 * 1024));
    let server = Canned::start(move |_, _| with(200, &[], &body)).await;
    let error = connect_with(&Registry::new(fast()), &server.url).verify().await.map(drop).unwrap_err();
    assert!(error.kind == ProviderErrorKind::Unexpected && error.message.contains("too large"), "{error:?}");
}
