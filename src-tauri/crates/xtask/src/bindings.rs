//! The TypeScript side of the wire contract: written by an exporter of the desktop host, committed, and compared in CI.

use std::fs;
use std::path::{Path, PathBuf};

use crate::command::Cmd;
use crate::error::{Error, Result};
use crate::run::build;
use crate::workspace::Workspace;
use crate::{setup, window};

/// The program that writes the bindings to the path it is given.
const EXPORTER: &str = "export-bindings";
/// How many lines of a difference are shown.
const SHOWN: usize = 60;

/// Builds the exporter, then writes the bindings or compares them.
pub(crate) fn run(workspace: &Workspace, check: bool) -> Result<()> {
    setup::npm::install(workspace)?;
    window::build(workspace)?;
    build(workspace, EXPORTER, false)?;
    if check { compare(workspace) } else { Cmd::new(workspace.program(EXPORTER, false)).arg(committed(workspace)).run() }
}

/// Compares what the built exporter writes with what is committed.
pub(crate) fn compare(workspace: &Workspace) -> Result<()> {
    let dir = tempfile::tempdir().map_err(Error::io("making a temporary folder"))?;
    let fresh = dir.path().join("bindings.ts");
    Cmd::new(workspace.program(EXPORTER, false)).arg(&fresh).quiet().run()?;
    let committed = committed(workspace);
    if read(&fresh)? == read(&committed)? {
        return Ok(());
    }
    let diff = Cmd::new("git").args(["diff", "--no-index", "--no-color", "--"]).args([&committed, &fresh]).quiet();
    // git ends with 1 when there are differences, so its words are read whatever its status.
    let text = diff.text_whatever_status()?;
    Err(Error::Unmet(format!(
        "ui/src/lib/api/bindings.ts isn't what the wire contract says. To write it anew: cargo xtask bindings\n{}",
        head(&text)
    )))
}

fn committed(workspace: &Workspace) -> PathBuf {
    workspace.ui().join("src/lib/api/bindings.ts")
}

fn read(path: &Path) -> Result<String> {
    let text = fs::read_to_string(path).map_err(Error::io(format!("reading {}", path.display())))?;
    // A checkout on Windows may have other line ends.
    Ok(text.replace("\r\n", "\n"))
}

fn head(text: &str) -> String {
    let lines: Vec<_> = text.lines().collect();
    if lines.len() <= SHOWN {
        return text.to_owned();
    }
    let more = lines.len() - SHOWN;
    format!("{}\n… and {more} lines more", lines[..SHOWN].join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_differences_are_cut() {
        let text = "line\n".repeat(SHOWN + 5);
        assert!(head(&text).ends_with("… and 5 lines more"));
        assert_eq!(head("one\n"), "one\n");
    }
}
