//! Rollouts: the phases of an environment, a person's hand on a deployment, and a command that dies between two phases.

use crate::rig::{Place, approved, on_the_range};
use serde_json::{Value, json};

/// Phases of staging, none of which is watched.
fn phases(shares: &[u8]) -> Value {
    let phase = |share: &u8| json!({"name": format!("to {share}"), "weight_percent": share});
    json!({"phases": shares.iter().map(phase).collect::<Vec<_>>(), "on_failure": {"then": "ask"}})
}

async fn set(place: &Place, rollout: &Value) {
    let set = place.run_with(&["rollout", "set", "staging", "--file", "-", "--json"], &rollout.to_string()).await;
    assert_eq!(set.expect_code(0).document()["phases"].as_array().unwrap().len(), rollout["phases"].as_array().unwrap().len());
}

#[tokio::test(flavor = "multi_thread")]
async fn phases_are_set_skipped_and_promoted() {
    let Some((range, place)) = on_the_range().await else { return };
    let templates = place.run(&["rollout", "templates"]).await.expect_code(0);
    assert!(templates.stdout.contains("Canary") && templates.stdout.contains("10 > 50 > 100 %"), "{}", templates.stdout);
    place.done(&["rollout", "set", "staging", "--template", "canary"]).await;
    let shown = place.run(&["rollout", "show", "staging"]).await.expect_code(0);
    assert!(shown.stdout.contains("15 min") && shown.stdout.contains("a person is asked"), "{}", shown.stdout);
    let shrinks = place.run_with(&["rollout", "set", "staging", "--file", "-", "--json"], &phases(&[50, 20, 100]).to_string()).await;
    assert_eq!(shrinks.expect_code(2).error_code(), "invalid");
    set(&place, &phases(&[25, 50, 100])).await;

    approved(&place, &["--tag", "v1.2.0"], "1.2.0").await;
    let begun = place.done(&["deploy", "checkout@1.2.0", "staging"]).await;
    let id = begun["id"].as_str().unwrap();
    place.done(&["deployment", "pause", id, "--reason", "lunch"]).await;
    assert_eq!(place.run(&["deployment", "pause", id, "--json"]).await.expect_code(1).error_code(), "conflict");
    let skipped = place.done(&["deployment", "skip", id, "to 25", "--reason", "it is known to be well"]).await;
    assert_eq!((&skipped["phases"][0]["state"], &skipped["phases"][1]["state"]), (&"left_out".into(), &"ready".into()));
    let none = place.run(&["deployment", "skip", id, "to 30", "--reason", "why not", "--json"]).await.expect_code(1);
    assert_eq!(none.error_code(), "not_found");
    place.done(&["deployment", "promote", id, "--reason", "everybody waits"]).await;
    assert_eq!(range.stats().dispatches.len(), 0, "nothing is triggered while it is paused");
    place.done(&["deployment", "resume", id]).await;
    let ended = place.run(&["deployment", "wait", id, "--json"]).await.expect_code(0).document();
    let states: Vec<&str> = ended["phases"].as_array().unwrap().iter().map(|phase| phase["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["left_out", "left_out", "passed"]);
    let dispatches = range.stats().dispatches;
    assert_eq!((dispatches.len(), dispatches[0].inputs["weight"].as_str()), (1, "100"));
    let shown = place.run(&["deployment", "show", id]).await.expect_code(0);
    assert!(shown.stdout.contains("it is known to be well") && shown.stdout.contains("to 100"), "{}", shown.stdout);
    range.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn phases_to_come_are_changed_from_a_document_while_it_is_paused() {
    let Some((range, place)) = on_the_range().await else { return };
    set(&place, &phases(&[25, 50, 100])).await;
    approved(&place, &["--tag", "v1.2.0"], "1.2.0").await;
    let begun = place.done(&["deploy", "checkout@1.2.0", "staging"]).await;
    let id = begun["id"].as_str().unwrap();
    place.done(&["deployment", "pause", id]).await;
    let mut document = place.done(&["deployment", "phases", id]).await;
    assert_eq!((document["seen"].as_u64(), document["phases"].as_array().unwrap().len()), (Some(0), 3));
    document["phases"][1]["weight_percent"] = 40.into();
    document["phases"].as_array_mut().unwrap().remove(0);
    let text = document.to_string();
    let looked = place.run_with(&["deployment", "phases", id, "--file", "-", "--dry-run"], &text).await.expect_code(0);
    assert!(looked.stdout.contains("share of to 50") && looked.stdout.contains("40 %"), "{}", looked.stdout);
    let silent = place.run_with(&["deployment", "phases", id, "--file", "-", "--json"], &text).await.expect_code(2);
    assert_eq!(silent.error_code(), "invalid", "a reason is asked for");
    let change = ["deployment", "phases", id, "--file", "-", "--reason", "half is too much", "--json"];
    let changed = place.run_with(&change, &text).await.expect_code(0).document();
    assert_eq!(
        (changed["phases"].as_array().unwrap().len(), changed["phase_changes"][0]["reason"].as_str()),
        (2, Some("half is too much"))
    );
    let again = place.run_with(&change, &text).await.expect_code(1);
    assert_eq!(again.error_code(), "conflict", "the document is older than the change");
    place.done(&["deployment", "resume", id]).await;
    place.run(&["deployment", "wait", id, "--json"]).await;
    let shares: Vec<String> = range.stats().dispatches.iter().map(|dispatch| dispatch.inputs["weight"].clone()).collect();
    assert!(shares.is_empty() || shares[0] == "40", "{shares:?}");
    range.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_has_a_target_date_until_it_is_taken_off() {
    let Some((range, place)) = on_the_range().await else { return };
    approved(&place, &["--tag", "v1.2.0"], "1.2.0").await;
    let set = place.done(&["release", "target-date", "checkout@1.2.0", "2100-12-20", "--time-zone", "Europe/Berlin"]).await;
    assert_eq!((&set["release"]["target"]["day"], &set["release"]["target"]["is_overdue"]), (&"2100-12-20".into(), &false.into()));
    let shown = place.run(&["release", "show", "checkout@1.2.0"]).await.expect_code(0);
    assert!(shown.stdout.contains("2100-12-20 in Europe/Berlin"), "{}", shown.stdout);
    let wrong = place.run(&["release", "target-date", "checkout@1.2.0", "tomorrow", "--json"]).await.expect_code(2);
    assert_eq!(wrong.error_code(), "invalid");
    let cleared = place.done(&["release", "target-date", "checkout@1.2.0", "--clear"]).await;
    assert!(cleared["release"]["target"].is_null());
    range.shutdown().await;
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_rollout_whose_command_dies_goes_on_and_triggers_each_phase_once() {
    use std::os::unix::process::ExitStatusExt as _;
    let Some((range, place)) = on_the_range().await else { return };
    set(&place, &phases(&[25, 50, 75, 100])).await;
    let points =
        ["after_trigger:1", "before_trigger:2", "after_trigger:3", "after_run:2", "before_commit:9", "after_commit:14", "after_trigger:4"];
    for (n, point) in points.into_iter().enumerate() {
        let version = format!("1.2.{n}");
        approved(&place, &["--tag", "v1.2.0"], &version).await;
        let release = format!("checkout@{version}");
        let died = place.command(&["deploy", &release, "staging", "--wait"]).env("PILOTHOUSE_FAILPOINT", point).output().await.unwrap();
        assert_eq!(died.status.signal(), Some(6), "{point}: {}", String::from_utf8_lossy(&died.stderr));
        let active = place.done(&["deployment", "list", "--release", &release]).await;
        let id = active[0]["id"].as_str().unwrap_or_else(|| panic!("{point}: the intent was committed"));
        let ended = place.run(&["deployment", "wait", id, "--json"]).await;
        if ended.document()["state"] == "awaiting_decision" {
            assert_eq!(&ended.document()["question"]["question"], "run_not_found", "{point}");
            place.done(&["deployment", "decide", id, "trigger"]).await;
            place.run(&["deployment", "wait", id]).await.expect_code(0);
        } else {
            ended.expect_code(0);
        }
        let ours: Vec<String> = range
            .stats()
            .dispatches
            .iter()
            .filter(|dispatch| dispatch.inputs["version"] == version)
            .map(|dispatch| dispatch.inputs["weight"].clone())
            .collect();
        assert_eq!(ours, ["25", "50", "75", "100"], "{point}");
        place.done(&["audit", "verify"]).await;
    }
    range.shutdown().await;
}
