//! A version from its tag to production and back, as a script does it.

use crate::rig::{Place, approved, contains, on_the_range};
use serde_json::Value;
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt as _, BufReader};

fn gates(document: &Value) -> Vec<&str> {
    document["error"]["blockers"].as_array().unwrap().iter().map(|b| b["gate"].as_str().unwrap()).collect()
}

/// What was imported holds the deployment to staging until it is ticked.
async fn checklists(place: &Place, file: &str) {
    let held = place.run(&["deploy", "checkout@1.2.0", "staging", "--json"]).await.expect_code(3);
    assert_eq!(gates(&held.document()), ["checklist"]);
    assert!(held.stderr.contains("“Back up the ledger” has nobody yet"), "{}", held.stderr);
    let tick = |item: &'static str| ["checklist", "tick", "checkout@1.2.0", item];
    let attached = place.done(&["checklist", "attach", "checkout@1.2.0", "back up", "--file", file]).await;
    assert_eq!((&attached["title"], &attached["media_type"]), (&Value::from("go-live.md"), &Value::from("text/plain")));
    assert_eq!(place.done(&tick("back up")).await["checklist"]["progress"]["required_open"], 1);
    let again = place.run(&tick("back up")).await.expect_code(1);
    assert!(again.stderr.contains("is ticked already"), "{}", again.stderr);
    place.done(&["checklist", "untick", "checkout@1.2.0", "back up"]).await;
    place.done(&["checklist", "tick", "checkout@1.2.0", "back up", "tell support", "--minutes", "4"]).await;
    let added = place.done(&["checklist", "add", "checkout@1.2.0", "Go-live", "Call the bank", "--to", "Jonas"]).await;
    assert_eq!((&added["progress"]["required_open"], &added["items"][2]["added_by"]), (&Value::from(1), &Value::from("Mira Okafor")));
    let template = place.run(&["checklist", "drop", "checkout@1.2.0", "tell support"]).await.expect_code(1);
    assert!(template.stderr.contains("belongs to the template"), "{}", template.stderr);
    assert_eq!(place.done(&["checklist", "drop", "checkout@1.2.0", "call"]).await["progress"]["total"], 2);
    let shown = place.run(&["checklist", "show", "checkout@1.2.0"]).await.expect_code(0);
    assert!(shown.stdout.contains("Go-live, before a deployment to staging: 2 of 2 done"), "{}", shown.stdout);
    let missing = place.run(&["checklist", "tick", "checkout@1.2.0", "nothing"]).await.expect_code(1);
    assert!(missing.stderr.contains("there is no item `nothing`"), "{}", missing.stderr);
    let newest = place.run(&["checklist", "take-over", "checkout@1.2.0", "go-live"]).await.expect_code(2);
    assert!(newest.stderr.contains("goes by the last publication already"), "{}", newest.stderr);
    place.done(&["checklist", "remove", "checkout/staging", "Go-live"]).await;
}

/// A runbook is written, run step by step, and attached to the release that waits for its acknowledgement.
async fn runbooks(place: &Place) {
    let file = place.path().join("rollback.json");
    let step = |title: &str| serde_json::json!({ "title": title, "instructions": "To {{target}}.", "action": { "do": "manual" } });
    let parameter = serde_json::json!({ "name": "target", "kind": "text", "is_required": true });
    let document = serde_json::json!({ "parameters": [parameter], "steps": [step("Tell support"), step("Look")] });
    std::fs::write(&file, document.to_string()).unwrap();
    let put = ["runbook", "put", "checkout", "Roll back", file.to_str().unwrap(), "--kind", "rollback", "--publish"];
    assert_eq!(place.done(&put).await["published"]["number"], 1);
    let run = place.done(&["runbook", "start", "checkout", "roll back", "staging", "--set", "target=1.1.0"]).await;
    let id = run["summary"]["id"].as_str().unwrap();
    assert_eq!((&run["steps"][0]["state"], &run["steps"][0]["instructions"]), (&"to_do".into(), &"To 1.1.0.".into()));
    place.done(&["runbook", "step", id, "done", "--note", "told"]).await;
    let undone = place.done(&["runbook", "step", id, "undo"]).await;
    assert_eq!(undone["summary"]["settled"], 0);
    let stopped = place.run(&["runbook", "abort", id, "--reason", "a drill"]).await.expect_code(0);
    assert!(stopped.stdout.contains("a drill") && stopped.stdout.contains("stopped"), "{}", stopped.stdout);
    let late = place.run(&["runbook", "step", id, "done"]).await.expect_code(1);
    assert!(late.stderr.contains("is stopped"), "{}", late.stderr);

    place.done(&["runbook", "rule", "checkout/staging", "on", "--stakeholder", "Mira Okafor"]).await;
    place.done(&["runbook", "attach", "checkout@1.2.0", "Roll back"]).await;
    let held = place.run(&["deploy", "checkout@1.2.0", "staging", "--json"]).await.expect_code(3);
    assert_eq!(gates(&held.document()), ["runbook"]);
    assert!(held.stderr.contains("is not acknowledged by Mira Okafor"), "{}", held.stderr);
    place.done(&["runbook", "acknowledge", "checkout@1.2.0", "1"]).await;
    place.done(&["runbook", "rule", "checkout/staging", "off"]).await;
    let attached = place.run(&["runbook", "attached", "checkout@1.2.0"]).await.expect_code(0);
    assert!(attached.stdout.contains("1.2.0: number 1 of Roll back"), "{}", attached.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_goes_to_production_and_back() {
    let Some((range, place)) = on_the_range().await else { return };

    // What changes is followed from the start.
    let mut follow = place.command(&["follow", "--after", "0"]).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut changes = BufReader::new(follow.stdout.take().unwrap()).lines();

    let proposal = place.done(&["release", "propose", "checkout", "--tag", "v1.2.0"]).await;
    assert_eq!(proposal["versions"][0]["version"], "1.2.0");
    assert_eq!(proposal["changes_since"], "v1.1.0");
    let drafted = place.done(&["release", "draft", "checkout", "--tag", "v1.2.0"]).await;
    assert_eq!((&drafted["release"]["version"], &drafted["tag"]), (&Value::from("1.2.0"), &Value::from("v1.2.0")));
    assert_eq!(drafted["release"]["helm"]["action"], "plan");

    // A draft goes nowhere: policy says so, with code 3.
    let refused = place.run(&["deploy", "checkout@1.2.0", "staging", "--json"]).await.expect_code(3);
    assert_eq!(refused.error_code(), "blocked");
    assert_eq!(gates(&refused.document()), ["release_state"]);
    assert!(refused.stderr.contains("1.2.0 is a draft"), "{}", refused.stderr);

    let list = place.path().join("go-live.md");
    std::fs::write(&list, "- [ ] Back up the ledger\n  See the wiki.\n- [ ] Tell support\n").unwrap();
    let list = list.to_str().unwrap();
    let import = ["checklist", "import", "checkout/staging", "Go-live", list, "--publish"];
    assert_eq!(place.done(&import).await["template"]["published_number"], 1);

    place.done(&["release", "plan", "checkout@1.2.0", "--remarks", "Jonas is on watch"]).await;
    checklists(&place, list).await;
    runbooks(&place).await;
    let early = place.run(&["deploy", "checkout@1.2.0", "production", "--json"]).await.expect_code(3);
    assert_eq!(gates(&early.document()), ["approvals", "upstream"]);
    place.done(&["release", "request-approval", "1.2.0"]).await;
    let rejection = place.run(&["release", "reject", "1.2.0", "--json"]).await.expect_code(2);
    assert_eq!(rejection.document()["error"]["field"], "comment");
    place.done(&["release", "approve", "checkout@1.2.0"]).await;

    // Nobody runs the engine: the command does, for as long as it waits.
    let staged = place.run(&["deploy", "checkout@1.2.0", "staging", "--wait", "--json"]).await.expect_code(0);
    assert!(staged.stderr.contains("this command runs it while it waits"), "{}", staged.stderr);
    assert_eq!(staged.document()["state"], "succeeded");
    assert_eq!(staged.document()["verification"], "by_service");

    // An agent runs the engine: the command is its guest.
    let agent = place.agent().await;
    let live = place.run(&["deploy", "checkout@1.2.0", "checkout/production", "--follow", "--json"]).await.expect_code(0);
    assert!(live.stderr.contains(&format!("An agent (process {}) runs the engine", agent.pid())), "{}", live.stderr);
    assert!(live.stderr.contains("--- job deploy"), "{}", live.stderr);
    let overview = place.done(&["overview"]).await;
    let versions: Vec<&str> = overview["products"][0]["cells"].as_array().unwrap().iter().map(|c| c["version"].as_str().unwrap()).collect();
    assert_eq!(versions, ["1.2.0", "1.2.0"]);
    let log = place.run(&["deployment", "log", live.document()["id"].as_str().unwrap(), "smoke"]).await.expect_code(0);
    assert!(!log.stdout.trim().is_empty());
    let completed = place.done(&["release", "complete", "checkout@1.2.0"]).await;
    assert_eq!(completed["release"]["state"], "completed");

    // A freeze holds what comes next, and is overridden for it.
    let freeze = ["freeze", "add", "Audit", "--reason", "The books are closed", "--begins", "2026-01-01", "--ends", "2026-01-02"];
    let freeze: Vec<&str> = freeze.into_iter().chain(["--zone", "UTC", "--rule", "FREQ=DAILY", "--environment", "Staging"]).collect();
    assert_eq!(place.done(&freeze).await["is_active"], true);
    let window = place.done(&["freeze", "list"]).await;
    assert_eq!(window[0]["covers"], "Staging of every product");

    // The next version, and back from it.
    approved(&place, &["--branch", "main"], "1.3.0").await;
    let frozen = place.run(&["deploy", "checkout@1.3.0", "staging", "--json"]).await.expect_code(3);
    assert_eq!(gates(&frozen.document()), ["freeze"]);
    assert!(frozen.stderr.contains("No start is allowed within a year"), "{}", frozen.stderr);
    let given = place.done(&["freeze", "override", "checkout@1.3.0", "staging", "--reason", "Double charges"]).await;
    assert_eq!(given["windows"], serde_json::json!(["Audit"]));
    place.run(&["deploy", "checkout@1.3.0", "staging", "--wait"]).await.expect_code(0);
    let options = place.done(&["rollback", "options", "staging"]).await;
    assert_eq!(options["from"]["version"], "1.3.0");
    assert_eq!(options["targets"][0]["version"], "1.2.0");
    let back = ["rollback", "start", "staging", "--reason", "double charge on retry", "--wait", "--json"];
    let back = place.run(&back).await.expect_code(0).document();
    assert_eq!((&back["kind"], &back["version"], &back["state"]), (&"rollback".into(), &"1.2.0".into(), &"succeeded".into()));
    let locks = place.done(&["lock", "list"]).await;
    assert_eq!(locks[0]["reason"], "1.3.0 is bad: double charge on retry");
    let bad = place.run(&["deploy", "checkout@1.3.0", "staging", "--json"]).await.expect_code(3);
    assert_eq!(gates(&bad.document()), ["release_state", "marked_bad", "lock"]);
    place.done(&["freeze", "withdraw", "Audit", "--reason", "It is over"]).await;
    place.done(&["lock", "lift", locks[0]["id"].as_str().unwrap(), "--reason", "fixed"]).await;
    assert_eq!(place.done(&["lock", "list"]).await, serde_json::json!([]));
    assert_eq!(agent.end().await, Some(0));

    // Everything was done once, and is told in the chain.
    for ((workflow, token), count) in range.stats().dispatches_by("pilothouse_run") {
        assert_eq!(count, 1, "{workflow} {token}");
    }
    assert_eq!(range.stats().dispatches.len(), 4);
    let head = place.done(&["audit", "head"]).await;
    let verified = place.run_with(&["audit", "verify", "--head", "-", "--json"], &head.to_string()).await.expect_code(0).document();
    assert_eq!(verified["verified"], head);
    let beyond = serde_json::json!({ "seq": head["seq"].as_u64().unwrap() + 1, "hash": head["hash"] });
    let cut = place.run_with(&["audit", "verify", "--head", "-", "--json"], &beyond.to_string()).await.expect_code(1).document();
    assert_eq!(cut["fault"]["fault"], "tail_cut");

    // The follower saw each change once, in order.
    let mut seq = 0;
    let mut kinds = std::collections::BTreeSet::new();
    while !kinds.contains("lock") {
        let change: Value = serde_json::from_str(&changes.next_line().await.unwrap().unwrap()).unwrap();
        seq += 1;
        assert_eq!(change["seq"], seq);
        kinds.insert(change["kind"].as_str().unwrap().to_owned());
    }
    assert!(kinds.contains("deployment") && kinds.contains("release"), "{kinds:?}");
    follow.kill().await.unwrap();

    assert!(!contains(&place.left_behind(), range.token()), "the token is in the keychain and nowhere else");
    place.done(&["release", "list", "checkout", "--open"]).await;
    range.shutdown().await;
}
