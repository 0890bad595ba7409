//! A data folder of one's own, and the program run on it.

use pilothouse_range::{Range, RangeOptions};
use serde_json::{Value, json};
use std::path::Path;
use std::process::{Output, Stdio};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, ChildStdout, Command};

/// Nothing of the surroundings but what is said here reaches the program.
const NOT_INHERITED: [&str; 7] = [
    "PILOTHOUSE_DATA_DIR",
    "PILOTHOUSE_DATABASE_URL",
    "PILOTHOUSE_TOKEN",
    "PILOTHOUSE_PACING",
    "PILOTHOUSE_FAILPOINT",
    "PILOTHOUSE_LOG",
    "RUST_BACKTRACE",
];

/// A data folder.
pub(crate) struct Place {
    folder: TempDir,
}

/// What a run of the program came to.
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    fn of(output: &Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// The one document on standard output.
    pub(crate) fn document(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {}\n{}", self.stdout, self.stderr))
    }

    pub(crate) fn expect_code(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}\n{}", self.stdout, self.stderr);
        self
    }

    pub(crate) fn error_code(&self) -> String {
        self.document()["error"]["code"].as_str().unwrap_or_default().to_owned()
    }
}

impl Place {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pilothouse"));
        for name in NOT_INHERITED {
            command.env_remove(name);
        }
        command.args(arguments).args(["--as", "Mira Okafor", "--data-dir"]).arg(self.path().join("data"));
        command.env("PILOTHOUSE_PACING", "fast").stdin(Stdio::null()).kill_on_drop(true);
        command
    }

    /// Runs the program to its end.
    pub(crate) async fn run(&self, arguments: &[&str]) -> Ran {
        Ran::of(&self.command(arguments).output().await.unwrap())
    }

    /// Runs it with text on standard input.
    pub(crate) async fn run_with(&self, arguments: &[&str], input: &str) -> Ran {
        let mut command = self.command(arguments);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(input.as_bytes()).await.unwrap();
        drop(stdin);
        Ran::of(&child.wait_with_output().await.unwrap())
    }

    /// Runs it with `--json`, expects it to be done, and gives the document.
    pub(crate) async fn done(&self, arguments: &[&str]) -> Value {
        self.run(&[arguments, &["--json"]].concat()).await.expect_code(0).document()
    }

    /// Starts the agent and waits until it runs the engine.
    pub(crate) async fn agent(&self) -> Agent {
        let mut child = self.command(&["agent", "--json"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let status = read_document(&mut lines).await;
        assert_eq!(status["engine"]["role"], "this_host");
        Agent { child }
    }

    /// Every byte that the program has left in its folder.
    pub(crate) fn left_behind(&self) -> Vec<u8> {
        fn walk(folder: &Path, all: &mut Vec<u8>) {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    walk(&path, all);
                } else {
                    all.extend(std::fs::read(&path).unwrap());
                }
            }
        }
        let mut all = Vec::new();
        walk(self.path(), &mut all);
        all
    }
}

pub(crate) fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

/// A running agent.
pub(crate) struct Agent {
    child: Child,
}

impl Agent {
    pub(crate) fn pid(&self) -> u32 {
        self.child.id().unwrap()
    }

    /// Asks it to end, as the system does, and waits until it has.
    pub(crate) async fn end(mut self) -> Option<i32> {
        let killed = Command::new("kill").args(["-TERM", &self.pid().to_string()]).status().await.unwrap();
        assert!(killed.success());
        self.child.wait().await.unwrap().code()
    }
}

async fn read_document(lines: &mut BufReader<ChildStdout>) -> Value {
    let mut text = String::new();
    loop {
        assert!(lines.read_line(&mut text).await.unwrap() > 0, "it ended before it was ready: {text}");
        if let Ok(document) = serde_json::from_str(&text) {
            return document;
        }
    }
}

/// A practice range and a place that is connected to it, with the product `checkout`; `None`, and a note, where there is no test
/// session.
pub(crate) async fn on_the_range() -> Option<(Range, Place)> {
    on_a_range(RangeOptions::fast()).await
}

/// The same on a range of one's own making.
pub(crate) async fn on_a_range(options: RangeOptions) -> Option<(Range, Place)> {
    if std::env::var_os("PILOTHOUSE_TEST_SESSION").is_none() {
        eprintln!("skipped: there is no test session (cargo xtask test makes one)");
        return None;
    }
    let range = Range::start(options).await.unwrap();
    let place = Place::new();
    connected(&place, &range).await;
    let mut product = place.done(&["product", "suggest", "range", &range.repository()]).await["product"].take();
    for environment in product["environments"].as_array_mut().unwrap() {
        let url = range.environment_url(environment["name"].as_str().unwrap()).unwrap();
        environment["checks"] = json!([
            check(
                "Health",
                &json!({ "kind": "http", "url": format!("{url}/healthz"), "status_min": 200, "status_max": 299, "body_contains": null, "slow_ms": null })
            ),
            check("Running version", &json!({ "kind": "running_version", "urls": [format!("{url}/version")], "pointer": "/version" })),
        ]);
    }
    product["connection_id"] = json!("range");
    let added = place.run_with(&["product", "add", "--file", "-", "--json"], &product.to_string()).await.expect_code(0).document();
    assert_eq!(added["name"], "checkout");
    Some((range, place))
}

/// Connects a place to a range.
pub(crate) async fn connected(place: &Place, range: &Range) {
    let add = ["connection", "add", "range", "--base-url", &range.github_url(), "--token-stdin", "--json"];
    let added = place.run_with(&add, range.token()).await.expect_code(0).document();
    assert_eq!(added["connection"]["status"], "valid");
}

fn check(name: &str, probe: &Value) -> Value {
    json!({
        "id": null, "name": name, "probe": probe, "interval_seconds": 1, "timeout_ms": 2_000, "failure_threshold": 2,
        "recovery_threshold": 1, "enabled": true,
    })
}

/// Drafts, plans and approves a release.
pub(crate) async fn approved(place: &Place, from: &[&str], version: &str) {
    place.done(&[&["release", "draft", "checkout", "--version", version], from].concat()).await;
    let name = format!("checkout@{version}");
    place.done(&["release", "plan", &name]).await;
    place.done(&["release", "request-approval", &name]).await;
    let approved = place.done(&["release", "approve", &name, "--comment", "looked at it"]).await;
    assert_eq!(approved["release"]["state"], "approved");
}
