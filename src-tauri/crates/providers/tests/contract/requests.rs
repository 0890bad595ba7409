//! What we send, checked against GitHub's own description of its API.

use crate::contract::canned::{Canned, Seen, with};
use crate::contract::mutating::deploy;
use pilothouse_domain::Timestamp;
use pilothouse_domain::release::SourceKind;
use pilothouse_engine::ports::provider::RunSearch;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

fn contracts() -> Option<PathBuf> {
    let beside =
        || Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(|folder| folder.join("shared/contracts")).find(|folder| folder.is_dir());
    std::env::var_os("PILOTHOUSE_CONTRACTS").map(PathBuf::from).or_else(beside)
}

/// GitHub's description, where it is at hand.
pub(crate) fn description() -> Option<Value> {
    let Some(folder) = contracts() else {
        println!("skipped: contracts not found");
        return None;
    };
    Some(serde_json::from_slice(&std::fs::read(folder.join("github-rest.openapi.json")).unwrap()).unwrap())
}

/// That a request is described, with its query and its body.
pub(crate) fn check(api: &Value, request: &Seen) {
    let (template, operation) = described(api, request).unwrap_or_else(|| panic!("not described: {} {}", request.method, request.path));
    check_query(api, operation, request);
    check_body(api, operation, request, template);
}

/// The described path that a sent path matches, and its description.
fn described<'a>(api: &'a Value, seen: &Seen) -> Option<(&'a str, &'a Value)> {
    let sent: Vec<&str> = seen.path.split('?').next()?.split('/').collect();
    let fits = |template: &str| {
        let parts: Vec<&str> = template.split('/').collect();
        // A file's path and a ref may hold slashes.
        let is_open = template.ends_with("/contents/{path}") || template.ends_with("/git/ref/{ref}");
        let same_length = if is_open { sent.len() >= parts.len() } else { sent.len() == parts.len() };
        same_length && parts.iter().zip(&sent).all(|(part, word)| part.starts_with('{') || part == word)
    };
    let paths = api["paths"].as_object().unwrap();
    // The one with the fewest placeholders is meant.
    let (template, item) = paths.iter().filter(|(template, _)| fits(template)).min_by_key(|(template, _)| template.matches('{').count())?;
    Some((template, item.get(seen.method.to_lowercase())?))
}

#[tokio::test]
async fn every_request_is_one_that_github_describes() {
    let Some(api) = description() else { return };
    let server = Canned::start(|seen, _| match seen.path.as_str() {
        "/user" => with(200, &[], "{\"login\":\"me\"}"),
        path if path.starts_with("/user/repos") => with(200, &[], "[{\"full_name\":\"acme/shop\"}]"),
        path if path.starts_with("/repos/acme/shop/git/ref/tags") => with(200, &[], "{\"object\":{\"type\":\"tag\",\"sha\":\"abc\"}}"),
        path if path.ends_with("/jobs/7/logs") => with(404, &[], "{}"),
        _ => with(200, &[], "[]"),
    })
    .await;
    let provider = server.provider();
    let search = RunSearch {
        pipeline: "deploy.yml".into(),
        git_ref: "main".into(),
        correlation: "t".into(),
        is_correlated: false,
        since: Timestamp::from_micros(0).unwrap(),
    };
    // Most of these fail on the canned answers; what matters is what was asked.
    let _ = provider.verify().await;
    let _ = provider.repositories("x").await;
    let _ = provider.repository("acme/shop").await;
    let _ = provider.environments("acme/shop").await;
    let _ = provider.pipelines("acme/shop").await;
    let _ = provider.describe_pipeline("acme/shop", "deploy.yml", "main").await;
    let _ = provider.refs("acme/shop").await;
    let _ = provider.commits("acme/shop", "main", 10).await;
    for kind in [SourceKind::Tag, SourceKind::Branch, SourceKind::Commit] {
        let _ = provider.resolve("acme/shop", kind, "abcdef1").await;
    }
    let _ = provider.compare("acme/shop", "v1", "feature/a").await;
    let _ = provider.trigger("acme/shop", &deploy()).await;
    let _ = provider.find_runs("acme/shop", &search).await;
    let _ = provider.run("acme/shop", "42").await;
    let _ = provider.job_log("acme/shop", "7", 0).await;
    for flag in [false, true] {
        let _ = provider.cancel("acme/shop", "42", flag).await;
        let _ = provider.rerun("acme/shop", "42", flag).await;
    }
    let seen = server.seen();
    assert!(seen.len() >= 25, "{}", seen.len());
    for request in &seen {
        check(&api, request);
    }
    let bodies = server.seen_of("POST").iter().filter(|request| !request.body.is_empty()).count();
    assert_eq!(bodies, 1, "only the dispatch has a body");
}

/// Each parameter of the query is known to the operation.
fn check_query(api: &Value, operation: &Value, request: &Seen) {
    let known: Vec<String> = operation["parameters"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|parameter| match parameter["$ref"].as_str() {
            Some(reference) => api.pointer(reference.trim_start_matches('#')).unwrap(),
            None => parameter,
        })
        .filter(|parameter| parameter["in"] == "query")
        .map(|parameter| parameter["name"].as_str().unwrap().to_owned())
        .collect();
    for pair in request.path.split_once('?').map(|(_, query)| query.split('&')).into_iter().flatten() {
        let name = pair.split('=').next().unwrap();
        assert!(known.iter().any(|k| k == name), "{} {}: `{name}` is not among {known:?}", request.method, request.path);
    }
}

/// The body fits the operation's schema.
fn check_body(api: &Value, operation: &Value, request: &Seen, template: &str) {
    let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
    if request.body.is_empty() {
        assert_ne!(operation["requestBody"]["required"], json!(true), "{template} wants a body");
        return;
    }
    assert!(schema.is_object(), "{template} takes no body");
    // References point into the whole document.
    let mut whole = schema.clone();
    whole["components"] = api["components"].clone();
    let validator = jsonschema::validator_for(&whole).unwrap();
    let body = request.json();
    let faults: Vec<String> = validator.iter_errors(&body).map(|fault| fault.to_string()).collect();
    assert!(faults.is_empty(), "{template}: {faults:?}");
    assert!(!validator.is_valid(&json!({"inputs": {}})), "the schema refuses what is wrong");
}
