//! Where the token goes, and where it doesn't.

use crate::contract::canned::{Canned, TOKEN, connect_with, connection, fast, json, with};
use crate::contract::mutating::deploy;
use pilothouse_engine::ports::provider::{ProviderErrorKind, ProviderRegistry};
use pilothouse_providers::Registry;
use secrecy::SecretString;
use serde_json::json;

#[tokio::test]
async fn each_header_goes_out_once_and_with_its_value() {
    let server =
        Canned::start(|seen, _| if seen.method == "POST" { with(204, &[], "") } else { json(200, &json!({"full_name": "acme/shop"})) })
            .await;
    let provider = server.provider();
    provider.repository("acme/shop").await.unwrap();
    provider.trigger("acme/shop", &deploy()).await.unwrap();
    for seen in server.seen() {
        assert_eq!(seen.header("authorization"), [format!("Bearer {TOKEN}")]);
        assert_eq!(seen.header("user-agent"), [concat!("Pilothouse/", env!("CARGO_PKG_VERSION"))]);
        assert_eq!(seen.header("x-github-api-version"), ["2026-03-10"]);
        assert_eq!(seen.header("accept"), ["application/vnd.github+json"]);
    }
    assert_eq!(server.seen()[1].header("content-type"), ["application/json"]);
}

#[tokio::test]
async fn a_log_is_fetched_from_elsewhere_without_the_token() {
    let storage = Canned::start(|_, _| with(200, &[("content-type", "text/plain")], "line one\nline two\n")).await;
    let target = format!("{}/blob?sig=SIGNED", storage.url);
    let server = Canned::start(move |_, _| with(302, &[("location", &target)], "")).await;
    let log = server.provider().job_log("acme/shop", "7", 0).await.unwrap().map(|part| part.text);
    assert_eq!(log.as_deref(), Some("line one\nline two\n"));
    let seen = storage.seen();
    assert_eq!((seen.len(), seen[0].path.as_str()), (1, "/blob?sig=SIGNED"));
    for name in ["authorization", "x-github-api-version", "cookie", "referer"] {
        assert_eq!(seen[0].header(name), Vec::<&str>::new(), "{name}");
    }
    assert!(!seen[0].headers.iter().any(|(_, value)| value.contains(TOKEN)));
}

#[tokio::test]
async fn a_signed_address_is_never_shown() {
    let storage = Canned::start(|_, _| with(403, &[], "<Error>no</Error>")).await;
    let target = format!("{}/blob?sig=SIGNED", storage.url);
    let server = Canned::start(move |_, _| with(302, &[("location", &target)], "")).await;
    let error = server.provider().job_log("acme/shop", "7", 0).await.unwrap_err();
    assert!(!format!("{error:?}").contains("SIGNED"), "{error:?}");
    let gone = Canned::start(|_, _| with(302, &[("location", "http://127.0.0.1:1/blob?sig=SIGNED")], "")).await;
    let error = gone.provider().job_log("acme/shop", "7", 0).await.unwrap_err();
    assert!(!format!("{error:?}").contains("SIGNED"), "{error:?}");
}

#[tokio::test]
async fn a_repository_that_moved_is_read_on_the_same_server_only() {
    let elsewhere = Canned::start(|_, _| json(200, &json!({"full_name": "evil/shop"}))).await;
    let target = format!("{}/repositories/1", elsewhere.url);
    let server = Canned::start(move |_, _| with(301, &[("location", &target)], "{}")).await;
    let error = server.provider().repository("acme/shop").await.unwrap_err();
    assert_eq!(error.kind, ProviderErrorKind::NotFound);
    assert!(error.message.contains("has moved"), "{error}");
    assert_eq!(elsewhere.seen().len(), 0);

    let same = Canned::start(|seen, _| {
        if seen.path.starts_with("/repositories") {
            json(200, &json!({"full_name": "acme/store", "default_branch": "main"}))
        } else {
            let host = seen.header("host")[0];
            with(301, &[("location", &format!("http://{host}/repositories/1"))], "{}")
        }
    })
    .await;
    assert_eq!(same.provider().repository("acme/shop").await.unwrap().full_name, "acme/store");
}

#[tokio::test]
async fn no_failure_shows_the_token() {
    for status in [400, 401, 403, 404, 409, 410, 422, 429, 500] {
        let server = Canned::start(move |_, _| json(status, &json!({"message": format!("echo {TOKEN}"), "errors": [TOKEN]}))).await;
        let error = server.provider().verify().await.unwrap_err();
        assert!(!format!("{error:?}").contains(TOKEN), "{status}: {error:?}");
    }
    let server = Canned::start(|_, _| json(200, &json!({"login": [TOKEN]}))).await;
    let error = server.provider().verify().await.unwrap_err();
    assert!(!format!("{error:?}").contains(TOKEN) && error.message.contains("`login"), "{error:?}");
}

#[tokio::test]
async fn unusable_urls_and_tokens_are_refused_before_any_call() {
    let registry = Registry::new(fast());
    let connect = |url: &str, token: &str| registry.connect(&connection(url), SecretString::from(token)).map(|_| ());
    assert_eq!(connect("https://git.example.com/api/v3", TOKEN), Ok(()));
    assert_eq!(connect("https://git.example.com/api/v3", &format!(" {TOKEN}\n")), Ok(()), "copied with white space around it");
    for (url, token) in
        [("http://git.example.com", TOKEN), ("https://git.example.com", ""), ("https://git.example.com", "a\nb"), ("nonsense", TOKEN)]
    {
        let error = connect(url, token).unwrap_err();
        assert_eq!(error.kind, ProviderErrorKind::Invalid, "{url}");
        assert!(!error.next_step.is_empty());
    }
}

#[tokio::test]
async fn a_prefix_of_the_base_url_is_kept() {
    let server = Canned::start(|_, _| json(200, &json!({"full_name": "acme/shop"}))).await;
    // A prefix that a path also begins with.
    for prefix in ["/api/v3", "/api/v3/", "/r"] {
        connect_with(&Registry::new(fast()), &format!("{}{prefix}", server.url)).repository("acme/shop").await.unwrap();
    }
    let paths: Vec<String> = server.seen().into_iter().map(|seen| seen.path).collect();
    assert_eq!(paths, ["/api/v3/repos/acme/shop", "/api/v3/repos/acme/shop", "/r/repos/acme/shop"]);
}
