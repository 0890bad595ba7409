//! The surroundings of a test: a private desktop session and a throw-away database, in one command for use by hand.

use std::ffi::OsString;
use std::process::ExitCode;

use crate::command::Cmd;
use crate::error::Result;
use crate::postgres::Postgres;
use crate::run::exit_code;
use crate::session::Session;
use crate::workspace::Workspace;

/// The size of the tests' display in pixels.
pub(crate) const DISPLAY_SIZE: &str = "1440x900";

/// What `cargo xtask session` was asked for.
#[derive(Debug, clap::Args)]
pub(crate) struct SessionArgs {
    /// Also start a throw-away PostgreSQL server.
    #[arg(long)]
    postgres: bool,
    /// The command and its arguments; without one, the surroundings are printed.
    #[arg(last = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

/// Runs one command in the surroundings of a test.
pub(crate) fn run(workspace: &Workspace, args: SessionArgs) -> Result<ExitCode> {
    let session = Session::start(DISPLAY_SIZE)?;
    let postgres = if args.postgres { Some(Postgres::start()?) } else { None };
    let mut command = args.command.into_iter();
    let cmd = match command.next() {
        Some(program) => Cmd::new(program).args(command),
        None => Cmd::new("env"),
    };
    let cmd = cmd
        .envs(session.env())
        .envs(postgres.as_ref().map(Postgres::env).iter())
        .env("CARGO_TARGET_DIR", &workspace.target)
        .env("PILOTHOUSE_BIN_DIR", workspace.programs(false))
        .env_remove("WAYLAND_DISPLAY");
    Ok(exit_code(cmd.quiet().status()?))
}
