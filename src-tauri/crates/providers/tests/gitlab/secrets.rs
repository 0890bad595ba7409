//! Where the token goes, and where it doesn't.

use crate::contract::canned::{Canned, connection_of, fast, json, with};
use crate::gitlab::{PROJECT, TOKEN, provider};
use pilothouse_domain::connection::ProviderKind;
use pilothouse_engine::ports::provider::{ProviderErrorKind, ProviderRegistry};
use pilothouse_providers::Registry;
use secrecy::SecretString;
use serde_json::json;

#[tokio::test]
async fn the_token_goes_out_in_its_header_alone() {
    let server = Canned::start(|_, _| json(200, &json!({"path_with_namespace": PROJECT}))).await;
    provider(&server).repository(PROJECT).await.unwrap();
    let seen = &server.seen()[0];
    assert_eq!(seen.header("private-token"), [TOKEN]);
    assert_eq!(seen.header("authorization"), Vec::<&str>::new());
    assert_eq!(seen.header("user-agent"), [concat!("Pilothouse/", env!("CARGO_PKG_VERSION"))]);
    assert_eq!(seen.header("accept"), ["application/json"]);
    assert!(!seen.path.contains(TOKEN));
}

#[tokio::test]
async fn a_redirect_is_followed_on_the_same_server_only() {
    let elsewhere = Canned::start(|_, _| json(200, &json!({"path_with_namespace": "evil/shop"}))).await;
    let target = format!("{}/api/v4/projects/1", elsewhere.url);
    let server = Canned::start(move |_, _| with(301, &[("location", &target)], "{}")).await;
    let error = provider(&server).repository(PROJECT).await.unwrap_err();
    assert_eq!(error.kind, ProviderErrorKind::NotFound);
    assert!(error.message.contains("has moved"), "{error}");
    let log = provider(&server).job_log(PROJECT, "7", 0).await.unwrap_err();
    assert_eq!((log.kind, elsewhere.seen().len()), (ProviderErrorKind::NotFound, 0));

    let same = Canned::start(|seen, _| {
        if seen.path.ends_with("/projects/1") {
            json(200, &json!({"path_with_namespace": "acme/web/store"}))
        } else {
            let host = seen.header("host")[0];
            with(301, &[("location", &format!("http://{host}/api/v4/projects/1"))], "{}")
        }
    })
    .await;
    assert_eq!(provider(&same).repository(PROJECT).await.unwrap().full_name, "acme/web/store");
}

#[tokio::test]
async fn no_failure_shows_the_token() {
    for status in [400, 401, 403, 404, 405, 409, 410, 418, 422, 500] {
        let body = json!({"message": {"base": [format!("echo {TOKEN}")]}, "error": TOKEN, "error_description": TOKEN, "scope": TOKEN});
        let server = Canned::start(move |_, _| json(status, &body)).await;
        let error = provider(&server).repository(PROJECT).await.unwrap_err();
        assert!(!format!("{error:?}").contains(TOKEN), "{status}: {error:?}");
    }
    let scoped = json!({"error": "insufficient_scope", "scope": TOKEN});
    let server = Canned::start(move |_, _| json(403, &scoped)).await;
    let error = provider(&server).repository(PROJECT).await.unwrap_err();
    assert!(!format!("{error:?}").contains(TOKEN), "{error:?}");
    let server = Canned::start(|_, _| json(200, &json!({"path_with_namespace": [TOKEN]}))).await;
    let error = provider(&server).repository(PROJECT).await.unwrap_err();
    assert!(!format!("{error:?}").contains(TOKEN) && error.message.contains("path_with_namespace"), "{error:?}");
}

#[tokio::test]
async fn unusable_urls_and_tokens_are_refused_before_any_call() {
    let registry = Registry::new(fast());
    let connect =
        |url: &str, token: &str| registry.connect(&connection_of(ProviderKind::Gitlab, url), SecretString::from(token)).map(|_| ());
    assert_eq!(connect("https://git.example.com", TOKEN), Ok(()));
    assert_eq!(connect("https://git.example.com/gitlab", &format!(" {TOKEN}\n")), Ok(()), "copied with white space around it");
    for (url, token) in [
        ("http://git.example.com", TOKEN),
        ("https://git.example.com?x=1", TOKEN),
        ("https://git.example.com", ""),
        ("", TOKEN),
        ("https://git.example.com", "a\nb"),
    ] {
        assert_eq!(connect(url, token).unwrap_err().kind, ProviderErrorKind::Invalid, "{url}");
    }
    assert_eq!(registry.form(ProviderKind::Gitlab).default_base_url, "https://gitlab.com/api/v4");
}
