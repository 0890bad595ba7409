//! A coordinated release as a script takes it out and back: its words, its codes, and what is refused.

use crate::rig::{Place, approved, on_the_range};
use serde_json::Value;

fn members(found: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let of = |run: &Value| run["members"].as_array().unwrap().iter().map(|m| (text(&m["version"]), text(&m["cell"]["state"]))).collect();
    of(found)
}

async fn coordinate(place: &Place, arguments: &[&str]) -> Value {
    let all: Vec<&str> = std::iter::once("coordinate").chain(arguments.iter().copied()).collect();
    place.done(&all).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_coordinated_release_goes_out_and_comes_back() {
    let Some((range, place)) = on_the_range().await else { return };
    approved(&place, &["--tag", "v1.1.0"], "1.1.0").await;
    place.run(&["deploy", "checkout@1.1.0", "staging", "--wait"]).await.expect_code(0);
    approved(&place, &["--tag", "v1.2.0"], "1.2.0").await;

    let made = coordinate(&place, &["create", "Autumn", "--member", "checkout@1.2.0=2"]).await;
    assert_eq!((made["release"]["members"][0]["stage"].as_u64(), made["next"]["environment"].as_str()), (Some(2), Some("staging")));
    place.run(&["coordinate", "create", "Autumn"]).await.expect_code(1);
    place.run(&["coordinate", "create", "Winter", "--member", "checkout@1.2.0=soon"]).await.expect_code(2);
    place.run(&["coordinate", "preview", "autumn", "staging"]).await.expect_code(0);
    place.run(&["coordinate", "preview", "autumn", "production"]).await.expect_code(3);
    let blocked = place.run(&["coordinate", "start", "Autumn", "production", "--json"]).await.expect_code(3);
    assert!(blocked.stdout.contains("checkout 1.2.0: "), "{}", blocked.stdout);
    place.run(&["coordinate", "cancel", "Autumn", "staging", "--reason", "later"]).await.expect_code(1);

    let run = place.run(&["coordinate", "start", "Autumn", "Staging", "--wait", "--json"]).await.expect_code(0).document();
    assert_eq!((run["state"].as_str(), members(&run)), (Some("done"), vec![("1.2.0".into(), "there".into())]), "{run}");
    place.run(&["coordinate", "start", "Autumn", "staging"]).await.expect_code(2);
    let shown = place.run(&["coordinate", "show", "Autumn"]).await.expect_code(0).stdout;
    assert!(shown.contains("there"), "{shown}");

    place.run(&["coordinate", "preview-rollback", "Autumn", "staging"]).await.expect_code(0);
    place.run(&["coordinate", "roll-back", "Autumn", "staging", "--reason", " "]).await.expect_code(2);
    let back = ["coordinate", "roll-back", "Autumn", "staging", "--reason", "prices are wrong", "--wait", "--json"];
    let run = place.run(&back).await.expect_code(0).document();
    assert_eq!((run["state"].as_str(), members(&run)), (Some("rolled_back"), vec![("1.2.0".into(), "went_back".into())]), "{run}");
    place.run(&["coordinate", "answer", "Autumn", "staging", "checkout@1.2.0", "--try-again"]).await.expect_code(1);
    coordinate(&place, &["close", "Autumn", "--reason", "it went back"]).await;
    let listed = place.run(&["coordinate", "list"]).await.expect_code(0).stdout;
    assert!(listed.contains("No coordinated releases."), "{listed}");
    range.shutdown().await;
}
