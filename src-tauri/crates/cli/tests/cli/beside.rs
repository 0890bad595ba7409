//! What a script does beside the way to production: connections, clones, tags and publications, gates, runs of others. All on one range,
//! as each would otherwise start one.

use crate::rig::{Place, approved, connected, on_a_range};
use pilothouse_range::{Range, RangeOptions, RunView, Status};
use serde_json::Value;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Command;

const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread")]
async fn what_is_done_beside_the_way_to_production() {
    let options = RangeOptions { protected_environments: vec!["staging".to_owned()], ..RangeOptions::fast() };
    let Some((range, place)) = on_a_range(options).await else { return };
    a_connection_is_edited(&range, &place).await;
    a_clone_is_named_and_forgotten(&range, &place).await;
    approved(&place, &["--branch", "main"], "1.3.0").await;
    a_release_is_noted_compared_tagged_and_published(&place).await;
    let agent = place.agent().await;
    a_gate_is_looked_at_and_passed(&range, &place).await;
    a_run_of_somebody_else_is_explained(&range, &place).await;
    assert_eq!(agent.end().await, Some(0));
    place.done(&["audit", "verify"]).await;
    range.shutdown().await;
}

async fn a_connection_is_edited(range: &Range, place: &Place) {
    let timeout = |document: &Value| document["connection"]["network"]["call_timeout_s"].clone();
    assert_eq!(timeout(&place.done(&["connection", "edit", "range", "--timeout", "45"]).await), 45);
    assert_eq!(timeout(&place.done(&["connection", "edit", "range", "--connect-timeout", "7"]).await), 45, "what isn't given stays");
    assert_eq!(timeout(&place.done(&["connection", "edit", "range", "--reset", "timeouts"]).await), Value::Null);
    place.run(&["connection", "edit", "range", "--timeout", "1", "--json"]).await.expect_code(2);
    // GitHub's token says whose it is.
    let replace = ["connection", "replace-token", "range", "--token-stdin", "--json"];
    let refused = place.run_with(&[&replace[..], &["--user", "mira"]].concat(), range.token()).await.expect_code(2);
    assert_eq!(refused.document()["error"]["field"], "user");
    place.run_with(&replace, range.token()).await.expect_code(0);
}

async fn a_clone_is_named_and_forgotten(range: &Range, place: &Place) {
    let clone = place.path().join("a clone");
    let cloned = Command::new("git").args(["clone", "--quiet"]).arg(range.repository_path()).arg(&clone).status().await.unwrap();
    assert!(cloned.success());
    assert!(place.run(&["product", "clone", "checkout"]).await.expect_code(0).stdout.contains("No clone is named"));
    let named = place.done(&["product", "clone", "checkout", "--path", clone.to_str().unwrap()]).await;
    assert!(named["tags"].as_u64().unwrap() > 0 && named["trouble"].is_null(), "{named}");
    assert_eq!(place.done(&["product", "clone", "checkout"]).await["branch"], "main");
    assert_eq!(place.done(&["product", "clone", "checkout", "--forget"]).await, Value::Null);
}

async fn a_release_is_noted_compared_tagged_and_published(place: &Place) {
    let release = "checkout@1.3.0";
    let compared = place.done(&["release", "compare", release, "--environment", "production"]).await;
    assert_eq!((&compared["version"], compared["environments"].as_array().unwrap().len()), (&"1.3.0".into(), 1));
    assert_eq!(compared["environments"][0]["name"], "production");
    let notes = place.done(&["release", "notes", release, "--from-commits"]).await;
    assert_eq!((&notes["by"], notes["notes"].as_str().unwrap().is_empty()), (&"commits".into(), false));
    let before = place.done(&["release", "tag", release, "--look"]).await["tag"].take();
    assert_eq!((&before["name"], &before["refused"]), (&"v1.3.0".into(), &Value::Null), "{before}");
    let tagged = place.done(&["release", "tag", release, "--message", "Checkout 1.3.0"]).await["tag"].take();
    assert!(tagged["name"] == "v1.3.0" && tagged["state"] != before["state"], "{tagged}");
    let published = place.done(&["release", "publish", release, "--title", "Spring"]).await["published"].take();
    assert_eq!((&published["title"], published["url"].is_string()), (&"Spring".into(), true), "{published}");
    let said = place.run(&["release", "tag", release, "--look"]).await.expect_code(0);
    assert!(said.stdout.contains("v1.3.0") && said.stdout.contains("Spring"), "{}", said.stdout);
}

async fn a_gate_is_looked_at_and_passed(range: &Range, place: &Place) {
    let started = place.done(&["deploy", "checkout@1.3.0", "staging"]).await;
    let waits = |range: &Range| range.runs().into_iter().find(|run: &RunView| run.status == Status::Waiting);
    range.until("a run that waits", PATIENCE, waits).await.unwrap();
    let listed = place.done(&["gate", "list", "--look"]).await;
    let id = listed[0]["id"].as_str().unwrap_or_else(|| panic!("one waits: {listed}")).to_owned();
    let end = &id[id.len() - 8..];
    assert_eq!(place.done(&["gate", "show", end]).await["id"], id);
    assert!(place.run(&["gate", "list"]).await.expect_code(0).stdout.contains(&id));
    place.run(&["gate", "reject", end]).await.expect_code(2);
    place.run(&["gate", "show", "ffffffff"]).await.expect_code(1);
    let passed = place.done(&["gate", "approve", end, "--comment", "as planned"]).await;
    assert_eq!((&passed["state"], &passed["answer"]["comment"]), (&"answered".into(), &"as planned".into()));
    place.run(&["deployment", "wait", started["id"].as_str().unwrap()]).await.expect_code(0);
}

async fn a_run_of_somebody_else_is_explained(range: &Range, place: &Place) {
    let mut follow = place.command(&["follow", "--after", "0"]).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut changes = BufReader::new(follow.stdout.take().unwrap()).lines();
    let jonas = Place::new();
    connected(&jonas, range).await;
    let inputs = ["--input", "environment=production", "--input", "version=1.2.0", "--reason", "a hotfix", "--follow"];
    jonas.done(&[&["pipeline", "run", "range", "nordwind/checkout", "deploy.yml"], &inputs[..]].concat()).await;
    loop {
        let change: Value = serde_json::from_str(&changes.next_line().await.unwrap().expect("it goes on")).unwrap();
        if change["kind"] == "unplanned_run" {
            break;
        }
    }
    follow.kill().await.unwrap();
    let asked = place.done(&["unplanned", "list"]).await[0].take();
    let run = asked["external_id"].as_str().unwrap();
    place.run(&["unplanned", "explain", run, "--reason", " ", "--json"]).await.expect_code(2);
    let explained = place.done(&["unplanned", "explain", run, "--reason", "a hotfix at night", "--release", "checkout@1.3.0"]).await;
    assert_eq!((&explained["state"], &explained["reason"]), (&"explained".into(), &"a hotfix at night".into()), "{explained}");
    assert_eq!(place.done(&["unplanned", "list"]).await, serde_json::json!([]));
}
