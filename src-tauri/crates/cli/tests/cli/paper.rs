//! What goes with a release on paper, as a script does it: documents, training, its review, the figures, the report and the bundle.

use crate::rig::{Place, approved, on_the_range};
use serde_json::{Value, json};
use std::path::PathBuf;

const RELEASE: &str = "checkout@1.2.0";

#[tokio::test(flavor = "multi_thread")]
async fn a_release_is_documented_taught_reviewed_and_handed_out() {
    let Some((range, place)) = on_the_range().await else { return };
    approved(&place, &["--tag", "v1.2.0"], "1.2.0").await;
    documents(&place).await;
    training(&place).await;
    place.run(&["deploy", RELEASE, "staging", "--wait"]).await.expect_code(0);
    review(&place).await;
    metrics(&place).await;
    handed_out(&place).await;
    range.shutdown().await;
}

fn written(place: &Place, name: &str, text: &str) -> PathBuf {
    let path = place.path().join(name);
    std::fs::write(&path, text).unwrap();
    path
}

async fn documents(place: &Place) {
    place.done(&["document", "add", "checkout", "Operations manual", "--kind", "operations-manual", "--reader", "Mira Okafor"]).await;
    let text = written(place, "manual.md", "# Restart\n\nPull the lever.\n");
    let write = ["document", "write", "checkout", "operations manual", text.to_str().unwrap(), "--remark", "the lever", "--for", RELEASE];
    place.done(&write).await;
    let unread = place.run(&["document", "release", RELEASE, "--json"]).await;
    assert!(unread.document().to_string().contains("Operations manual"), "{}", unread.stdout);
    place.done(&["document", "read", "checkout", "Operations manual"]).await;
    let found = place.done(&["document", "list", "checkout", "lever"]).await;
    assert_eq!(found.as_array().or_else(|| found["documents"].as_array()).map(Vec::len), Some(1), "{found}");
    let shown = place.run(&["document", "show", "checkout", "Operations manual"]).await.expect_code(0).stdout;
    assert!(shown.contains("Pull the lever."), "{shown}");
    let missing = place.run(&["document", "show", "checkout", "Nothing"]).await.expect_code(1);
    assert!(missing.stderr.contains("Nothing"), "{}", missing.stderr);
}

async fn training(place: &Place) {
    let course = json!({ "title": "Refunds", "audience": ["Mira Okafor"], "each_release": true, "needs_acknowledgement": true });
    let file = written(place, "course.json", &course.to_string());
    place.done(&["training", "put", "checkout", file.to_str().unwrap()]).await;
    let untrained = place.run(&["training", "release", RELEASE]).await.expect_code(3).stdout;
    assert!(untrained.contains("Refunds"), "{untrained}");
    place.done(&["training", "acknowledge", "checkout", "Refunds", "--for", RELEASE]).await;
    place.run(&["training", "release", RELEASE]).await.expect_code(0);
    let session =
        place.done(&["training", "session", "checkout", "Refunds", "2027-01-25T14:00", "--zone", "Europe/Berlin", "--for", RELEASE]).await;
    let id = session["id"].as_str().unwrap_or_default();
    let invitation = place.run(&["training", "invite", id]).await.expect_code(0).stdout;
    assert!(invitation.contains("BEGIN:VEVENT") && invitation.contains("Refunds"), "{session} {invitation}");
}

async fn review(place: &Place) {
    let add = [
        "review",
        "add",
        RELEASE,
        "--summary",
        "It went well.",
        "--well",
        "The rollout",
        "--action",
        "Name the lever",
        "--owner",
        "Mira Okafor",
    ];
    place.done(&add).await;
    place.done(&["review", "done", RELEASE, "name the"]).await;
    let shown = place.run(&["review", "show", RELEASE]).await.expect_code(0).stdout;
    assert!(shown.contains("The rollout") && shown.contains("Name the lever"), "{shown}");
    place.done(&["review", "close", RELEASE]).await;
    let late = place.run(&["review", "add", RELEASE, "--well", "More"]).await.expect_code(1);
    assert!(late.stderr.contains("closed"), "{}", late.stderr);
}

async fn metrics(place: &Place) {
    let told = place.done(&["metrics", "checkout", "--weeks", "4"]).await;
    assert_eq!(told["metrics"].as_array().unwrap().len(), 4, "{told}");
    let text = place.run(&["metrics", "checkout", "--definitions"]).await.expect_code(0).stdout;
    assert!(text.contains("not enough data") && text.contains("Lead time"), "{text}");
    place.run(&["metrics", "checkout", "--weeks", "0"]).await.expect_code(2);
}

async fn handed_out(place: &Place) {
    for (format, begins) in [("html", "<!DOCTYPE html>"), ("pdf", "%PDF-")] {
        let file = place.path().join(format!("report.{format}"));
        let report = ["report", RELEASE, "--format", format, "--output", file.to_str().unwrap()];
        let saved = place.done(&report).await;
        assert_eq!(saved["sha256"].as_str().map(str::len), Some(64));
        assert!(std::fs::read(&file).unwrap().to_ascii_lowercase().starts_with(begins.to_ascii_lowercase().as_bytes()), "{format}");
        let again = place.run(&report).await.expect_code(1);
        assert!(again.stderr.contains("is there already"), "{}", again.stderr);
    }
    let bundle = place.path().join("bundle.zip");
    let bundle = bundle.to_str().unwrap();
    let saved = place.done(&["bundle", "create", RELEASE, "--output", bundle]).await;
    let key = place.run(&["bundle", "key"]).await.expect_code(0).stdout;
    assert_eq!(saved["fingerprint"], Value::from(key.trim()));
    let verdict = place.done(&["bundle", "verify", bundle, "--fingerprint", key.trim()]).await;
    assert_eq!((&verdict["is_sound"], &verdict["is_expected"]), (&json!(true), &json!(true)));
    let mut content = std::fs::read(bundle).unwrap();
    let middle = content.len() / 2;
    content[middle] ^= 1;
    std::fs::write(bundle, content).unwrap();
    let told = place.run(&["bundle", "verify", bundle]).await.expect_code(1).stdout;
    assert!(told.contains("Not sound"), "{told}");
}
