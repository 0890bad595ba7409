//! What proves a version, as a script does it: smoke tests, reports of other tools, and people who test it.

use crate::rig::{Place, approved, contains, on_the_range};
use pilothouse_range::Range;
use serde_json::{Value, json};
use std::path::PathBuf;

const RELEASE: [&str; 2] = ["checkout@1.2.0", "staging"];
const PASSWORD: &str = "swordfish-of-the-shop";

#[tokio::test(flavor = "multi_thread")]
async fn a_version_is_proven_by_smoke_tests_and_by_people() {
    let Some((range, place)) = on_the_range().await else { return };
    approved(&place, &["--tag", "v1.2.0"], "1.2.0").await;
    scenarios(&place, &range).await;
    let rule = place.run(&["smoke", "reports", "checkout/staging", "--pattern", "**/junit-smoke.xml"]).await.expect_code(0).stdout;
    assert!(rule.contains("reports of staging: **/junit-smoke.xml (imported when asked)"), "{rule}");
    place.run(&["deploy", "checkout@1.2.0", "staging", "--wait"]).await.expect_code(0);
    smoke_tests(&place).await;
    reports(&place).await;
    round(&place).await;
    assert_eq!(holding(&place).await, Vec::<String>::new(), "nothing is left that holds it");
    place.done(&["audit", "verify"]).await;
    assert!(!contains(&place.left_behind(), PASSWORD), "a secret is in the keychain and nowhere else");
    range.shutdown().await;
}

/// The gates that hold the release on its way to production.
async fn holding(place: &Place) -> Vec<String> {
    let release = place.done(&["release", "show", "checkout@1.2.0"]).await;
    let production = release["environments"].as_array().unwrap().iter().find(|place| place["name"] == "production").unwrap();
    let gates = production["blockers"].as_array().unwrap().iter().map(|blocker| blocker["gate"].as_str().unwrap().to_owned());
    gates.collect()
}

fn written(place: &Place, name: &str, text: &str) -> PathBuf {
    let path = place.path().join(name);
    std::fs::write(&path, text).unwrap();
    path
}

async fn scenarios(place: &Place, range: &Range) {
    let url = range.environment_url("staging").unwrap();
    place.done(&["smoke", "target", "checkout/staging", &url]).await;
    let secret = ["smoke", "secret", "checkout", "shop-password", "--token-stdin", "--json"];
    place.run_with(&secret, PASSWORD).await.expect_code(0);

    let wrong = written(place, "wrong.yaml", "name: Wrong\nsteps:\n  - { name: A, url: /, expects: {} }\n");
    let refused = place.run(&["smoke", "check", wrong.to_str().unwrap()]).await.expect_code(1);
    assert!(refused.stdout.contains("expects"), "{}", refused.stdout);
    let schema = place.done(&["smoke", "schema"]).await;
    assert_eq!(schema["required"], json!(["name", "steps"]));
    let missing = place.run(&["smoke", "run", "checkout@1.2.0", "staging", "--test", "Nothing"]).await.expect_code(1);
    assert!(missing.stderr.contains("there is no smoke test `Nothing`"), "{}", missing.stderr);
    put(place, 418).await;
}

/// The scenario, which wants this status of what answers with 200.
async fn put(place: &Place, status: u16) {
    let text = format!(
        "name: Answers\nsteps:\n  - name: Version\n    url: \"{{{{base_url}}}}/version\"\n    \
         headers: {{ Authorization: \"Bearer {{{{secret.shop-password}}}}\" }}\n    \
         expect: {{ status: {status}, json: [{{ path: $.version, equals: \"{{{{version}}}}\" }}] }}\n"
    );
    let file = written(place, "answers.yaml", &text);
    let file = file.to_str().unwrap();
    place.run(&["smoke", "check", file]).await.expect_code(0);
    let put = place.done(&["smoke", "put", "checkout", "--file", file, "--in", "staging", "--by-hand"]).await;
    assert_eq!((&put["name"], &put["required"]), (&json!("Answers"), &json!(true)));
}

async fn smoke_tests(place: &Place) {
    let run = [&["smoke", "run"], &RELEASE[..], &["--json"]].concat();
    assert_eq!(holding(place).await, ["smoke"], "it has not run");
    let red = place.run(&run).await.expect_code(1).document();
    assert_eq!(red[0]["state"], "failed");
    let exchange = place.run(&["smoke", "show", red[0]["id"].as_str().unwrap()]).await.expect_code(0).stdout;
    assert!(exchange.contains("418") && !exchange.contains(PASSWORD), "{exchange}");
    put(place, 200).await;
    assert_eq!(holding(place).await, ["smoke"], "another scenario has not passed yet");
    assert_eq!(place.run(&run).await.expect_code(0).document()[0]["state"], "passed");
    assert_eq!(holding(place).await, Vec::<String>::new());
    let listed = place.run(&["smoke", "list", "checkout@1.2.0"]).await.expect_code(0).stdout;
    assert!(listed.contains("Answers") && listed.contains("passed"), "{listed}");
}

async fn reports(place: &Place) {
    let import = |failures: u8| {
        let failure = "<failure message=\"503\"/>".repeat(failures.into());
        let text = format!(
            "<testsuite name=\"e2e\" tests=\"1\" failures=\"{failures}\"><testcase classname=\"shop\" name=\"pays\">{failure}</testcase></testsuite>"
        );
        let file = written(place, "e2e.xml", &text);
        async move {
            let file = file.to_str().unwrap().to_owned();
            let import = [&["smoke", "import"], &RELEASE[..], &[&file, "--name", "e2e", "--required", "--json"]].concat();
            place.run(&import).await
        }
    };
    assert_eq!(import(1).await.expect_code(1).document()["summary"]["state"], "failed");
    assert_eq!(holding(place).await, ["smoke"]);
    import(0).await.expect_code(0);
    assert_eq!(holding(place).await, Vec::<String>::new(), "the newer report takes the older one's place");

    // What the run of the deployment left behind, once.
    let import = [&["smoke", "import"], &RELEASE[..], &["--run"]].concat();
    let read = place.done(&import).await;
    assert_eq!((&read["summary"]["state"], &read["collected"]["files"]), (&json!("passed"), &json!(["reports/junit-smoke.xml"])));
    assert_eq!(place.done(&import).await["summary"]["id"], read["summary"]["id"], "of an attempt once");
    let both = [&import[..], &["--name", "x"]].concat();
    place.run(&both).await.expect_code(2);
}

/// A round from its beginning to its sign-off, with a blocker on the way.
async fn round(place: &Place) {
    let uat = |command: &'static [&'static str], rest: &'static [&'static str]| [&["uat"], command, &RELEASE[..], rest].concat();
    place.done(&uat(&["begin"], &[])).await;
    let document = json!({ "scenarios": [{
        "id": null, "title": "Pay by card", "steps": [{ "does": "Pay", "expects": "A receipt comes" }], "is_required": true, "paths": [], "labels": [],
    }] });
    place.run_with(&uat(&["edit"], &["-", "--json"]), &document.to_string()).await.expect_code(0);
    place.done(&uat(&["testers"], &["Aiko", "Ravi"])).await;
    place.done(&uat(&["record"], &["Aiko", "pay", "failed", "--remark", "no receipt"])).await;
    let told = place.done(&uat(&["feedback"], &["The sum is wrong", "--from", "Aiko", "--severity", "major"])).await;
    let id = told["id"].as_str().unwrap();
    place.done(&["uat", "triage", id, "--decide", "blocker", "--reason", "money"]).await;
    assert_eq!(holding(place).await, ["uat", "uat"], "a blocker, and no signature");
    place.run(&uat(&["sign-off"], &["--json"])).await.expect_code(1);
    place.done(&["uat", "solve", id, "--note", "the rate was old"]).await;

    let mail = "From: Ravi <ravi@example.com>\r\nTo: uat@example.com\r\nSubject: Typo on the receipt\r\nMessage-ID: <1@example.com>\r\n\r\nIt says recipt.\r\n";
    let file = written(place, "feedback.eml", mail);
    let import = [&["uat", "import"], &RELEASE[..], &[file.to_str().unwrap()]].concat();
    assert_eq!(place.done(&import).await["added"], 1);
    assert_eq!(place.done(&import).await["added"], 0, "nothing twice");
    let listed = place.done(&uat(&["list"], &[])).await;
    let typo = listed.as_array().unwrap().iter().find(|one| one["title"] == "Typo on the receipt").unwrap();
    place.done(&["uat", "triage", typo["id"].as_str().unwrap(), "--decide", "later"]).await;

    place.done(&uat(&["record"], &["Aiko", "pay", "passed"])).await;
    let unknown = place.run(&uat(&["record"], &["Nobody", "pay", "passed"])).await.expect_code(1);
    assert!(unknown.stderr.contains("nobody called `Nobody` tests"), "{}", unknown.stderr);
    let signed = place.done(&uat(&["sign-off"], &["--remark", "good"])).await;
    assert_eq!(signed["state"], Value::from("signed_off"));
}
