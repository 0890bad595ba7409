//! Issues of a tracker as a script uses them: what testers wrote becomes feedback, feedback becomes an issue and is answered there, a
//! checklist comes out of one.

use crate::rig::{Place, on_the_range};
use pilothouse_range::Range;
use serde_json::{Value, json};

const ROUND: [&str; 2] = ["checkout@1.2.0", "staging"];

#[tokio::test(flavor = "multi_thread")]
async fn issues_are_read_written_answered_and_settled() {
    let Some((range, place)) = on_the_range().await else { return };
    place.done(&["release", "draft", "checkout", "--version", "1.2.0", "--tag", "v1.2.0"]).await;
    place.done(&uat("begin", &[])).await;
    let told = arrives(&range, &place).await;
    answered(&range, &place, &told).await;
    becomes_issue(&range, &place).await;
    checklist(&range, &place).await;
    range.shutdown().await;
}

fn uat<'a>(command: &'a str, rest: &[&'a str]) -> Vec<&'a str> {
    [&["uat", command], &ROUND[..], rest].concat()
}

/// A labelled issue arrives as feedback, once. What it is known by here.
async fn arrives(range: &Range, place: &Place) -> String {
    let repository = range.repository();
    let early = place.run(&uat("fetch", &[])).await.expect_code(2);
    assert!(early.stderr.contains("reads no issues"), "{}", early.stderr);
    place.run(&uat("tracker", &["--connection", "range"])).await.expect_code(2);
    let elsewhere = uat("tracker", &["--connection", "range", "--repository", "nordwind/nothing", "--label", "uat"]);
    place.run(&elsewhere).await.expect_code(1);
    let set = place.done(&uat("tracker", &["--connection", "range", "--repository", &repository, "--label", "uat"])).await;
    assert_eq!((&set["tracker"]["repository"], &set["tracker"]["label"]), (&json!(repository), &json!("uat")));

    assert_eq!(range.write_issue("The rounding is off", "By **a cent**.", &["uat", "severity::major"]), 1);
    range.write_issue("Not meant", "", &[]);
    let read = place.run(&uat("fetch", &[])).await.expect_code(0).stdout;
    assert!(read.contains("1 new"), "{read}");
    let again = place.done(&uat("fetch", &[])).await;
    assert_eq!((&again["added"], &again["changed"]), (&json!(0), &json!(0)));
    let listed = place.done(&uat("list", &[])).await;
    assert_eq!((&listed[0]["severity"], &listed[0]["issue"]["number"]), (&json!("major"), &json!(1)), "{listed}");
    listed[0]["id"].as_str().unwrap().to_owned()
}

/// Its issue is answered, labelled and closed; each of these waits until the provider has it.
async fn answered(range: &Range, place: &Place, told: &str) {
    let tell = ["uat", "tell", told, "--text", "Solved in 1.2.1", "--label", "solved", "--close"];
    let written = place.done(&tell).await;
    assert_eq!(written["errand"]["state"], "done", "{written}");
    let issue = range.issue(1).unwrap();
    assert!(!issue.is_open && issue.labels.contains(&"solved".to_owned()), "{issue:?}");
    let [comment] = issue.comments.as_slice() else { panic!("{issue:?}") };
    assert!(comment.starts_with("Solved in 1.2.1"), "{comment}");
}

/// Feedback becomes an issue, once; what the provider refuses is settled, and asked for again.
async fn becomes_issue(range: &Range, place: &Place) {
    let told = place.done(&uat("feedback", &["The receipt is late", "--from", "Aiko"])).await;
    let id = told["id"].as_str().unwrap();
    let refused = place.run(&["uat", "file", id, "--repository", "nordwind/nothing", "--json"]).await.expect_code(1);
    assert_eq!(refused.document()["errand"]["state"], "refused", "{}", refused.stdout);
    let settled = place.done(&["uat", "settle", id, "--dismiss"]).await;
    assert_eq!(settled["errand"], Value::Null);
    place.run(&["uat", "settle", id, "--look-again"]).await.expect_code(1);

    let filed = place.done(&["uat", "file", id, "--label", "uat", "--title", "Receipts are late"]).await;
    assert_eq!((&filed["errand"]["state"], &filed["issue"]["number"]), (&json!("done"), &json!(3)), "{filed}");
    let issue = range.issue(3).unwrap();
    assert_eq!((issue.title.as_str(), issue.labels.as_slice()), ("Receipts are late", ["uat".to_owned()].as_slice()));
    assert!(issue.body.contains("The receipt is late") || issue.body.contains("Aiko"), "{}", issue.body);
    let twice = place.run(&["uat", "file", id]).await.expect_code(1);
    assert!(twice.stderr.contains("#3"), "{}", twice.stderr);
    let read = place.done(&uat("fetch", &[])).await;
    assert_eq!(read["added"], json!(0), "it is that feedback already");
    place.done(&uat("tracker", &["--none"])).await;
    place.run(&uat("fetch", &[])).await.expect_code(2);
}

/// The task list of an issue is a checklist; the same again adds nothing.
async fn checklist(range: &Range, place: &Place) {
    let number = range.write_issue("Go-live", "# Before\n- [ ] Back up the ledger\n- [ ] Tell support\n", &[]).to_string();
    let reference = format!("{}#{number}", range.repository());
    let import = |issue: &str| ["checklist", "import", "checkout/staging", "Go-live", "--issue", issue, "--publish"].map(str::to_owned);
    for (issue, new) in [(number.as_str(), 2), (reference.as_str(), 0)] {
        let import = import(issue);
        let report = place.done(&import.each_ref().map(String::as_str)).await;
        assert_eq!(report["added"].as_array().map(Vec::len), Some(new), "{report}");
        assert_eq!(report["template"]["published_number"], json!(1), "{report}");
    }
    place.run(&import("4711").each_ref().map(String::as_str)).await.expect_code(1);
}
