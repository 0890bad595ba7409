//! A command that is cut off at a point, and the next one that carries on.
#![cfg(unix)]

use crate::rig::{approved, on_the_range};
use std::os::unix::process::ExitStatusExt as _;
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt as _, BufReader};

#[tokio::test(flavor = "multi_thread")]
async fn whatever_point_a_command_dies_at_the_next_one_carries_on_with_one_dispatch() {
    let Some((range, place)) = on_the_range().await else { return };
    let points = ["before_trigger:1", "after_trigger:1", "after_commit:3", "before_commit:4", "after_run:1"];
    for (n, point) in points.into_iter().enumerate() {
        let version = format!("1.2.{n}");
        approved(&place, &["--tag", "v1.2.0"], &version).await;
        let release = format!("checkout@{version}");
        let mut command = place.command(&["deploy", &release, "staging", "--wait"]);
        let died = command.env("PILOTHOUSE_FAILPOINT", point).output().await.unwrap();
        assert_eq!(died.status.signal(), Some(6), "{point}: {}", String::from_utf8_lossy(&died.stderr));
        let active = place.done(&["deployment", "list", "--release", &release]).await;
        let id = active[0]["id"].as_str().unwrap_or_else(|| panic!("{point}: the intent was committed"));
        let ended = place.run(&["deployment", "wait", id, "--json"]).await;
        // A trigger that may or may not have been sent is asked about; nothing is sent a second time without an answer.
        if ended.document()["state"] == "awaiting_decision" {
            assert_eq!((point, &ended.document()["question"]["question"]), ("before_trigger:1", &"run_not_found".into()));
            place.done(&["deployment", "decide", id, "trigger"]).await;
            place.run(&["deployment", "wait", id]).await.expect_code(0);
        } else {
            ended.expect_code(0);
        }
        assert_eq!(range.stats().dispatches.len(), n + 1, "{point}");
        place.done(&["audit", "verify"]).await;
    }
    range.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_by_hand_whose_command_dies_is_looked_for_and_never_sent_again() {
    let Some((range, place)) = on_the_range().await else { return };
    let start =
        ["pipeline", "run", "range", "nordwind/checkout", "deploy.yml", "--input", "environment=staging", "--input", "version=1.2.0"];
    let start = [&start[..], &["--reason", "config only"]].concat();
    for (point, state, sent) in [("before_trigger:1", "unknown", 0), ("after_trigger:1", "started", 1)] {
        let before = range.stats().dispatches.len();
        let died = place.command(&start).env("PILOTHOUSE_FAILPOINT", point).output().await.unwrap();
        assert_eq!(died.status.signal(), Some(6), "{point}: {}", String::from_utf8_lossy(&died.stderr));
        let mut follow = place.command(&["follow", "--after", "0"]).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut changes = BufReader::new(follow.stdout.take().unwrap()).lines();
        let agent = place.agent().await;
        let settled = loop {
            let change: serde_json::Value = serde_json::from_str(&changes.next_line().await.unwrap().unwrap()).unwrap();
            if change["kind"] == "manual_run" {
                let listed = place.done(&["run", "by-hand", "--limit", "1"]).await;
                if listed[0]["is_settled"] == true {
                    break listed[0].clone();
                }
            }
        };
        assert_eq!(settled["state"], state, "{point}: {settled}");
        assert_eq!(range.stats().dispatches.len() - before, sent, "{point}");
        follow.kill().await.unwrap();
        assert_eq!(agent.end().await, Some(0));
        place.done(&["audit", "verify"]).await;
    }
    range.shutdown().await;
}
