//! The headless host of Pilothouse: each use case as a command, and the agent that runs the engine without a window.
//!
//! Must not: do what a function of the api should do, decide what is allowed, or put a secret on a command line, into output or
//! into a log.

mod arguments;
mod commands;
mod exit;
mod failpoint;
mod input;
mod names;
mod network;
mod screen;
mod session;
mod signals;
mod text;
mod token;
mod wait;

use arguments::Arguments;
use clap::Parser as _;
use screen::Screen;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let screen = Screen::new(arguments.global.json);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            screen.say(&format!("pilothouse: can't start: {error}"));
            return ExitCode::FAILURE;
        }
    };
    let exit = match runtime.block_on(commands::run(arguments, &screen)) {
        Ok(exit) => exit,
        Err(error) => {
            screen.fail(&error);
            exit::Exit::of(&error)
        }
    };
    // A keychain's prompt that nobody answers must not keep the process.
    runtime.shutdown_background();
    exit.into()
}
