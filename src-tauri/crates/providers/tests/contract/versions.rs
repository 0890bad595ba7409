//! The newest version of GitHub's API is spoken, and the older one where a server doesn't know that: Enterprise Server up to 3.19.

use crate::conformance::fixture::{now, search};
use crate::contract::canned::{Canned, Reply, Seen, connect_with, fast, json, with};
use crate::contract::mutating::deploy;
use pilothouse_domain::pipeline::FilledBinding;
use pilothouse_engine::ports::provider::{CallOutcome, Capability, ProviderRegistry};
use pilothouse_providers::Registry;
use pilothouse_range::{Range, RangeOptions};
use secrecy::SecretString;
use serde_json::json;

fn refused() -> Reply {
    json(400, &json!({"message": "\"2026-03-10\" is not a supported version. See /versions", "status": "400"}))
}

fn speaks_new(seen: &Seen) -> bool {
    seen.header("x-github-api-version") == ["2026-03-10"]
}

#[tokio::test]
async fn a_refused_version_is_left_for_the_older_one_and_remembered() {
    let strict = |seen: &Seen, _: usize| {
        if speaks_new(seen) {
            refused()
        } else if seen.json().get("return_run_details").is_some() {
            json(422, &json!({"message": "Invalid request.\n\n\"return_run_details\" is not a permitted key."}))
        } else {
            with(204, &[], "")
        }
    };
    let server = Canned::start(strict).await;
    let registry = Registry::new(fast());
    for (seen, why) in
        [(2, "turned away, then accepted"), (4, "the name of the run is asked for, and refused"), (5, "a later client knows")]
    {
        assert_eq!(connect_with(&registry, &server.url).trigger("acme/shop", &deploy()).await, Ok(None));
        assert_eq!(server.seen().len(), seen, "{why}");
    }
    let all = server.seen();
    assert_eq!(all.iter().filter(|seen| speaks_new(seen)).count(), 1);
    assert!(all[4].json().get("return_run_details").is_none());
}

#[tokio::test]
async fn an_older_server_that_names_the_run_is_asked_to() {
    let server = Canned::start(|seen, _| match () {
        () if speaks_new(seen) => refused(),
        () if seen.method == "GET" => json(200, &json!({"full_name": "acme/shop"})),
        () => json(200, &json!({"workflow_run_id": 42})),
    })
    .await;
    let provider = server.provider();
    provider.repository("acme/shop").await.unwrap();
    assert_eq!(provider.trigger("acme/shop", &deploy()).await.unwrap().unwrap().external_id, "42");
    assert_eq!(server.seen_of("POST").len(), 1);
    assert_eq!(server.seen_of("POST")[0].json()["return_run_details"], true);
}

#[tokio::test]
async fn another_400_is_final_and_a_server_that_refuses_both_is_asked_anew() {
    let server = Canned::start(|_, _| json(400, &json!({"message": "Problems parsing JSON"}))).await;
    assert_eq!(server.provider().trigger("acme/shop", &deploy()).await.unwrap_err().outcome(), CallOutcome::Refused);
    assert_eq!(server.seen().len(), 1);
    let server = Canned::start(|_, _| refused()).await;
    let provider = server.provider();
    for seen in [2, 4] {
        assert_eq!(provider.trigger("acme/shop", &deploy()).await.unwrap_err().outcome(), CallOutcome::Refused);
        assert_eq!(server.seen().len(), seen);
    }
}

#[tokio::test]
async fn at_an_enterprise_server_a_run_is_started_once_and_found_by_its_correlation() {
    let range = Range::start(RangeOptions { enterprise_server: true, ..RangeOptions::fast() }).await.unwrap();
    let connection = crate::contract::canned::connection(&range.github_url());
    let provider = Registry::default().connect(&connection, SecretString::from(range.token())).unwrap();
    let inputs = [("environment", "staging"), ("version", "1.2.0"), ("pilothouse_run", "ghes-1")];
    let inputs = inputs.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    let deploy = FilledBinding { pipeline: "deploy.yml".into(), git_ref: "v1.2.0".into(), inputs, correlation: String::new() };
    let since = now();
    assert_eq!(provider.trigger(&range.repository(), &deploy).await, Ok(None));
    assert_eq!(range.stats().dispatches_of("deploy.yml", "ghes-1"), 1);
    let found = provider.find_runs(&range.repository(), &search(&deploy, "ghes-1", true, since)).await.unwrap();
    assert_eq!(found.len(), 1);
    assert!(provider.capabilities().has(Capability::NamesRun), "newer servers do");
}
