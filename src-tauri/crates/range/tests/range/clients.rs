//! Independent clients of each provider against the range: what they accept is plausible. They live in a Python environment that `cargo
//! xtask setup --purpose test` makes; a test says so and passes where that isn't there.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::path::{Path, PathBuf};
use std::time::Duration;

use pilothouse_range::{Range, RangeOptions};
use tokio::process::Command;

/// Longest wait for a client to be done.
const PATIENCE: Duration = Duration::from_secs(180);

fn scripts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients")
}

/// The interpreter with the clients; `None` where there is none, or one with other versions.
fn python() -> Option<PathBuf> {
    let var = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let caches = var("XDG_CACHE_HOME").or_else(|| var("HOME").map(|home| home.join(".cache")));
    let folder = var("PILOTHOUSE_CACHE").or_else(|| caches.map(|caches| caches.join("pilothouse")))?.join("peers");
    let installed = std::fs::read_to_string(folder.join("requirements.txt")).ok()?;
    let wanted = std::fs::read_to_string(scripts().join("requirements.txt")).unwrap();
    (installed == wanted).then(|| folder.join("bin/python"))
}

async fn range() -> Range {
    let protected_environments = vec!["production".to_owned()];
    Range::start(RangeOptions { jenkins_foreign_root: false, protected_environments, ..RangeOptions::fast() }).await.unwrap()
}

/// Runs a script with these variables to its good end.
async fn is_content(script: &str, variables: impl AsyncFnOnce(&Range) -> Vec<(&'static str, String)>) {
    let Some(python) = python() else {
        println!("skipped: no independent clients; `cargo xtask setup --purpose test` installs them");
        return;
    };
    let range = range().await;
    let mut command = Command::new(python);
    // Nothing of this machine's own settings: no proxy for this address, no AWS profile.
    command.env_clear().env("NO_PROXY", "127.0.0.1").env("no_proxy", "127.0.0.1").env("PYTHONDONTWRITEBYTECODE", "1");
    command.arg(scripts().join(script)).envs(variables(&range).await).kill_on_drop(true);
    let output = tokio::time::timeout(PATIENCE, command.output()).await.unwrap().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
}

#[tokio::test]
async fn two_clients_of_jenkins_are_content() {
    is_content("jenkins_clients.py", async |range| {
        let account = range.jenkins_accounts().full.clone();
        vec![("RANGE_URL", range.jenkins_url().to_owned()), ("RANGE_USER", account.user), ("RANGE_TOKEN", account.secret)]
    })
    .await;
}

#[tokio::test]
async fn a_client_of_github_is_content() {
    is_content("github_client.py", async |range| {
        vec![("RANGE_URL", range.github_url()), ("RANGE_TOKEN", range.token().to_owned()), ("RANGE_REPOSITORY", range.repository())]
    })
    .await;
}

#[tokio::test]
async fn a_client_of_gitlab_is_content() {
    is_content("gitlab_client.py", async |range| {
        let token = range.gitlab_tokens().full.clone();
        vec![("RANGE_URL", range.gitlab_url()), ("RANGE_TOKEN", token), ("RANGE_REPOSITORY", range.repository())]
    })
    .await;
}

#[tokio::test]
async fn a_client_of_codepipeline_is_content() {
    is_content("codepipeline_client.py", async |range| {
        let keys = range.aws_keys().full.clone();
        let mut variables = vec![
            ("RANGE_URL", range.codepipeline_url().to_owned()),
            ("AWS_DEFAULT_REGION", range.aws_region().to_owned()),
            ("AWS_ACCESS_KEY_ID", keys.access_key_id),
            ("AWS_SECRET_ACCESS_KEY", keys.secret_access_key),
        ];
        variables.extend(keys.session_token.map(|token| ("AWS_SESSION_TOKEN", token)));
        variables
    })
    .await;
}
