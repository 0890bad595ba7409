//! The binary: one line of JSON when ready, a private state file, a clean end.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::client::{http, service};

fn start(arguments: &[&str]) -> (Child, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_pilothouse-range"))
        .args(["--pace-ms", "2"])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    (child, line)
}

#[tokio::test]
async fn says_where_everything_is_and_ends_with_its_owner() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("range.json");
    let (mut child, line) = start(&["--json", "--until-stdin-closes", "--state-file", file.to_str().unwrap()]);
    let summary: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(std::fs::read_to_string(&file).unwrap(), line.trim_end());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let github = summary["github_url"].as_str().unwrap();
    let user = http().get(format!("{github}/user")).bearer_auth(summary["token"].as_str().unwrap()).send().await.unwrap();
    assert_eq!(user.status(), 200);
    let front = summary["environments"][1]["url"].as_str().unwrap();
    assert_eq!(service(front, "/version").await.1["version"], "1.1.0");
    let repository = summary["repository_path"].as_str().unwrap().to_owned();
    assert!(std::path::Path::new(&repository).join(".git").is_dir());

    drop(child.stdin.take());
    let status = tokio::task::spawn_blocking(move || child.wait()).await.unwrap().unwrap();
    assert!(status.success());
    assert!(!file.exists());
    assert!(!std::path::Path::new(&repository).exists());
}

#[cfg(unix)]
#[test]
fn ends_cleanly_when_terminated() {
    let (mut child, line) = start(&["--json", "--empty"]);
    let summary: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(summary["environments"][0]["instances"][0]["state"], "empty");
    let killed = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    assert!(child.wait().unwrap().success());
}

#[test]
fn fixed_ports_follow_the_plan_and_a_taken_one_is_named() {
    // A free stretch is looked for: any of its ports may be taken by something else.
    for base in (21_000..60_000).step_by(1_000) {
        let base = base.to_string();
        let (mut child, line) = start(&["--json", "--until-stdin-closes", "--port-base", &base]);
        let Ok(summary) = serde_json::from_str::<Value>(&line) else {
            assert!(!child.wait().unwrap().success());
            continue;
        };
        assert_eq!(summary["github_url"], format!("http://127.0.0.1:{base}/api/v3"));
        let port = base.parse::<u16>().unwrap() + 24;
        assert_eq!(summary["environments"][1]["instances"][3]["url"], format!("http://127.0.0.1:{port}"));
        let second = Command::new(env!("CARGO_BIN_EXE_pilothouse-range")).args(["--json", "--port-base", &base]).output().unwrap();
        assert!(!second.status.success());
        let told = String::from_utf8_lossy(&second.stderr).into_owned();
        assert!(told.contains("could not be opened") && told.contains("--port-base"), "{told}");
        drop(child.stdin.take());
        assert!(child.wait().unwrap().success());
        return;
    }
    panic!("no free stretch of ports");
}
