//! Running other programs: the command line is shown, the outcome is checked, a signal ends it.

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};

use crate::error::{Error, Result};
use crate::interrupt;

/// A program with its arguments, run in the foreground.
pub(crate) struct Cmd {
    inner: Command,
    quiet: bool,
}

impl Cmd {
    /// A program, found on `PATH` unless it is a path.
    pub(crate) fn new(program: impl AsRef<OsStr>) -> Self {
        let program = program.as_ref();
        // npm is a script on Windows, which process creation doesn't find by its bare name.
        let program = if cfg!(windows) && program == "npm" { OsStr::new("npm.cmd") } else { program };
        let mut inner = Command::new(program);
        // `cargo run` describes this package to us; a child must not see it, or build scripts run again for nothing.
        for (name, _) in std::env::vars_os() {
            if describes_this_package(&name) {
                inner.env_remove(name);
            }
        }
        Self { inner, quiet: false }
    }

    /// Cargo, the one that runs this command.
    pub(crate) fn cargo() -> Self {
        Self::new(std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")))
    }

    /// Adds an argument.
    pub(crate) fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.inner.arg(arg);
        self
    }

    /// Adds arguments.
    pub(crate) fn args<A: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = A>) -> Self {
        self.inner.args(args);
        self
    }

    /// Sets an environment variable.
    pub(crate) fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.inner.env(name, value);
        self
    }

    /// Sets environment variables.
    pub(crate) fn envs<'a>(mut self, vars: impl IntoIterator<Item = &'a (String, OsString)>) -> Self {
        for (name, value) in vars {
            self.inner.env(name, value);
        }
        self
    }

    /// Removes an environment variable.
    pub(crate) fn env_remove(mut self, name: impl AsRef<OsStr>) -> Self {
        self.inner.env_remove(name);
        self
    }

    /// Sets the working directory.
    pub(crate) fn dir(mut self, dir: impl AsRef<Path>) -> Self {
        self.inner.current_dir(dir);
        self
    }

    /// Doesn't show the command line before running it.
    pub(crate) fn quiet(mut self) -> Self {
        self.quiet = true;
        self
    }

    /// The command line as a person would read it.
    pub(crate) fn shown(&self) -> String {
        let name = Path::new(self.inner.get_program()).file_name().unwrap_or(self.inner.get_program());
        std::iter::once(name).chain(self.inner.get_args()).map(quoted).collect::<Vec<_>>().join(" ")
    }

    /// Runs it with our input and output; fails unless it succeeds.
    pub(crate) fn run(self) -> Result<()> {
        let shown = self.shown();
        let status = self.status()?;
        if status.success() { Ok(()) } else { Err(Error::Command { command: shown, outcome: format!("ended with {status}") }) }
    }

    /// Runs it with our input and output and returns how it ended.
    pub(crate) fn status(mut self) -> Result<ExitStatus> {
        interrupt::check()?;
        let shown = self.shown();
        if !self.quiet {
            eprintln!("$ {shown}");
        }
        let mut child = self.inner.spawn().map_err(Error::io(format!("starting `{shown}`")))?;
        let guard = interrupt::foreground(child.id());
        if interrupt::check().is_err() {
            // The signal came before the child was known to its handler.
            crate::processes::terminate_tree(child.id());
        }
        let status = child.wait().map_err(Error::io(format!("waiting for `{shown}`")));
        drop(guard);
        interrupt::check()?;
        status
    }

    /// Starts it beside what runs in the foreground; its words are kept for [`Beside::finish`].
    pub(crate) fn beside(mut self) -> Result<Beside> {
        interrupt::check()?;
        let shown = self.shown();
        let words = tempfile::NamedTempFile::new().map_err(Error::io("making a temporary file"))?;
        let stream = || words.reopen().map_err(Error::io("opening a temporary file"));
        eprintln!("$ {shown}    (beside what follows)");
        let started = self.inner.stdin(Stdio::null()).stdout(stream()?).stderr(stream()?).spawn();
        let child = started.map_err(Error::io(format!("starting `{shown}`")))?;
        Ok(Beside { child: Some(child), shown, words })
    }

    /// The same command behind all others in priority, where the system can say so (nice(1)).
    pub(crate) fn behind_others(self) -> Self {
        let Some(nice) = which("nice").filter(|_| cfg!(unix)) else {
            return self;
        };
        let mut inner = Command::new(nice);
        inner.args(["-n", "10"]).arg(self.inner.get_program()).args(self.inner.get_args());
        for (name, value) in self.inner.get_envs() {
            match value {
                Some(value) => inner.env(name, value),
                None => inner.env_remove(name),
            };
        }
        if let Some(dir) = self.inner.get_current_dir() {
            inner.current_dir(dir);
        }
        Self { inner, ..self }
    }

    /// Runs it and returns what it wrote to standard output; fails, with its standard error, unless it succeeds.
    pub(crate) fn output(mut self) -> Result<String> {
        interrupt::check()?;
        let shown = self.shown();
        let output = self.inner.stdin(Stdio::null()).output().map_err(Error::io(format!("starting `{shown}`")))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            return Err(Error::Command { command: shown, outcome: format!("ended with {}: {}", output.status, said.trim()) });
        }
        String::from_utf8(output.stdout).map_err(|_| Error::Command { command: shown, outcome: "wrote text that is not UTF-8".to_owned() })
    }

    /// Runs it and returns what it wrote to standard output, however it ended.
    pub(crate) fn text_whatever_status(mut self) -> Result<String> {
        interrupt::check()?;
        let shown = self.shown();
        let output = self.inner.stdin(Stdio::null()).output();
        let output = output.map_err(Error::io(format!("starting `{shown}`")))?;
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// The bare process description, for services.
    pub(crate) fn into_inner(self) -> Command {
        self.inner
    }
}

/// A program that runs beside others. Ended, with all that it started, when it is dropped before its end.
pub(crate) struct Beside {
    child: Option<Child>,
    shown: String,
    words: tempfile::NamedTempFile,
}

impl Beside {
    /// Waits for its end and says what it said; fails unless it succeeded.
    pub(crate) fn finish(mut self) -> Result<()> {
        let Some(mut child) = self.child.take() else { return Ok(()) };
        let guard = interrupt::foreground(child.id());
        if interrupt::check().is_err() {
            crate::processes::terminate_tree(child.id());
        }
        let status = child.wait().map_err(Error::io(format!("waiting for `{}`", self.shown)));
        drop(guard);
        let words = std::fs::read(self.words.path()).map_err(Error::io("reading a temporary file"))?;
        eprintln!("$ {}\n{}", self.shown, String::from_utf8_lossy(&words));
        interrupt::check()?;
        let status = status?;
        if status.success() {
            return Ok(());
        }
        Err(Error::Command { command: self.shown.clone(), outcome: format!("ended with {status}") })
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            crate::processes::kill_tree(child.id());
            // It has been killed: there is nothing left to learn from it.
            let _ = child.wait();
        }
    }
}

/// Whether a variable is one that `cargo run` sets for the program it runs.
fn describes_this_package(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    name.starts_with("CARGO_PKG_")
        || name.starts_with("CARGO_BIN_")
        || matches!(&*name, "CARGO_MANIFEST_DIR" | "CARGO_MANIFEST_PATH" | "CARGO_CRATE_NAME" | "CARGO_PRIMARY_PACKAGE" | "OUT_DIR")
}

fn quoted(arg: &OsStr) -> String {
    let arg = arg.to_string_lossy();
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,@+%".contains(c);
    if !arg.is_empty() && arg.chars().all(plain) { arg.into_owned() } else { format!("'{}'", arg.replace('\'', "'\\''")) }
}

/// The path of a program on `PATH`.
pub(crate) fn which(program: &str) -> Option<std::path::PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .flat_map(|dir| [dir.join(program), dir.join(format!("{program}{}", std::env::consts::EXE_SUFFIX))])
        .find(|file| file.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn command_lines_are_shown_as_typed() {
        let cmd = Cmd::new("/usr/bin/git").args(["commit", "-m", "it's done"]).arg("");
        assert_eq!(cmd.shown(), r"git commit -m 'it'\''s done' ''");
    }

    #[test]
    fn only_the_description_of_this_package_is_withheld() {
        assert!(describes_this_package(OsStr::new("CARGO_PKG_NAME")));
        assert!(describes_this_package(OsStr::new("CARGO_MANIFEST_DIR")));
        assert!(!describes_this_package(OsStr::new("CARGO_TARGET_DIR")));
        assert!(!describes_this_package(OsStr::new("CARGO_TERM_COLOR")));
    }

    #[cfg(unix)]
    #[test]
    fn failures_name_the_command_and_its_words() {
        let error = Cmd::new("sh").args(["-c", "echo no such thing >&2; exit 3"]).output().err().map(|error| error.to_string());
        assert_eq!(error.as_deref(), Some("`sh -c 'echo no such thing >&2; exit 3'` ended with exit status: 3: no such thing"));
    }

    #[cfg(unix)]
    #[test]
    fn what_runs_beside_tells_its_end_and_goes_when_it_is_let_go() {
        let error = Cmd::new("sh").args(["-c", "exit 3"]).beside().and_then(Beside::finish).err().map(|error| error.to_string());
        assert_eq!(error.as_deref(), Some("`sh -c 'exit 3'` ended with exit status: 3"));
        assert!(Cmd::new("true").beside().and_then(Beside::finish).is_ok());
        drop(Cmd::new("sleep").arg("600").beside().ok());
    }
}
