//! Everything that a bare machine lacks: tool versions, system packages, npm packages.

pub(crate) mod npm;
mod packages;
mod peers;
mod versions;

use crate::command::{Cmd, which};
use crate::error::{Error, Result};
use crate::workspace::Workspace;

use packages::Family;
pub(crate) use packages::Purpose;

/// Checks the tools, installs missing system packages, installs the npm packages, and for
/// tests the independent clients.
pub(crate) fn run(workspace: &Workspace, purpose: Purpose) -> Result<()> {
    versions::check(workspace)?;
    system_packages(workspace, purpose)?;
    npm::install(workspace)?;
    if purpose == Purpose::Test { peers::install(workspace) } else { Ok(()) }
}

/// Installs what the distribution offers and this machine lacks.
fn system_packages(workspace: &Workspace, purpose: Purpose) -> Result<()> {
    let family = packages::family();
    match family {
        Family::Debian => debian(workspace, purpose),
        Family::Fedora | Family::Arch | Family::Suse | Family::OtherLinux => {
            eprintln!("System packages for this system ({}):\n  {}", family.name(), family.listing(purpose));
            let missing: Vec<_> = packages::LINUX_LIBRARIES.iter().filter(|library| !has_library(library)).copied().collect();
            if missing.is_empty() {
                return Ok(());
            }
            Err(Error::Unmet(format!(
                "pkg-config doesn't find {}: install the packages above with this system's package manager, then run the command again",
                missing.join(", ")
            )))
        }
        Family::MacOs => {
            eprintln!("System packages for macOS:\n  {}", family.listing(purpose));
            if Cmd::new("xcode-select").arg("-p").output().is_ok() {
                return Ok(());
            }
            Err(Error::Unmet("Xcode's command line tools are missing: run `xcode-select --install`".to_owned()))
        }
        Family::Windows => {
            eprintln!("System packages for Windows:\n  {}", family.listing(purpose));
            Ok(())
        }
    }
}

fn has_library(name: &str) -> bool {
    Cmd::new("pkg-config").args(["--exists", name]).output().is_ok()
}

fn debian(workspace: &Workspace, purpose: Purpose) -> Result<()> {
    let installed = packages::installed_debian()?;
    let missing = packages::missing(purpose, &installed, packages::is_ubuntu());
    if missing.is_empty() {
        return Ok(());
    }
    eprintln!("Missing system packages:");
    for package in &missing {
        eprintln!("  {:28} {}", package.name, package.why);
    }
    let names: Vec<_> = missing.iter().map(|package| package.name).collect();
    let by_hand = format!("sudo apt-get install --no-install-recommends {}", names.join(" "));
    let root = is_root()?;
    if !root {
        if which("sudo").is_none() {
            return Err(Error::Unmet(format!("installing them needs root, and there is no sudo here. As root:\n  {by_hand}")));
        }
        match workspace.confirm("Install them with sudo?")? {
            Some(true) => {}
            Some(false) => {
                return Err(Error::Unmet(format!("nothing was installed. To do it by hand:\n  {by_hand}")));
            }
            None => {
                return Err(Error::Unmet(format!("nobody is there to agree to sudo: add --yes, or run\n  {by_hand}")));
            }
        }
    }
    let apt = || {
        let cmd = if root { Cmd::new("apt-get") } else { Cmd::new("sudo").args(["DEBIAN_FRONTEND=noninteractive", "apt-get"]) };
        cmd.env("DEBIAN_FRONTEND", "noninteractive")
    };
    apt().arg("update").run()?;
    // A postgresql package starts a server of its own; where policy-rc.d says no (containers), it doesn't.
    apt().args(["install", "--yes", "--no-install-recommends"]).args(names).run()
}

/// Whether this process may install packages.
pub(crate) fn is_root() -> Result<bool> {
    if !cfg!(unix) {
        return Ok(false);
    }
    Ok(Cmd::new("id").arg("-u").output()?.trim() == "0")
}
