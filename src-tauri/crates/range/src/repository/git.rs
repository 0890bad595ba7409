//! Runs the `git` command line in one folder: never the person's configuration, never a prompt, never without a limit.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use crate::error::RangeError;

/// A local repository of a few hundred objects answers in milliseconds; a busy machine gets this long.
const LIMIT: Duration = Duration::from_secs(30);

/// The `git` command line in one folder.
#[derive(Debug, Clone)]
pub(crate) struct Git {
    folder: PathBuf,
}

impl Git {
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Runs a command and gives its standard output.
    pub(crate) async fn run(&self, arguments: &[&str]) -> Result<Vec<u8>, RangeError> {
        self.feed(arguments, &[]).await
    }

    /// As [`Git::run`], as text.
    pub(crate) async fn text(&self, arguments: &[&str]) -> Result<String, RangeError> {
        Ok(String::from_utf8_lossy(&self.run(arguments).await?).into_owned())
    }

    /// Runs a command that may say no: `None` where git exits with an error, as `rev-parse --verify` does.
    pub(crate) async fn ask(&self, arguments: &[&str]) -> Result<Option<String>, RangeError> {
        match self.text(arguments).await {
            Ok(text) => Ok(Some(text.trim_end().to_owned())),
            Err(RangeError::Git { .. }) => Ok(None),
            Err(other) => Err(other),
        }
    }

    /// Runs a command with something on its standard input.
    pub(crate) async fn feed(&self, arguments: &[&str], input: &[u8]) -> Result<Vec<u8>, RangeError> {
        let name = arguments.first().copied().unwrap_or_default().to_owned();
        let mut child = self.command(arguments).spawn().map_err(|error| missing(&name, &error))?;
        let stdin = child.stdin.take();
        let work = async {
            if let Some(mut pipe) = stdin {
                // A git that stops reading has said why on its standard error, which is reported below.
                let _ = pipe.write_all(input).await;
            }
            child.wait_with_output().await
        };
        let output = tokio::time::timeout(LIMIT, work)
            .await
            .map_err(|_| RangeError::GitTimeout { command: name.clone(), limit: LIMIT })?
            .map_err(|error| missing(&name, &error))?;
        if output.status.success() {
            return Ok(output.stdout);
        }
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        let detail = if said.is_empty() { output.status.to_string() } else { said };
        Err(RangeError::Git { command: name, detail })
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("git");
        command
            .arg("-C")
            .arg(&self.folder)
            .args(arguments.iter().map(OsStr::new))
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", if cfg!(windows) { "NUL" } else { "/dev/null" })
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("LC_ALL", "C")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        // Set where a Git hook runs the tests: they would point this command at the wrong repository.
        for variable in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_PREFIX"] {
            command.env_remove(variable);
        }
        command
    }
}

fn missing(command: &str, error: &std::io::Error) -> RangeError {
    if error.kind() == std::io::ErrorKind::NotFound {
        return RangeError::GitMissing;
    }
    RangeError::Git { command: command.to_owned(), detail: error.to_string() }
}
