//! Runs `git` in a clone: bounded in time and in what is read, with no standard input, and with an environment of its own, so that
//! nothing that the clone's configuration names is run.
//!
//! Where a configuration can name programs, they are set on the command line, which goes before any file: hooks, the file-system
//! monitor, the pager, the way to other hosts, helpers for credentials, and what checks signatures (in [`super::signature`]). What
//! would fetch missing objects is off. The folder is given with `-C` and not with `--git-dir`: with that one, Git would leave out its
//! own question whose folder it is (`safe.directory`).

use pilothouse_engine::ports::local_git::LocalGitError;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::Command;

/// How long one call may take.
const LONGEST: Duration = Duration::from_secs(20);
/// How much of its output is read, in bytes.
const MOST_OUTPUT: u64 = 16 * 1024 * 1024;
/// How much of what it complains about is read.
const MOST_WORDS: u64 = 64 * 1024;

/// What Git and the programs that check signatures need of this process's environment; nothing else is handed on. `GIT_DIR` and its
/// like would lead elsewhere.
const KEPT: [&str; 18] = [
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "XDG_CONFIG_HOME",
    "XDG_RUNTIME_DIR",
    "GNUPGHOME",
    "TMPDIR",
    "TEMP",
    "TMP",
    "USERPROFILE",
    "HOMEDRIVE",
    "HOMEPATH",
    "APPDATA",
    "LOCALAPPDATA",
    "PROGRAMDATA",
    "SYSTEMROOT",
    "PATHEXT",
];

const SET: [(&str, &str); 9] = [
    ("LC_ALL", "C"),
    ("GIT_TERMINAL_PROMPT", "0"),
    ("GIT_ASKPASS", ""),
    ("SSH_ASKPASS", ""),
    ("GIT_PAGER", "cat"),
    ("GIT_OPTIONAL_LOCKS", "0"),
    ("GIT_NO_LAZY_FETCH", "1"),
    ("GIT_NO_REPLACE_OBJECTS", "1"),
    // No way to another host is on this list.
    ("GIT_ALLOW_PROTOCOL", "none"),
];

const CONFIGURED: [&str; 9] = [
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.pager=cat",
    "core.sshCommand=false",
    "core.alternateRefsCommand=",
    "credential.helper=",
    "protocol.allow=never",
    "log.showSignature=false",
    "i18n.logOutputEncoding=UTF-8",
];

/// Runs `git`.
#[derive(Debug)]
pub(super) struct Runner {
    program: PathBuf,
    environment: Vec<(OsString, OsString)>,
}

/// What came of a call.
#[derive(Debug)]
pub(super) struct Output {
    pub(super) succeeded: bool,
    pub(super) stdout: Vec<u8>,
    pub(super) words: String,
}

impl Output {
    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }
}

impl Runner {
    pub(super) fn of_this_process() -> Self {
        let kept = KEPT.iter().filter_map(|name| std::env::var_os(name).map(|value| (OsString::from(name), value)));
        Self { program: PathBuf::from("git"), environment: kept.collect() }
    }

    #[cfg(test)]
    pub(super) fn of(program: &Path, environment: Vec<(OsString, OsString)>) -> Self {
        Self { program: program.to_owned(), environment }
    }

    /// Runs it in a clone. A "no" of Git's is an answer here.
    pub(super) async fn run(&self, clone: &Path, arguments: &[&str]) -> Result<Output, LocalGitError> {
        self.run_with(clone, &[], arguments).await
    }

    /// Runs it in a clone with more settings.
    pub(super) async fn run_with(&self, clone: &Path, settings: &[String], arguments: &[&str]) -> Result<Output, LocalGitError> {
        let is_folder = tokio::fs::metadata(clone).await.is_ok_and(|there| there.is_dir());
        if !is_folder {
            return Err(refused(format!("There is no folder {}.", clone.display()), "Choose the folder of the clone."));
        }
        let mut command = self.command();
        command.arg("-C").arg(clone);
        for setting in CONFIGURED.iter().copied().chain(settings.iter().map(String::as_str)) {
            command.arg("-c").arg(setting);
        }
        let output = self.finish(command.arg("--no-pager").args(arguments)).await?;
        match told(&output, clone) {
            Some(error) => Err(error),
            None => Ok(output),
        }
    }

    /// Runs it in a clone; it must succeed.
    pub(super) async fn must(&self, clone: &Path, arguments: &[&str]) -> Result<Output, LocalGitError> {
        let output = self.run(clone, arguments).await?;
        if output.succeeded {
            return Ok(output);
        }
        let words = output.words.lines().next().unwrap_or("it gave no reason").trim_start_matches("fatal: ").to_owned();
        Err(refused(format!("Git can't read {}: {words}.", clone.display()), "Try the same with Git on the command line."))
    }

    /// A setting of this person or this computer, never of a clone.
    pub(super) async fn own_setting(&self, kind: &str, key: &str) -> Result<Option<String>, LocalGitError> {
        for scope in ["--global", "--system"] {
            let mut command = self.command();
            command.current_dir(std::env::temp_dir());
            let output = self.finish(command.args(["config", scope, "--includes", kind, "--get", key])).await?;
            let value = output.text().trim_end_matches(['\n', '\r']).to_owned();
            if output.succeeded && !value.is_empty() {
                return Ok(Some(value));
            }
        }
        Ok(None)
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.env_clear().envs(self.environment.iter().map(|(name, value)| (name, value))).envs(SET);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        #[cfg(windows)]
        {
            /// No console window flashes up.
            const CREATE_NO_WINDOW: u32 = 0x0800_0000;
            command.creation_flags(CREATE_NO_WINDOW);
        }
        command
    }

    async fn finish(&self, command: &mut Command) -> Result<Output, LocalGitError> {
        let mut child = command.spawn().map_err(|error| unstarted(&error))?;
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let work = async {
            let (stdout, words) = tokio::try_join!(read_up_to(stdout, MOST_OUTPUT), read_up_to(stderr, MOST_WORDS))?;
            let status = child.wait().await?;
            let words = String::from_utf8_lossy(&words).into_owned();
            Ok::<_, io::Error>(Output { succeeded: status.success(), stdout, words })
        };
        match tokio::time::timeout(LONGEST, work).await {
            Ok(Ok(output)) => Ok(output),
            Ok(Err(error)) if error.kind() == io::ErrorKind::FileTooLarge => {
                Err(refused("Git answered with more than 16 MiB.".to_owned(), "Use the provider for this repository."))
            }
            Ok(Err(error)) => Err(unstarted(&error)),
            Err(_) => Err(refused(
                format!("Git didn't end within {} seconds.", LONGEST.as_secs()),
                "See whether the folder is on a disk that answers, then try again.",
            )),
        }
    }
}

async fn read_up_to(from: Option<impl AsyncRead + Unpin>, most: u64) -> io::Result<Vec<u8>> {
    let mut read = Vec::new();
    if let Some(from) = from {
        from.take(most + 1).read_to_end(&mut read).await?;
    }
    if read.len() as u64 > most { Err(io::ErrorKind::FileTooLarge.into()) } else { Ok(read) }
}

/// What Git says about the folder itself, in words that tell what to do.
fn told(output: &Output, clone: &Path) -> Option<LocalGitError> {
    if output.succeeded {
        return None;
    }
    let (words, place) = (output.words.as_str(), clone.display());
    if words.contains("dubious ownership") {
        return Some(refused(
            format!("Git refuses {place}: it belongs to somebody else."),
            format!("If you trust it, say so with `git config --global --add safe.directory '{place}'`."),
        ));
    }
    if words.contains("not a git repository") {
        return Some(refused(format!("{place} is no clone of a Git repository."), "Choose the folder in which `git status` works."));
    }
    if words.contains("cannot use bare repository") {
        return Some(refused(
            format!("Git refuses the bare repository {place}: `safe.bareRepository` says so."),
            "Choose a clone with a work tree.",
        ));
    }
    if words.contains("must be run in a work tree") {
        return Some(refused(format!("{place} is the inside of a clone."), "Choose the folder above it."));
    }
    None
}

fn unstarted(error: &io::Error) -> LocalGitError {
    if error.kind() == io::ErrorKind::NotFound {
        let next = "Install Git (https://git-scm.com/downloads) so that `git --version` works, then try again.";
        return refused("Git isn't installed on this computer, or not on the search path.".to_owned(), next);
    }
    refused(format!("Git can't be run: {error}."), "See whether `git --version` works on the command line.")
}

pub(super) fn refused(message: String, next_step: impl Into<String>) -> LocalGitError {
    LocalGitError { is_missing: false, message, next_step: next_step.into() }
}
