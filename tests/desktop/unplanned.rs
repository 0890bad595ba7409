//! A run that somebody starts at the provider without Pilothouse shows up, asks for its reason, and is gone from the inbox with it.

use super::page::{button, field, heading, link, text};
use super::ready::Ready;
use super::surroundings::Surroundings;
use super::{axe, picture};
use pilothouse_domain::Timestamp;
use pilothouse_domain::connection::{Connection, ConnectionSettings, ConnectionStatus, ProviderKind};
use pilothouse_domain::pipeline::FilledBinding;
use pilothouse_engine::ports::ProviderRegistry as _;
use pilothouse_providers::Registry;
use pilothouse_range::{Operation, Range};
use secrecy::SecretString;
use serde_json::json;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(60);
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// Waits until the pipelines were looked at for the first time: what runs from here on is new.
async fn is_watched(range: &Range) {
    let until = Instant::now() + PATIENCE;
    while !range.stats().per_operation.contains_key(&Operation::ListRuns) {
        assert!(Instant::now() < until, "nobody looks at the pipelines");
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

/// Somebody starts the deploy pipeline, through the provider's own API.
async fn start_by_hand(range: &Range) {
    let somebody = Connection {
        id: "00000000-0000-0000-0000-000000000000".parse().unwrap(),
        revision: 0,
        kind: ProviderKind::Github,
        name: "Somebody".to_owned(),
        base_url: range.github_url(),
        settings: ConnectionSettings::default(),
        status: ConnectionStatus::Unverified,
        created_at: Timestamp::parse("2026-11-23T09:00:00Z").unwrap(),
    };
    let client = Registry::default().connect(&somebody, SecretString::from(range.token().to_owned())).unwrap();
    let inputs = [("environment", "staging"), ("version", "1.1.0")].map(|(name, value)| (name.to_owned(), value.to_owned()));
    let filled =
        FilledBinding { pipeline: "deploy.yml".to_owned(), git_ref: "main".to_owned(), inputs: inputs.into(), correlation: String::new() };
    client.trigger(&range.repository(), &filled).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_from_elsewhere_asks_for_its_reason_and_gets_it() {
    let Some(surroundings) = Surroundings::find("a run that somebody else started") else { return };
    let ready = Ready::open(&surroundings).await;
    let page = ready.page();
    is_watched(&ready.range).await;
    start_by_hand(&ready.range).await;

    page.click(&link("Overview")).await;
    page.find(&text("noor-haddad started deploy.yml elsewhere")).await;
    axe::assert_clean(page, "the overview with a run from elsewhere").await;
    picture::keep(page, "unplanned-overview").await;
    page.click(&link("Inbox")).await;
    page.find(&heading("Say why deploy.yml of checkout ran")).await;
    page.find(&text("It may have changed staging and production")).await;
    axe::assert_clean(page, "a run from elsewhere in the inbox").await;
    picture::guide(page, "unplanned").await;

    // By the keyboard alone: the dialog, its first field, the reason.
    page.press("w").await;
    page.find(&field("Reason")).await;
    axe::assert_clean(page, "the dialog for the reason").await;
    picture::keep(page, "unplanned-reason").await;
    let give = page.find(&button("Give the reason")).await;
    assert_eq!(give.attr("aria-disabled").await.unwrap().as_deref(), Some("true"), "a reason is required");
    page.fill(&field("Reason"), "A hotfix at night, before anybody was up").await;
    page.click(&button("Give the reason")).await;
    page.find(&text("Nothing waits for you")).await;

    page.click(&link("Audit")).await;
    page.find(&text("A hotfix at night, before anybody was up")).await;
    let runs = ready.ask("list_unplanned_runs", json!({"product_id": null, "open_only": false, "limit": 10})).await;
    assert_eq!((runs.as_array().unwrap().len(), runs[0]["state"].as_str()), (1, Some("explained")), "{runs}");
    ready.close().await;
}
