//! A mutating call is sent once, and its failure says what is known of its effect.

use crate::contract::canned::{Canned, Reply, Seen, json, with};
use crate::gitlab::{PROJECT, deploy, provider};
use base64::Engine as _;
use pilothouse_domain::deployment::CancelAnswer;
use pilothouse_engine::ports::provider::{
    CallOutcome, GateAnswer, GateOutcome, GateVerdict, HoldTarget, NativeRollback, NewRelease, NewTag, Provider, ProviderError,
    ProviderErrorKind,
};
use serde_json::json;

const FILE: &str = "spec:\n  inputs:\n    version: {}\n---\nbuild: {script: make}\n";

/// A server whose reads all work, and whose writes are answered as told.
async fn server(answer: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Canned {
    Canned::start(move |seen, _| if seen.method == "GET" { read(seen) } else { answer(seen) }).await
}

fn read(seen: &Seen) -> Reply {
    let path = seen.path.split('?').next().unwrap().trim_start_matches("/api/v4");
    let path = path.strip_prefix("/projects/acme%2Fweb%2Fshop").unwrap_or(path);
    let job = json!({"id": 7, "name": "deploy", "stage": "deploy", "status": "failed", "pipeline": {"id": 42}});
    let deployment = json!({"id": 5, "status": "success", "environment": {"name": "production"}, "deployable": job});
    match path {
        "" => json(200, &json!({"path_with_namespace": PROJECT})),
        "/version" => json(200, &json!({"version": "18.5.0-ee"})),
        "/repository/files/.gitlab-ci.yml" => {
            json(200, &json!({"encoding": "base64", "content": base64::engine::general_purpose::STANDARD.encode(FILE)}))
        }
        "/pipelines/42" => json(200, &json!({"id": 42, "status": "running"})),
        "/pipelines/42/jobs" => json(200, &json!([job])),
        "/jobs/7" => json(200, &job),
        "/deployments" => json(200, &json!([deployment])),
        "/deployments/5" => json(200, &deployment),
        "/repository/tags/v9" => with(404, &[], "{\"message\":\"404 Tag Not Found\"}"),
        _ => json(200, &json!([])),
    }
}

fn answer(gate: &str) -> GateAnswer {
    GateAnswer { run: "42".into(), gate: gate.into(), verdict: GateVerdict::Approve, comment: "ok".into(), inputs: vec![] }
}

/// Every mutating call of the port; the name of each.
const CALLS: [&str; 9] = ["trigger", "cancel", "rerun", "play", "approve", "roll back", "tag", "release", "hold"];

async fn mutate(provider: &dyn Provider, call: &str) -> Result<(), ProviderError> {
    match call {
        "trigger" => provider.trigger(PROJECT, &deploy()).await.map(|_| ()),
        "cancel" => provider.cancel(PROJECT, "42", false).await.map(|_| ()),
        "rerun" => provider.rerun(PROJECT, "42", true).await,
        "play" => provider.answer_gate(PROJECT, &answer("job-8")).await.map(|_| ()),
        "approve" => provider.answer_gate(PROJECT, &answer("deployment-6")).await.map(|_| ()),
        "roll back" => {
            let back = NativeRollback { pipeline: ".gitlab-ci.yml".into(), environment: "production".into(), target_run: "42".into() };
            provider.roll_back(PROJECT, &back).await.map(|_| ())
        }
        "tag" => provider.create_tag(PROJECT, &NewTag { name: "v9".into(), commit: "abc".into(), message: String::new() }).await,
        "release" => {
            let release = NewRelease { tag: "v9".into(), title: "Nine".into(), notes: String::new(), is_prerelease: false };
            provider.create_release(PROJECT, &release).await.map(|_| ())
        }
        _ => provider.set_hold(PROJECT, &HoldTarget::Freeze, true, "").await,
    }
}

fn bad(reply: &str) -> Reply {
    match reply {
        "hang up" => Reply::HangUp,
        "429" => with(429, &[("content-type", "text/plain")], "Retry later\n"),
        "302" => with(302, &[("location", "https://sso.example/")], ""),
        status => with(status.parse().unwrap(), &[], "{\"message\":\"no\"}"),
    }
}

#[tokio::test]
async fn no_mutating_call_is_sent_twice() {
    for (reply, outcome) in [
        ("500", CallOutcome::Unknown),
        ("502", CallOutcome::Unknown),
        ("503", CallOutcome::Unknown),
        ("504", CallOutcome::Unknown),
        ("hang up", CallOutcome::Unknown),
        ("302", CallOutcome::Unknown),
        ("429", CallOutcome::NotStarted),
        ("401", CallOutcome::Refused),
        ("403", CallOutcome::Refused),
        ("404", CallOutcome::Refused),
        ("409", CallOutcome::Refused),
        ("422", CallOutcome::Refused),
    ] {
        for call in CALLS {
            let server = server(move |_| bad(reply)).await;
            let error = mutate(&*provider(&server), call).await.err().unwrap_or_else(|| panic!("{reply}, {call}"));
            assert_eq!(error.outcome(), outcome, "{reply}, {call}: {error:?}");
            assert_eq!(server.seen_of("POST").len() + server.seen_of("DELETE").len(), 1, "{reply}, {call}");
            assert!(!error.message.is_empty() && !error.next_step.is_empty());
        }
    }
}

#[tokio::test]
async fn a_trigger_sorts_its_inputs_and_names_its_run() {
    let server =
        server(|_| json(201, &json!({"id": 42, "status": "created", "web_url": "https://h/42", "user": {"username": "me"}}))).await;
    let run = provider(&server).trigger(PROJECT, &deploy()).await.unwrap().unwrap();
    assert_eq!((run.external_id.as_str(), run.url.as_str(), run.attempt), ("42", "https://h/42", 1));
    let sent = server.seen_of("POST");
    assert_eq!((sent.len(), sent[0].path.as_str()), (1, "/api/v4/projects/acme%2Fweb%2Fshop/pipeline"));
    let variables = json!([{"key": "RUN", "value": "0199", "variable_type": "env_var"}]);
    assert_eq!(sent[0].json(), json!({"ref": "v1.4.0", "inputs": {"version": "1.4.0"}, "variables": variables}));
}

#[tokio::test]
async fn an_accepted_trigger_is_never_a_failure() {
    for reply in [0, 1, 2, 3] {
        let server = server(move |_| match reply {
            0 => with(201, &[], ""),
            1 => with(201, &[], "<html>"),
            2 => json(201, &json!({})),
            _ => Reply::HalfAnswer { status: 201 },
        })
        .await;
        assert_eq!(provider(&server).trigger(PROJECT, &deploy()).await, Ok(None), "{reply}");
    }
    // A log-in page isn't GitLab's yes.
    let server = server(|_| with(200, &[("content-type", "text/html")], "<html>sign in</html>")).await;
    let error = provider(&server).trigger(PROJECT, &deploy()).await.unwrap_err();
    assert_eq!((error.kind.clone(), error.outcome()), (ProviderErrorKind::Unexpected, CallOutcome::Unknown), "{error:?}");
}

#[tokio::test]
async fn a_look_up_that_fails_starts_nothing_and_says_so() {
    let server = Canned::start(|_, _| with(200, &[("content-type", "text/html")], "<html>sign in</html>")).await;
    let error = provider(&server).trigger(PROJECT, &deploy()).await.unwrap_err();
    assert_eq!(error.outcome(), CallOutcome::NotStarted, "{error:?}");
    assert!(error.message.starts_with("Nothing was started"), "{error}");
    assert_eq!(server.seen_of("POST").len(), 0);
}

#[tokio::test]
async fn a_server_that_would_ignore_inputs_is_not_asked() {
    let server =
        Canned::start(|seen, _| if seen.path.ends_with("/version") { json(200, &json!({"version": "16.11.10-ee"})) } else { read(seen) })
            .await;
    let error = provider(&server).trigger(PROJECT, &deploy()).await.unwrap_err();
    assert_eq!(error.kind, ProviderErrorKind::Unsupported, "{error:?}");
    assert!(error.message.contains("16.11.10") && error.next_step.contains("18.1"), "{error:?}");
    assert_eq!(server.seen_of("POST").len(), 0);
}

#[tokio::test]
async fn a_cancel_is_checked_before_and_after() {
    for (before, after, wanted, posts) in [
        ("success", "success", CancelAnswer::AlreadyEnded, 0),
        ("running", "canceled", CancelAnswer::Accepted, 1),
        ("running", "canceling", CancelAnswer::Accepted, 1),
        ("manual", "canceled", CancelAnswer::Accepted, 1),
        ("running", "failed", CancelAnswer::AlreadyEnded, 1),
    ] {
        let server = Canned::start(move |seen, number| match (seen.method.as_str(), number) {
            ("POST", _) => json(200, &json!({"id": 42, "status": "success"})),
            (_, 0) => json(200, &json!({"id": 42, "status": before})),
            _ => json(200, &json!({"id": 42, "status": after})),
        })
        .await;
        assert_eq!(provider(&server).cancel(PROJECT, "42", false).await, Ok(wanted), "{before} {after}");
        assert_eq!(server.seen_of("POST").len(), posts, "{before} {after}");
    }
}

#[tokio::test]
async fn a_tag_that_is_there_is_judged_by_its_commit() {
    for (there, wanted) in [("abc", None), ("def", Some(ProviderErrorKind::Conflict))] {
        let server = Canned::start(move |seen, _| {
            if seen.method == "POST" {
                json(400, &json!({"message": "Tag v9 already exists"}))
            } else {
                json(200, &json!({"name": "v9", "commit": {"id": there}}))
            }
        })
        .await;
        assert_eq!(mutate(&*provider(&server), "tag").await.err().map(|error| error.kind), wanted);
    }
}

#[tokio::test]
async fn a_job_that_can_not_be_played_is_too_late_or_not_ready() {
    for (status, wanted) in
        [("running", Ok(GateOutcome::TooLate)), ("success", Ok(GateOutcome::TooLate)), ("manual", Err(ProviderErrorKind::Conflict))]
    {
        let server = Canned::start(move |seen, _| {
            if seen.method == "POST" {
                json(400, &json!({"message": "400 Bad request - Unplayable Job"}))
            } else {
                json(200, &json!({"id": 8, "status": status}))
            }
        })
        .await;
        let outcome = provider(&server).answer_gate(PROJECT, &answer("job-8")).await;
        assert_eq!(outcome.map_err(|error| error.kind), wanted, "{status}");
    }
}

#[tokio::test]
async fn an_approval_that_is_refused_is_too_late_or_not_ours_to_give() {
    for (status, wanted) in [("success", Ok(GateOutcome::TooLate)), ("blocked", Err(ProviderErrorKind::Forbidden))] {
        let server = Canned::start(move |seen, _| {
            if seen.method == "POST" {
                json(400, &json!({"message": "400 Bad request - You cannot approve your own deployment."}))
            } else {
                json(200, &json!({"id": 6, "status": status}))
            }
        })
        .await;
        let outcome = provider(&server).answer_gate(PROJECT, &answer("deployment-6")).await;
        assert_eq!(outcome.map_err(|error| error.kind), wanted, "{status}");
    }
}
