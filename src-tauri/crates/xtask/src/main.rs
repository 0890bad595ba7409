//! `cargo xtask`: the developer's entry points to Pilothouse. Sets up a machine, builds, runs, tests and checks the
//! product; holds none of its rules and is no part of what is shipped.

mod bindings;
mod ci;
mod command;
mod error;
mod interrupt;
mod postgres;
mod processes;
mod rehearsal;
mod run;
mod selection;
mod service;
mod session;
mod sessions;
mod setup;
mod simulate;
mod steps;
mod test;
mod tidy;
mod tools;
mod window;
mod workspace;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::error::Result;
use crate::steps::Steps;
use crate::workspace::Workspace;

/// Developer entry points of Pilothouse.
#[derive(Parser)]
#[command(
    name = "cargo xtask",
    bin_name = "cargo xtask",
    after_help = "\
Environment:
  PILOTHOUSE_CACHE     where commands keep what they can make again (default: the platform's cache folder)
  PILOTHOUSE_DATA_DIR  where the app keeps its data
  CARGO_TARGET_DIR     Cargo's output (default: target in the cache folder)
  CI=true              nobody is there to answer questions"
)]
struct Cli {
    /// Agree to every question, such as whether to install system packages with sudo.
    #[arg(long, short, global = true)]
    yes: bool,
    #[command(subcommand)]
    command: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Install what this machine lacks: system packages, npm packages.
    Setup {
        /// What the machine is for.
        #[arg(long = "for", value_enum, default_value = "run")]
        purpose: setup::Purpose,
    },
    /// Set up, build, and open the window.
    Run(run::RunArgs),
    /// Run every test of the product, with all that they need around them.
    Test(test::TestArgs),
    /// Run the engine's simulation through many seeds, or replay one.
    Simulate(simulate::SimulateArgs),
    /// Run every check that a change must pass: formatting, lints, house rules, licences, tests.
    Ci(ci::CiArgs),
    /// Write the window's side of the wire contract (ui/src/lib/api/bindings.ts).
    Bindings {
        /// Compare with what is committed instead, and fail if it differs.
        #[arg(long)]
        check: bool,
    },
    /// Check the house rules.
    Tidy,
    /// Start the practice range: a provider and a fleet of services on loopback, with faults to order.
    Range {
        /// Arguments of `pilothouse-range`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGS")]
        args: Vec<OsString>,
    },
    /// Run a command inside a private desktop session and, with --postgres, beside a throw-away database server.
    Session(rehearsal::SessionArgs),
    /// Run the command line of the product.
    Pilothouse {
        /// Arguments of `pilothouse`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGS")]
        args: Vec<OsString>,
    },
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    processes::adopt_orphans();
    let result = interrupt::install().and_then(|()| dispatch(cli));
    let left = processes::sweep();
    if !left.is_empty() {
        eprintln!("ended what was left running: {}", left.join(", "));
    }
    match result {
        Ok(code) => code,
        Err(error) if error.is_interrupt() => {
            eprintln!("interrupted");
            ExitCode::from(130)
        }
        Err(error) => {
            eprintln!("\nerror: {error}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(cli: Cli) -> Result<ExitCode> {
    let mut workspace = Workspace::locate()?;
    workspace.unattended |= cli.yes;
    match cli.command {
        Action::Setup { purpose } => done(setup::run(&workspace, purpose)),
        Action::Test(args) => done(test::run(&workspace, &mut Steps::new("cargo xtask"), &args)),
        Action::Simulate(args) => done(simulate::run(&workspace, &args)),
        Action::Ci(args) => done(ci::run(&workspace, &args)),
        Action::Bindings { check } => done(bindings::run(&workspace, check)),
        Action::Tidy => done(tidy::run(&workspace)),
        Action::Run(args) => run::run(&workspace, args),
        Action::Range { args } => run::program(&workspace, "pilothouse-range", &args),
        Action::Session(args) => rehearsal::run(&workspace, args),
        Action::Pilothouse { args } => run::program(&workspace, "pilothouse", &args),
    }
}

fn done(result: Result<()>) -> Result<ExitCode> {
    result.map(|()| ExitCode::SUCCESS)
}
