//! Pipelines, runs and holds on the command line, over the range, as a script does it.

use crate::rig::on_the_range;
use serde_json::Value;

const REPOSITORY: &str = "nordwind/checkout";

#[tokio::test(flavor = "multi_thread")]
async fn a_pipeline_is_started_followed_and_held_by_hand() {
    let Some((range, place)) = on_the_range().await else { return };
    let connection = place.done(&["connection", "list"]).await[0]["name"].as_str().unwrap().to_owned();
    let at = [connection.as_str(), REPOSITORY];
    let with = |head: &[&'static str], tail: &[&'static str]| -> Vec<String> {
        head.iter().chain(&at).chain(tail).map(|&word| word.to_owned()).collect()
    };
    let run = async |arguments: Vec<String>| place.run(&arguments.iter().map(String::as_str).collect::<Vec<_>>()).await;

    let listed = run(with(&["pipeline", "list"], &["--json"])).await.expect_code(0).document();
    let deploy = listed["pipelines"].as_array().unwrap().iter().find(|one| one["pipeline"]["pipeline"] == "deploy.yml").unwrap();
    assert_eq!(deploy["bound"].as_array().unwrap().len(), 2, "{deploy}");
    let described = run(with(&["pipeline", "describe"], &["deploy.yml", "--json"])).await.expect_code(0).document();
    assert_eq!((&described["git_ref"], &described["inputs"][0]["kind"]), (&"main".into(), &"choice".into()));

    // Nothing is sent that doesn't fit, or that changes an environment for no reason.
    let start = |inputs: &[&'static str]| with(&["pipeline", "run"], &[&["deploy.yml", "--json"], inputs].concat());
    let wrong = run(start(&["--input", "environment=moon", "--input", "version=1.2.0"])).await.expect_code(2);
    assert_eq!(wrong.document()["error"]["field"], "inputs");
    let good = ["--input", "environment=staging", "--input", "version=1.2.0"];
    let mute = run(start(&good)).await.expect_code(2);
    assert_eq!(mute.document()["error"]["field"], "reason");
    let dry = run(start(&[&good[..], &["--dry-run"]].concat())).await.expect_code(0).document();
    assert_eq!(dry["changes"][0]["environment"], "staging");
    place.done(&["lock", "set", "checkout", "staging", "--reason", "fair"]).await;
    let because = [&good[..], &["--reason", "config only"]].concat();
    let locked = run(start(&because)).await.expect_code(3);
    assert_eq!(locked.document()["error"]["blockers"][0]["gate"], "lock");
    let lock = place.done(&["lock", "list"]).await[0]["id"].as_str().unwrap().to_owned();
    place.done(&["lock", "lift", &lock]).await;
    assert!(range.stats().dispatches.is_empty(), "nothing was sent");

    // Nobody runs the engine: the command does, until the run has ended.
    let ran = run(start(&[&because[..], &["--follow"]].concat())).await.expect_code(0);
    assert!(ran.stderr.contains("--- job deploy"), "{}", ran.stderr);
    let seen = ran.document();
    assert_eq!((&seen["run"]["status"], &seen["origin"]["from"]), (&"succeeded".into(), &"by_hand".into()));
    let id = seen["run"]["external_id"].as_str().unwrap();
    assert_eq!(range.stats().dispatches.len(), 1);
    let runs = run(with(&["run", "list"], &["deploy.yml", "--json"])).await.expect_code(0).document();
    assert!(runs["runs"].as_array().unwrap().iter().any(|one| one["run"]["external_id"] == id && one["origin"]["by"] == "Mira Okafor"));
    let log = place.run(&["run", "log", at[0], at[1], id, "deploy", "--follow"]).await.expect_code(0);
    assert!(log.stdout.contains("staging"), "{}", log.stdout);
    let late = place.run(&["run", "cancel", at[0], at[1], id, "--json"]).await.expect_code(0).document();
    assert_eq!(late["answer"], "already_ended");
    let again = ["run", "rerun", at[0], at[1], id, "--pipeline", "deploy.yml", "--reason", "once more", "--wait", "--json"];
    assert_eq!(place.run(&again).await.expect_code(0).document()["run"]["attempt"], 2);
    let by_hand = place.done(&["run", "by-hand"]).await;
    let deeds: Vec<&Value> = by_hand.as_array().unwrap().iter().map(|one| &one["deed"]).collect();
    assert_eq!(deeds, ["rerun", "start"]);

    // Held, nothing is started there, by hand or by a release.
    let held = run(with(&["hold", "set"], &["deploy.yml", "--reason", "fair", "--json"])).await.expect_code(0).document();
    assert_eq!(held["is_held"], true);
    let listed = run(with(&["hold", "list"], &["--held", "--json"])).await.expect_code(0).document();
    assert_eq!(listed["holds"].as_array().unwrap().len(), 1);
    crate::rig::approved(&place, &["--tag", "v1.2.0"], "1.2.0").await;
    let blocked = place.run(&["deploy", "checkout@1.2.0", "staging", "--json"]).await.expect_code(3).document();
    assert_eq!(blocked["error"]["blockers"][0]["gate"], "held", "{blocked}");
    run(with(&["hold", "release"], &["deploy.yml", "--reason", "over"])).await.expect_code(0);
    place.run(&["deploy", "checkout@1.2.0", "staging", "--wait"]).await.expect_code(0);
    range.shutdown().await;
}
