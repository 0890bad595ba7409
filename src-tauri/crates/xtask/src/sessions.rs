//! Several private desktop sessions beside each other, from which each test that runs takes one: as many tests of the window run at a
//! time as there are sessions, and in each session one. Must not know what a test does.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;

use crate::error::{Error, Result};
use crate::session::Session;

/// Gives a test the session of its place among those that run: the test runner numbers the places from 0, and no two tests that run
/// are in the same one (<https://nexte.st/docs/configuration/env-vars/>). What is started without a place only lists its tests.
const TAKE_ONE: &str = r#"#!/bin/sh
if [ -n "$NEXTEST_TEST_GLOBAL_SLOT" ]; then
    . "$(dirname "$0")/$NEXTEST_TEST_GLOBAL_SLOT.env" || exit 1
fi
exec "$@"
"#;

/// Sessions to take one from.
pub(crate) struct Sessions {
    /// Before the folder, whose files name them.
    sessions: Vec<Session>,
    dir: TempDir,
}

impl Sessions {
    /// Starts this many.
    pub(crate) fn start(count: usize, size: &str) -> Result<Self> {
        let dir = TempDir::new().map_err(Error::io("making a temporary folder"))?;
        let mut sessions = Vec::new();
        for place in 0..count {
            let session = Session::start(size)?;
            let lines = session.env().iter().map(|(name, value)| assignment(name, value)).collect::<Result<String>>()?;
            write(dir.path().join(format!("{place}.env")), &lines)?;
            sessions.push(session);
        }
        write(dir.path().join("take-one"), TAKE_ONE)?;
        Ok(Self { sessions, dir })
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.sessions.len()
    }

    /// What the test runner needs in its environment so that each test takes one.
    pub(crate) fn env(&self) -> (String, OsString) {
        let target = format!("{}_UNKNOWN_LINUX_GNU", std::env::consts::ARCH.to_uppercase());
        let mut runner = OsString::from("sh ");
        runner.push(self.dir.path().join("take-one"));
        (format!("CARGO_TARGET_{target}_RUNNER"), runner)
    }
}

/// A line that sets a variable for the shell and what it starts.
fn assignment(name: &str, value: &OsStr) -> Result<String> {
    let Some(value) = value.to_str() else {
        return Err(Error::Unmet(format!("{name} of a desktop session is no text: {}", value.to_string_lossy())));
    };
    Ok(format!("export {name}='{}'\n", value.replace('\'', r"'\''")))
}

fn write(path: PathBuf, words: &str) -> Result<()> {
    fs::write(&path, words).map_err(Error::io(format!("writing {}", path.display())))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;
    use crate::command::Cmd;

    #[test]
    fn a_test_takes_the_session_of_its_place() {
        let dir = TempDir::new().unwrap();
        write(dir.path().join("take-one"), TAKE_ONE).unwrap();
        for place in ["0", "1"] {
            let line = assignment("DISPLAY", OsStr::new(&format!(":{place}, it's $HOME"))).unwrap();
            write(dir.path().join(format!("{place}.env")), &line).unwrap();
        }
        let shown = |place: &str| {
            let run = Cmd::new("sh").arg(dir.path().join("take-one")).args(["sh", "-c", "printf %s \"$DISPLAY\""]);
            run.env("NEXTEST_TEST_GLOBAL_SLOT", place).output()
        };
        assert_eq!(shown("0").unwrap(), ":0, it's $HOME");
        assert_eq!(shown("1").unwrap(), ":1, it's $HOME");
        assert!(shown("2").is_err(), "there is no third session");
    }
}
