//! Pages, addresses, who we are, and how a pipeline is found again.

use crate::contract::canned::{Canned, json, with};
use crate::gitlab::{PROJECT, connect, provider};
use pilothouse_domain::Timestamp;
use pilothouse_engine::ports::provider::{NativeRollback, ProviderErrorKind, RollbackOutlook, RunSearch};
use serde_json::{Value, json};

fn search(is_correlated: bool) -> RunSearch {
    RunSearch {
        pipeline: ".gitlab-ci.yml".into(),
        git_ref: "refs/tags/v1".into(),
        correlation: "token-1".into(),
        is_correlated,
        since: Timestamp::parse("2026-11-23T06:00:00Z").unwrap(),
    }
}

/// A server with three pipelines of ours, newest first, of which one was given the token and none shows it.
async fn with_pipelines() -> Canned {
    Canned::start(|seen, _| {
        let pipeline =
            |id: u64, source: &str, at: &str| json!({"id": id, "source": source, "ref": "v1", "status": "running", "created_at": at});
        match seen.path.split('?').next().unwrap().trim_start_matches("/api/v4/projects/acme%2Fweb%2Fshop") {
            "/api/v4/user" => json(200, &json!({"username": "me"})),
            "/pipelines" => json(
                200,
                &json!([
                    pipeline(4, "push", "2026-11-23T06:00:03.123Z"),
                    pipeline(3, "api", "2026-11-23T06:00:02.123Z"),
                    pipeline(2, "api", "2026-11-23T06:00:01.123Z"),
                    pipeline(1, "api", "2026-11-22T06:00:00.123Z"),
                ]),
            ),
            "/pipelines/2/variables" => json(200, &json!([{"key": "RUN", "value": "token-1"}])),
            "/pipelines/3/variables" => json(200, &json!([{"key": "RUN", "value": "token-2"}])),
            _ => with(403, &[], "{\"message\":\"403 Forbidden\"}"),
        }
    })
    .await
}

#[tokio::test]
async fn a_pipeline_is_found_by_its_variables_among_those_of_our_account() {
    let server = with_pipelines().await;
    let found = provider(&server).find_runs(PROJECT, &search(true)).await.unwrap();
    assert_eq!(found.iter().map(|run| run.external_id.as_str()).collect::<Vec<_>>(), ["2"]);
    assert_eq!(found[0].started_by.as_deref(), Some("me"));
    let asked: Vec<String> = server.seen().into_iter().map(|seen| seen.path).collect();
    assert!(asked.iter().any(|path| path.contains("/pipelines?") && path.contains("ref=v1&") && path.contains("username=me")), "{asked:?}");
    assert!(!asked.iter().any(|path| path.contains("/pipelines/4/") || path.contains("/pipelines/1/")), "{asked:?}");
}

#[tokio::test]
async fn without_a_token_who_when_and_where_decide() {
    let server = with_pipelines().await;
    // The server's clock is today's, so that the window is shifted by as much: what is left is what came after the intent.
    let found = provider(&server).find_runs(PROJECT, &search(false)).await.unwrap();
    assert_eq!(found.iter().map(|run| run.external_id.as_str()).collect::<Vec<_>>(), ["3", "2"]);
}

#[tokio::test]
async fn pages_are_followed_by_either_header() {
    for header in ["link", "x-next-page"] {
        let server = Canned::start(move |seen, _| {
            let page: u64 = seen.path.rsplit("page=").next().unwrap().parse().unwrap();
            let body = json!([{"name": format!("env-{page}")}]).to_string();
            let link = "<https://elsewhere.example/?page=9>; rel=\"next\"";
            match (page, header) {
                (3, "link") => with(200, &[], &body),
                (3, _) => with(200, &[("x-next-page", "")], &body),
                (_, "link") => with(200, &[("link", link)], &body),
                _ => with(200, &[("x-next-page", "2")], &body),
            }
        })
        .await;
        assert_eq!(provider(&server).environments(PROJECT).await.unwrap(), ["env-1", "env-2", "env-3"], "{header}");
    }
}

#[tokio::test]
async fn relative_roots_are_kept_and_the_api_is_found() {
    let server = Canned::start(|_, _| json(200, &json!({"path_with_namespace": PROJECT}))).await;
    for root in ["", "/", "/gitlab", "/gitlab/", "/gitlab/api/v4", "/gitlab/api/v4/"] {
        connect(&format!("{}{root}", server.url)).repository(PROJECT).await.unwrap();
    }
    let paths: Vec<String> = server.seen().into_iter().map(|seen| seen.path).collect();
    let (plain, rooted) = ("/api/v4/projects/acme%2Fweb%2Fshop", "/gitlab/api/v4/projects/acme%2Fweb%2Fshop");
    assert_eq!(paths, [plain, plain, rooted, rooted, rooted, rooted]);
}

#[tokio::test]
async fn a_token_is_verified_with_its_scopes_and_end() {
    let server = Canned::start(|seen, _| match seen.path.trim_start_matches("/api/v4") {
        "/user" => json(200, &json!({"username": "project_7_bot_1", "bot": true})),
        "/personal_access_tokens/self" => {
            let headers = [("ratelimit-limit", "2000"), ("ratelimit-remaining", "1990"), ("ratelimit-reset", "1795402860")];
            with(200, &headers, r#"{"scopes":["read_api"],"expires_at":"2026-12-31","revoked":false,"active":true,"user_id":5}"#)
        }
        _ => json(200, &json!([])),
    })
    .await;
    let verified = provider(&server).verify().await.unwrap();
    assert_eq!(
        (verified.account.login.as_str(), verified.account.scopes.as_slice()),
        ("project_7_bot_1", ["read_api".to_owned()].as_slice())
    );
    assert_eq!(verified.account.expires_at, Timestamp::parse("2026-12-31T00:00:00Z"));
    assert_eq!(verified.missing, ["api", "the role Developer in a project"]);
    assert_eq!(verified.rate_limit.map(|limit| limit.remaining), Some(1990));
}

#[tokio::test]
async fn a_revoked_token_is_refused_and_one_that_can_not_be_asked_passes() {
    let answers = |token: Value, status: u16| {
        Canned::start(move |seen, _| match seen.path.trim_start_matches("/api/v4") {
            "/user" => json(200, &json!({"username": "me"})),
            "/personal_access_tokens/self" => json(status, &token),
            _ => json(200, &json!([{"path_with_namespace": PROJECT}])),
        })
    };
    let revoked = answers(json!({"scopes": ["api"], "revoked": true}), 200).await;
    assert_eq!(provider(&revoked).verify().await.unwrap_err().kind, ProviderErrorKind::Unauthorized);
    let oauth = answers(json!({"message": "400 Bad request"}), 400).await;
    let verified = provider(&oauth).verify().await.unwrap();
    assert_eq!((verified.account.scopes.len(), verified.missing.len()), (0, 0), "{verified:?}");
}

#[tokio::test]
async fn each_obstacle_to_going_back_is_told() {
    for (deployable, project, job, words) in [
        (json!(null), json!({}), json!({}), "no successful deployment"),
        (json!({"name": "deploy"}), json!({"archived": true}), json!({}), "archived"),
        (json!({"name": "deploy"}), json!({}), json!({"archived": true}), "it is archived"),
        (json!({"name": "deploy"}), json!({}), json!({"erased_at": "2026-01-01T00:00:00Z"}), "erased"),
        (json!({"name": "deploy"}), json!({}), json!({"status": "running"}), "still under way"),
        (json!({"name": "bridge"}), json!({}), json!({}), "starts another pipeline"),
        (
            json!({"name": "deploy"}),
            json!({"ci_forward_deployment_enabled": true, "ci_forward_deployment_rollback_allowed": false}),
            json!({}),
            "prevents outdated deployment jobs",
        ),
    ] {
        let server = Canned::start(move |seen, _| {
            let merged = |mut base: Value, more: &Value| {
                base.as_object_mut().unwrap().extend(more.as_object().into_iter().flatten().map(|(k, v)| (k.clone(), v.clone())));
                base
            };
            let job = merged(json!({"id": 7, "name": "deploy", "status": "success", "pipeline": {"id": 42}}), &job);
            let old = if deployable.is_null() { Value::Null } else { merged(job.clone(), &deployable) };
            let deployment =
                |id: u64, job: Value| json!({"id": id, "status": "success", "environment": {"name": "production"}, "deployable": job});
            let newest = json!({"id": 9, "name": "deploy", "status": "success", "pipeline": {"id": 43}});
            match seen.path.split('?').next().unwrap().rsplit('/').next().unwrap() {
                "deployments" => json(200, &json!([deployment(6, newest), deployment(5, old)])),
                "jobs" => json(200, &json!([job])),
                _ => json(200, &merged(json!({"path_with_namespace": PROJECT}), &project)),
            }
        })
        .await;
        let back = NativeRollback { pipeline: ".gitlab-ci.yml".into(), environment: "production".into(), target_run: "42".into() };
        let outlook = provider(&server).rollback_outlook(PROJECT, &back).await.unwrap();
        assert!(
            matches!(&outlook, RollbackOutlook::Closed { why } | RollbackOutlook::NotYet { why } if why.contains(words)),
            "{words}: {outlook:?}"
        );
        let error = provider(&server).roll_back(PROJECT, &back).await.unwrap_err();
        assert_eq!((error.kind, server.seen_of("POST").len()), (ProviderErrorKind::Conflict, 0), "{words}");
    }
}
