//! Answers that mean something else than they seem to, each trap once; and that no failure shows the secret.

use super::canned::{PASSWORD, TOKEN, answer, build, foreign, job, page, provider, provider_with};
use super::requests::deploy;
use crate::contract::canned::{Canned, Reply, fast, with};
use base64::Engine as _;
use pilothouse_domain::deployment::{CancelAnswer, RunStatus};
use pilothouse_engine::ports::provider::{CallOutcome, GateAnswer, GateOutcome, GateVerdict, ProviderErrorKind as Kind};
use serde_json::json;
use std::time::Duration;

/// What a trigger makes of this answer to its POST, and how often it was sent.
async fn trigger(
    reply: impl Fn() -> Reply + Send + Sync + 'static,
) -> (Result<Option<String>, pilothouse_engine::ports::ProviderError>, usize) {
    let server = Canned::start(move |seen, _| if seen.method == "POST" { reply() } else { job() }).await;
    let answer = provider(&server).trigger("shop", &deploy()).await;
    (answer.map(|run| run.map(|run| run.external_id)), server.seen_of("POST").len())
}

#[tokio::test]
async fn a_trigger_is_sent_once_and_its_answer_read_with_care() {
    let located = |status: u16, location: &'static str| move || with(status, &[("x-jenkins", "2"), ("location", location)], "");
    assert_eq!(trigger(located(201, "https://elsewhere.example/ci/queue/item/9/")).await, (Ok(Some("deploy#q9".into())), 1));
    assert_eq!(trigger(|| with(201, &[("x-jenkins", "2")], "")).await, (Ok(None), 1));
    for (reply, kind, outcome) in [
        (Box::new(located(302, ".")) as Box<dyn Fn() -> Reply + Send + Sync>, Kind::Unexpected, CallOutcome::Unknown),
        (Box::new(located(302, "https://sso.example/login?back=x")), Kind::Unauthorized, CallOutcome::Refused),
        (Box::new(located(307, "https://ci.example/")), Kind::NotFound, CallOutcome::Refused),
        (
            Box::new(|| foreign(200, "<html><form>Sign in <input type=\"password\"></form></html>")),
            Kind::Unauthorized,
            CallOutcome::Refused,
        ),
        (Box::new(|| page(409, "<title>Error 409 deploy is not buildable</title>")), Kind::Conflict, CallOutcome::Refused),
        (Box::new(|| page(500, "<title>This build is not parameterized!</title>")), Kind::Invalid, CallOutcome::Refused),
        (Box::new(|| page(400, "<title>This build is not parameterized!</title>")), Kind::Invalid, CallOutcome::Refused),
        (Box::new(|| page(500, "<title>Oops!</title>")), Kind::Unavailable, CallOutcome::Unknown),
        (Box::new(|| page(503, "Please wait while Jenkins is getting ready to work")), Kind::Unavailable, CallOutcome::Unknown),
        (Box::new(|| foreign(502, "<html>Bad Gateway</html>")), Kind::Unavailable, CallOutcome::Unknown),
        (Box::new(|| Reply::HangUp), Kind::NoAnswer, CallOutcome::Unknown),
        (Box::new(|| page(401, "<title>Unauthorized</title>")), Kind::Unauthorized, CallOutcome::Refused),
        (Box::new(|| page(404, "<title>Not Found</title>")), Kind::NotFound, CallOutcome::Refused),
    ] {
        let (answer, sent) = trigger(reply).await;
        let error = answer.unwrap_err();
        assert_eq!((&error.kind, error.outcome(), sent), (&kind, outcome, 1), "{error:?}");
        assert!(!error.message.is_empty() && !error.next_step.is_empty());
    }
    let (answer, _) = trigger(|| with(429, &[("retry-after", "17")], "slow down")).await;
    assert_eq!(answer.unwrap_err().retry_after(), Some(Duration::from_secs(17)));
    let (answer, _) = trigger(|| with(403, &[("x-jenkins", "2"), ("x-required-permission", "hudson.model.Item.Build")], "")).await;
    let error = answer.unwrap_err();
    assert!(error.kind == Kind::Forbidden && error.next_step.contains("Item.Build"), "{error:?}");
}

#[tokio::test]
async fn what_fails_before_the_post_has_started_nothing() {
    let server = Canned::start(|_, _| foreign(502, "<html>Bad Gateway</html>")).await;
    let error = provider(&server).trigger("shop", &deploy()).await.unwrap_err();
    assert_eq!(error.outcome(), CallOutcome::NotStarted, "{error:?}");
    assert_eq!(server.seen_of("POST").len(), 0);
}

#[tokio::test]
async fn an_undeclared_parameter_is_refused_and_not_dropped() {
    let server = Canned::start(|_, _| job()).await;
    let mut wrong = deploy();
    wrong.inputs.push(("TYPO".into(), "x".into()));
    let error = provider(&server).trigger("shop", &wrong).await.unwrap_err();
    assert!(error.kind == Kind::Invalid && error.next_step.contains("VERSION, RUN"), "{error:?}");
    assert_eq!(server.seen_of("POST").len(), 0);
}

#[tokio::test]
async fn what_is_no_jenkins_is_told_from_one() {
    let kinds = async |reply: fn() -> Reply| {
        let server = Canned::start(move |_, _| reply()).await;
        provider(&server).verify().await.unwrap_err()
    };
    let error = kinds(|| with(200, &[], "{\"name\": \"x\"}")).await;
    assert!(error.kind == Kind::Unexpected && error.message.contains("No Jenkins"), "{error:?}");
    let error = kinds(|| foreign(200, "<html>Please log in</html>")).await;
    assert!(error.kind == Kind::Unauthorized && error.next_step.contains("single sign-on"), "{error:?}");
    let error = kinds(|| with(302, &[("location", "/securityRealm/commenceLogin?from=%2F")], "")).await;
    assert_eq!(error.kind, Kind::Unauthorized, "{error:?}");
    let error = kinds(|| page(503, "<h1>Please wait while Jenkins is getting ready to work ...</h1>")).await;
    assert!(error.kind == Kind::Unavailable && error.message.contains("starting"), "{error:?}");
    let error = kinds(|| answer(200, &json!({"name": "anonymous", "anonymous": true}))).await;
    assert_eq!(error.kind, Kind::Unauthorized, "{error:?}");
    let error = kinds(|| page(200, "<html>Dashboard</html>")).await;
    assert!(error.kind == Kind::Unexpected && error.message.contains("not JSON"), "{error:?}");
}

#[tokio::test]
async fn a_read_follows_a_missing_slash_and_nothing_else() {
    let elsewhere = Canned::start(|_, _| job()).await;
    let target = format!("{}/job/shop/", elsewhere.url);
    let server = Canned::start(move |seen, n| match n {
        0 => with(302, &[("location", &format!("{}&", seen.path))], ""),
        1 => answer(200, &json!({"_class": "com.cloudbees.hudson.plugins.folder.Folder", "name": "shop"})),
        _ => with(302, &[("location", &target)], ""),
    })
    .await;
    assert_eq!(provider(&server).repository("shop").await.unwrap().full_name, "shop");
    let error = provider(&server).repository("shop").await.unwrap_err();
    assert!(error.next_step.contains("base URL"), "{error:?}");
    assert_eq!(elsewhere.seen().len(), 0, "the credentials go nowhere else");
}

#[tokio::test]
async fn a_build_is_read_without_the_stage_plugin_and_with_strange_stages() {
    let server = Canned::start(|seen, _| if seen.path.contains("/wfapi/") { page(404, "") } else { build(true, Some("FAILURE")) }).await;
    let run = provider(&server).run("/", "deploy#12").await.unwrap();
    assert_eq!((&run.status, run.jobs[0].name.as_str()), (&RunStatus::InProgress, "build"), "building decides");
    let stages = json!({"status": "PAUSED_PENDING_INPUT", "stages": [{"id": "6", "name": "A", "status": "SUCCESS"}, {"id": "9", "name": "B", "status": "NEW"}]});
    let server = Canned::start(move |seen, _| if seen.path.contains("/wfapi/") { answer(200, &stages) } else { build(true, None) }).await;
    let run = provider(&server).run("/", "deploy#12").await.unwrap();
    assert_eq!((&run.status, run.jobs[0].stage.as_deref()), (&RunStatus::Waiting, Some("A")));
    assert!(matches!(run.jobs[1].status, RunStatus::Unknown { .. }));
}

#[tokio::test]
async fn a_log_goes_on_where_jenkins_says() {
    let text = |size: &str, more: bool, body: &str| {
        let mut headers = vec![("content-type", "text/plain"), ("x-text-size", size)];
        if more {
            headers.push(("x-more-data", "true"));
        }
        with(200, &headers, body)
    };
    let server = Canned::start(move |seen, _| match seen.path.rsplit('=').next().unwrap() {
        "0" => text("90", true, "one\n"),
        "90" => text("120", false, "two\n"),
        "500" => text("30", false, ""),
        _ => text("30", false, "all of it\n"),
    })
    .await;
    let provider = provider(&server);
    let read = async |from: u64| {
        let part = provider.job_log("/", "deploy#12@6", from).await.unwrap().unwrap();
        (part.text, part.next, part.is_complete)
    };
    assert_eq!(read(0).await, ("one\n".into(), 90, false), "the bytes of the log as it is kept, not those sent");
    assert_eq!(read(90).await, ("two\n".into(), 120, true));
    assert_eq!(read(500).await.0, "one\n", "beyond the end of another log: from its beginning");
    assert_eq!(read(501).await, ("all of it\n".into(), 30, true), "or Jenkins has begun anew by itself");
}

#[tokio::test]
async fn a_long_log_keeps_its_end() {
    let body = "x".repeat(80 * 1024) + "\nlast line\n";
    let server = Canned::start(move |_, _| with(200, &[("content-type", "text/plain"), ("x-text-size", "99999")], &body)).await;
    let part = provider(&server).job_log("/", "deploy#12@6", 0).await.unwrap().unwrap();
    assert!(part.text.ends_with("]\nlast line\n") && part.text.len() < 70 * 1024, "{}", part.text.len());
    assert_eq!(part.next, 99999);
}

#[tokio::test]
async fn a_stop_is_read_back_and_escalates() {
    let server =
        Canned::start(|seen, _| if seen.method == "POST" { with(302, &[("location", "../")], "") } else { build(true, None) }).await;
    let provider = provider(&server);
    for (force, tail) in [(false, "stop"), (true, "term"), (true, "kill")] {
        assert_eq!(provider.cancel("/", "deploy#12", force).await, Ok(CancelAnswer::Accepted));
        assert!(server.seen_of("POST").last().unwrap().path.ends_with(tail), "{tail}");
    }
    let ended = Canned::start(|_, _| build(false, Some("SUCCESS"))).await;
    assert_eq!(super::canned::provider(&ended).cancel("/", "deploy#12", false).await, Ok(CancelAnswer::AlreadyEnded));
    assert_eq!(ended.seen_of("POST").len(), 0);
    let login =
        Canned::start(|seen, _| if seen.method == "POST" { with(302, &[("location", "/login")], "") } else { build(true, None) }).await;
    assert_eq!(super::canned::provider(&login).cancel("/", "deploy#12", false).await.unwrap_err().kind, Kind::Unauthorized);
}

#[tokio::test]
async fn an_input_step_that_others_answered_is_too_late() {
    let pending = || {
        answer(
            200,
            &json!([{"id": "Go", "message": "", "inputs": [], "proceedUrl": "/job/deploy/12/input/Go/proceedEmpty", "abortUrl": ""}]),
        )
    };
    let ask = async |reply: fn() -> Reply, is_gone_after: bool| {
        let server = Canned::start(move |seen, n| match seen.path.ends_with("pendingInputActions") {
            _ if seen.method == "POST" => reply(),
            true if n > 1 && is_gone_after => answer(200, &json!([])),
            true => pending(),
            false => build(true, None),
        })
        .await;
        let gate = GateAnswer {
            run: "deploy#12".into(),
            gate: "deploy#12!Go".into(),
            verdict: GateVerdict::Approve,
            comment: String::new(),
            inputs: vec![],
        };
        provider(&server).answer_gate("/", &gate).await
    };
    assert_eq!(ask(|| page(404, ""), true).await, Ok(GateOutcome::TooLate));
    assert_eq!(ask(|| with(400, &[("x-error", "This input has been already given")], ""), false).await, Ok(GateOutcome::TooLate));
    assert_eq!(ask(|| with(302, &[("location", ".")], ""), true).await, Ok(GateOutcome::Taken));
    assert_eq!(ask(|| with(302, &[("location", ".")], ""), false).await.unwrap_err().outcome(), CallOutcome::Unknown);
    let error = ask(|| with(400, &[("x-error", "You need to be bob to submit this")], ""), false).await.unwrap_err();
    assert!(error.kind == Kind::Forbidden && error.message.contains("bob"), "{error:?}");
}

#[tokio::test]
async fn no_failure_shows_the_secret() {
    let packed = base64::engine::general_purpose::STANDARD.encode(format!("noor:{TOKEN}"));
    for status in [200, 400, 401, 403, 404, 409, 422, 429, 500, 503] {
        let echo = format!("<html><title>echo {TOKEN} {packed}</title></html>");
        let server = Canned::start(move |_, _| page(status, &echo)).await;
        let provider = provider(&server);
        for error in [
            provider.verify().await.unwrap_err(),
            provider.trigger("shop", &deploy()).await.unwrap_err(),
            provider.run("/", "deploy#12").await.unwrap_err(),
        ] {
            let shown = format!("{error:?}");
            assert!(!shown.contains(TOKEN) && !shown.contains(&packed), "{status}: {shown}");
        }
    }
    let server = Canned::start(|_, _| answer(200, &json!({"name": [PASSWORD]}))).await;
    let error = provider_with(&server.url, PASSWORD, fast()).verify().await.unwrap_err();
    assert!(!format!("{error:?}").contains(PASSWORD) && error.message.contains("`name"), "{error:?}");
}

#[tokio::test]
async fn an_endless_answer_is_not_read_to_its_end() {
    let body = format!("{{\"name\": \"{}\"}}", "x".repeat(50 * 1024 * 1024));
    let server = Canned::start(move |_, _| with(200, &[("x-jenkins", "2")], &body)).await;
    let error = provider(&server).verify().await.unwrap_err();
    assert!(error.kind == Kind::Unexpected && error.message.contains("too large"), "{error:?}");
}
