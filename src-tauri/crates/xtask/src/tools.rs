//! Development tools that come from crates.io: built once, at a fixed version, into the cache.

use std::fs;
use std::path::PathBuf;

use crate::command::{Cmd, which};
use crate::error::{Error, Result};
use crate::workspace::Workspace;

/// A tool and its version.
pub(crate) struct Tool {
    /// The crate, and the program in it.
    name: &'static str,
    version: &'static str,
}

/// Passes WebDriver commands on to the window. It can't say its own version.
pub(crate) const TAURI_DRIVER: Tool = Tool { name: "tauri-driver", version: "2.1.0" };

/// Checks licences, duplicate crates and sources.
pub(crate) const CARGO_DENY: Tool = Tool { name: "cargo-deny", version: "0.20.2" };

impl Tool {
    /// The tool's path; installs it first if need be.
    pub(crate) fn ensure(&self, workspace: &Workspace) -> Result<PathBuf> {
        if let Some(path) = self.on_path() {
            return Ok(path);
        }
        let root = workspace.tools();
        let file = format!("{}{}", self.name, std::env::consts::EXE_SUFFIX);
        let program = root.join("bin").join(file);
        // Cargo keeps what it installed, and at which version, in this file.
        let book = fs::read_to_string(root.join(".crates2.json")).unwrap_or_default();
        if program.is_file() && is_installed(&book, self) {
            return Ok(program);
        }
        Cmd::cargo()
            .args(["install", "--locked", "--version", self.version, "--root"])
            .arg(&root)
            .arg(self.name)
            .env("CARGO_TARGET_DIR", workspace.cache.join("tools-target"))
            .run()?;
        if program.is_file() {
            Ok(program)
        } else {
            let shown = program.display();
            Err(Error::Unmet(format!("cargo install succeeded without making {shown}")))
        }
    }

    /// The tool that the machine brings, if it says that it has our version.
    fn on_path(&self) -> Option<PathBuf> {
        let path = which(self.name)?;
        let said = Cmd::new(&path).arg("--version").output().ok()?;
        says(&said, self.version).then_some(path)
    }
}

fn says(text: &str, version: &str) -> bool {
    text.split_whitespace().any(|word| word == version)
}

/// Whether Cargo's book of installed crates holds the tool: keys are "NAME VERSION (SOURCE)".
fn is_installed(book: &str, tool: &Tool) -> bool {
    let Ok(book) = serde_json::from_str::<serde_json::Value>(book) else {
        return false;
    };
    let key = format!("{} {} (", tool.name, tool.version);
    let Some(installs) = book["installs"].as_object() else {
        return false;
    };
    installs.keys().any(|name| name.starts_with(&key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_must_be_the_fixed_one() {
        let book = r#"{"installs": {"tauri-driver 2.1.0 (registry+https://example.test)": {}}}"#;
        assert!(is_installed(book, &TAURI_DRIVER));
        assert!(!is_installed(&book.replace("2.1.0", "2.1.01"), &TAURI_DRIVER));
        assert!(!is_installed(book, &CARGO_DENY));
        assert!(!is_installed("", &TAURI_DRIVER));
        assert!(says("cargo-deny 0.20.2", "0.20.2"));
        assert!(!says("cargo-deny 0.20.21", "0.20.2"));
    }
}
