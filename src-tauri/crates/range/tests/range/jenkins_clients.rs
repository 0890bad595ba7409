//! Independent clients of Jenkins against the range, in a Python environment of their own in the target folder. Says so and passes where
//! Python or the packages can't be had.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::path::{Path, PathBuf};
use std::time::Duration;

use pilothouse_range::{Range, RangeOptions};
use tokio::process::Command;

/// The clients, with the versions that were tried.
const PACKAGES: [&str; 2] = ["api4jenkins==2.1.0", "python-jenkins==1.8.3"];
/// Longest wait for the packages, and for the clients.
const PATIENCE: Duration = Duration::from_secs(180);

/// Runs a program to its end; `None` where there is none such, or it doesn't end well, or not in time.
async fn ran(command: &mut Command) -> Option<()> {
    let output = tokio::time::timeout(PATIENCE, command.kill_on_drop(true).output()).await.ok()?.ok()?;
    output.status.success().then_some(())
}

/// The interpreter of the environment, made where it isn't there yet.
async fn environment(folder: &Path) -> Option<PathBuf> {
    let python = folder.join("bin/python");
    let has_both = async || ran(Command::new(&python).args(["-c", "import api4jenkins, jenkins"])).await;
    if has_both().await.is_none() {
        ran(Command::new("python3").args(["-m", "venv", "--clear"]).arg(folder)).await?;
        ran(Command::new(&python).args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]).args(PACKAGES)).await?;
    }
    Some(python)
}

#[tokio::test]
async fn independent_clients_are_content() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("jenkins-clients");
    let Some(python) = environment(&folder).await else {
        println!("skipped: no Python environment with {}", PACKAGES.join(" and "));
        return;
    };
    let range = Range::start(RangeOptions { jenkins_foreign_root: false, ..RangeOptions::fast() }).await.unwrap();
    let account = &range.jenkins_accounts().full;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients/jenkins_clients.py");
    let mut command = Command::new(python);
    command.arg(script).env("RANGE_URL", range.jenkins_url()).env("RANGE_USER", &account.user).env("RANGE_TOKEN", &account.secret);
    command.env("NO_PROXY", "127.0.0.1").env("no_proxy", "127.0.0.1").kill_on_drop(true);
    let output = tokio::time::timeout(PATIENCE, command.output()).await.unwrap().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
}
