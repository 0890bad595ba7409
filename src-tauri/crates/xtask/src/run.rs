//! `cargo xtask run`: from a fresh clone to the open window. `cargo xtask range` and `pilothouse`: the other programs.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{ExitCode, ExitStatus};

use crate::command::Cmd;
use crate::error::{Error, Result};
use crate::session::{Session, has_display};
use crate::setup::{self, Purpose};
use crate::steps::Steps;
use crate::window;
use crate::workspace::{BuildFor, Workspace};

/// The size of the virtual display in pixels.
const DISPLAY_SIZE: &str = "1440x900";

/// What `cargo xtask run` was asked for.
#[derive(Debug, clap::Args)]
pub(crate) struct RunArgs {
    /// Where the app keeps its data, instead of the platform's data folder.
    #[arg(long, value_name = "FOLDER")]
    data_dir: Option<PathBuf>,
    /// Open the window on a virtual display, with a keychain and notifications of its own.
    #[arg(long)]
    headless_display: bool,
    /// Build as it is shipped: slower to build, faster to run.
    #[arg(long)]
    release: bool,
    /// What follows goes to the app.
    #[arg(last = true, value_name = "ARGS")]
    args: Vec<OsString>,
}

/// Sets up, builds, opens the window and stays until it is closed.
pub(crate) fn run(workspace: &Workspace, args: RunArgs) -> Result<ExitCode> {
    let headless = args.headless_display || !has_display() && virtual_display_agreed(workspace)?;
    {
        let mut steps = Steps::new("cargo xtask");
        let purpose = if headless { Purpose::Headless } else { Purpose::Run };
        steps.run("setup", || setup::run(workspace, purpose))?;
        steps.rerun_with("cargo xtask run: it goes on from");
        steps.run("ui-build", || window::build(workspace))?;
        steps.run("build", || build(workspace, "pilothouse-desktop", args.release))?;
    }
    let session = if headless { Some(Session::start(DISPLAY_SIZE)?) } else { None };
    let mut app = Cmd::new(workspace.program("pilothouse-desktop", args.release)).args(&args.args);
    if let Some(dir) = &args.data_dir {
        let dir = std::path::absolute(dir).map_err(Error::io(format!("finding {}", dir.display())))?;
        app = app.env("PILOTHOUSE_DATA_DIR", dir);
    }
    if let Some(session) = &session {
        // The app's data stays where it always is: only the desktop around it is private.
        app = app.envs(session.env().iter().filter(|(name, _)| !is_place_of_data(name))).env_remove("WAYLAND_DISPLAY");
        eprintln!(
            "\nThe window is on a virtual display. A picture of it:\n  {}\n\
             Credentials saved in this run are gone when it ends. Ctrl-C closes the window.\n",
            session.screenshot_command()
        );
    }
    Ok(exit_code(app.status()?))
}

/// Runs a program of the product that needs no window, with arguments.
pub(crate) fn program(workspace: &Workspace, name: &str, args: &[OsString]) -> Result<ExitCode> {
    build(workspace, name, false)?;
    Ok(exit_code(Cmd::new(workspace.program(name, false)).args(args).quiet().status()?))
}

/// The program's own exit code; 1 if a signal ended it.
pub(crate) fn exit_code(status: ExitStatus) -> ExitCode {
    status.code().and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from)
}

/// Builds one program; over the whole workspace's features, so that all commands share their artifacts.
pub(crate) fn build(workspace: &Workspace, name: &str, release: bool) -> Result<()> {
    let cmd = workspace.cargo().args(["build", "--workspace", "--bin", name]);
    let cmd = cmd.args(workspace.feature_args(BuildFor::Use)?);
    if release { cmd.arg("--release").run() } else { cmd.run() }
}

fn is_place_of_data(name: &str) -> bool {
    matches!(name, "XDG_DATA_HOME" | "XDG_CONFIG_HOME" | "XDG_STATE_HOME") || name.starts_with("PILOTHOUSE_TEST_")
}

fn virtual_display_agreed(workspace: &Workspace) -> Result<bool> {
    let refusal = "there is no display here (neither DISPLAY nor WAYLAND_DISPLAY is set): \
        add --headless-display to open the window on a virtual one";
    if workspace.unattended {
        return Err(Error::Unmet(refusal.to_owned()));
    }
    eprintln!("There is no display here: neither DISPLAY nor WAYLAND_DISPLAY is set.");
    match workspace.confirm("Open the window on a virtual display (--headless-display)?")? {
        Some(true) => Ok(true),
        Some(false) | None => Err(Error::Unmet(refusal.to_owned())),
    }
}
