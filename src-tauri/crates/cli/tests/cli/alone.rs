//! What needs no keychain and no provider.

use crate::rig::{Place, contains};

fn keys(value: &serde_json::Value) -> Vec<String> {
    let mut keys: Vec<String> = value.as_object().unwrap().keys().cloned().collect();
    keys.sort();
    keys
}

#[tokio::test]
async fn an_empty_place_answers_with_empty_documents() {
    let place = Place::new();
    let status = place.done(&["status"]).await;
    assert_eq!(
        keys(&status),
        [
            "actor",
            "audit_seq",
            "checks_failing",
            "checks_total",
            "connections_ok",
            "connections_total",
            "database",
            "engine",
            "keychain",
            "last_change_at",
            "log_folder",
            "version"
        ]
    );
    assert_eq!(status["actor"], "Mira Okafor");
    assert_eq!(status["engine"]["role"], "stopped");
    assert_eq!(status["database"]["kind"], "sqlite");
    let overview = place.done(&["overview"]).await;
    assert_eq!(keys(&overview), ["counts", "incidents", "products", "under_way", "waiting"]);
    for list in [
        &["connection", "list"][..],
        &["product", "list"],
        &["release", "list"],
        &["deployment", "list"],
        &["lock", "list"],
        &["incident", "list"],
        &["unplanned", "list", "--all"],
        &["inbox"],
        &["audit", "list"],
    ] {
        assert_eq!(place.done(list).await, serde_json::json!([]), "{list:?}");
    }
    let report = place.done(&["audit", "verify"]).await;
    assert_eq!(report["fault"], serde_json::Value::Null);
}

#[tokio::test]
async fn people_read_words_and_the_way_on() {
    let place = Place::new();
    let products = place.run(&["product", "list"]).await.expect_code(0);
    assert!(products.stdout.contains("pilothouse product suggest"), "{}", products.stdout);
    assert!(place.run(&["unplanned", "list"]).await.stdout.contains("No run asks for a reason."));
    assert!(place.run(&["inbox"]).await.stdout.contains("Nothing waits for you."));
    assert!(place.run(&["status"]).await.stdout.contains("stands still"));
}

#[tokio::test]
async fn wrong_usage_is_2_and_what_is_not_there_is_1() {
    let place = Place::new();
    place.run(&["launch"]).await.expect_code(2);
    place.run(&["deploy"]).await.expect_code(2);
    place.run(&["release", "draft", "checkout", "--tag", "v1", "--branch", "main"]).await.expect_code(2);
    place.run(&["deployment", "decide", "x", "adopt"]).await.expect_code(2);
    let missing = place.run(&["release", "show", "checkout@1.4.0", "--json"]).await.expect_code(1);
    assert_eq!(missing.error_code(), "not_found");
    assert!(missing.stderr.contains("there is no product `checkout`"), "{}", missing.stderr);
    let missing = place.run(&["unplanned", "explain", "36", "--reason", "a hotfix", "--json"]).await.expect_code(1);
    assert_eq!(missing.error_code(), "not_found");
    place.run(&["unplanned", "explain", "36"]).await.expect_code(2);
    let wrong = place.run(&["release", "show", "soon", "--json"]).await.expect_code(2);
    assert_eq!(wrong.document()["error"]["field"], "version");
}

#[tokio::test]
async fn a_document_with_a_mistake_is_told_with_the_place() {
    let place = Place::new();
    let document = r#"{"name":"checkout","connection_id":"x","repository":"a/b","tag_prefix":"v","environments":[{"name":"staging","rules":{"required_approvals":"two"}}]}"#;
    let ran = place.run_with(&["product", "add", "--file", "-", "--json"], document).await.expect_code(2);
    assert_eq!(ran.document()["error"]["field"], "environments[0].rules.required_approvals");
    let ran = place.run(&["product", "add", "--file", "missing.json"]).await.expect_code(2);
    assert!(ran.stderr.contains("missing.json"), "{}", ran.stderr);
}

#[tokio::test]
async fn a_token_is_no_argument() {
    let place = Place::new();
    place.run(&["connection", "add", "github", "--token", "ghp_marked_by_the_test"]).await.expect_code(2);
    let ran = place.run(&["connection", "add", "github", "--json"]).await.expect_code(2);
    assert_eq!(ran.document()["error"]["field"], "token");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn without_a_keychain_a_token_is_refused_and_kept_nowhere() {
    let place = Place::new();
    let mut command = place.command(&["connection", "add", "github", "--json"]);
    command.env("PILOTHOUSE_TOKEN", "ghp_marked_by_the_test").env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere/bus");
    let output = command.output().await.unwrap();
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stdout.contains("keychain_unavailable"), "{stdout}");
    assert!(stderr.contains("Secret Service"), "the way out: {stderr}");
    assert!(!stdout.contains("ghp_marked") && !stderr.contains("ghp_marked"));
    assert!(!contains(&place.left_behind(), "ghp_marked"));
}

#[tokio::test]
async fn a_database_s_password_is_shown_nowhere() {
    let place = Place::new();
    let mut command = place.command(&["status", "--json"]);
    command.env("PILOTHOUSE_DATABASE_URL", "postgres://mira:hunter2-marked@127.0.0.1:1/pilothouse?sslmode=disable");
    let output = command.output().await.unwrap();
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(1), "{stdout}{stderr}");
    assert!(stdout.contains("database_unreachable"), "{stdout}{stderr}");
    assert!(!stdout.contains("hunter2") && !stderr.contains("hunter2"), "{stdout}{stderr}");
    assert!(!contains(&place.left_behind(), "hunter2"));
}

#[tokio::test]
async fn checks_are_tried_without_keeping_anything() {
    let place = Place::new();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    drop(listener);
    let ran = place.run(&["check", "try", "--http", &url, "--timeout-ms", "2000", "--json"]).await.expect_code(1);
    assert_eq!(ran.document()["measurement"]["outcome"], "failed");
    assert_eq!(place.run(&["check", "try", "--json"]).await.expect_code(2).document()["error"]["field"], "probe");
    let ran = place.run(&["check", "try", "--http", &url, "--status", "ok", "--json"]).await.expect_code(2);
    assert_eq!(ran.document()["error"]["field"], "status");
    assert_eq!(place.done(&["check", "list"]).await["counts"]["total"], 0);
}
