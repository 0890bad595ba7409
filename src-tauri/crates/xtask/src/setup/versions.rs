//! The versions of the two tools that must be there before anything else: Cargo and Node.

use std::fs;

use crate::command::Cmd;
use crate::error::{Error, Result};
use crate::workspace::Workspace;

/// The oldest Node that the window's build tool runs on.
const NODE: (u64, u64) = (20, 19);

/// Fails, saying what to do, if Cargo or Node is missing or too old.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    let manifest = workspace.root.join("Cargo.toml");
    let text = fs::read_to_string(&manifest).map_err(Error::io(format!("reading {}", manifest.display())))?;
    let needed = rust_version(&text).ok_or_else(|| Error::Unmet(format!("{} names no rust-version", manifest.display())))?;
    let cargo = Cmd::cargo().arg("--version").output()?;
    newer("Cargo", &cargo, needed, "run `rustup update stable`")?;
    let node = Cmd::new("node").arg("--version").output();
    let way_out = "install a newer one from nodejs.org or with your version manager";
    match node {
        Ok(node) => newer("Node", &node, NODE, way_out)?,
        Err(_) => {
            return Err(Error::Unmet(format!(
                "Node {}.{} or newer is needed to build the window, and `node` is not on PATH: {way_out}",
                NODE.0, NODE.1
            )));
        }
    }
    Cmd::new("npm")
        .arg("--version")
        .output()
        .map(drop)
        .map_err(|error| Error::Unmet(format!("npm comes with Node and doesn't run here ({error}): install Node together with npm")))
}

fn newer(tool: &str, said: &str, needed: (u64, u64), way_out: &str) -> Result<()> {
    match version(said) {
        Some(found) if found >= needed => Ok(()),
        Some((major, minor)) => {
            Err(Error::Unmet(format!("{tool} {}.{} or newer is needed, here is {major}.{minor}: {way_out}", needed.0, needed.1)))
        }
        None => Err(Error::Unmet(format!("the version of {tool} can't be read from \"{}\"", said.trim()))),
    }
}

/// Major and minor from the first word that looks like a version.
pub(crate) fn version(text: &str) -> Option<(u64, u64)> {
    text.split_whitespace().find_map(|word| {
        let mut parts = word.trim_start_matches('v').split('.');
        Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
    })
}

fn rust_version(manifest: &str) -> Option<(u64, u64)> {
    let manifest: toml::Table = manifest.parse().ok()?;
    version(manifest.get("workspace")?.get("package")?.get("rust-version")?.as_str()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_from_what_tools_say() {
        assert_eq!(version("cargo 1.95.0 (f2d3ce0bd 2026-03-21)"), Some((1, 95)));
        assert_eq!(version("v20.20.2\n"), Some((20, 20)));
        assert_eq!(version("1.95"), Some((1, 95)));
        assert_eq!(version("unknown"), None);
    }

    #[test]
    fn too_old_is_refused_with_the_way_out() {
        assert!(newer("Node", "v20.19.0", (20, 19), "").is_ok());
        assert!(newer("Node", "v22.1.0", (20, 19), "").is_ok());
        let error = newer("Node", "v18.20.4", (20, 19), "install another").err().map(|error| error.to_string());
        assert_eq!(error.as_deref(), Some("Node 20.19 or newer is needed, here is 18.20: install another"));
    }

    #[test]
    fn the_rust_version_is_the_workspaces() {
        assert_eq!(rust_version("[workspace.package]\nrust-version = \"1.95\""), Some((1, 95)));
        assert_eq!(rust_version("[package]\nname = \"x\""), None);
    }
}
