//! Independent implementations that the range and the adapters are held against: Python packages in an environment of their own in the
//! cache, made once and again when their versions change. Tests that want them say so and pass where they can't be had.

use std::fs;
use std::path::{Path, PathBuf};

use crate::command::{Cmd, which};
use crate::error::{Error, Result};
use crate::workspace::Workspace;

/// The list of packages, from the clone on.
const REQUIREMENTS: &str = "src-tauri/crates/range/tests/clients/requirements.txt";

/// Makes the environment, unless it is there with these very packages.
pub(crate) fn install(workspace: &Workspace) -> Result<()> {
    let requirements = workspace.root.join(REQUIREMENTS);
    let wanted = fs::read_to_string(&requirements).map_err(Error::io(format!("reading {}", requirements.display())))?;
    let folder = workspace.cache.join("peers");
    // Written last: what was cut off is made anew.
    let book = folder.join("requirements.txt");
    if fs::read_to_string(&book).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    let Some(python) = which("python3") else {
        eprintln!("there is no python3: tests with independent clients are skipped");
        return Ok(());
    };
    match make(&python, &folder, &requirements) {
        Ok(()) => fs::write(&book, wanted).map_err(Error::io(format!("writing {}", book.display()))),
        Err(error) if error.is_interrupt() => Err(error),
        Err(error) => {
            eprintln!("tests with independent clients are skipped: {error}");
            Ok(())
        }
    }
}

fn make(python: &PathBuf, folder: &Path, requirements: &Path) -> Result<()> {
    Cmd::new(python).args(["-m", "venv", "--clear"]).arg(folder).run()?;
    let pip = Cmd::new(folder.join(if cfg!(windows) { "Scripts/python" } else { "bin/python" }));
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--prefer-binary", "--requirement"]).arg(requirements).run()
}
