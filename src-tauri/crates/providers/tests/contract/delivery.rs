//! Tags, releases, deployments, the way back and holds: what is sent, in which order, and what comes of answers that are lost.

use crate::contract::canned::{Canned, Reply, Seen, json, with};
use crate::contract::mutating::tag;
use crate::contract::requests::{check, description};
use pilothouse_domain::Timestamp;
use pilothouse_domain::deployment::RunStatus;
use pilothouse_engine::ports::provider::{
    CallOutcome, HoldTarget, NativeRollback, NewRelease, ProviderErrorKind, ReleaseAsset, RollbackOutlook,
};
use serde_json::{Value, json};

fn points_at(sha: &str) -> Reply {
    json(200, &json!({"object": {"type": "commit", "sha": sha}}))
}

/// Where the second call, which names the tag, is answered so, and the name then leads to this commit.
async fn tags(answer: fn() -> Reply, there: Option<String>) -> Canned {
    Canned::start(move |seen, _| match (seen.method.as_str(), &there) {
        ("POST", _) if seen.path.ends_with("/git/tags") => json(201, &json!({"sha": "7a6", "object": {"sha": "x"}})),
        ("POST", _) => answer(),
        (_, Some(sha)) => points_at(sha),
        _ => json(404, &json!({"message": "Not Found"})),
    })
    .await
}

#[tokio::test]
async fn a_tag_with_a_message_is_an_object_first_and_then_a_name() {
    let server = tags(|| json(201, &json!({})), None).await;
    server.provider().create_tag("acme/shop", &tag("four")).await.unwrap();
    server.provider().create_tag("acme/shop", &tag("")).await.unwrap();
    let commit = tag("").commit;
    let sent: Vec<(String, Value)> = server.seen().iter().map(|seen| (seen.path.clone(), seen.json())).collect();
    let (object, name) = ("/repos/acme/shop/git/tags".to_owned(), "/repos/acme/shop/git/refs".to_owned());
    assert_eq!(
        sent,
        [
            (object, json!({"tag": "v1.4.0", "message": "four", "object": commit, "type": "commit"})),
            (name.clone(), json!({"ref": "refs/tags/v1.4.0", "sha": "7a6"})),
            (name, json!({"ref": "refs/tags/v1.4.0", "sha": commit})),
        ]
    );
}

#[tokio::test]
async fn what_the_name_points_at_decides_where_its_call_failed() {
    let exists = || json(422, &json!({"message": "Reference already exists"}));
    let rules = || json(422, &json!({"message": "Repository rule violations found\n\nCannot create ref"}));
    let ours = tag("").commit;
    let other = "0".repeat(40);
    for (answer, there, wanted) in [
        (exists as fn() -> Reply, Some(&ours), Ok(())),
        (exists, Some(&other), Err((ProviderErrorKind::Conflict, CallOutcome::Refused))),
        (exists, None, Err((ProviderErrorKind::Invalid, CallOutcome::Refused))),
        (rules, None, Err((ProviderErrorKind::Forbidden, CallOutcome::Refused))),
        (|| Reply::HangUp, Some(&ours), Ok(())),
        (|| Reply::HangUp, Some(&other), Err((ProviderErrorKind::Conflict, CallOutcome::Refused))),
        (|| Reply::HangUp, None, Err((ProviderErrorKind::NoAnswer, CallOutcome::Unknown))),
        (|| with(502, &[], ""), None, Err((ProviderErrorKind::Unavailable, CallOutcome::Unknown))),
    ] {
        let server = tags(answer, there.cloned()).await;
        let made = server.provider().create_tag("acme/shop", &tag("four")).await;
        assert_eq!(made.map_err(|error| (error.kind.clone(), error.outcome())), wanted, "{there:?}");
        assert_eq!(server.seen_of("POST").len(), 2, "each step once");
    }
}

fn new_release() -> NewRelease {
    NewRelease { tag: "v1.4.0".into(), title: "Four".into(), notes: "# New".into(), is_prerelease: true }
}

fn made() -> Value {
    json!({"id": 9, "tag_name": "v1.4.0", "name": "", "body": "# New", "html_url": "https://h/r", "published_at": "2026-01-01T00:00:00Z",
        "assets": [{"name": "a.zip", "browser_download_url": "https://h/a.zip", "size": 5, "state": "uploaded"},
            {"name": "b.zip", "browser_download_url": "https://h/b.zip", "size": 0, "state": "starter"}]})
}

#[tokio::test]
async fn a_release_is_made_at_a_tag_that_is_there_and_read_with_its_files() {
    let server = Canned::start(|seen, _| match () {
        () if seen.path.contains("/git/ref/tags/") => points_at("abc"),
        () if seen.method == "POST" => json(201, &made()),
        () => json(200, &made()),
    })
    .await;
    let release = server.provider().create_release("acme/shop", &new_release()).await.unwrap();
    assert_eq!((release.external_id.as_str(), release.title.as_str(), release.notes.as_str()), ("9", "v1.4.0", "# New"));
    assert_eq!(release.assets, [ReleaseAsset { name: "a.zip".into(), url: "https://h/a.zip".into(), size: Some(5) }]);
    assert_eq!(server.provider().release("acme/shop", "v1.4.0").await, Ok(Some(release)));
    let body = server.seen_of("POST")[0].json();
    assert_eq!(body, json!({"tag_name": "v1.4.0", "name": "Four", "body": "# New", "prerelease": true, "make_latest": "legacy"}));
}

#[tokio::test]
async fn a_second_release_of_a_tag_is_a_conflict_and_one_without_a_tag_is_not_sent() {
    let server = Canned::start(|seen, _| match () {
        () if seen.method == "GET" => points_at("abc"),
        () => json(
            422,
            &json!({"message": "Validation Failed", "errors": [{"resource": "Release", "code": "already_exists", "field": "tag_name"}]}),
        ),
    })
    .await;
    let error = server.provider().create_release("acme/shop", &new_release()).await.unwrap_err();
    assert_eq!(error.kind, ProviderErrorKind::Conflict, "{error:?}");
    let bare = Canned::start(|_, _| json(404, &json!({"message": "Not Found"}))).await;
    let error = bare.provider().create_release("acme/shop", &new_release()).await.unwrap_err();
    assert_eq!((error.kind.clone(), bare.seen_of("POST").len()), (ProviderErrorKind::NotFound, 0), "{error:?}");
}

/// A server with a run that deployed to staging, and shows it as before although it runs again.
fn earlier_run(seen: &Seen, _: usize) -> Reply {
    let run = json!({"id": 42, "path": ".github/workflows/deploy.yml", "status": "completed", "conclusion": "success", "head_sha": "abc",
        "head_branch": "v1.3.0", "run_attempt": 2, "created_at": chrono::Utc::now().to_rfc3339(), "actor": {"login": "ann"}});
    let success = |run: u32| json!([{"state": "success", "log_url": format!("https://h/acme/shop/actions/runs/{run}/job/1")}]);
    match seen.path.as_str() {
        _ if seen.method == "POST" => json(201, &json!({})),
        path if path.ends_with("/actions/runs/42") => json(200, &run),
        path if path.contains("/runs/42/jobs") => json(200, &json!({"jobs": []})),
        path if path.contains("/deployments/1/") => json(200, &success(41)),
        path if path.contains("/deployments/2/") => json(200, &success(42)),
        path if path.contains("environment=staging") => json(200, &json!([{"id": 2, "ref": "v1.3.0"}, {"id": 1, "ref": "v1.3.0"}])),
        path if path.contains("environment=production") => json(200, &json!([{"id": 1, "ref": "v1.3.0"}])),
        path if path.contains("/deployments?") => json(200, &json!([])),
        _ => json(404, &json!({"message": "Not Found"})),
    }
}

#[tokio::test]
async fn the_way_back_is_the_attempt_after_what_github_still_shows() {
    let server = Canned::start(earlier_run).await;
    let provider = server.provider();
    let back =
        |environment: &str| NativeRollback { pipeline: "deploy.yml".into(), environment: environment.into(), target_run: "42".into() };
    let outlook = provider.rollback_outlook("acme/shop", &back("staging")).await.unwrap();
    assert!(matches!(&outlook, RollbackOutlook::Open { how, .. } if how.contains("v1.3.0") && how.contains("ann")), "{outlook:?}");
    let run = provider.roll_back("acme/shop", &back("staging")).await.unwrap().unwrap();
    assert_eq!((run.external_id.as_str(), run.attempt, &run.status), ("42", 3, &RunStatus::Queued), "not ended: that is the one before");
    let error = provider.roll_back("acme/shop", &back("production")).await.unwrap_err();
    assert_eq!((error.kind.clone(), error.message.contains("production")), (ProviderErrorKind::Conflict, true), "{error:?}");
    let kept_nowhere = provider.rollback_outlook("acme/shop", &back("elsewhere")).await.unwrap();
    assert!(matches!(kept_nowhere, RollbackOutlook::Open { .. }), "where GitHub keeps no deployments, the run's end decides");
    assert_eq!(server.seen_of("POST").len(), 1);
}

#[tokio::test]
async fn a_workflow_that_is_so_already_is_no_failure() {
    let server = Canned::start(|seen, _| match () {
        () if seen.method == "PUT" => json(422, &json!({"message": "Unable to disable this workflow."})),
        () => json(200, &json!({"path": ".github/workflows/deploy.yml", "state": "disabled_manually"})),
    })
    .await;
    let target = HoldTarget::Pipeline { pipeline: "deploy.yml".into() };
    server.provider().set_hold("acme/shop", &target, true, "").await.unwrap();
    server.provider().set_hold("acme/shop", &target, false, "").await.unwrap_err();
    let error = server.provider().set_hold("acme/shop", &HoldTarget::Freeze, true, "").await.unwrap_err();
    assert_eq!((error.kind, server.seen_of("PUT").len()), (ProviderErrorKind::Invalid, 2));
}

#[tokio::test]
async fn recent_runs_are_of_any_event_and_tell_who_where_and_what() {
    let run = |id: u64, at: &str| {
        json!({"id": id, "event": "push", "status": "queued", "created_at": at, "head_branch": "main",
        "head_sha": "abc", "actor": {"login": "ann"}, "triggering_actor": {"login": "bob"}})
    };
    let server = Canned::start(move |_, _| {
        let page =
            json!({"workflow_runs": [run(3, "2026-01-02T00:00:00Z"), run(2, "2026-01-01T12:00:00Z"), run(1, "2026-01-01T00:00:00Z")]});
        with(200, &[("link", "<https://h/x?page=2>; rel=\"next\"")], &page.to_string())
    })
    .await;
    let since = Timestamp::parse("2026-01-01T12:00:00.9Z").unwrap();
    let runs = server.provider().recent_runs("acme/shop", "deploy.yml", since, 100).await.unwrap().runs;
    assert_eq!(runs.iter().map(|run| run.external_id.as_str()).collect::<Vec<_>>(), ["3", "2"]);
    let first = (runs[0].started_by.as_deref(), runs[0].git_ref.as_deref(), runs[0].commit.as_deref());
    assert_eq!(first, (Some("ann"), Some("main"), Some("abc")));
    assert_eq!(server.seen().len(), 1, "the page reaches back far enough");
}

#[tokio::test]
async fn every_request_about_delivery_is_one_that_github_describes() {
    let Some(api) = description() else { return };
    let server = Canned::start(|seen, n| match () {
        () if seen.path.ends_with("/generate-notes") => json(200, &json!({"name": "n", "body": "b"})),
        () if seen.path.ends_with("/git/tags") => json(201, &json!({"sha": "7a6"})),
        () if seen.path.contains("/git/ref/") => points_at("abc"),
        () if seen.path.contains("/releases") => json(200, &made()),
        () if seen.method == "PUT" => with(204, &[], ""),
        () if seen.path.contains("/workflows?") => json(200, &json!({"workflows": []})),
        () if seen.path.contains("/workflows/") => json(200, &json!({"workflow_runs": []})),
        () => earlier_run(seen, n),
    })
    .await;
    let provider = server.provider();
    provider.create_tag("acme/shop", &tag("four")).await.unwrap();
    provider.create_release("acme/shop", &new_release()).await.unwrap();
    provider.release("acme/shop", "v1.4.0").await.unwrap();
    assert_eq!(provider.generate_notes("acme/shop", &tag(""), Some("v1.3.0")).await.unwrap(), "b");
    provider.deployments("acme/shop", "staging", 20).await.unwrap();
    let back = NativeRollback { pipeline: "deploy.yml".into(), environment: "staging".into(), target_run: "42".into() };
    provider.roll_back("acme/shop", &back).await.unwrap();
    provider.holds("acme/shop").await.unwrap();
    for held in [true, false] {
        provider.set_hold("acme/shop", &HoldTarget::Pipeline { pipeline: "deploy.yml".into() }, held, "").await.unwrap();
    }
    provider.recent_runs("acme/shop", "deploy.yml", Timestamp::from_micros(0).unwrap(), 100).await.unwrap();
    let seen = server.seen();
    assert_eq!(seen.iter().filter(|seen| seen.method != "GET").count(), 7);
    seen.iter().for_each(|seen| check(&api, seen));
}
