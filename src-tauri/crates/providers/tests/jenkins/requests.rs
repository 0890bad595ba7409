//! What goes out to Jenkins, down to the header line.

use super::canned::{PASSWORD, TOKEN, answer, build, job, page, provider, provider_with};
use crate::conformance::jenkins::connection;
use crate::contract::canned::{Canned, Reply, Seen, fast, with};
use base64::Engine as _;
use pilothouse_domain::pipeline::FilledBinding;
use pilothouse_engine::ports::provider::{CallOutcome, GateAnswer, GateOutcome, GateVerdict, ProviderErrorKind, ProviderRegistry};
use pilothouse_providers::Registry;
use secrecy::SecretString;
use serde_json::json;

pub(crate) fn deploy() -> FilledBinding {
    FilledBinding {
        pipeline: "deploy".into(),
        git_ref: "v1.4.0".into(),
        inputs: vec![("VERSION".into(), "1.4.0 & more".into()), ("RUN".into(), "0199".into())],
        correlation: "0199".into(),
    }
}

fn accepting(seen: &Seen, _: usize) -> Reply {
    if seen.method == "POST" { with(201, &[("x-jenkins", "2"), ("location", "http://inside:8080/ci/queue/item/17/")], "") } else { job() }
}

#[tokio::test]
async fn a_trigger_is_one_form_with_pre_emptive_authentication() {
    let server = Canned::start(accepting).await;
    let provider = provider_with(&format!("{}/jenkins/", server.url), TOKEN, fast());
    let run = provider.trigger("shop/check out", &deploy()).await.unwrap().unwrap();
    assert_eq!(run.external_id, "deploy#q17");
    assert!(run.url.starts_with(&server.url), "not the address that Jenkins is configured with: {run:?}");
    let seen = server.seen();
    assert_eq!(seen.len(), 2, "the definitions are read, then one POST");
    assert!(seen[0].path.starts_with("/jenkins/job/shop/job/check%20out/job/deploy/api/json?tree="), "{}", seen[0].path);
    assert_eq!(seen[1].path, "/jenkins/job/shop/job/check%20out/job/deploy/buildWithParameters");
    assert_eq!(String::from_utf8(seen[1].body.clone()).unwrap(), "VERSION=1.4.0%20%26%20more&RUN=0199");
    assert_eq!(seen[1].header("content-type"), ["application/x-www-form-urlencoded; charset=UTF-8"]);
    let packed = base64::engine::general_purpose::STANDARD.encode(format!("noor:{TOKEN}"));
    for request in &seen {
        assert_eq!(request.header("authorization"), [format!("Basic {packed}")]);
        assert_eq!(request.header("user-agent"), [concat!("Pilothouse/", env!("CARGO_PKG_VERSION"))]);
        assert_eq!(request.header("cookie"), Vec::<&str>::new());
        assert!(!request.path.contains(TOKEN));
    }
}

#[tokio::test]
async fn a_branch_is_encoded_twice() {
    let server = Canned::start(|seen, n| match n {
        0 => answer(200, &json!({"_class": "org.jenkinsci.plugins.workflow.multibranch.WorkflowMultiBranchProject", "name": "deploy"})),
        _ => accepting(seen, n),
    })
    .await;
    let run = provider(&server).trigger("shop", &FilledBinding { git_ref: "feature/x".into(), ..deploy() }).await.unwrap().unwrap();
    assert_eq!((run.external_id.as_str(), run.git_ref.as_deref()), ("deploy/feature%2Fx#q17", Some("feature/x")));
    assert_eq!(server.seen_of("POST")[0].path, "/job/shop/job/deploy/job/feature%252Fx/buildWithParameters");
}

#[tokio::test]
async fn a_crumb_goes_with_the_cookie_of_the_same_answer() {
    let server = Canned::start(|seen, n| match seen.path.as_str() {
        "/crumbIssuer/api/json" => with(
            200,
            &[("x-jenkins", "2"), ("set-cookie", "JSESSIONID.a=s1; Path=/; HttpOnly"), ("set-cookie", "lb=node2; Path=/")],
            &json!({"crumb": "c1", "crumbRequestField": "Jenkins-Crumb"}).to_string(),
        ),
        _ => accepting(seen, n),
    })
    .await;
    provider_with(&server.url, PASSWORD, fast()).trigger("shop", &deploy()).await.unwrap().unwrap();
    let post = &server.seen_of("POST")[0];
    assert_eq!((post.header("jenkins-crumb"), post.header("cookie")), (vec!["c1"], vec!["JSESSIONID.a=s1; lb=node2"]));
}

#[tokio::test]
async fn without_the_filter_no_crumb_is_sent() {
    let server =
        Canned::start(
            |seen, n| {
                if seen.path.starts_with("/crumbIssuer") { page(404, "<title>Not Found</title>") } else { accepting(seen, n) }
            },
        )
        .await;
    provider_with(&server.url, PASSWORD, fast()).trigger("shop", &deploy()).await.unwrap().unwrap();
    assert_eq!(server.seen_of("POST")[0].header("jenkins-crumb"), Vec::<&str>::new());
}

#[tokio::test]
async fn a_crumb_that_is_refused_is_renewed_once() {
    let server = Canned::start(|seen, n| match (seen.method.as_str(), seen.path.starts_with("/crumbIssuer")) {
        ("POST", _) => page(403, "<title>Error 403 No valid crumb was included in the request</title>"),
        (_, true) => answer(200, &json!({"crumb": format!("c{n}"), "crumbRequestField": "Jenkins-Crumb"})),
        _ => job(),
    })
    .await;
    let error = provider_with(&server.url, PASSWORD, fast()).trigger("shop", &deploy()).await.unwrap_err();
    assert_eq!((&error.kind, error.outcome()), (&ProviderErrorKind::Forbidden, CallOutcome::Refused), "{error:?}");
    assert!(error.next_step.contains("API token"), "{error:?}");
    let posts = server.seen_of("POST");
    assert_eq!(posts.len(), 2);
    assert_ne!(posts[0].header("jenkins-crumb"), posts[1].header("jenkins-crumb"));
}

#[tokio::test]
async fn an_input_step_is_answered_where_jenkins_says_and_never_at_its_form() {
    let server = Canned::start(|seen, _| match seen.path.split('?').next().unwrap() {
        path if path.ends_with("/api/json") => build(true, None),
        path if path.ends_with("pendingInputActions") => answer(
            200,
            &json!([{"id": "Go", "message": "Go?", "inputs": [
                        {"type": "BooleanParameterDefinition", "name": "SURE", "definition": {"defaultVal": false}},
                        {"type": "ChoiceParameterDefinition", "name": "SIZE", "definition": {"choices": ["s", "m"]}}],
                     "proceedUrl": "/jenkins/job/deploy/12/wfapi/inputSubmit?inputId=Go",
                     "abortUrl": "/jenkins/job/deploy/12/input/Go/abort"}]),
        ),
        _ => with(200, &[("x-jenkins", "2")], ""),
    })
    .await;
    let provider = provider_with(&format!("{}/jenkins", server.url), TOKEN, fast());
    let answer = GateAnswer {
        run: "deploy#12".into(),
        gate: "deploy#12!Go".into(),
        verdict: GateVerdict::Approve,
        comment: "fine".into(),
        inputs: vec![("SURE".into(), "true".into())],
    };
    assert_eq!(provider.answer_gate("/", &answer).await, Ok(GateOutcome::Taken));
    assert_eq!(
        provider.answer_gate("/", &GateAnswer { verdict: GateVerdict::Reject, inputs: vec![], ..answer }).await,
        Ok(GateOutcome::Taken)
    );
    let posts = server.seen_of("POST");
    assert_eq!(posts[0].path, "/jenkins/job/deploy/12/wfapi/inputSubmit?inputId=Go", "the context path once");
    let body = String::from_utf8(posts[0].body.clone()).unwrap();
    assert!(
        body.contains("proceed=")
            && body.contains("%22SURE%22%2C%22value%22%3Atrue")
            && body.contains("%22SIZE%22%2C%22value%22%3A%22s%22"),
        "{body}"
    );
    assert_eq!((posts[1].path.as_str(), posts[1].body.len()), ("/jenkins/job/deploy/12/input/Go/abort", 0));
    assert!(!server.seen().iter().any(|seen| seen.path.ends_with("/submit")));
}

#[tokio::test]
async fn unusable_users_and_secrets_are_refused_before_any_call() {
    let connect = |user: &str, secret: &str| {
        Registry::new(fast()).connect(&connection("https://ci.example.com", user), SecretString::from(secret)).map(|_| ())
    };
    assert_eq!(connect("noor", TOKEN), Ok(()));
    for (user, secret) in [("", TOKEN), ("a:b", TOKEN), ("noor", ""), ("noor", "a\nb")] {
        let error = connect(user, secret).unwrap_err();
        assert_eq!(error.kind, ProviderErrorKind::Invalid, "{user:?}");
    }
}
